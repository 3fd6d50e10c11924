"""A rehearsal: simulated participants join and prove at once or spread over a time; all that is theirs goes again."""

from __future__ import annotations

import re
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from quickstart.errors import ExitCode, QuickstartError
from quickstart.events import Progress, no_progress
from quickstart.system import signals
from quickstart.tracking.rest import Rest
from quickstart.workshop.join_code import Invitation
from quickstart.workshop.participant import check
from quickstart.workshop.participant import seats as joining
from quickstart.workshop.participant.connection import WorkshopConnection, pin
from quickstart.workshop.participant.seats import Seat

DEADLINE = 150.0  # seconds after the last has begun; who is not through by then has failed
LOOK = 0.1  # seconds between two looks at how far they are
HANDS = 8  # that clear up side by side
# What simulated participants are called. A rehearsal that was killed is known by it, and cleared up by the next.
NAME = "rehearsal {mark} {number}"
OURS = re.compile(r"rehearsal [0-9a-f]{4} \d+")


class Steering(Protocol):
    """What a rehearsal needs of the instructor's side: steering.Classroom has it."""

    def state(self) -> Mapping[str, Any]:
        """Return the class as it is now."""

    def steer(self, do: str, **what: Any) -> Mapping[str, Any]:
        """Change something about the class."""


@dataclass(frozen=True)
class Rehearsal:
    """How a rehearsal went.

    Args:
        seats: how many took part.
        over: seconds over which they began.
        seconds: that joining and the proof took, of each who was proven.
        last: seconds from the beginning until the last of them was proven.
        failures: how many failed, by the code of what they saw.
        left: how many seats could not be freed again.
    """

    seats: int
    over: float
    seconds: Sequence[float]
    last: float
    failures: Mapping[str, int]
    left: int = 0

    @property
    def proven(self) -> int:
        """How many were proven."""
        return len(self.seconds)

    def percentile(self, share: float) -> float | None:
        """Return the time within which a share of those who were proven were so; None where nobody was."""
        ranked = sorted(self.seconds)
        return ranked[min(len(ranked) - 1, int(share * len(ranked)))] if ranked else None


@dataclass
class Participant:
    """A simulated participant, from the first connection to the report.

    Args:
        name: on the board.
        begins: seconds after the rehearsal's beginning.
        device: by which the class knows it.
    """

    name: str
    begins: float
    device: str = field(default_factory=lambda: secrets.token_hex(16))
    wire: WorkshopConnection | None = None
    seat: Seat | None = None
    seconds: float | None = None
    ended: float = 0.0
    code: str = ""

    def attend(self, invitation: Invitation, begun: float) -> None:
        """Do what a participant's machine does, each time over a connection of its own."""
        started = time.monotonic()
        try:
            pinned, first = pin(invitation)
            self.wire = WorkshopConnection(pinned, first)
            self.seat = joining.ask_for_seat(self.wire, invitation, self.device, self.name)
            failed = check.verify_seat(self.wire, self.seat.experiment).failed
            self.ended = time.monotonic() - begun
            took = time.monotonic() - started
            if failed:
                self.code = str(failed.code)
            else:
                self.seconds = took
            joining.report(self.wire, self.code or None, took)
        except QuickstartError as fault:
            self.code = fault.code
        except (Exception, KeyboardInterrupt) as error:
            self.code = type(error).__name__

    def leave(self) -> None:
        """Delete what it recorded, and hang up."""
        if self.wire and self.seat:
            with suppress(QuickstartError):
                Rest(self.wire).call("POST", "experiments/delete", experiment_id=self.seat.experiment["id"])
        if self.wire:
            self.wire.close()


def rehearse(
    invitation: Invitation,
    classroom: Steering,
    seats: int,
    over: float = 0.0,
    progress: Progress = no_progress,
    name: str = "class",
) -> Rehearsal:
    """Let simulated participants join a class and prove it, and take away all that is theirs.

    Args:
        invitation: what the room types.
        classroom: steers the class.
        seats: how many take part; only seats that nobody holds are used.
        over: seconds over which they begin; 0 for all in the same moment.
        progress: told how far they are.
        name: of the class, for what mends.

    Raises:
        Fault: "rehearsal-locked" or "rehearsal-full" before anybody joins, or what steering raises.
        KeyboardInterrupt: it was cancelled; it is cleared up all the same.
    """
    state = _clear(classroom, OURS.fullmatch, classroom.state())
    if not state["open"]:
        raise QuickstartError("rehearsal-locked", name=name)
    if (free := int(state["counts"]["free"])) < seats:
        all_seats = len(state["seats"])
        facts = {"free": free, "asked": seats, "seats": all_seats, "taken": all_seats - free}
        raise QuickstartError("rehearsal-full", ExitCode.USAGE, name=name, **facts)
    crowd = make_participants(seats, over)
    try:
        _attend(crowd, invitation, progress)
    finally:
        progress("clearing up", f"{seats} seats")
        names = {one.name for one in crowd}
        with ThreadPoolExecutor(HANDS) as hands:
            list(hands.map(Participant.leave, crowd))
        after = _clear(classroom, names.__contains__, classroom.state())
    return result(crowd, over, sum(one["name"] in names for one in after["seats"]))


def make_participants(seats: int, over: float) -> list[Participant]:
    """Return who will take part, by when they begin.

    Args:
        seats: how many.
        over: seconds over which they begin.
    """
    mark = secrets.token_hex(2)
    return [Participant(NAME.format(mark=mark, number=one + 1), over * one / seats) for one in range(seats)]


def result(crowd: Iterable[Participant], over: float, left: int) -> Rehearsal:
    """Return how it went. Pure.

    Args:
        crowd: who took part.
        over: seconds over which they began.
        left: how many seats could not be freed again.
    """
    everybody = list(crowd)
    proven = [one for one in everybody if one.seconds is not None]
    failures = Counter(one.code or "not-through" for one in everybody if one.seconds is None)
    seconds = tuple(one.seconds for one in proven if one.seconds is not None)
    last = max((one.ended for one in proven), default=0.0)
    return Rehearsal(len(everybody), over, seconds, last, dict(failures), left)


def _attend(crowd: Sequence[Participant], invitation: Invitation, progress: Progress) -> None:
    """Let everybody attend, and wait for the last."""
    begun = time.monotonic() + 0.2 + len(crowd) / 2000  # till then all threads are there

    def act(one: Participant) -> None:
        time.sleep(max(0.0, begun + one.begins - time.monotonic()))
        one.attend(invitation, begun)

    # Daemons: whoever cancels need not wait for the slowest of them.
    threads = [threading.Thread(target=act, args=(one,), daemon=True) for one in crowd]
    for thread in threads:
        thread.start()
    deadline = begun + crowd[-1].begins + DEADLINE
    while (busy := sum(thread.is_alive() for thread in threads)) and time.monotonic() < deadline:
        signals.raise_if_stopped()
        proven = sum(one.seconds is not None for one in crowd)
        progress("rehearsing", f"{proven} of {len(crowd)} proven, {len(crowd) - busy - proven} failed")
        time.sleep(LOOK)


def _clear(classroom: Steering, ours: Callable[[str], Any], state: Mapping[str, Any]) -> Mapping[str, Any]:
    """Free the seats of simulated participants, and return the class as it is then."""
    for seat in state["seats"]:
        if seat["state"] in ("joined", "proven", "trouble") and ours(str(seat["name"])):
            state = classroom.steer("free", seat=seat["seat"])
    return state
