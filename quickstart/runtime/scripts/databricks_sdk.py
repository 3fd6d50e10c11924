"""Log in to Databricks with databricks-sdk, in the interpreter that has it.

Reads one JSON object from stdin, {"action": ...}; writes JSON lines. Secrets go only over stdin and stdout.

headers   {"profile"}: resolve credentials as the SDK does -> {"host", "auth_type", "headers"}
sign-in   {"host", "profile", "first_port", "last_port", "seconds", "paste"}: OAuth in the browser, with PKCE ->
          {"event": "open", "url", "port"}, then {"event": "signed-in", "token", "file"}. With "paste" nothing listens;
          the redirect URL is read from stdin as {"pasted": ...}, until one fits.
keep      {"host", "profile", "token"}: write the SDK's own token cache, where MLflow finds it -> {"file"}
forget    {"host", "profile"}: remove it -> {"removed", "file"}

A failure is {"error": code, "detail": ...}. Standard library and databricks-sdk only.
"""

from __future__ import annotations

import contextlib
import html
import inspect
import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

CLIENT = "databricks-cli"  # the public client that every workspace knows; the SDK's own login uses it
SCOPES = ["all-apis", "offline_access"]
REDIRECT = "http://localhost:8020"  # as in the SDK's login; its cache does not depend on it


class Failed(Exception):
    """An error code, and a detail without secrets."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail


def say(**facts: Any) -> None:
    print(json.dumps(facts), file=sys.__stdout__, flush=True)


def headers(request: dict[str, Any]) -> None:
    """Resolve the headers of a workspace's requests as the SDK does."""
    from databricks.sdk import oauth
    from databricks.sdk.config import Config

    def never(self: Any) -> Any:
        # It has no deadline, and would open a browser even in an unattended command.
        raise ValueError("the login has expired")

    setattr(oauth.Consent, "launch_external_browser", never)  # noqa: B010 - an assignment that types do not allow
    patience: dict[str, Any] = {"http_timeout_seconds": 5, "retry_timeout_seconds": 5}
    if request["profile"]:
        patience["profile"] = request["profile"]
    config = Config(**patience)
    say(host=config.host, auth_type=config.auth_type, headers=config.authenticate())


def endpoints(host: str) -> Any:
    """Find a workspace's OAuth endpoints."""
    from databricks.sdk import oauth

    if hasattr(oauth, "get_host_metadata"):
        with contextlib.suppress(ValueError):
            found = oauth.get_host_metadata(host).oidc_endpoint
            if found:
                return oauth.get_endpoints_from_url(f"{found.rstrip('/')}/.well-known/oauth-authorization-server")
    return oauth.get_workspace_endpoints(host)


def cache(host: str, profile: str, found: Any) -> Any:
    """Open the SDK's token cache for a profile; newer versions accept more arguments."""
    from databricks.sdk import oauth

    wanted = {
        "host": host,
        "oidc_endpoints": found,
        "client_id": CLIENT,
        "redirect_url": REDIRECT,
        "scopes": SCOPES,
        "profile": profile,
    }
    taken = inspect.signature(oauth.TokenCache.__init__).parameters
    return oauth.TokenCache(**{key: value for key, value in wanted.items() if key in taken})


def sign_in(request: dict[str, Any]) -> None:
    from databricks.sdk import oauth

    found = endpoints(request["host"])
    deadline = time.monotonic() + request["seconds"]
    listener = None if request["paste"] else listen(request["first_port"], request["last_port"])
    port = listener.server_port if listener else request["first_port"]
    client = oauth.OAuthClient(found, f"http://localhost:{port}", CLIENT, SCOPES)
    consent = client.initiate_consent()
    state = consent.as_dict()["state"]
    if listener:
        listener.state = state
    # Listening comes first: the browser of a logged-in person redirects at once.
    say(event="open", url=consent.authorization_url, port=port)
    answer = arrived(listener, deadline) if listener else pasted(state)
    if "error" in answer:
        raise Failed("oauth-denied", answer.get("error_description") or answer["error"])
    try:
        credentials = consent.exchange_callback_parameters(answer)
    except ValueError as error:
        raise Failed("oauth-refused", str(error)) from error
    token = credentials.token().as_dict()
    say(event="signed-in", token=token, file=cache(request["host"], request["profile"], found).filename)


