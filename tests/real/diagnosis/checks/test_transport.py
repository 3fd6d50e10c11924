"""The way to the server: what looks alike from a script, connection refused or silence, has causes of its own."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import psutil
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.conftest import Home, Shared, free_port, lasting_port
from tests.messages import fix_of
from tests.real.diagnosis.helpers import cause, examined, failed, row, wrong
from tests.real.helpers import lasting_home, nobody_listens, port_of, server_of

pytestmark = pytest.mark.matrix  # it waits for hosts and proxies that say nothing

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="signals and sockets as POSIX has them")
ELSEWHERE = "http://tracking.invalid:5000"
NO_BYPASS = {"NO_PROXY": "", "no_proxy": ""}


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A home with one server of its own, which each test starts, stops or harms as it needs."""
    with lasting_home(tmp_path_factory, "mine") as home:
        home.run("server", "start", "--port", str(lasting_port()))
        yield home


def address(home: Home) -> str:
    """Return where a home's server is, or was, after it was started."""
    home.run("server", "start")
    return str(server_of(home)["url"])


@contextmanager
def silent() -> Iterator[str]:
    """Give the address of a port that drops whoever comes: its queue is full, and nobody takes from it."""
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for caller in (first, second):
            caller.setblocking(False)
            caller.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


# No server, the wrong port, a black hole.


@pytest.mark.matrix
def test_a_server_that_runs_is_healthy_and_nothing_is_reported(mine: Home) -> None:
    document = examined(mine, address(mine), status=0)
    assert wrong(document) == {}


def test_where_nobody_listens_there_is_no_server(bare: Home) -> None:
    document = examined(bare, f"http://127.0.0.1:{free_port()}", status=3)
    assert cause(document) == "server-down"
    assert failed(document) == ["server-down"]


@pytest.mark.matrix
def test_where_mlflow_answers_on_another_port_that_one_is_named(mine: Home) -> None:
    running = address(mine)
    document = examined(mine, f"http://127.0.0.1:{free_port()}", status=3)
    assert cause(document) == "wrong-port"
    assert failed(document) == ["wrong-port"]
    assert running in row(document, "connect")["what"]
    assert fix_of(row(document, "connect")).startswith(f"export MLFLOW_TRACKING_URI={running} ")


@pytest.mark.matrix
def test_a_server_of_another_home_is_not_offered(mine: Home, bare: Home) -> None:
    address(mine)
    assert cause(examined(bare, f"http://127.0.0.1:{free_port()}")) == "server-down"


@pytest.mark.matrix
@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse where Linux is silent")
def test_a_host_that_drops_what_comes_is_silent(bare: Home) -> None:
    with silent() as url:
        document = examined(bare, url, status=3)
    assert cause(document) == "host-silent"
    assert failed(document) == ["host-silent"]


def test_a_name_that_nobody_has_is_told_as_such(bare: Home) -> None:
    document = examined(bare, ELSEWHERE, status=3)
    assert cause(document) == "name-unknown"
    assert failed(document) == ["name-unknown"]


def test_the_name_of_a_service_in_a_compose_file_is_told_as_such(bare: Home) -> None:
    port = free_port()
    document = examined(bare, f"http://no-such-service:{port}", status=3)
    assert cause(document) == "compose-name"
    assert fix_of(row(document, "connect")).startswith(f"docker compose port no-such-service {port}")


def test_in_a_notebook_of_a_provider_localhost_is_not_ones_own_machine(bare: Home) -> None:
    document = examined(bare, f"http://127.0.0.1:{free_port()}", status=3, COLAB_RELEASE_TAG="release-colab")
    assert cause(document) == "notebook-loopback"
    assert "COLAB_RELEASE_TAG" in row(document, "connect")["why"]


@pytest.mark.matrix
def test_verify_names_the_same_cause(mine: Home) -> None:
    running = address(mine)
    error = mine.json("verify", f"http://127.0.0.1:{free_port()}", status=3)["error"]
    assert (error["code"], running in error["what"]) == ("wrong-port", True)


# A server of one's own that does not answer.


@pytest.mark.matrix
def test_ones_own_server_that_was_stopped_is_named_with_the_command_that_starts_it(mine: Home) -> None:
    url = address(mine)
    mine.run("server", "stop")
    document = examined(mine, url, status=3)
    assert cause(document) == "own-server-down"
    assert failed(document) == ["own-server-down"]
    assert fix_of(row(document, "connect")).endswith("server start --name local")
    assert "until" in row(document, "connect")["why"]
    assert mine.json("verify", url, status=3)["error"]["code"] == "own-server-down"


