"""The loopback service: it reads requests, lets in whom the workspace knows, and sends each to its part."""

from __future__ import annotations

import ssl
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import SHUT_RDWR, socket
from typing import Any

from tests.standins.databricks import artifacts, oidc, tracking
from tests.standins.databricks.faults import LOGIN, Fault
from tests.standins.databricks.state import Request, Workspace
from tests.standins.databricks.wire import Answer, Call, Who, as_html, as_json, no_api

ME = "/api/2.0/preview/scim/v2/Me"


@contextmanager
def workspace(
    mlflow_url: str,
    *,
    port: int = 0,
    token: str | None = None,
    user: str = "newcomer@example.com",
    certificate: tuple[Path, Path] | None = None,
) -> Iterator[Workspace]:
    """Run a workspace in this process.

    Args:
        mlflow_url: of the real MLflow server that keeps experiments and runs.
        port: to listen on; 0 for a free one.
        token: the default personal access token; a random one where it is None.
        user: who owns it. Workspaces before the same MLflow server share experiments: use different people.
        certificate: files with a certificate for 127.0.0.1 and its key, to serve https.
    """
    place = Workspace(mlflow_url, user=user) if token is None else Workspace(mlflow_url, user=user, token=token)
    server = _Service(place, port, certificate)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="databricks")
    thread.start()
    try:
        yield place
    finally:
        place.closing.set()
        server.shutdown()
        thread.join()
        server.hang_up()
        server.server_close()


class _Service(ThreadingHTTPServer):
    daemon_threads = False  # so that closing waits for them: none may be left behind
    request_queue_size = 128

    def __init__(self, place: Workspace, port: int, certificate: tuple[Path, Path] | None) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.place = place
        self._open: set[Any] = set()
        self._lock = threading.Lock()
        self._tls: ssl.SSLContext | None = None
        if certificate is not None:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(*certificate)
        place.url = f"{'https' if self._tls else 'http'}://127.0.0.1:{self.server_address[1]}"

    def get_request(self) -> tuple[socket, Any]:
        caller, address = super().get_request()
        if self._tls is not None:
            # The handshake comes with the first read, in the caller's own thread: here it would hold up everybody.
            caller = self._tls.wrap_socket(caller, server_side=True, do_handshake_on_connect=False)
        with self._lock:
            self._open.add(caller)
        return caller, address

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """End whatever connection is still open, so that its thread ends."""
        with self._lock:
            for caller in self._open:
                with suppress(OSError):
                    caller.shutdown(SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a caller who hung up; anything else is a fault of the stand-in."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Service
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # an answer leaves in one piece
    skew = 0.0

    def setup(self) -> None:
        super().setup()
        self.mlflow = tracking.Server(self.server.place.mlflow_url)
        self.mlflow_seconds = 0.0

    def finish(self) -> None:
        self.mlflow.close()
        super().finish()

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_PUT = do_HEAD = do_DELETE = do_PATCH = do_GET

    def _serve(self) -> None:
        start, place = time.monotonic(), self.server.place
        self.mlflow_seconds = 0.0
        path, _, query = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        call = Call(self.command, path, query, headers, body)
        fault = place.fault_for(path) or Fault()
        noted = "/storage" if path.startswith("/storage/") else path  # the rest is as good as a credential
        if fault.hangs:
            place.requests.append(Request(call.method, noted, 0, 0.0, 0.0, None))
            place.closing.wait()
            self.close_connection = True
            return
        if fault.delay:
            place.closing.wait(fault.delay)
        self.skew = fault.skew
        answer, who = fault.answer(path), None
        if answer is None:
            answer, who = self._answer(call)
        # Noted before it is sent: whoever has the answer finds it in the record.
        seconds = time.monotonic() - start
        kind = who.kind if who else None
        place.requests.append(Request(call.method, noted, answer.status, seconds, self.mlflow_seconds, kind))
        self._send(answer)

    def _answer(self, call: Call) -> tuple[Answer, Who | None]:
        """Return the answer to a call, and who was let in for it."""
        place, path = self.server.place, call.path
        if path == "/.well-known/databricks-config":
            return oidc.host_metadata(place), None
        if path == "/oidc/.well-known/oauth-authorization-server":
            return oidc.discovery(place), None
        if path == "/oidc/v1/authorize":
            return oidc.authorize(place, call), None
        if path == "/oidc/v1/token":
            return oidc.token(place, call), None
        if path == "/login.html":
            return as_html(LOGIN), None
        if path.startswith("/storage/"):
            return artifacts.storage(place, call), None
        if not path.startswith("/api/"):
            return as_html("<h1>Not Found</h1>", 404), None
        who = oidc.who_calls(place, call.headers.get("authorization", ""))
        if isinstance(who, Answer):
            return who, None
        return self._api(replace(call, who=who), who), who

    def _api(self, call: Call, who: Who) -> Answer:
        """Return the answer to somebody who was let in."""
        place, path = self.server.place, call.path
        if path == ME and call.method == "GET":
            return _me(who)
        if path.startswith("/api/2.0/fs/"):
            return artifacts.files_api(place, call)
        if path.startswith("/api/2.0/mlflow/artifacts/credentials-for-"):
            return artifacts.credentials(place, call)
        if path == "/api/2.0/mlflow/artifacts/list":
            return artifacts.listing(place, call)
        if tracking.PATH.fullmatch(path):
            start = time.monotonic()
            try:
                return tracking.pass_on(place, call, self.mlflow)
            finally:
                self.mlflow_seconds = time.monotonic() - start
        return no_api(call)

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def date_time_string(self, timestamp: float | None = None) -> str:
        return formatdate((time.time() if timestamp is None else timestamp) + self.skew, usegmt=True)

    def version_string(self) -> str:
        return "databricks"

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing: the record in the workspace has it, without secrets."""


def _me(who: Who) -> Answer:
    """Return somebody as SCIM does (RFC 7643); a service principal has its application id for a user name."""
    number = str(zlib.crc32(who.name.encode()))
    return as_json(
        {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "id": number,
            "userName": who.name,
            "displayName": who.name.partition("@")[0],
            "active": True,
            "emails": [{"type": "work", "value": who.name, "primary": True}] if "@" in who.name else [],
        }
    )
