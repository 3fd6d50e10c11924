"""The loopback service: https with a throw-away certificate; it gives tokens, lets in by them, and passes on."""

from __future__ import annotations

import ssl
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.standins.azureml import artifacts, tokens
from tests.standins.azureml.state import SCOPE, Workspace
from tests.standins.azureml.tracking import pass_on
from tests.standins.databricks.tracking import Server
from tests.standins.databricks.wire import Answer, Call, as_html, as_json

PAGE = "<!doctype html><title>Sign in to your account</title><form id=login></form>"


@contextmanager
def workspace(mlflow_url: str, certificate: tuple[Path, Path], port: int = 0) -> Iterator[Workspace]:
    """Run a workspace in this process.

    Args:
        mlflow_url: of the real MLflow server that keeps experiments and runs.
        certificate: files with a certificate for 127.0.0.1 and its key: the plugin talks https alone.
        port: to listen on; 0 for a free one.
    """
    place = Workspace(mlflow_url)
    server = _Service(place, port, certificate)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="azureml")
    thread.start()
    try:
        yield place
    finally:
        place.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()


def unauthorised(message: str = "Authorization header is missing.") -> Answer:
    """Return the refusal of a call without a login that holds; wording unverified."""
    body = {"error": {"code": "UserError", "message": message}}
    return as_json(body, 401, **{"WWW-Authenticate": 'Bearer authorization_uri="https://login.microsoftonline.com"'})


class _Service(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, place: Workspace, port: int, certificate: tuple[Path, Path]) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.place = place
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(*certificate)
        place.url = f"https://127.0.0.1:{self.server_address[1]}"

    def get_request(self) -> tuple[Any, Any]:
        caller, address = super().get_request()
        # The handshake comes with the first read, in the caller's own thread: here it would hold up everybody.
        return self._tls.wrap_socket(caller, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a caller who hung up; anything else is a fault of the stand-in."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Service
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # an answer leaves in one piece
    timeout = 30

    def setup(self) -> None:
        super().setup()
        self.mlflow = Server(self.server.place.mlflow_url)

    def finish(self) -> None:
        self.mlflow.close()
        super().finish()

    def do_GET(self) -> None:
        place = self.server.place
        path, _, query = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        call = Call(self.command, path, query, headers, self.rfile.read(int(headers.get("content-length", 0))))
        if "authorization" in headers:
            place.logins.append(path)
        if place.wrong.hangs and place.wrong.only in path:
            place.closing.wait()
            self.close_connection = True
            return
        answer = self._wrong(call) or self._answer(call)
        # Noted before it is sent; what follows "?" may be as good as a login.
        place.calls.append(f"{call.method} {path} {answer.status}")
        self._send(answer)

    do_POST = do_PUT = do_HEAD = do_PATCH = do_DELETE = do_GET

    def _wrong(self, call: Call) -> Answer | None:
        wrong = self.server.place.wrong
        if wrong.only not in call.path or not (wrong.before_login or "authorization" in call.headers or wrong.page):
            return None
        if wrong.page:
            return as_html(PAGE)
        if wrong.status is None:
            return None
        body = {"error": {"code": wrong.code, "message": wrong.message}}
        later = {} if wrong.retry_after is None else {"Retry-After": str(wrong.retry_after)}
        return as_json(body, wrong.status, **later)

    def _answer(self, call: Call) -> Answer:
        place = self.server.place
        if call.path.startswith(artifacts.STORAGE):
            return artifacts.storage(place, call)
        if call.path == tokens.IDENTITY:
            return tokens.managed(place, call)
        if call.path.endswith("/oauth2/v2.0/token"):
            return tokens.by_secret(place, call)
        if call.headers.get("authorization", "").removeprefix("Bearer ") not in place.tokens:
            return unauthorised() if "authorization" not in call.headers else unauthorised("The token is not valid.")
        if SCOPE not in call.path:
            return as_json({"error": {"code": "UserError", "message": "Workspace not found."}}, 404)
        if call.path.startswith("/history/v1.0"):
            return artifacts.history(place, call)
        return pass_on(place, call, self.mlflow)

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def date_time_string(self, timestamp: float | None = None) -> str:
        return formatdate((time.time() if timestamp is None else timestamp) + self.server.place.wrong.skew, usegmt=True)

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing: the record in the workspace has it, without secrets."""
