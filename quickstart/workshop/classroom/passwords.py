"""Who may come in: sha256 digests of random passwords in memory, compared in constant time.

A slow hash protects passwords that people choose. These are 128 random bits, and MLflow's slow hash costs a class
seconds per participant.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable

INSTRUCTOR = "instructor"
NOBODY = hashlib.sha256(b"").hexdigest()  # compared with where there is no such name, so that it takes as long
LONGEST = 512  # characters of a header that can be one of ours


def digest(secret: str) -> str:
    """Return the sha256 of a secret, in hex."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def same(secret: str, expected: str | None) -> bool:
    """Tell in constant time whether a secret has this digest; without one, nothing does."""
    return hmac.compare_digest(digest(secret), expected or NOBODY) and expected is not None


class Passwords:
    """The digests of all who may come in, by username."""

    def __init__(self, instructor: str) -> None:
        self.digests: dict[str, tuple[str, ...]] = {INSTRUCTOR: (instructor,)}

    def put(self, username: str, digests: Iterable[str]) -> None:
        """Let a user in with these digests and no others."""
        self.digests[username] = tuple(digests)

    def check(self, username: str | None, password: str | None) -> bool:
        """Tell whether this is one of the user's passwords."""
        asked = digest(password or "")
        known = self.digests.get(username or "", ())
        found = [hmac.compare_digest(asked, one) for one in known or (NOBODY,)]
        return any(found) and bool(known)

    def user_of(self, header: bytes | None) -> str | None:
        """Return who sent this Authorization header, or None where it is not Basic or not right."""
        if not header or len(header) > LONGEST or header[:6].lower() != b"basic ":
            return None
        try:
            username, colon, password = (
                base64.b64decode(header[6:].strip(), validate=True).decode("utf-8").partition(":")
            )
        except (binascii.Error, UnicodeDecodeError):
            return None
        return username if colon and self.check(username, password) else None
