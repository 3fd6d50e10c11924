"""What answers at a URL, whether it accepts a login, and what its version lacks for a client."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urljoin, urlsplit

from quickstart.errors import QuickstartError
from quickstart.methods.server.address import COMMAND
from quickstart.methods.server.credentials import Credentials
from quickstart.net.http import Answer, Http
from quickstart.runtime.find import parse_version
from quickstart.system.shell import quoted
from quickstart.tracking.rest import GATEWAY, SEARCH, api_error, classify, is_own_error

VERSION = re.compile(r"[0-9]{1,4}\.[0-9]{1,4}[0-9A-Za-z.+-]{0,40}")
LOGIN_PAGE = re.compile(r"login|log-in|signin|sign_in|oauth|openid|authorize|saml|/sso|/realms/|/hub/", re.IGNORECASE)
REDIRECTS = (301, 302, 303, 307, 308)
# Where MLflow often is if a web server's own page is at the root.
PREFIX = "/mlflow"


@dataclass(frozen=True)
class ServerKind:
    """What answers.

    Args:
        words: for a person.
        login: what it accepts; "basic" is a user name and a password, "either" is unknown.
        version: MLflow's, if it is public; "" otherwise.
        hint: where a person gets such a login.
    """

    words: str
    login: Literal["none", "basic", "token", "either"]
    version: str = ""
    hint: str = ""


def find_kind(http: Http) -> ServerKind:
    """Return what answers.

    Raises:
        QuickstartError: "not-mlflow", "jupyterhub", "web-server-page", "server-moved", "behind-down", "host-refused",
            "empty-403", "forbidden", "api-error", or what Http.request() raises.
    """
    host = urlsplit(http.base).hostname or ""
    answer = http.request("GET", "/version")
    _check_gateway(http, answer)
    if answer.status == 200 and VERSION.fullmatch(version := answer.text.strip()):
        return _mlflow(http, version)
    if re.search(r"(^|\.)dagshub\.com$", host):
        return ServerKind("DagsHub", "basic", hint="The password is a token: dagshub.com, your settings, Tokens.")
    if answer.status in REDIRECTS:
        return _redirect_kind(http, answer)
    if classify(answer.status) == "unauthorized":
        return _auth_kind(host, answer)
    if classify(answer.status) == "denied":
        return _forbidden_kind(http, answer)
    probe = http.request("GET", SEARCH)
    if probe.status == 200 and isinstance(probe.json(), dict):
        return ServerKind("MLflow, version unknown (too old)", "none")
    if classify(probe.status) == "unauthorized":
        return _auth_kind(host, probe)
    raise _other_error(http, answer)


def _mlflow(http: Http, version: str) -> ServerKind:
    probe = http.request("GET", SEARCH)
    if classify(probe.status) == "unauthorized":
        asking = _auth_kind(urlsplit(http.base).hostname or "", probe)
        return ServerKind(f"MLflow {version}, behind {asking.words}", asking.login, version, asking.hint)
    if probe.status in REDIRECTS:
        return ServerKind(f"MLflow {version}, behind {_redirect_kind(http, probe).words}", "either", version)
    if classify(probe.status) == "denied":
        return _forbidden_kind(http, probe)
    _check_gateway(http, probe)
    if probe.status != 200:
        raise _not_mlflow(http, f"MLflow {version}, but its API answers {probe.status}")
    return ServerKind(f"MLflow {version}", "none", version)


def _auth_kind(host: str, answer: Answer) -> ServerKind:
    """Return what requires a login. Source: RFC 9110, 11.6.1, and mlflow.server.auth of MLflow 3.17."""
    scheme = answer.headers.get("www-authenticate", "").partition(" ")[0].lower()
    if re.search(r"(^|\.)nebius\.(cloud|com)$", host):
        return ServerKind("Nebius's managed MLflow", "basic", hint="In the console, on the cluster's page.")
    if scheme == "basic" and "mlflow" in answer.text.lower():
        return ServerKind("MLflow's own login (basic auth)", "basic", hint="The server's administrator creates users.")
    if scheme == "basic":
        return ServerKind("a web server that requires a user name and password", "basic")
    if scheme == "bearer":
        return ServerKind("a gateway that requires a token", "token", hint="Ask the server's administrator for one.")
    return ServerKind("a server that requires a login of an unknown kind", "either")


def _redirect_kind(http: Http, answer: Answer) -> ServerKind:
    """Return the login page that it redirects to; raise "server-moved" if the server is elsewhere."""
    to = redirect_target(http, answer)
    before = to.partition("?")[0]
    if before.endswith("/version"):
        better = before.removesuffix("/version")
        raise _not_mlflow(http, "it redirects in a loop") if better == http.base else _moved(http, better)
    if to and LOGIN_PAGE.search(to):
        return ServerKind(
            f"a login page for browsers (such as OIDC) at {urlsplit(to).netloc}",
            "either",
            hint="Programs need a token from this page, or a user with an access key.",
        )
    raise _not_mlflow(http, f"it redirects to {before[:100]}")


def redirect_target(http: Http, answer: Answer) -> str:
    """Return the URL that an answer redirects to; "" if it is invalid."""
    try:
        return urljoin(f"{http.base}/version", answer.headers.get("location", ""))
    except ValueError:
        return ""


def _check_gateway(http: Http, answer: Answer) -> None:
    """Raise if an answer is JupyterHub's, or that of a gateway whose server is down or expects HTTPS."""
    if "x-jupyterhub-version" in answer.headers or "/hub/" in answer.headers.get("location", ""):
        raise QuickstartError("jupyterhub", url=http.base, again=f"{COMMAND} https://mlflow.example.com")
    if answer.status == 400 and "HTTPS port" in answer.text:  # nginx and Apache
        raise _moved(http, http.base.replace("http:", "https:", 1))
    raise_own_failure(http, answer)
    if answer.status in GATEWAY:
        raise QuickstartError("behind-down", url=http.base, status=answer.status, server=_server(answer))


