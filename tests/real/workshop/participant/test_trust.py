"""Who is trusted: the server that the code means and no other; and what is said where it is not reached."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from quickstart.errors import QuickstartError
from quickstart.workshop.participant.connection import WorkshopConnection, pin
from quickstart.workshop.participant.join_code import Code, Invitation
from tests.conftest import Home, lasting_port
from tests.messages import fix_of
from tests.real.methods.server.real import certificates
from tests.real.workshop.participant.room import made
from tests.real.workshop.participant.stranger import Stranger


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stranger]:
    """The server that the code means."""
    folder = tmp_path_factory.mktemp("server")
    made(folder)
    one = Stranger(folder / "cert.pem", folder / "key.pem")
    yield one
    one.close()


@pytest.fixture
def stranger(tmp_path: Path) -> Iterator[Stranger]:
    """Somebody else, with a certificate of their own."""
    made(tmp_path)
    one = Stranger(tmp_path / "cert.pem", tmp_path / "key.pem")
    yield one
    one.close()


def at(invitation: Invitation, port: int) -> Invitation:
    """Return the same code at another port."""
    return Invitation(invitation.host, port, invitation.code)


def test_nothing_is_sent_to_another_server(server: Stranger, stranger: Stranger, ada: Home) -> None:
    document = ada.json("join", at(server.invitation, stranger.port).text, status=1)
    assert document["error"]["code"] == "wrong-certificate"
    assert document["data"] == {}
    assert stranger.heard == b""
    assert not list(ada.quickstart_home.rglob("*.json"))


def test_who_takes_the_servers_place_later_is_not_trusted_either(server: Stranger, stranger: Stranger) -> None:
    pinned, first = pin(server.invitation)
    first.close()
    # The same pin, led to somebody else: as when an address is taken over while the class goes on.
    taken = replace(pinned, invitation=at(server.invitation, stranger.port))
    with WorkshopConnection(taken) as wire, pytest.raises(QuickstartError) as caught:
        wire.request("POST", "/quickstart/join", json={"secret": "SECRET"})
    assert caught.value.code == "wrong-certificate"
    assert stranger.heard == b""


def test_another_certificate_by_the_same_authority_is_not_trusted(vouched: Stranger, other: Stranger) -> None:
    pinned, first = pin(vouched.invitation)
    first.close()
    taken = replace(pinned, invitation=at(vouched.invitation, other.port))
    with pytest.raises(QuickstartError) as caught:
        taken.open()
    assert caught.value.code == "wrong-certificate"


def test_the_right_server_by_a_name_that_is_not_its_own(server: Stranger) -> None:
    # 127.0.0.1 as ::ffff:7f00:1 reaches the same server, and stands in no certificate.
    with pytest.raises(QuickstartError) as caught:
        pin(Invitation("::ffff:7f00:1", server.port, server.invitation.code))
    assert caught.value.code == "class-name"


def test_what_mlflow_is_given_is_a_certificate_that_a_strict_client_takes(server: Stranger) -> None:
    pinned, first = pin(server.invitation)
    first.close()
    context = ssl.create_default_context(cadata=pinned.pem)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    with (
        socket.create_connection(("127.0.0.1", server.port)) as raw,
        context.wrap_socket(raw, server_hostname="127.0.0.1") as opened,
    ):
        assert opened.version()


def test_a_connection_that_was_closed_meanwhile_is_made_anew(server: Stranger) -> None:
    pinned, first = pin(server.invitation)
    with WorkshopConnection(pinned, first) as wire:
        assert wire.request("GET", "/quickstart/ready").status == 200
        first.shutdown(socket.SHUT_RDWR)
        assert wire.request("GET", "/quickstart/ready").status == 200


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The folders of two certificates by one throw-away authority."""
    folder, beside = tmp_path_factory.mktemp("authority"), tmp_path_factory.mktemp("beside")
    certificates(folder)
    certificates(beside)
    both = (folder / "ca.pem").read_text() + (beside / "ca.pem").read_text()
    (folder / "ca.pem").write_text(both)
    return folder, beside


@pytest.fixture
def vouched(authority: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[Stranger]:
    """A server with a certificate that an authority vouches for, which this machine knows."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority[0] / "ca.pem"))
    one = Stranger(authority[0] / "server.pem", authority[0] / "server.key")
    yield one
    one.close()


@pytest.fixture
def other(authority: tuple[Path, Path]) -> Iterator[Stranger]:
    """Another server with a certificate that is vouched for."""
    one = Stranger(authority[1] / "server.pem", authority[1] / "server.key")
    yield one
    one.close()


def test_a_certificate_that_an_authority_vouches_for_is_not_kept(vouched: Stranger) -> None:
    pinned, first = pin(vouched.invitation)
    first.close()
    assert pinned.pem == ""


def test_an_authority_that_nobody_knows_is_told(vouched: Stranger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    with pytest.raises(QuickstartError) as caught:
        pin(vouched.invitation)
    assert caught.value.code == "class-untrusted"


@contextmanager
def answering(says: bytes, *, after: float = 0.0) -> Iterator[int]:
    """Listen without TLS, and say one thing to everybody."""
    listener = socket.create_server(("127.0.0.1", lasting_port()))

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client:
                try:
                    client.recv(4096)
                    time.sleep(after)
                    client.sendall(says)
                except OSError:
                    continue

    threading.Thread(target=serve, daemon=True).start()
    yield listener.getsockname()[1]
    listener.close()


CODE = Code("A" * 8, "B" * 12)
PORTAL = b"HTTP/1.1 302 Found\r\nLocation: http://login.example.org/\r\nContent-Length: 0\r\n\r\n"
PAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


@pytest.mark.parametrize(
    ("says", "code"),
    [
        pytest.param(PORTAL, "room-portal", id="the Wi-Fi's own page"),
        pytest.param(PAGE, "room-not-tls", id="another server"),
        pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n", "room-not-tls", id="no web server at all"),
        pytest.param(b"", "room-broke-off", id="hangs up"),
    ],
)
def test_who_speaks_no_tls(says: bytes, code: str) -> None:
    with answering(says) as port, pytest.raises(QuickstartError) as caught:
        pin(Invitation("127.0.0.1", port, CODE))
    assert caught.value.code == code


def test_nobody_is_there() -> None:
    with pytest.raises(QuickstartError) as caught:
        pin(Invitation("127.0.0.1", lasting_port(), CODE))
    assert caught.value.code == "room-closed"


def test_a_name_that_nobody_knows() -> None:
    with pytest.raises(QuickstartError) as caught:
        pin(Invitation("class.invalid", 5443, CODE))
    assert caught.value.code == "name-unknown"


def test_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quickstart.workshop.participant.connection.HANDSHAKE_TIMEOUT", 0.2)
    with answering(b"", after=2.0) as port, pytest.raises(QuickstartError) as caught:
        pin(Invitation("127.0.0.1", port, CODE))
    assert caught.value.code == "room-no-answer"


def test_every_fault_has_words() -> None:
    from quickstart.explain import explain
    from quickstart.workshop.participant.messages import MESSAGES

    facts: dict[str, Any] = {"url": "https://127.0.0.1:1", "address": "127.0.0.1:1", "host": "127.0.0.1", "port": 1}
    facts |= {"again": "x", "detail": "x", "seen": "x", "wanted": "x", "seconds": 1.0, "mine": "x", "what": "x"}
    facts |= {"proxy": "x", "name": "x", "seat": "x", "line": "x"}
    for code in MESSAGES:
        error = explain(QuickstartError(code, **facts))
        assert error.code == code
        assert "{" not in error.what + error.why + fix_of(error)