@pytest.mark.matrix
@POSIX
def test_ones_own_server_that_was_killed_is_not_said_to_be_stopped(mine: Home) -> None:
    url = address(mine)
    root = psutil.Process(server_of(mine)["pid"])
    for process in (root, *root.children(recursive=True)):
        process.kill()
    root.wait(10) if root.is_running() else None
    while not nobody_listens(port_of(url)):
        time.sleep(0.05)
    document = examined(mine, url, status=3)
    assert cause(document) == "own-server-ended"
    assert failed(document) == ["own-server-ended"]
    assert "The last line of its log: " in row(document, "connect")["why"]


@POSIX
@pytest.mark.matrix
def test_ones_own_server_that_stands_still_is_named_with_its_process(mine: Home) -> None:
    url = address(mine)
    pid = server_of(mine)["pid"]
    os.kill(pid, signal.SIGSTOP)
    try:
        document = examined(mine, url, status=3)
    finally:
        os.kill(pid, signal.SIGCONT)
    assert cause(document) == "server-suspended"
    assert failed(document) == ["server-suspended"]
    assert fix_of(row(document, "identify")).startswith(f"kill -CONT {pid}")


@pytest.mark.matrix
def test_a_stranger_on_the_port_of_ones_own_server_is_named(mine: Home) -> None:
    url = address(mine)
    mine.run("server", "stop")
    with page_on(port_of(url)):
        document = examined(mine, url, status=3)
    assert cause(document) == "port-stolen"
    assert failed(document) == ["port-stolen"]
    assert f"(pid {os.getpid()})" in row(document, "identify")["what"]


@contextmanager
def page_on(port: int, context: ssl.SSLContext | None = None) -> Iterator[str]:
    """Run a web server with a page of its own, by TLS where a context is given, and give its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<html><head><title>Something else</title></head></html>")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """Say nothing of whoever broke a handshake off."""

    with Quiet(("127.0.0.1", port), Handler) as service:
        if context:
            service.socket = context.wrap_socket(service.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=service.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"{'https' if context else 'http'}://127.0.0.1:{service.server_address[1]}"
        finally:
            service.shutdown()
            thread.join()


# TLS in the way, in its kinds; https to an http port, and the other way round.


@contextmanager
def secure(folder: Path, *, name: str = "127.0.0.1", days: float = 1) -> Iterator[tuple[str, str]]:
    """Run a web server with a certificate that it signed itself; give its address and that certificate's file."""
    key = ec.generate_private_key(ec.SECP256R1())
    own = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Throw-away")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(name))])
    made = (
        x509.CertificateBuilder()
        .subject_name(own)
        .issuer_name(own)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=10))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(Encoding.PEM))
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, secret)
    with page_on(0, context) as url:
        yield url, str(certificate)


def test_a_certificate_of_an_authority_that_nobody_knows(bare: Home, tmp_path: Path) -> None:
    with secure(tmp_path) as (url, _):
        document = examined(bare, url, status=3)
    assert cause(document) == "tls-failed"
    assert failed(document) == ["tls-failed"]
    assert fix_of(row(document, "tls")).startswith("export REQUESTS_CA_BUNDLE=")


@pytest.mark.parametrize(
    ("made", "code"),
    [({"days": -5}, "certificate-dates"), ({"name": "127.0.0.9"}, "certificate-name")],
    ids=["expired", "of another name"],
)
def test_a_certificate_that_is_known_but_wrong(made: dict[str, float], code: str, bare: Home, tmp_path: Path) -> None:
    with secure(tmp_path, **made) as (url, certificate):  # type: ignore[arg-type]
        document = examined(bare, url, status=3, REQUESTS_CA_BUNDLE=certificate)
    assert cause(document) == code
    assert failed(document) == [code]


def test_https_to_a_port_that_speaks_http(bare: Home, server: Shared) -> None:
    document = examined(bare, server.uri.replace("http:", "https:"), status=3)
    assert cause(document) == "https-to-http"
    assert failed(document) == ["https-to-http"]
    assert f"verify {server.uri} " in fix_of(row(document, "tls"))


def test_http_to_a_port_that_speaks_https(bare: Home, tmp_path: Path) -> None:
    with secure(tmp_path) as (url, _):
        document = examined(bare, url.replace("https:", "http:"), status=3)
    assert cause(document) == "http-to-https"
    assert failed(document) == ["http-to-https"]
    assert fix_of(row(document, "identify")).endswith(f"verify {url}")


# A proxy in the way.