def raise_own_failure(http: Http, answer: Answer) -> None:
    """Raise "api-error" if MLflow itself reports a failure, or the answer is 429."""
    meaning = classify(answer.status)
    if meaning == "busy" or (meaning == "down" and is_own_error(answer)):
        error = api_error(http.base, "experiments/search", answer)
        raise error.replace(message=str(error.facts["message"]).partition("\n")[0])  # a traceback may follow


def _forbidden_kind(http: Http, answer: Answer) -> ServerKind:
    if "Host header" in answer.text:
        raise QuickstartError("host-refused", url=http.base, host=urlsplit(http.base).hostname or "")
    if not answer.body:
        raise QuickstartError("empty-403", url=http.base, port=urlsplit(http.base).port or 80)
    if answer.headers.get("content-type", "").startswith("application/json"):
        return ServerKind("a gateway that requires a login (403)", "either")
    raise QuickstartError("forbidden", url=http.base, detail=_title(answer) or answer.text[:200])


def _other_error(http: Http, answer: Answer) -> QuickstartError:
    found = http.request("GET", f"{PREFIX}/version")
    if found.status == 401 or (found.status == 200 and VERSION.fullmatch(found.text.strip())):
        return _moved(http, f"{http.base}{PREFIX}")
    if "html" in answer.headers.get("content-type", ""):
        page = _title(answer) or f"a page ({answer.status})"
        return QuickstartError("web-server-page", url=http.base, page=page, server=_server(answer))
    return _not_mlflow(http, _excerpt(answer))


def _moved(http: Http, better: str) -> QuickstartError:
    return QuickstartError("server-moved", url=http.base, to=better, again=f"{COMMAND} {quoted(better)}")


def _excerpt(answer: Answer) -> str:
    return f"{answer.status} {answer.headers.get('content-type', '')} {answer.text.strip()[:60]!r}"


def _not_mlflow(http: Http, seen: str) -> QuickstartError:
    return QuickstartError("not-mlflow", url=http.base, seen=seen)


