"""A workspace's address, and what is asked of it beside MLflow's own API."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from typing import Any

from quickstart.errors import ExitCode, QuickstartError
from quickstart.net.http import Answer, Http, clock_skew
from quickstart.tracking.rest import NO_ACCESS, classify, retry_after
from quickstart.tracking.uri import resolve

# Websites of Databricks that are not workspaces.
WEBSITES = re.compile(r"(www\.|docs\.|login\.|signup\.|community\.|help\.|kb\.)?databricks\.com$")
ACCOUNTS = re.compile(r"accounts\.(cloud\.databricks\.com|azuredatabricks\.net|gcp\.databricks\.com)$")
# Community Edition was at community.cloud.databricks.com; a person may also just type its name.
COMMUNITY = re.compile(
    r"(?<![\w.-])community\.cloud\.databricks\.com|^\W*(i have |databricks )*community( edition)?\W*$", re.I
)
# How the three clouds name workspaces: https://docs.databricks.com/workspace/workspace-details
CLOUDS = (
    (re.compile(r"\.cloud\.databricks\.com$"), "AWS"),
    (re.compile(r"\.azuredatabricks\.net$"), "Azure"),
    (re.compile(r"\.gcp\.databricks\.com$"), "GCP"),
)
INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\xa0"  # around text copied from a page


@dataclass(frozen=True)
class WorkspaceHost:
    """A workspace's address.

    Args:
        url: scheme and host, nothing behind them.
        name: the host alone.
        port: the TCP port.
        changes: what was changed in what was pasted, in words.
    """

    url: str
    name: str
    port: int
    changes: tuple[str, ...] = ()

    @property
    def cloud(self) -> str:
        """Which cloud it is in, as its name tells; "" where it does not."""
        return next((cloud for pattern, cloud in CLOUDS if pattern.search(self.name)), "")


def parse_host(pasted: str) -> WorkspaceHost:
    """Bring a pasted address into the form that can be called.

    Args:
        pasted: such as "https://dbc-a1b2.cloud.databricks.com/?o=123#ml", or only the name.

    Raises:
        QuickstartError: "community-edition", "not-a-workspace" (a website of Databricks', or the account console),
            "plain-http", or what tracking.uri.resolve() raises.
    """
    text = pasted.strip(string.whitespace + INVISIBLE + "'\"<>").rstrip(".,;")
    if COMMUNITY.search(text):
        raise QuickstartError("community-edition", ExitCode.USAGE)
    changes = [] if text == pasted else ["removed blanks or quotes around it"]
    if "://" not in text:
        # Where a name is all there is, the way that cannot be listened to is meant.
        local = re.match(r"(localhost|127\.\d+\.\d+\.\d+)(?![\w.-])", text)
        text = f"{'http' if local else 'https'}://{text}"
        changes.append(f"added {text.partition('//')[0]}//")
    found = resolve(text)
    if WEBSITES.match(found.host) or ACCOUNTS.match(found.host):
        raise QuickstartError("not-a-workspace", ExitCode.USAGE, host=found.host)
    if found.uri.startswith("http://") and not found.local:
        raise QuickstartError(
            "plain-http", ExitCode.USAGE, url=found.uri, secure=found.uri.replace("http://", "https://", 1)
        )
    scheme, _, rest = found.uri.partition("://")
    authority, slash, _ = rest.partition("/")
    if slash:
        changes.append("removed everything after the host")
    return WorkspaceHost(f"{scheme}://{authority}", found.host, found.port, (*changes, *found.changes))


WELL_KNOWN = "/.well-known/databricks-config"
OIDC = "/oidc/.well-known/oauth-authorization-server"
TOKEN = "/oidc/v1/token"  # noqa: S105 - an address
ME = "/api/2.0/preview/scim/v2/Me"
NOTHING_SENT = "No credentials were sent."
SENT = "Your credentials were sent to it. If you do not know this host, revoke them."


@dataclass(frozen=True)
class LoginSource:
    """Where credentials come from, for the error if they are rejected.

    Args:
        source: their source, in words; never the secret.
        again: the command to log in again.
        profile: their profile, if any.
        beaten: an unused profile with another token for the same workspace; "" for none.
        other: the profile, and its workspace, that the same token belongs to; "" for none.
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
        QuickstartError: "not-databricks", "workspace-busy", "workspace-down", or what Http.request() raises.
    """
    answer = http.request("GET", WELL_KNOWN)
    if "oidc_endpoint" in _object(answer):
        return
    _check_available(http, answer, again)
    # Workspaces of their own kind may lack the first address; this one OAuth itself needs.
    if "token_endpoint" in _object(http.request("GET", OIDC)):
        return
    unasked = http.request("GET", ME)
    if classify(unasked.status) in NO_ACCESS and "error_code" in _object(unasked):
        return
    kind = unasked.headers.get("content-type", "nothing").partition(";")[0]
    moved = f" to {unasked.headers['location'].partition('?')[0][:80]}" if "location" in unasked.headers else ""
    raise QuickstartError("not-databricks", url=http.base, seen=f"{unasked.status} {kind}{moved}", secret=NOTHING_SENT)


def current_user(http: Http, source: LoginSource) -> str:
    """Return the user name, or the service principal's id, that we are there.

    Raises:
        QuickstartError: "login-refused", "not-databricks", "workspace-busy" or "workspace-down".
    """
    answer = http.request("GET", ME)
    name = _object(answer).get("userName")
    if answer.status == 200 and isinstance(name, str) and name:
        return name
    _check_available(http, answer, source.again)
    if classify(answer.status) in NO_ACCESS:
        raise login_error(http, answer, source)
    seen = f"{answer.status} {answer.headers.get('content-type', '')}"
    raise QuickstartError("not-databricks", url=http.base, seen=seen, secret=SENT)


def principal_token(http: Http, client_id: str, client_secret: str, source: LoginSource) -> str:
    """Return an access token for a service principal (OAuth client credentials).

    Raises:
        QuickstartError: "login-refused", "not-databricks", "workspace-busy" or "workspace-down".
    """
    form = {"grant_type": "client_credentials", "scope": "all-apis"}
    answer = http.request("POST", TOKEN, data=form, auth=(client_id, client_secret))
    token = _object(answer).get("access_token")
    if answer.status == 200 and isinstance(token, str):
        return token
    _check_available(http, answer, source.again)
    if answer.status == 400 or classify(answer.status) in NO_ACCESS:
        raise login_error(http, answer, source)
    seen = f"{answer.status} {answer.headers.get('content-type', '')}"
    raise QuickstartError("not-databricks", url=http.base, seen=seen, secret=SENT)


def login_error(http: Http, answer: Answer, source: LoginSource) -> QuickstartError:
    return QuickstartError(
        "login-refused",
        url=http.base,
        status=answer.status,
        source=source.source,
        profile=source.profile,
        again=source.again,
        message=error_message(answer),
        skew=clock_skew(answer),
        beaten=source.beaten,
        other=source.other,
    )


def error_message(answer: Answer) -> str:
    value = _object(answer)
    words = value.get("message") or value.get("error_description") or value.get("detail") or value.get("error") or ""
    # Some gateways repeat what they were sent.
    return re.sub(r"(?<=Bearer )\S+|\b(?:dapi|dose|dkea|eyJ)[\w.-]{8,}", "***", " ".join(str(words).split()))[:200]


def _check_available(http: Http, answer: Answer, again: str) -> None:
    if classify(answer.status) == "busy":
        seconds = retry_after(answer.headers.get("retry-after", ""))
        raise QuickstartError(
            "workspace-busy", url=http.base, seconds=seconds, message=error_message(answer), again=again
        )
    if classify(answer.status) == "down":
        raise QuickstartError(
            "workspace-down", url=http.base, status=answer.status, message=error_message(answer), again=again
        )


def _object(answer: Answer) -> dict[str, Any]:
    value = answer.json()
    return value if isinstance(value, dict) else {}
