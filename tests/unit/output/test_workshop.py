"""A class on the instructor's screen."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import Any

import pytest

from quickstart.output import watch, workshop
from quickstart.output.console import Screen
from quickstart.workshop.instructor.results import OpenedWorkshop, SeatStatus, SteerResult, WorkshopStatus


def screen(monkeypatch: pytest.MonkeyPatch, width: int = 100, encoding: str = "utf-8") -> Screen:
    """Return a screen that is so wide, and writes into memory."""
    monkeypatch.setenv("COLUMNS", str(width))
    return Screen(everything=io.TextIOWrapper(io.BytesIO(), encoding=encoding))


def written(shown: Screen) -> str:
    """Return what was written on a screen."""
    shown.out.file.flush()
    return shown.out.file.buffer.getvalue().decode()  # type: ignore[attr-defined, no-any-return]


def data(trouble: dict[int, str] | None = None, **more: Any) -> WorkshopStatus:
    """Return a workshop of forty seats."""
    found = {7: "proxy in the way", 22: "Python 3.8"} if trouble is None else trouble
    seats = (SeatStatus(seat, "", "trouble", {"code": "x", "headline": what}) for seat, what in found.items())
    usual = WorkshopStatus(
        name="class",
        title="MLOps course",
        address="https://192.168.1.20:5443",
        store="/data/class",
        closed=None,
        archive=None,
        running=True,
        open=True,
        locked=False,
        expired=False,
        expires=None,
        join="quickstart join 192.168.1.20:5443/K7QF-3M2P-AAAA-BBBB-CCCC",
        board=None,
        seats=tuple(seats),
        counts={"free": 1, "joined": 6, "proven": 31, "trouble": len(found)},
    )
    return replace(usual, **more)


def test_it_looks_as_it_was_sketched(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, *rest = (text.plain for text in watch.picture(screen(monkeypatch), data()))
    assert first == "MLOps course · join with  quickstart join 192.168.1.20:5443/K7QF-3M2P-AAAA-BBBB-CCCC"
    assert second.startswith("31 of 40 proven  ██████")
    assert second.endswith("░  6 joined, 2 in trouble, 1 seat free")
    assert rest == ["in trouble: seat 7 (proxy in the way)", "in trouble: seat 22 (Python 3.8)"]


def joined(*people: str) -> list[SeatStatus]:
    """Return seats whose participants are not proven yet."""
    return [SeatStatus(number, name, "joined") for number, name in enumerate(people, 3)]


def test_who_joined_and_was_not_proven_is_named_too(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = data()
    seats = (*joined("Ada", ""), *shown.seats, replace(joined("Linus")[0], state="proven"))
    _, _, *rest = (text.plain for text in watch.picture(screen(monkeypatch), replace(shown, seats=seats)))
    assert rest[2:] == ["not verified: seat 3 (Ada)", "not verified: seat 4"]


def test_where_a_line_for_each_does_not_fit_they_stand_together(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = data({1: "proxy", 2: "proxy"})
    seats = (*joined(*(f"P{number}" for number in range(40))), *shown.seats)
    lines = [text.plain for text in watch.picture(screen(monkeypatch, 80), replace(shown, seats=seats))]
    assert len(lines) <= 20
    assert "in trouble: seat 1 (proxy), seat 2 (proxy)" in lines
    assert any(line.startswith("not verified: seat 3 (P0), seat 4 (P1)") for line in lines)


def test_a_screen_reader_gets_no_blocks_and_a_line_for_each_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACCESSIBLE", "1")
    monkeypatch.setenv("LINES", "100")
    shown = screen(monkeypatch)
    monkeypatch.setattr(shown.out, "_force_terminal", True)
    monkeypatch.setattr(shown.out, "_color_system", 1)
    assert (shown.out.is_terminal, bool(shown.out.color_system)) == (True, True)
    watch.watch(shown, [data()])
    workshop._code(shown, "quickstart join 192.168.1.20:5443/K7QF")
    assert not re.search("\x1b|[\u2580-\u259f]", written(shown))


@pytest.mark.parametrize(
    ("did", "was", "words"),
    [
        ("free", "free", "seat 7 was already free"),
        ("free", "proven", "logged out"),
        ("free", "removed", "removed before"),
        ("remove", "free", "it was free"),
        ("remove", "joined", "logged out"),
        ("remove", "removed", "already removed"),
    ],
)
def test_what_came_of_steering_a_seat_is_told_by_what_it_was(
    monkeypatch: pytest.MonkeyPatch, did: str, was: str, words: str
) -> None:
    shown = screen(monkeypatch, 160)
    workshop.draw_steered(shown, SteerResult(did, 7, was, data()))
    assert words in written(shown)


@pytest.mark.parametrize("did", ["lock", "unlock", "free", "remove"])
def test_what_to_do_next_names_the_class(monkeypatch: pytest.MonkeyPatch, did: str) -> None:
    shown = screen(monkeypatch, 160)
    workshop.draw_steered(shown, SteerResult(did, 7, "proven", data(expires="2099-03-02T12:00:00+00:00")))
    commands = re.findall(r"workshop (\w+) (.*)", written(shown))
    assert commands
    assert [line for _, line in commands if "class" not in line.split("   ")[0]] == []
    assert did != "remove" or "join again with a new seat" in written(shown)
    assert did != "unlock" or "until 2099-03-0" in written(shown)


def opened(**more: Any) -> OpenedWorkshop:
    """Return a workshop that was just opened."""
    usual = OpenedWorkshop(
        name="class",
        title="MLOps course",
        already=False,
        address="https://192.168.1.20:5443",
        join="quickstart join ...",
        install="pip install ours",
        install_named=True,
        board="https://...",
        seats=40,
        expires="2099-03-02T12:00:00+00:00",
        locked=False,
        certificate_made=True,
        fingerprint="ab",
        others=(),
        moved=None,
        new_code=False,
        alone=False,
        doubt=None,
        store="/data/class",
        log="",
        mlflow_version=None,
    )
    return replace(usual, **more)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"install_named": False}, 'workshop open class --install-line "pip install ..."'),
        ({"new_code": True}, "the join code is new"),
        ({"expires": "2026-03-02T12:00:00+00:00"}, "2026-03-02"),
        ({"expires": "2026-03-02T12:00:00+00:00"}, "(expired)"),
    ],
)
def test_what_an_instructor_must_know_of_what_was_opened(
    monkeypatch: pytest.MonkeyPatch, changed: dict[str, Any], words: str
) -> None:
    usual, shown = screen(monkeypatch, 200), screen(monkeypatch, 200)
    workshop.draw_opened(usual, opened())
    workshop.draw_opened(shown, opened(**changed))
    assert words not in written(usual)
    assert words in written(shown)


@pytest.mark.parametrize("width", [30, 40, 60, 80])
def test_no_line_but_the_one_to_type_is_wider_than_the_screen(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    lines = [text.plain for text in watch.picture(screen(monkeypatch, width), data())]
    assert [line for line in lines if len(line) > width and not line.startswith("quickstart join")] == []


def test_a_terminal_without_blocks_gets_others(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [text.plain for text in watch.picture(screen(monkeypatch, encoding="ascii"), data())]
    assert "####" in lines[1]


def test_a_room_full_of_trouble_stays_within_the_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    many = data(dict.fromkeys(range(1, 201), "the network is down"))
    lines = [text.plain for text in watch.picture(screen(monkeypatch, 80), many, 10)]
    assert len(lines) <= 10
    assert " more" in lines[-1]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"locked": True, "open": False}, "locked"),
        ({"expired": True, "open": False}, "the join code has expired"),
        ({"running": False}, "the server is not running"),
        ({"running": False, "closed": "2026-03-02T12:00:00+00:00"}, "closed"),
    ],
)
def test_why_nobody_can_join_is_told(monkeypatch: pytest.MonkeyPatch, changed: dict[str, Any], words: str) -> None:
    (first, *_) = watch.picture(screen(monkeypatch), data(join=None, **changed))
    assert first.plain == f"MLOps course · {words}"


def test_what_participants_say_steers_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = watch.picture(screen(monkeypatch), data({1: "\x1b[2Jgone\u202e"}))
    assert not [text for text in lines if "\x1b" in text.plain or "\u202e" in text.plain]
