"""How a class is wanted, joined with what is remembered of it."""

from __future__ import annotations

import shlex
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from quickstart.errors import QuickstartError
from quickstart.explain import explain
from quickstart.server import ports, processes, records
from quickstart.workshop.instructor import record
from quickstart.workshop.instructor.addresses import Address
from quickstart.workshop.instructor.options import (
    EVERYWHERE,
    EVERYWHERE_SIX,
    WorkshopOptions,
    changed_options,
    merge_options,
    port_taken,
    validate,
)
from tests.conftest import lasting_port
from tests.messages import fix_of
from tests.unit.workshop.instructor.test_record import fault, workshop

LAN = [Address("wlan0", "192.168.1.20", default=True)]
CLOSED = "2026-03-02T12:00:00+00:00"


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"seats": 0}, "bad-seats"),
        ({"seats": 501}, "bad-seats"),
        ({"hours": 0.0}, "bad-hours"),
        ({"hours": float("nan")}, "bad-hours"),
        ({"title": " "}, "bad-title"),
        ({"title": "two\nlines"}, "bad-title"),
        ({"install_line": "x" * 201}, "bad-title"),
        ({"experiment": "x" * 81}, "bad-title"),
        ({"url": "http://a"}, "bad-class-url"),
        ({"certificate": Path("cert.pem")}, "key-missing"),
        ({"key": Path("key.pem")}, "key-missing"),
    ],
)
def test_what_cannot_be_is_refused(wish: dict[str, Any], code: str) -> None:
    with pytest.raises(QuickstartError) as caught:
        validate(WorkshopOptions("two", **wish))
    assert caught.value.code == code
    assert "workshop open two --" in fix_of(explain(caught.value))


@pytest.mark.parametrize(
    ("text", "words"),
    [(" ", "is empty"), ("a\nb", "invisible characters"), ("x" * 201, "too long: it has 201 characters")],
)
def test_what_is_wrong_with_a_line_is_told(text: str, words: str) -> None:
    with pytest.raises(QuickstartError) as caught:
        validate(WorkshopOptions("class", install_line=text))
    told = explain(caught.value)
    assert words in told.what
    assert "at most 200" in told.why
    assert validate(WorkshopOptions("class", install_line="x" * 200))


def test_a_name_that_no_class_can_have_is_told_as_that() -> None:
    with pytest.raises(QuickstartError) as caught:
        validate(WorkshopOptions("x/../y"))
    told = explain(caught.value)
    assert "Invalid workshop name" in told.what
    assert fix_of(told).endswith("workshop open my-workshop")


@pytest.mark.parametrize(
    ("url", "address"),
    [("https://a.example.org:5446", "https://a.example.org:5447"), ("https://tunnel.example.org", None)],
)
def test_a_port_that_is_taken_is_mended_by_the_same_wish_on_another(
    place: Path, monkeypatch: pytest.MonkeyPatch, url: str, address: str | None
) -> None:
    monkeypatch.setattr(ports, "holder", lambda number: ports.Holder(number, 17, "python3"))
    wish = WorkshopOptions("two", seats=60, title="My course", url=url, port=5446, hours=4.0)
    told = explain(port_taken(wish, 5446, 5447))
    assert "already in use by python3 (pid 17)" in told.what
    line, _, end = fix_of(told).partition("   ")
    assert shlex.split(line)[-11:] == [
        *("two", "--port", "5447", "--seats", "60", "--title", "My course", "--url", address or url, "--expires", "4")
    ]
    assert end == "Or stop python3 (pid 17) first."


def test_a_port_that_another_class_has_is_told_with_its_name(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record.save(workshop("one", port=5446))
    records.save(records.Server("one", "0.0.0.0", 5446, "", "", classroom="file"))
    monkeypatch.setattr(processes, "find_root", lambda server: object())
    told = explain(port_taken(WorkshopOptions("two"), 5446, 5447))
    assert 'already in use by the workshop "one"' in told.what
    assert fix_of(told).endswith("workshop close one`.")


@pytest.mark.parametrize("seats", [1, 500])
def test_the_limits_of_a_class_are_in_it(seats: int) -> None:
    assert validate(WorkshopOptions("class", seats=seats)).seats == seats


def test_a_new_class_has_what_nobody_named() -> None:
    port = lasting_port()
    made = merge_options(WorkshopOptions("class", port=port), None, "/usr/bin/python3", LAN)
    assert (made.seats, made.experiment, made.shared) == (40, "class", "read")
    assert made.url == f"https://192.168.1.20:{port}"
    assert made.listen == EVERYWHERE
    assert made.names[0] == "192.168.1.20"
    assert len(made.secret) == 8


def test_without_a_network_it_is_for_this_machine() -> None:
    port = lasting_port()
    assert merge_options(WorkshopOptions("class", port=port), None, "", []).url == f"https://127.0.0.1:{port}"


def test_where_there_is_ipv6_alone_that_is_listened_on() -> None:
    made = merge_options(WorkshopOptions("class", port=lasting_port()), None, "", [Address("eth0", "fd00::2")])
    assert (made.listen, made.names[0]) == (EVERYWHERE_SIX, "fd00::2")


def test_one_that_was_not_closed_goes_on_with_what_participants_have() -> None:
    known = workshop(port=lasting_port())
    made = merge_options(WorkshopOptions("class"), known, known.python, LAN)
    assert (made.secret, made.expires, made.url, made.steering_token) == (
        known.secret,
        known.expires,
        known.url,
        known.steering_token,
    )


def test_one_that_was_closed_gets_another_secret_and_all_else_again() -> None:
    known = replace(workshop(port=lasting_port(), seats=12).without_secrets(), closed=CLOSED, expires=0.0)
    made = merge_options(WorkshopOptions("class"), known, known.python, LAN)
    assert (made.seats, made.title) == (12, known.title)
    assert made.secret
    assert made.expires > 0


def test_a_port_that_participants_know_is_never_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        taken = stranger.getsockname()[1]
        assert fault(merge_options, WorkshopOptions("class", port=taken), None, "", LAN) == "class-port-taken"
        assert fault(merge_options, WorkshopOptions("class"), workshop(port=taken), "", LAN) == "class-port-taken"
        closed = replace(workshop(port=taken), closed=CLOSED)
        assert merge_options(WorkshopOptions("class"), closed, "", LAN).port != taken


def test_an_address_that_was_given_stays_and_one_that_is_gone_is_replaced() -> None:
    given = workshop(port=lasting_port(), url="https://class.example.org")
    assert merge_options(WorkshopOptions("class"), given, "", LAN).url == "https://class.example.org"
    moved = workshop(port=lasting_port(), url="https://10.9.9.9:5443")
    assert merge_options(WorkshopOptions("class"), moved, "", LAN).url == f"https://192.168.1.20:{moved.port}"


def test_another_port_is_in_the_address_too() -> None:
    known, port = workshop(port=5443), lasting_port()
    assert (
        merge_options(WorkshopOptions("class", port=port), replace(known, closed=CLOSED), "", LAN).url
        == f"https://192.168.1.20:{port}"
    )


def test_what_a_running_class_cannot_take_on_is_named() -> None:
    known = workshop()
    assert (
        changed_options(WorkshopOptions("class", seats=60, hours=1.0, title=known.title, port=known.port), known) == []
    )
    other = WorkshopOptions("class", port=6000, shared="none", source=Path("a.tar.gz"))
    assert changed_options(other, known) == ["--port", "--shared", "--from"]
