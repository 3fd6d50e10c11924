"""A workspace's address, and the requests to it besides MLflow's own API."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from typing import Any

from quickstart.errors import ExitCode, QuickstartError
from quickstart.net.http import Answer, Http, clock_skew
from quickstart.tracking.check import reach
from quickstart.tracking.rest import NO_ACCESS, classify, retry_after
from quickstart.tracking.uri import resolve

# Websites of Databricks that are not workspaces.
WEBSITES = re.compile(r"(www\.|docs\.|login\.|signup\.|community\.|help\.|kb\.)?databricks\.com$")
ACCOUNTS = re.compile(r"accounts\.(cloud\.databricks\.com|azuredatabricks\.net|gcp\.databricks\.com)$")
# Community Edition was at community.cloud.databricks.com; a person may also type only its name.
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
        url: only scheme and host.
        name: the host alone.
        changes: how it differs from what was pasted, in words.
    """

    url: str
    name: str
    port: int
    changes: tuple[str, ...] = ()

    @property
    def cloud(self) -> str:
        return next((cloud for pattern, cloud in CLOUDS if pattern.search(self.name)), "")


def parse_host(pasted: str) -> WorkspaceHost:
    """Parse a pasted address, such as "https://dbc-a1b2.cloud.databricks.com/?o=123#ml", or only the host.

    Raises:
        QuickstartError: "community-edition", "not-a-workspace" (another website of Databricks, or the account
            console), "plain-http", or as tracking.uri.resolve().
    """
    text = pasted.strip(string.whitespace + INVISIBLE + "'\"<>").rstrip(".,;")
    if COMMUNITY.search(text):
        raise QuickstartError("community-edition", ExitCode.USAGE)
    changes = [] if text == pasted else ["removed blanks or quotes around it"]
    if "://" not in text:
        # Without a scheme, https is meant, except on this machine.
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


READ_TIMEOUT = 5.0  # seconds for an answer while a person waits
VERIFY = "quickstart verify"
WELL_KNOWN = "/.well-known/databricks-config"
OIDC = "/oidc/.well-known/oauth-authorization-server"
TOKEN = "/oidc/v1/token"  # noqa: S105 - a path
ME = "/api/2.0/preview/scim/v2/Me"
NOTHING_SENT = "No credentials were sent."
SENT = "Your credentials were sent to it. If you do not know this host, revoke them."


@dataclass(frozen=True)
class LoginSource:
    """Where credentials come from, for the error if they are rejected.

    Args:
        source: in words, without the secret.
        again: the command to log in again.
        beaten: an unused profile with another token for the same workspace; "" if there is none.
        other: the profile, and its workspace, that the same token belongs to; "" if there is none.
    """

    source: str
    again: str
    profile: str = ""
    beaten: str = ""
    other: str = ""


def connect(http: Http, place: WorkspaceHost, again: str = VERIFY) -> None:
    """Raise what reach() raises, unless a proxy connects for us, or what identify() raises."""
    if not http.proxied:
        reach(place.url, place.name, place.port)
    identify(http, again)


def identify(http: Http, again: str = VERIFY) -> None:
    """Check, without credentials, that the server is a workspace.

    Args:
        again: the command to try again later.

    Raises:
        QuickstartError: "not-databricks", "workspace-busy", "workspace-down", or as Http.request().
    """
    answer = http.request("GET", WELL_KNOWN)
    if "oidc_endpoint" in _object(answer):
        return
    _check_available(http, answer, again)
    # Some workspaces lack the first path; OAuth itself needs this one.
    if "token_endpoint" in _object(http.request("GET", OIDC)):
        return
    reply = http.request("GET", ME)
    if classify(reply.status) in NO_ACCESS and "error_code" in _object(reply):
        return
    kind = reply.headers.get("content-type", "nothing").partition(";")[0]
    moved = f" to {reply.headers['location'].partition('?')[0][:80]}" if "location" in reply.headers else ""
    raise QuickstartError("not-databricks", url=http.base, seen=f"{reply.status} {kind}{moved}", secret=NOTHING_SENT)


def current_user(http: Http, source: LoginSource) -> str:
    """Return the user name, or the service principal's id; raise as _required_value()."""
    return _required_value(http, http.request("GET", ME), "userName", source)


def principal_token(http: Http, client_id: str, client_secret: str, source: LoginSource) -> str:
    """Return an access token for a service principal (OAuth client credentials); raise as _required_value()."""
    form = {"grant_type": "client_credentials", "scope": "all-apis"}
    answer = http.request("POST", TOKEN, data=form, auth=(client_id, client_secret))
    return _required_value(http, answer, "access_token", source, rejected=(400,))


def _required_value(http: Http, answer: Answer, key: str, source: LoginSource, rejected: tuple[int, ...] = ()) -> str:
    """Return a value of an answer to a request with credentials.

    Args:
        rejected: statuses that, besides 401 and 403, mean rejected credentials.

    Raises:
        QuickstartError: "login-refused", "not-databricks", "workspace-busy" or "workspace-down".
    """
    value = _object(answer).get(key)
    if answer.status == 200 and isinstance(value, str) and value:
        return value
    _check_available(http, answer, source.again)
    if answer.status in rejected or classify(answer.status) in NO_ACCESS:
        raise login_error(http.base, source, error_message(answer), answer.status, clock_skew(answer))
    seen = f"{answer.status} {answer.headers.get('content-type', '')}"
    raise QuickstartError("not-databricks", url=http.base, seen=seen, secret=SENT)


def login_error(url: str, source: LoginSource, message: str, status: int = 401, skew: int = 0) -> QuickstartError:
    return QuickstartError(
        "login-refused",
        url=url,
        status=status,
        source=source.source,
        profile=source.profile,
        again=source.again,
        message=message,
        skew=skew,
        beaten=source.beaten,
        other=source.other,
    )


def error_message(answer: Answer) -> str:
    value = _object(answer)
    words = value.get("message") or value.get("error_description") or value.get("detail") or value.get("error") or ""
    # Some gateways repeat what they were sent.
    return re.sub(r"(?<=Bearer )\S+|\b(?:dapi|dose|dkea|eyJ)[\w.-]{8,}", "***", " ".join(str(words).split()))[:200]


def _check_available(http: Http, answer: Answer, again: str) -> None:
    wait = answer.headers.get("retry-after", "")
    if error := unavailable_error(http.base, answer.status, error_message(answer), wait, again):
        raise error


def unavailable_error(url: str, status: int, message: str, wait: str, again: str) -> QuickstartError | None:
    """Return "workspace-busy" or "workspace-down", if the status means it; `wait` is a Retry-After header."""
    meaning = classify(status)
    if meaning == "busy":
        return QuickstartError("workspace-busy", url=url, seconds=retry_after(wait), message=message, again=again)
    if meaning == "down":
        return QuickstartError("workspace-down", url=url, status=status, message=message, again=again)
    return None


def _object(answer: Answer) -> dict[str, Any]:
    value = answer.json()
    return value if isinstance(value, dict) else {}
