"""The way to a class: what this machine's networks, proxies and failures mean."""

from __future__ import annotations

import errno

import pytest

from quickstart.errors import QuickstartError
from quickstart.net.tcp import no_proxy
from quickstart.workshop.participant import routes
from quickstart.workshop.participant.join_code import Code, Invitation
from quickstart.workshop.participant.routes import (
    DIRECT,
    Route,
    combine_errors,
    connection_error,
    is_neighbor,
)

MINE = [("192.168.1.77", "255.255.255.0"), ("10.8.0.2", "255.255.0.0")]
HERE = Invitation("192.168.1.20", 5443, Code("A" * 8, "B" * 12))


@pytest.mark.parametrize(
    ("host", "answer"),
    [
        ("192.168.1.20", True),
        ("10.8.200.1", True),
        ("192.168.2.20", False),
        ("172.16.0.1", False),
        ("fd00::20", False),
        ("8.8.8.8", None),
        ("laptop.local", None),
    ],
)
def test_neighbors(host: str, answer: bool | None) -> None:
    assert is_neighbor(host, MINE) is answer


@pytest.mark.parametrize(
    ("host", "error", "code"),
    [
        ("192.168.1.20", TimeoutError(), "room-silent"),
        ("192.168.1.20", OSError(errno.EHOSTUNREACH, "no route"), "room-silent"),
        ("192.168.9.20", TimeoutError(), "room-elsewhere"),
        ("8.8.8.8", TimeoutError(), "room-silent"),
        ("8.8.8.8", OSError(errno.ENETUNREACH, "no network"), "room-elsewhere"),
        ("192.168.1.20", ConnectionRefusedError(), "room-closed"),
        ("192.168.1.20", ConnectionResetError(), "room-broke-off"),
        ("192.168.1.20", routes.HandshakeTimeout(3.0), "room-no-answer"),
    ],
)
def test_failures(monkeypatch: pytest.MonkeyPatch, host: str, error: OSError, code: str) -> None:
    monkeypatch.setattr(routes, "interfaces", lambda: MINE)
    found = connection_error(Invitation(host, 5443, HERE.code), error)
    assert found.code == code
    assert HERE.code.secret not in str(found.facts)


def test_the_interfaces_of_this_machine_are_no_loopback() -> None:
    assert not [address for address, _ in routes.interfaces() if address.startswith("127.")]


def test_both_routes_are_reported() -> None:
    proxy = Route("http://me:secret@proxy:3128")
    rejected, silent = QuickstartError("room-proxy", detail="403"), QuickstartError("room-silent")
    combined = combine_errors([(proxy, rejected), (DIRECT, silent)])
    assert combined.code == "room-silent"
    assert combined.facts["aside"] == "Through the proxy http://proxy:3128: rejected (403)."
    combined = combine_errors([(proxy, QuickstartError("wrong-certificate")), (DIRECT, silent)])
    assert combined.code == "wrong-certificate"
    assert combined.facts["aside"] == "Without the proxy: timed out."
    assert combine_errors([(DIRECT, QuickstartError("room-closed"))]).facts == {}


def test_a_proxys_login_is_not_shown() -> None:
    assert "secret" not in repr(Route("http://me:secret@proxy:3128"))


@pytest.mark.parametrize(
    ("environment", "value"),
    [
        ({}, "192.168.1.20"),
        ({"NO_PROXY": "localhost, .corp"}, "localhost,.corp,192.168.1.20"),
        ({"NO_PROXY": "a", "no_proxy": "b"}, "b,192.168.1.20"),
        ({"NO_PROXY": "192.168.1.20"}, "192.168.1.20"),
    ],
)
def test_what_no_proxy_must_be(environment: dict[str, str], value: str) -> None:
    assert no_proxy(environment, "192.168.1.20") == value
