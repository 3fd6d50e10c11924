"""Passwords: SHA-256 digests of random passwords in memory, compared in constant time; MLflow asks check() here.

A slow hash protects passwords that people choose. These are 128 random bits, and MLflow's slow hash costs a workshop
seconds per participant.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from typing import Any

INSTRUCTOR = "instructor"
NO_DIGEST = hashlib.sha256(b"").hexdigest()  # compared if there is no such user, so that it takes as long
LONGEST = 512  # characters of an Authorization header


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def matches(secret: str, expected: str | None) -> bool:
    """Tell in constant time whether a secret has this digest; with None, no secret has."""
    return hmac.compare_digest(digest(secret), expected or NO_DIGEST) and expected is not None


class Passwords:
    """The digests of all passwords, by username."""

    def __init__(self, instructor: str) -> None:
        self.digests: dict[str, tuple[str, ...]] = {INSTRUCTOR: (instructor,)}

    def put(self, username: str, digests: Iterable[str]) -> None:
        self.digests[username] = tuple(digests)

    def check(self, username: str | None, password: str | None) -> bool:
        given = digest(password or "")
        known = self.digests.get(username or "", ())
        matching = [hmac.compare_digest(given, one) for one in known or (NO_DIGEST,)]
        return any(matching) and bool(known)

    def user_of(self, header: str | None) -> str | None:
        """Return the user who sent this Authorization header; None if it is not Basic or wrong."""
        if not header or len(header) > LONGEST or header[:6].lower() != "basic ":
            return None
        try:
            credentials = base64.b64decode(header[6:].strip(), validate=True).decode("utf-8")
        except ValueError:
            return None
        username, colon, password = credentials.partition(":")
        return username if colon and self.check(username, password) else None


_current: Passwords | None = None  # MLflow finds check() by its name: there is no other way to pass it this


def use(passwords: Passwords) -> None:
    global _current
    _current = passwords


def check() -> Any:
    """Return MLflow's Authorization of the request, or the response that asks for one.

    MLflow's plug-in point for authentication: `authorization_function` in auth.ini names it.
    """
    from flask import request
    from mlflow.server.auth import make_basic_auth_response

    given = request.authorization
    if _current is not None and given is not None and _current.check(given.username, given.password):
        return given
    return make_basic_auth_response()
