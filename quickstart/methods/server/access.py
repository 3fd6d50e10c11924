"""Whether a login is let in, and what a refusal means."""

from __future__ import annotations

import re

from quickstart.errors import QuickstartError
from quickstart.methods.server.credentials import Credentials
from quickstart.methods.server.kind import LOGIN_PAGE, SEARCH, VERSION, redirect_target, stop_at_failure
from quickstart.net.http import Answer, Http


def log_in(http: Http, login: Credentials, again: str, *, allow_http: bool) -> str:
    """Log in for all further requests, and return the server's version; "" where it does not tell.

    Raises:
        Fault: "server-login-refused", "login-page", "forbidden", "http-not-allowed", or what Http.request() raises.
    """
    if login.token and not login.basic and not re.fullmatch(r"[!-~]+", login.token.value):
        raise QuickstartError("bad-secret", name="token", length=len(login.token.value), again=again)
    try:
        http.authorize(login.headers(), allow_http=allow_http)
    except QuickstartError as fault:
        open_to_all = f"{again} --allow-http"
        raise QuickstartError(
            "http-not-allowed", url=http.base, secure=fault.facts["secure"], again=open_to_all
        ) from fault
    _let_in(http, http.request("GET", SEARCH), login, again)
    version = http.request("GET", "/version").text.strip()
    return version if VERSION.fullmatch(version) else ""


def _let_in(http: Http, answer: Answer, login: Credentials, again: str) -> None:
    where = redirect_target(http, answer).partition("?")[0]
    if answer.status in (301, 302, 303, 307, 308) and LOGIN_PAGE.search(where):
        raise QuickstartError("login-page", url=http.base, where=where, source=login.source, again=again)
    if answer.status == 401 or (answer.status == 403 and _is_gateway(answer)):
        what = f"user {login.username}" if login.basic else "token"
        sent = login.source or "the login that was given"
        raise QuickstartError(
            "server-login-refused", url=http.base, status=answer.status, what=what, source=sent, again=again
        )
    stop_at_failure(http, answer)
    if answer.status in (502, 503, 504):
        raise QuickstartError("behind-down", url=http.base, status=answer.status, server="a web server")
    if answer.status >= 500:
        raise QuickstartError("api-error", url=http.base, status=answer.status, message=answer.text[:200])
    if answer.status == 403:
        raise QuickstartError("forbidden", url=http.base, detail=answer.text[:200])
    if answer.status != 200 or not isinstance(answer.json(), dict):
        seen = f"{answer.status} {answer.headers.get('content-type', '')} {answer.text.strip()[:60]!r}"
        raise QuickstartError("not-mlflow", url=http.base, seen=seen)


def _is_gateway(answer: Answer) -> bool:
    """Tell whether it is a gateway that refuses, not MLflow, which has an error code in what it says."""
    said = answer.json()
    return "Host header" not in answer.text and not (isinstance(said, dict) and "error_code" in said)
