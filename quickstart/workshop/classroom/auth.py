"""MLflow's plug-in point for authentication: `authorization_function` in auth.ini names check() here."""

from __future__ import annotations

from typing import Any

from .passwords import Passwords

current: Passwords | None = None  # MLflow finds a function by its name: there is no other way to hand it over


def use(passwords: Passwords) -> None:
    """Let check() ask these passwords."""
    global current
    current = passwords


def check() -> Any:
    """Return MLflow's Authorization of the request, or the answer that asks for one."""
    from flask import request
    from mlflow.server.auth import make_basic_auth_response

    given = request.authorization
    if current is not None and given is not None and current.check(given.username, given.password):
        return given
    return make_basic_auth_response()