class Listener(ThreadingHTTPServer):
    """Waits for the browser, with a thread for each connection: browsers open some in advance without using them."""

    daemon_threads = True
    allow_reuse_address = os.name != "nt"  # on Windows two programs could then listen on one port
    answer: dict[str, str] | None = None
    state = ""
    strange = 0  # answers that belonged to another login


def listen(first: int, last: int) -> Listener:
    """Listen on the first free port, on loopback only."""
    for port in range(first, last + 1):
        with contextlib.suppress(OSError):
            return Listener(("localhost", port), Callback)
    raise Failed("oauth-ports", f"{first} to {last}")


class Callback(BaseHTTPRequestHandler):
    """Accepts the browser's redirect and rejects all other requests."""

    timeout = 10  # seconds until a silent connection is closed
    server: Listener

    def log_message(self, *words: Any) -> None:
        """Log nothing: the URL contains the code."""

    def do_GET(self) -> None:
        """Accept the answer and show the person a page."""
        query = dict(parse_qsl(urlsplit(self.path).query))
        answers = "state" in query and ("code" in query or "error" in query)
        if answers and query["state"] == self.server.state:
            words = "You are logged in." if "code" in query else "The login was refused."
            self._page(200, f"{words} You can close this tab and go back to quickstart.")
            self.server.answer = query  # last: the process ends when it is set
        elif answers:
            self.server.strange += 1
            self._page(400, "This answer belongs to another login. Open the newest link that quickstart shows.")
        else:
            self._page(404, "Nothing is here: quickstart waits for your login.")

    def _page(self, status: int, words: str) -> None:
        page = f"<!doctype html><meta charset=utf-8><title>quickstart</title><p>{html.escape(words)}</p>".encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        self.wfile.write(page)


def arrived(listener: Listener, deadline: float) -> dict[str, str]:
    """Wait until the browser brings the answer to our own request."""
    listener.timeout = 0.1
    with listener:
        while listener.answer is None:
            if time.monotonic() > deadline:
                if listener.strange:
                    raise Failed("oauth-state")
                raise Failed("oauth-expired")
            listener.handle_request()
    return listener.answer


def pasted(state: str) -> dict[str, str]:
    """Read pasted redirect URLs until one fits; report what is wrong with the others."""
    while line := sys.stdin.readline():
        query: dict[str, str] = {}
        with contextlib.suppress(ValueError):  # an invalid IPv6 address
            query = dict(parse_qsl(urlsplit(json.loads(line)["pasted"].strip()).query))
        if "code" not in query and "error" not in query:
            say(event="unfit", detail="no-code")
        elif query.get("state") != state:
            say(event="unfit", detail="other-login")
        else:
            return query
    raise Failed("oauth-expired")


def keep(request: dict[str, Any]) -> None:
    """Write the tokens into the SDK's cache, 0600 from the first byte."""
    from databricks.sdk import oauth

    os.umask(0o077)
    found = endpoints(request["host"])
    token = oauth.Token.from_dict(request["token"])
    credentials = oauth.SessionCredentials(token, found.token_endpoint, CLIENT)
    kept = cache(request["host"], request["profile"], found)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(kept.filename)  # others may be able to read an older one, and open() would keep its mode
    kept.save(credentials)
    say(file=kept.filename)


def forget(request: dict[str, Any]) -> None:
    """Remove a profile's tokens from the SDK's cache."""
    from types import SimpleNamespace

    file = cache(request["host"], request["profile"], SimpleNamespace(token_endpoint="")).filename
    removed = True
    try:
        os.unlink(file)
    except FileNotFoundError:
        removed = False
    say(removed=removed, file=file)


ACTIONS = {"headers": headers, "sign-in": sign_in, "keep": keep, "forget": forget}


def main() -> None:
    request = json.loads(sys.stdin.readline())
    # Never import from the folder of scripts.
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != here]
    try:
        ACTIONS[request["action"]](request)
    except Failed as failed:
        say(error=failed.code, detail=failed.detail)
    except ImportError as error:
        say(error="sdk-missing", detail=str(error))
    except Exception as error:
        # The SDK's messages mask secrets ("token=***"); only their first line is for people.
        say(error="sdk-failed", detail=(str(error).strip() or type(error).__name__).splitlines()[0][:300])


if __name__ == "__main__":
    main()
