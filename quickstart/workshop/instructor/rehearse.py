"""A rehearsal: simulated participants join and verify, then all their data is deleted; and advice from the result."""

from __future__ import annotations

import os
import re
import secrets
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Protocol

from quickstart.errors import ExitCode, QuickstartError
from quickstart.events import Progress, no_progress
from quickstart.system import signals
from quickstart.tracking.rest import Rest
from quickstart.workshop.classroom.roster import TAKEN
from quickstart.workshop.instructor.record import Workshop
from quickstart.workshop.instructor.results import RehearseResult
from quickstart.workshop.participant import seats as joining
from quickstart.workshop.participant.connection import WorkshopConnection, pin
from quickstart.workshop.participant.join_code import Invitation
from quickstart.workshop.participant.results import Seat

SLOW_START, SLOW_CROWD = 1.5, 30.0  # seconds: a participant's when they come one by one, and the last of a crowd's
SLOW_DISK = 0.02  # seconds to write a few bytes for good
FILES_EACH = 3  # descriptors that a participant costs a server
WRITES = 5
DEADLINE = 150.0  # seconds after the last participant starts
POLL_INTERVAL = 0.1  # seconds
CLEANUP_THREADS = 8
# Names of simulated participants. The next rehearsal cleans up after one that was killed.
NAME = "rehearsal {mark} {number}"
OURS = re.compile(r"rehearsal [0-9a-f]{4} \d+")


class Steering(Protocol):
    """What a rehearsal needs of WorkshopClient."""

    def state(self) -> Mapping[str, Any]: ...

    def steer(self, do: str, **what: Any) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class Rehearsal:
    """The result of a rehearsal.

    Args:
        over: seconds over which the participants started.
        seconds: time for joining and verifying, of each proven participant.
        last: seconds from the start until the last one was proven.
        failures: number of failed participants by error code.
    """

    seats: int
    over: float
    seconds: Sequence[float]
    last: float
    failures: Mapping[str, int]

    @property
    def proven(self) -> int:
        return len(self.seconds)

    def percentile(self, share: float) -> float | None:
        """Return the seconds within which a share of the proven participants was; None if none was."""
        ranked = sorted(self.seconds)
        return ranked[min(len(ranked) - 1, int(share * len(ranked)))] if ranked else None


@dataclass
class Participant:
    """A simulated participant, from the first connection to the report; `begins` is in seconds after the start."""

    name: str
    begins: float
    device: str = field(default_factory=lambda: secrets.token_hex(16))
    http: WorkshopConnection | None = None
    seat: Seat | None = None
    seconds: float | None = None
    ended: float = 0.0
    code: str = ""

    def attend(self, invitation: Invitation, begun: float) -> None:
        """Do what a participant's machine does, over a connection of its own."""
        started, self.code = time.monotonic(), ""
        try:
            pinned, first = pin(invitation)
            self.http = WorkshopConnection(pinned, first)
            self.seat = joining.ask_for_seat(self.http, invitation, self.device, self.name)
            failed = joining.verify_seat(self.http, self.seat.experiment).failed
            self.ended = time.monotonic() - begun
            took = time.monotonic() - started
            if failed:
                self.code = str(failed.code)
            else:
                self.seconds = took
            joining.report(self.http, self.code or None, took)
        except QuickstartError as error:
            self.code = error.code
        except (Exception, KeyboardInterrupt) as error:
            self.code = type(error).__name__

    def leave(self) -> None:
        if self.http and self.seat:
            with suppress(QuickstartError):
                Rest(self.http).call("POST", "experiments/delete", experiment_id=self.seat.experiment["id"])
        if self.http:
            self.http.close()


