"""A class on the instructor's screen."""

from __future__ import annotations

import io
from typing import Any

import pytest

from quickstart.output import classroom
from quickstart.output.screen import Screen


def screen(monkeypatch: pytest.MonkeyPatch, width: int = 100, encoding: str = "utf-8") -> Screen:
    """Return a screen that is so wide, and writes into memory."""
    monkeypatch.setenv("COLUMNS", str(width))
    return Screen(everything=io.TextIOWrapper(io.BytesIO(), encoding=encoding))


def data(trouble: dict[int, str] | None = None, **more: Any) -> dict[str, Any]:
    """Return a class of forty as the screens' sketch has it."""
    found = {7: "proxy in the way", 22: "Python 3.8"} if trouble is None else trouble
    seats = [
        {"seat": seat, "name": "", "state": "trouble", "trouble": {"code": "x", "headline": what}, "at": None}
        for seat, what in found.items()
    ]
    usual = {
        "name": "class",
        "title": "MLOps course",
        "join": "quickstart join 192.168.1.20:5443/K7QF-3M2P-AAAA-BBBB-CCCC",
        "address": "https://192.168.1.20:5443",
        "running": True,
        "open": True,
        "locked": False,
        "expired": False,
        "closed": None,
        "archive": None,
        "seats": seats,
        "counts": {"free": 1, "joined": 6, "proven": 31, "trouble": len(found)},
    }
    return {**usual, **more}


def test_it_looks_as_it_was_sketched(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, third = (text.plain for text in classroom.picture(screen(monkeypatch), data()))
    assert first == "MLOps course · join with  quickstart join 192.168.1.20:5443/K7QF-3M2P-AAAA-BBBB-CCCC"
    assert second.startswith("31 of 40 proven  ██████")
    assert second.endswith("░  6 joined, 2 in trouble, 1 seat free")
    assert third == "in trouble: seat 7 (proxy in the way), seat 22 (Python 3.8)"


@pytest.mark.parametrize("width", [30, 40, 60, 80])
def test_no_line_but_the_one_to_type_is_wider_than_the_screen(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    lines = [text.plain for text in classroom.picture(screen(monkeypatch, width), data())]
    assert [line for line in lines if len(line) > width and not line.startswith("quickstart join")] == []


def test_a_terminal_without_blocks_gets_others(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [text.plain for text in classroom.picture(screen(monkeypatch, encoding="ascii"), data())]
    assert "####" in lines[1]


def test_a_room_full_of_trouble_stays_within_the_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    many = data(dict.fromkeys(range(1, 201), "the network is down"))
    lines = [text.plain for text in classroom.picture(screen(monkeypatch, 80), many, 10)]
    assert len(lines) <= 10
    assert " more" in lines[-1]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"locked": True, "open": False}, "joining is closed"),
        ({"expired": True, "open": False}, "the code has expired"),
        ({"running": False}, "its server does not run"),
        ({"running": False, "closed": "2026-03-02T12:00:00+00:00"}, "closed"),
    ],
)
def test_why_nobody_can_join_is_told(monkeypatch: pytest.MonkeyPatch, changed: dict[str, Any], words: str) -> None:
    (first, *_) = classroom.picture(screen(monkeypatch), data(join=None, **changed))
    assert first.plain == f"MLOps course · {words}"


def test_what_participants_say_steers_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = classroom.picture(screen(monkeypatch), data({1: "\x1b[2Jgone\u202e"}))
    assert not [text for text in lines if "\x1b" in text.plain or "\u202e" in text.plain]
