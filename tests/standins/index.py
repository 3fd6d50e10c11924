"""A stand-in for a package index: it has one package, which it gives as a rule says."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import ssl
import threading
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

NAME = "mlflow_skinny-3.17.2-py3-none-any.whl"
AT_ONCE = 10  # pieces of a second's bytes, where it is slow


def wheel(size: int) -> bytes:
    """Return a wheel of about that many bytes, with nothing in it."""
    info = "mlflow_skinny-3.17.2.dist-info"
    files = {
        "padding.bin": os.urandom(size),
        f"{info}/METADATA": b"Metadata-Version: 2.1\nName: mlflow-skinny\nVersion: 3.17.2\n",
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: none\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    digests = {
        name: base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=") for name, data in files.items()
    }
    record = "".join(f"{name},sha256={digests[name].decode()},{len(data)}\n" for name, data in files.items())
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in {**files, f"{info}/RECORD": f"{record}{info}/RECORD,,\n".encode()}.items():
            archive.writestr(name, data)
    return packed.getvalue()


@contextmanager
def index(
    *,
    size: int = 4_000_000,
    speed: float | None = None,
    ahead: float = 0.0,
    empty: bool = False,
    tls: tuple[Path, Path] | None = None,
) -> Iterator[str]:
    """Serve an index, and give its address.

    Args:
        size: bytes of its package.
        speed: bytes per second; None for as fast as it goes.
        ahead: seconds that its clock is ahead of ours.
        empty: whether it has nothing, and shows a page to log in at instead.
        tls: certificate and key, where it speaks https.
    """
    package = wheel(size)
    page = "<html><body>Welcome to our Wi-Fi</body></html>" if empty else f'<a href="/files/{NAME}">{NAME}</a>'

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.give(body=True)

        def do_HEAD(self) -> None:
            self.give(body=False)

        def give(self, *, body: bool) -> None:
            data = package if self.path.startswith("/files/") and not empty else page.encode()
            self.send_response(200)
            kind = "application/octet-stream" if data is package else "text/html"
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            piece = int(speed / AT_ONCE) if speed else len(data)
            with suppress(OSError):  # whoever asked may not wait for all of it
                for begin in range(0, len(data) if body else 0, piece):
                    self.wfile.write(data[begin : begin + piece])
                    if speed and data is package:
                        time.sleep(1 / AT_ONCE)

        def date_time_string(self, timestamp: float | None = None) -> str:
            return formatdate(time.time() + ahead, usegmt=True)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}/simple"
    finally:
        server.shutdown()
        server.server_close()


def asked(environment: Mapping[str, str], url: str) -> dict[str, str]:
    """Return variables with which pip and uv ask this index, and heed nothing else of the developer's."""
    kept = {key: value for key, value in environment.items() if not key.startswith(("PIP_", "UV_"))}
    proxies = (
        "http_proxy",
        "https_proxy",
        "all_proxy",
        "no_proxy",
        "requests_ca_bundle",
        "curl_ca_bundle",
        "ssl_cert_file",
    )
    kept = {key: value for key, value in kept.items() if key.lower() not in proxies}
    return {**kept, "PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": url, "UV_INDEX_URL": url, "UV_NO_CONFIG": "1"}