def rehearse(
    invitation: Invitation,
    classroom: Steering,
    seats: int,
    over: float = 0.0,
    progress: Progress = no_progress,
    name: str = "class",
) -> Rehearsal:
    """Let simulated participants join a workshop and verify, then delete all their data.

    Args:
        seats: number of participants; only free seats are used.
        over: seconds over which they start; 0 to start all at once.
        name: of the workshop, for fixes.

    Raises:
        QuickstartError: "rehearsal-locked" or "rehearsal-full" before any participant joins, or what `classroom`
            raises.
        KeyboardInterrupt: it was cancelled; the data is deleted anyway.
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
        progress("cleaning up", f"{seats} seats")
        names = {one.name for one in crowd}
        with ThreadPoolExecutor(CLEANUP_THREADS) as threads:
            list(threads.map(Participant.leave, crowd))
        _clear(classroom, names.__contains__, classroom.state())
    return result(crowd, over)


def make_participants(seats: int, over: float) -> list[Participant]:
    mark = secrets.token_hex(2)
    return [Participant(NAME.format(mark=mark, number=one + 1), over * one / seats) for one in range(seats)]


def result(crowd: Iterable[Participant], over: float) -> Rehearsal:
    participants = list(crowd)
    failures = Counter(one.code or "not-through" for one in participants if one.seconds is None)
    seconds = tuple(one.seconds for one in participants if one.seconds is not None)
    last = max((one.ended for one in participants if one.seconds is not None), default=0.0)
    return Rehearsal(len(participants), over, seconds, last, dict(failures))


def _attend(crowd: Sequence[Participant], invitation: Invitation, progress: Progress) -> None:
    """Let all participants attend, and wait for the last."""
    begun = time.monotonic() + 0.2 + len(crowd) / 2000  # all threads run by then

    def act(one: Participant) -> None:
        time.sleep(max(0.0, begun + one.begins - time.monotonic()))
        one.attend(invitation, begun)

    # Daemons: cancelling does not wait for the slowest one.
    threads = [threading.Thread(target=act, args=(one,), daemon=True) for one in crowd]
    for thread in threads:
        thread.start()
    deadline = begun + crowd[-1].begins + DEADLINE
    while (busy := sum(thread.is_alive() for thread in threads)) and time.monotonic() < deadline:
        signals.raise_if_stopped()
        proven = sum(one.seconds is not None for one in crowd)
        progress("rehearsing", f"{proven} of {len(crowd)} proven, {len(crowd) - busy - proven} failed")
        time.sleep(POLL_INTERVAL)


def _clear(classroom: Steering, ours: Callable[[str], Any], state: Mapping[str, Any]) -> Mapping[str, Any]:
    """Free the seats of simulated participants, and return the state of the workshop."""
    for seat in state["seats"]:
        if seat["state"] in TAKEN and ours(str(seat["name"])):
            state = classroom.steer("free", seat=seat["seat"])
    return state


@dataclass(frozen=True)
class HostResources:
    """The machine that a rehearsal ran on.

    Args:
        load: load average of the last minute; None if the system has none.
        disk: seconds to write and sync a few bytes in the store; None if not measured.
        files: maximum number of open files per process; None if unlimited or unknown.
    """

    cores: int
    load: float | None = None
    disk: float | None = None
    files: int | None = None


def measure_host(folder: Path) -> HostResources:
    """Measure this machine; `folder` is the workshop's store."""
    load = files = None
    with suppress(OSError, AttributeError):
        load = os.getloadavg()[0]
    with suppress(ImportError, OSError):
        import resource  # noqa: PLC0415 - Unix only

        files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        files = None if files == resource.RLIM_INFINITY else files
    return HostResources(os.cpu_count() or 1, load, _disk(folder), files)


def _disk(folder: Path) -> float | None:
    took = []
    with suppress(OSError), TemporaryFile(dir=folder) as file:
        for _ in range(WRITES):
            begun = time.monotonic()
            file.write(b"quickstart")
            file.flush()
            os.fsync(file.fileno())
            took.append(time.monotonic() - begun)
    return statistics.median(took) if took else None


def is_slow(rehearsal: Rehearsal) -> bool:
    if rehearsal.over:
        return (rehearsal.percentile(0.95) or 0.0) > SLOW_START
    return rehearsal.last > SLOW_CROWD


def advice(rehearsal: Rehearsal, on: HostResources, name: str) -> list[str]:
    """Return what to change, the most likely cause first; nothing if all went well."""
    if not rehearsal.failures and not is_slow(rehearsal):
        return []
    found = [FAILED[code].format(name=name) for code in FAILED if code in rehearsal.failures]
    if on.files is not None and on.files < rehearsal.seats * FILES_EACH:
        wanted = 2 * FILES_EACH * rehearsal.seats
        found.append(f"Run `ulimit -n {wanted}` and open the workshop again: the limit of open files is {on.files}.")
    if on.disk is not None and on.disk > SLOW_DISK:
        found.append(f"Keep the workshop on a local disk: a write to its store takes {on.disk * 1000:.0f} ms.")
    if on.cores < 2:
        found.append("Use a machine with at least two processors.")
    elif on.load is not None and on.load > 2 * on.cores:
        found.append(f"Close other programs: the load average is {on.load:.0f} on {on.cores} processors.")
    if "not-through" in rehearsal.failures:
        found.append("Use fewer seats or a machine with more processors: some participants timed out.")
    if not found:
        found.append(
            f"See the server's log with `quickstart server logs --name {name}`. The newest MLflow is the fastest."
        )
    if not rehearsal.over:
        found.append(
            f"Spread the participants, as in a real workshop: `quickstart workshop rehearse {name} --over 60`."
        )
    return found


def describe_rehearsal(workshop: Workshop, rehearsal: Rehearsal) -> RehearseResult:
    return RehearseResult(
        name=workshop.name,
        seats=rehearsal.seats,
        proven=rehearsal.proven,
        p50=rehearsal.percentile(0.5),
        p95=rehearsal.percentile(0.95),
        last=rehearsal.last if rehearsal.proven else None,
        failures=tuple(sorted(rehearsal.failures.items(), key=lambda item: (-item[1], item[0]))),
        advice=advice(rehearsal, measure_host(workshop.store), workshop.name),
    )


def rehearsal_error(workshop: Workshop, done: Rehearsal) -> QuickstartError:
    """Return the error of a rehearsal in which not every participant was proven."""
    worst = max(done.failures, key=lambda code: done.failures[code], default="not-through")
    return QuickstartError("rehearsal-failed", name=workshop.name, proven=done.proven, seats=done.seats, worst=worst)


# Advice by error code.
FAILED: Mapping[str, str] = {
    "class-full": "Run `quickstart workshop open {name} --seats MORE`, then rehearse again.",
    "too-many-tries": "Wait five minutes: another machine tries wrong join codes.",
    "room-closed": "Check that the server runs with `quickstart workshop status {name}`: it refused connections.",
    "room-silent": "Open the port in this machine's firewall.",
    "room-elsewhere": "Run `quickstart workshop open {name} --url URL` with an address of this machine.",
    "OSError": "Run `ulimit -n 4096` in this terminal: it ran out of open files.",
}