def _title(answer: Answer) -> str:
    found = re.search(r"<title[^>]*>([^<]{1,80})", answer.text, re.IGNORECASE)
    return f'the page "{" ".join(found[1].split())}"' if found else ""


def _server(answer: Answer) -> str:
    return re.sub(r"[^\w./ -]", "", answer.headers.get("server", ""))[:40] or "a web server"


# The first (major, minor) of the server that has what a client of that version, or a later one, calls.
# Source: MLflow's release notes of 2.3, 2.14 and 3.0, and the paths of mlflow.protos.service_pb2; row 29 of 3.0.
SINCE: tuple[tuple[tuple[int, int], str], ...] = (
    ((2, 3), "aliases of registered models"),
    ((2, 14), "traces"),
    ((3, 0), "log_model(), which calls logged-models"),
)


def release_of(version: str) -> tuple[int, int] | None:
    """Return (major, minor); None if it is not a version."""
    parsed = parse_version(version)
    return (parsed.major, parsed.minor) if parsed else None


def missing_features(client: str, server: str) -> tuple[str, ...]:
    """Return what will not work between a client's version and a server's, in words; () if one is unknown."""
    own, theirs = release_of(client), release_of(server)
    if own is None or theirs is None:
        return ()
    return tuple(words for since, words in SINCE if theirs < since <= own)


def matching_client(server: str) -> tuple[str, ...]:
    """Return what to install for a light client of a server's version; without a version, any."""
    theirs = release_of(server)
    if theirs is None:
        return ("mlflow-skinny",)
    # The newest of that minor version: the index may lack the exact one.
    client = f"mlflow-skinny~={theirs[0]}.{theirs[1]}.0"
    # Before 3 it imports pkg_resources, which newer setuptools and new environments lack.
    return (client, "setuptools<81") if theirs < (3, 0) else (client,)


def log_in(http: Http, login: Credentials, again: str, *, allow_http: bool) -> str:
    """Log in for all further requests, and return the server's version; "" if unknown.

    Raises:
        QuickstartError: "server-login-refused", "login-page", "forbidden", "http-not-allowed", or a network error.
    """
    if login.token and not login.basic and not re.fullmatch(r"[!-~]+", login.token.value):
        raise QuickstartError("bad-secret", name="token", length=len(login.token.value), again=again)
    try:
        http.authorize(login.headers(), allow_http=allow_http)
    except QuickstartError as error:
        secure, again = error.facts["secure"], f"{again} --allow-http"
        raise QuickstartError("http-not-allowed", url=http.base, secure=secure, again=again) from error
    _check_admitted(http, http.request("GET", SEARCH), login, again)
    version = http.request("GET", "/version").text.strip()
    return version if VERSION.fullmatch(version) else ""


def _check_admitted(http: Http, answer: Answer, login: Credentials, again: str) -> None:
    where = redirect_target(http, answer).partition("?")[0]
    if answer.status in REDIRECTS and LOGIN_PAGE.search(where):
        raise QuickstartError("login-page", url=http.base, where=where, source=login.source, again=again)
    meaning = classify(answer.status)
    if meaning == "unauthorized" or (meaning == "denied" and _is_gateway(answer)):
        what = f"user {login.username}" if login.basic else "token"
        sent = login.source or "the given credentials"
        raise QuickstartError(
            "server-login-refused", url=http.base, status=answer.status, what=what, source=sent, again=again
        )
    raise_own_failure(http, answer)
    if answer.status in GATEWAY:
        raise QuickstartError("behind-down", url=http.base, status=answer.status, server="a web server")
    if meaning == "down":
        raise QuickstartError("api-error", url=http.base, status=answer.status, message=answer.text[:200])
    if meaning == "denied":
        raise QuickstartError("forbidden", url=http.base, detail=answer.text[:200])
    if answer.status != 200 or not isinstance(answer.json(), dict):
        raise _not_mlflow(http, _excerpt(answer))


def _is_gateway(answer: Answer) -> bool:
    """Tell whether a gateway denied access, not MLflow, whose answers have an error code."""
    body = answer.json()
    return "Host header" not in answer.text and not (isinstance(body, dict) and "error_code" in body)
