"""A rehearsal on a real class: everybody is proven, nobody's seat is touched, and nothing of it is left."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import pytest

from quickstart.errors import ExitCode, QuickstartError
from quickstart.explain import explain
from quickstart.net.http import Http
from quickstart.tracking.rest import Rest
from quickstart.workshop.instructor.rehearse import Participant, rehearse
from quickstart.workshop.participant.connection import WorkshopConnection, pin
from quickstart.workshop.participant.seats import ask_for_seat
from tests.messages import fix_of
from tests.real.workshop.participant.room import INSTRUCTOR, Room

pytestmark = pytest.mark.matrix

DEVICE = "0123456789abcdef" * 2


def taken(room: Room) -> list[tuple[int, str, str]]:
    """Return who has a seat."""
    return [(one["seat"], one["name"], one["state"]) for one in room.state()["seats"] if one["state"] != "free"]


def free(room: Room) -> int:
    """Return how many seats are free."""
    return int(room.state()["counts"]["free"])


def test_everybody_is_proven_and_nothing_is_left(room: Room) -> None:
    pinned, first = pin(room.invitation)
    with WorkshopConnection(pinned, first) as wire:
        mine = ask_for_seat(wire, room.invitation, DEVICE, "A real one")
        before = taken(room)
        done = rehearse(room.invitation, room, 4)
        assert (done.proven, done.failures) == (4, {})
        assert 0 < min(done.seconds) <= max(done.seconds) <= done.last
        assert taken(room) == before
        # Whoever has a seat goes on working.
        assert Rest(wire).experiment(mine.username)


def active(room: Room) -> list[str]:
    """Return the names of all experiments that are not deleted."""
    with Http(room.url, direct=True, fingerprint=room.digest) as http:
        login = base64.b64encode(f"instructor:{INSTRUCTOR}".encode()).decode()
        http.authorize({"Authorization": f"Basic {login}"})
        found = Rest(http).call("GET", "experiments/search", max_results=500)["experiments"]
    return sorted(one["name"] for one in found)


def test_no_experiment_is_left(room: Room) -> None:
    seats = len(room.state()["seats"])
    room.wait(seats)
    before = active(room)
    rehearse(room.invitation, room, 3)
    room.wait(seats)
    assert active(room) == before


def test_who_comes_next_finds_an_empty_experiment(room: Room) -> None:
    rehearse(room.invitation, room, 3)
    room.wait(len(room.state()["seats"]))
    pinned, first = pin(room.invitation)
    with WorkshopConnection(pinned, first) as wire:
        seat = ask_for_seat(wire, room.invitation, "f" * 32, None)
        found = Rest(wire).call("POST", "runs/search", experiment_ids=[seat.experiment["id"]], max_results=5)
        assert not found.get("runs")


def test_spread_over_a_time(room: Room) -> None:
    done = rehearse(room.invitation, room, 3, over=1.5)
    assert (done.proven, done.over) == (3, 1.5)


def test_more_than_there_is_room_for(room: Room) -> None:
    before = taken(room)
    with pytest.raises(QuickstartError) as caught:
        rehearse(room.invitation, room, free(room) + 1)
    assert caught.value.code == "rehearsal-full"
    assert caught.value.exit_code is ExitCode.USAGE
    error = explain(caught.value)
    assert error.why.startswith(f"The workshop has 30 seats, {30 - free(room)} of them not free")
    assert "workshop rehearse class --seats" in fix_of(error)
    assert error.docs.endswith("guide workshop-instructor")
    assert taken(room) == before


def test_a_locked_class_is_not_rehearsed(room: Room) -> None:
    room.steer("lock")
    try:
        with pytest.raises(QuickstartError) as caught:
            rehearse(room.invitation, room, 1)
    finally:
        room.steer("unlock")
    assert caught.value.code == "rehearsal-locked"


def test_what_a_killed_rehearsal_left_is_cleared_by_the_next(room: Room) -> None:
    before = taken(room)
    lost = Participant("rehearsal 12ab 7", 0.0)
    lost.attend(room.invitation, 0.0)
    assert len(taken(room)) == len(before) + 1
    rehearse(room.invitation, room, 1)
    assert taken(room) == before


class Unlucky:
    """A class that is locked the moment that the rehearsal begins.

    Args:
        room: the class.
    """

    def __init__(self, room: Room) -> None:
        self._room = room

    def state(self) -> Mapping[str, Any]:
        """Return the class, and lock it."""
        said = self._room.state()
        self._room.steer("lock")
        return said

    def steer(self, do: str, **what: Any) -> Mapping[str, Any]:
        """Steer the class."""
        return self._room.steer(do, **what)


def test_failures_are_counted_by_what_was_seen(room: Room) -> None:
    try:
        done = rehearse(room.invitation, Unlucky(room), 2)
    finally:
        room.steer("unlock")
    assert (done.proven, done.failures, done.percentile(0.5)) == (0, {"join-locked": 2}, None)
