"""A stand-in for what stands before a team's MLflow server: it passes on, to a real one, whom its rule lets in."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.standins.databricks.tracking import Server
from tests.standins.databricks.wire import Answer, Call, as_html, as_json, redirect

Rule = Callable[[Call], Answer | None]  # None passes on


@dataclass
class Front:
    """What stands before a server.

    Args:
        url: its address.
        seen: every call that came, as method, path and Authorization header.
    """

    url: str
    seen: list[tuple[str, str, str]] = field(default_factory=list)


def basic(user: str, password: str, *, realm: str = "mlflow", says: str = "You are not authenticated.") -> Rule:
    """Ask for user and password; by default in the words of MLflow's own login (mlflow.server.auth of 3.17)."""
    right = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

    def rule(call: Call) -> Answer | None:
        if call.headers.get("authorization") == right:
            return None
        return Answer(401, f"{says} (mlflow)".encode(), {"WWW-Authenticate": f'Basic realm="{realm}"'})

    return rule


def bearer(token: str) -> Rule:
    """Ask for a token."""

    def rule(call: Call) -> Answer | None:
        if call.headers.get("authorization") == f"Bearer {token}":
            return None
        return as_json({"error": "invalid_token"}, 401, **{"WWW-Authenticate": 'Bearer realm="gateway"'})

    return rule


def login_page(call: Call) -> Answer | None:
    """Send everybody to a page for browsers, as OIDC proxies do."""
    return redirect("https://login.invalid/realms/team/protocol/openid-connect/auth?client_id=mlflow")


def login_page_or_token(token: str) -> Rule:
    """Send everybody to a page for browsers, but whoever has a token."""
    return lambda call: None if bearer(token)(call) is None else login_page(call)


def jupyterhub(call: Call) -> Answer | None:
    """Answer as a JupyterHub does to whoever has not logged in."""
    return Answer(302, b"", {"Location": "/hub/login?next=%2Fhub%2F", "X-JupyterHub-Version": "5.2.1"})


def web_page(call: Call) -> Answer | None:
    """Answer with a web server's own page, whatever is asked for."""
    return as_html("<html><head><title>Welcome to nginx!</title></head></html>", Server="nginx")


def below(prefix: str) -> Rule:
    """Have MLflow below a path, and a web page elsewhere."""
    return lambda call: None if call.path.startswith(f"{prefix}/") else web_page(call)


def down(call: Call) -> Answer | None:
    """Answer as a gateway does whose server is not there."""
    return as_html("<html><head><title>502 Bad Gateway</title></head></html>", 502)


def telling(version: str) -> Rule:
    """Tell another version than the server behind has."""
    return lambda call: (
        Answer(200, version.encode(), {"Content-Type": "text/plain"}) if call.path == "/version" else None
    )


@contextmanager
def front(rule: Rule, mlflow_url: str, *, prefix: str = "") -> Iterator[Front]:
    """Run a front on a free port.

    Args:
        rule: what it answers itself.
        mlflow_url: of the real MLflow server that it passes all else on to.
        prefix: a path that is taken off before a call is passed on.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {key.lower(): value for key, value in self.headers.items()}
            call = Call(self.command, path, query, headers, body)
            place.seen.append((call.method, call.path, headers.get("authorization", "")))
            answer = rule(call)
            if answer is None:
                server = Server(mlflow_url)
                inner = Call(call.method, path.removeprefix(prefix), query, headers, body)
                answer = server.ask(inner, body)
                server.close()
            self.send_response(answer.status)
            for key, value in answer.headers.items():
                self.send_header(key, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        do_POST = do_PUT = do_DELETE = do_PATCH = do_GET

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as service:
        place = Front(f"http://127.0.0.1:{service.server_address[1]}{prefix}")
        thread = threading.Thread(target=service.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield place
        finally:
            service.shutdown()
            thread.join()
