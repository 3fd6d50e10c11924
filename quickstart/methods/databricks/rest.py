"""What is asked of a workspace beside MLflow's own API: whether it is one, who we are, a token for a machine."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from quickstart.errors import QuickstartError
from quickstart.net.http import Answer, Http, clock_skew

WELL_KNOWN = "/.well-known/databricks-config"
OIDC = "/oidc/.well-known/oauth-authorization-server"
TOKEN = "/oidc/v1/token"  # noqa: S105 - an address
ME = "/api/2.0/preview/scim/v2/Me"
NOTHING_SENT = "Nothing secret was sent there."
SENT = "Your login was sent there: if you do not know who that is, revoke it."


@dataclass(frozen=True)
class LoginSource:
    """What is said of whom a refusal is about.

    Args:
        source: where the credentials come from, in words; never the secret.
        again: the command that logs in anew.
        profile: of the file, if any.
        beaten: a profile that has another token for the same workspace, and is not used; "" for none.
        other: the profile, and its workspace, that the same token is of; "" for none.
    """

    source: str
    again: str
    profile: str = ""
    beaten: str = ""
    other: str = ""


def identify(http: Http, again: str = "quickstart verify") -> None:
    """Find out, without a login, whether a workspace answers there.

    Args:
        http: the conversation with it.
        again: the command that tries it later.

    Raises:
        Fault: "not-databricks", "workspace-busy", "workspace-down", or what Http.request() raises.
    """
    answer = http.request("GET", WELL_KNOWN)
    if "oidc_endpoint" in _object(answer):
        return
    _up(http, answer, again)
    # Workspaces of their own kind may lack the first address; this one OAuth itself needs.
    if "token_endpoint" in _object(http.request("GET", OIDC)):
        return
    unasked = http.request("GET", ME)
    if unasked.status in (401, 403) and "error_code" in _object(unasked):
        return
    kind = unasked.headers.get("content-type", "nothing").partition(";")[0]
    moved = f" to {unasked.headers['location'].partition('?')[0][:80]}" if "location" in unasked.headers else ""
    raise QuickstartError("not-databricks", url=http.base, seen=f"{unasked.status} {kind}{moved}", secret=NOTHING_SENT)


def me(http: Http, told: LoginSource) -> str:
    """Return the user name, or the service principal's id, that we are there.

    Raises:
        Fault: "login-refused", "not-databricks", "workspace-busy" or "workspace-down".
    """
    answer = http.request("GET", ME)
    name = _object(answer).get("userName")
    if answer.status == 200 and isinstance(name, str) and name:
        return name
    _up(http, answer, told.again)
    if answer.status in (401, 403):
        raise login_refused(http, answer, told)
    seen = f"{answer.status} {answer.headers.get('content-type', '')}"
    raise QuickstartError("not-databricks", url=http.base, seen=seen, secret=SENT)


def machine_token(http: Http, client_id: str, client_secret: str, told: LoginSource) -> str:
    """Return an access token for a service principal (OAuth client credentials).

    Raises:
        Fault: "login-refused", "not-databricks", "workspace-busy" or "workspace-down".
    """
    form = {"grant_type": "client_credentials", "scope": "all-apis"}
    answer = http.request("POST", TOKEN, data=form, auth=(client_id, client_secret))
    token = _object(answer).get("access_token")
    if answer.status == 200 and isinstance(token, str):
        return token
    _up(http, answer, told.again)
    if answer.status in (400, 401, 403):
        raise login_refused(http, answer, told)
    seen = f"{answer.status} {answer.headers.get('content-type', '')}"
    raise QuickstartError("not-databricks", url=http.base, seen=seen, secret=SENT)


def login_refused(http: Http, answer: Answer, told: LoginSource) -> QuickstartError:
    """Return the fault of credentials that were refused, with what the workspace said of it."""
    return QuickstartError(
        "login-refused",
        url=http.base,
        status=answer.status,
        source=told.source,
        profile=told.profile,
        again=told.again,
        message=error_message(answer),
        skew=clock_skew(answer),
        beaten=told.beaten,
        other=told.other,
    )


def error_message(answer: Answer) -> str:
    """Return what an answer says of itself, in one short line."""
    value = _object(answer)
    words = value.get("message") or value.get("error_description") or value.get("detail") or value.get("error") or ""
    # Some gateways repeat what they were sent.
    return re.sub(r"(?<=Bearer )\S+|\b(?:dapi|dose|dkea|eyJ)[\w.-]{8,}", "***", " ".join(str(words).split()))[:200]


def _up(http: Http, answer: Answer, again: str) -> None:
    """Raise the fault of an answer that says: not now; `again` is the command that tries it later."""
    if answer.status == 429:
        waits = answer.headers.get("retry-after", "")
        seconds = waits if waits.isdecimal() else "60"
        raise QuickstartError(
            "workspace-busy", url=http.base, seconds=seconds, message=error_message(answer), again=again
        )
    if answer.status >= 500:
        raise QuickstartError(
            "workspace-down", url=http.base, status=answer.status, message=error_message(answer), again=again
        )


def _object(answer: Answer) -> dict[str, Any]:
    value = answer.json()
    return value if isinstance(value, dict) else {}
