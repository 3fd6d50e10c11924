"""The way to a class: what this machine's networks, proxies and failures mean."""

from __future__ import annotations

import errno
from typing import Any

import pytest

from quickstart.errors import QuickstartError
from quickstart.workshop.join_code import Code, Invitation
from quickstart.workshop.participant import routes
from quickstart.workshop.participant.routes import DIRECT, Route, combine_failures, failure, neighbour, no_proxy

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
def test_neighbours(host: str, answer: bool | None) -> None:
    assert neighbour(host, MINE) is answer


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
    fault = failure(Invitation(host, 5443, HERE.code), error)
    assert fault.code == code
    assert HERE.code.secret not in str(fault.facts)


def test_the_interfaces_of_this_machine_are_no_loopback() -> None:
    assert not [address for address, _ in routes.interfaces() if address.startswith("127.")]


def fault(code: str, **facts: Any) -> QuickstartError:
    return QuickstartError(code, **facts)


def test_what_was_tried_is_told_together() -> None:
    proxy = Route("http://me:secret@proxy:3128")
    told = combine_failures([(proxy, fault("room-proxy", said="403")), (DIRECT, fault("room-silent"))])
    assert told.code == "room-silent"
    assert told.facts["aside"] == "Through the proxy http://proxy:3128 it was: not let through (403)."
    told = combine_failures([(proxy, fault("wrong-certificate")), (DIRECT, fault("room-silent"))])
    assert told.code == "wrong-certificate"
    assert told.facts["aside"] == "Without the proxy it was: silence."
    assert combine_failures([(DIRECT, fault("room-closed"))]).facts == {}


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
    assert no_proxy("192.168.1.20", environment) == value