def answer(status: str, *headers: str) -> bytes:
    """Return what a proxy says, with a page."""
    page = b"<html><head><title>The proxy of the company</title></head></html>"
    head = [f"HTTP/1.1 {status}", "Content-Type: text/html", f"Content-Length: {len(page)}", *headers]
    return "\r\n".join([*head, "Connection: close", "", ""]).encode() + page


PROXIES = {
    "asks for a login": (
        answer("407 Proxy Authentication Required", 'Proxy-Authenticate: Basic realm="x"'),
        "proxy-login",
    ),
    "refuses": (answer("403 Forbidden"), "proxy-refuses"),
    "finds nobody": (answer("503 Service Unavailable"), "proxy-refuses"),
}


@pytest.mark.parametrize(("said", "code"), PROXIES.values(), ids=PROXIES.keys())
def test_a_proxy_that_lets_no_https_through(
    said: bytes,
    code: str,
    bare: Home,
    taken_port: Callable[..., int],
) -> None:
    proxy = f"http://127.0.0.1:{taken_port(said)}"
    document = examined(bare, ELSEWHERE.replace("http:", "https:"), status=3, HTTPS_PROXY=proxy, **NO_BYPASS)
    assert cause(document) == code
    assert failed(document) == [code]
    assert f"HTTPS_PROXY names {proxy}" in row(document, "tls")["why"]


def test_a_proxy_that_is_not_there(bare: Home) -> None:
    proxy = f"http://127.0.0.1:{free_port()}"
    document = examined(bare, ELSEWHERE, status=3, HTTP_PROXY=proxy, **NO_BYPASS)
    assert cause(document) == "proxy-failed"
    assert failed(document) == ["proxy-failed"]
    assert f"{proxy}, which HTTP_PROXY names, does not respond" in row(document, "identify")["why"]


def test_a_proxy_that_asks_for_a_login_before_plain_http(bare: Home, taken_port: Callable[..., int]) -> None:
    proxy = f"http://127.0.0.1:{taken_port(PROXIES['asks for a login'][0])}"
    document = examined(bare, ELSEWHERE, status=3, HTTP_PROXY=proxy, **NO_BYPASS)
    assert cause(document) == "proxy-login"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_takes_what_comes_and_says_nothing(
    scheme: str, bare: Home, taken_port: Callable[..., int]
) -> None:
    proxy, variable = f"http://127.0.0.1:{taken_port()}", f"{scheme.upper()}_PROXY"
    url = ELSEWHERE.replace("http:", f"{scheme}:")
    document = examined(bare, url, status=3, **{variable: proxy}, **NO_BYPASS)
    assert cause(document) == "proxy-silent"
    assert failed(document) == ["proxy-silent"]
    told = next(one for one in document["data"]["checks"] if one["status"] == "fail")
    assert f"{variable} names {proxy}" in told["why"]
    assert fix_of(told).startswith("export NO_PROXY=tracking.invalid,")


def own_address() -> str:
    """Return an address of this machine that is not loopback, or "" where it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking, suppress(OSError):
        asking.connect(("198.51.100.1", 9))  # nothing is sent: the system chooses the interface
        return str(asking.getsockname()[0])
    return ""


@pytest.mark.skipif(not own_address(), reason="this machine has no address but loopback")
def test_a_proxy_that_answers_in_the_place_of_a_server_that_is_reached_without_it(
    bare: Home,
    server: Shared,
    taken_port: Callable[..., int],
) -> None:
    proxy = f"http://127.0.0.1:{taken_port(answer('403 Forbidden'))}"
    with passed_on(own_address(), server.uri) as url:
        document = examined(bare, url, status=3, HTTP_PROXY=proxy, **NO_BYPASS)
    assert cause(document) == "proxy-answers"
    assert failed(document) == ["proxy-answers"]
    assert own_address() in fix_of(row(document, "identify"))


@contextmanager
def passed_on(host: str, url: str) -> Iterator[str]:
    """Pass what comes to an address of this machine on to a server on loopback, byte by byte."""
    listener = socket.create_server((host, 0))

    def carry(source: socket.socket, to: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                to.sendall(data)
            to.shutdown(socket.SHUT_WR)

    def serve() -> None:
        while True:
            try:
                caller, _ = listener.accept()
            except OSError:
                return
            inner = socket.create_connection(("127.0.0.1", port_of(url)))
            for pair in ((caller, inner), (inner, caller)):
                threading.Thread(target=carry, args=pair, daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://{host}:{listener.getsockname()[1]}"
    finally:
        listener.close()
