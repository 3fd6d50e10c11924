"""What can be wrong with a workspace, or with the network before it, switched on and off by a test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tests.standins.databricks.wire import (
    Answer,
    as_html,
    error,
    invalid_token,
    no_credential,
    redirect,
    request_id,
)

LOGIN = "<!doctype html><html><head><title>Databricks - Sign In</title></head><body><div id=login></div></body></html>"


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong while it is set.

    Args:
        status: answer everything with this HTTP status.
        retry_after: seconds in the Retry-After header of that answer.
        login: answer everything with the sign-in page, or with a redirect to it.
        delay: seconds before any answer.
        hangs: take the request and never answer.
        skew: seconds by which the Date header is ahead of the time.
        only: the start of the paths that are affected.
        times: how many requests it lasts for; None for as long as it is set.
    """

    status: int | None = None
    retry_after: int | None = None
    login: Literal["page", "redirect"] | None = None
    delay: float = 0.0
    hangs: bool = False
    skew: float = 0.0
    only: str = "/"
    times: int | None = None

    def answer(self, path: str) -> Answer | None:
        """Return what is answered instead of the real answer, or None where that one is merely late."""
        if self.login == "page" or (self.login == "redirect" and path == "/login.html"):
            return as_html(LOGIN)
        if self.login == "redirect":
            return redirect("/login.html?next_url=%2F", 303)
        if self.status is None:
            return None
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        answer = _refusal(self.status)
        return Answer(answer.status, answer.body, {**answer.headers, **headers})


def _refusal(status: int) -> Answer:
    """Return the error that the service sends with a status; the texts of 404 and above are unverified."""
    if status == 401:
        return no_credential()
    if status == 403:
        return invalid_token()
    code, message = {
        404: ("ENDPOINT_NOT_FOUND", "No API found"),
        429: ("REQUEST_LIMIT_EXCEEDED", "Too many requests. Please wait a bit and try again."),
        500: ("INTERNAL_ERROR", f"An internal error occurred. {request_id()}"),
        503: ("TEMPORARILY_UNAVAILABLE", "The service is temporarily unavailable. Please try again later."),
    }.get(status, ("UNKNOWN", f"HTTP {status}"))
    return error(status, code, message)


LOGIN_PAGE = Fault(login="page")
LOGIN_REDIRECT = Fault(login="redirect")
UNAUTHORISED = Fault(status=401)
FORBIDDEN = Fault(status=403)
NOT_FOUND = Fault(status=404)
THROTTLED = Fault(status=429, retry_after=1)
BROKEN = Fault(status=500)
UNAVAILABLE = Fault(status=503)
HANGING = Fault(hangs=True)
