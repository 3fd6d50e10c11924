"""Manage and watch a workshop: by HTTP to its server on this machine, or from the files that it left."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from quickstart.errors import ExitCode, QuickstartError
from quickstart.net.http import Answer, Http
from quickstart.server import processes, records
from quickstart.server.records import Server
from quickstart.state import files
from quickstart.system import signals
from quickstart.workshop.classroom.roster import Seat, counts
from quickstart.workshop.instructor import record, roster
from quickstart.workshop.instructor.options import HOURS
from quickstart.workshop.instructor.record import Workshop
from quickstart.workshop.instructor.results import InstructorLogin, SeatStatus, SteerResult, WorkshopStatus

POLL_INTERVAL = 0.5  # seconds
READ_TIMEOUT = 20.0  # seconds; the server is busy when all participants join at once
STATE = "/quickstart/state"
STEER = "/quickstart/steer"
INSTRUCTOR = "instructor"  # the user of MLflow's own pages who may see everything


class WorkshopClient:
    """A client of a workshop's running server; raises "workshop-not-running" if it does not run."""

    def __init__(self, workshop: Workshop) -> None:
        server = _running_server(workshop)
        if server is None:
            raise QuickstartError("workshop-not-running", name=workshop.name)
        self.workshop = workshop
        self._http = Http(server.url, read_timeout=READ_TIMEOUT, direct=True, fingerprint=server.fingerprint)
        self._http.authorize({"Authorization": f"Bearer {workshop.steering_token}"})

    def __enter__(self) -> WorkshopClient:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def state(self) -> Mapping[str, Any]:
        """Return seats, counts, and whether it can be joined; raises "workshop-refused", or what Http raises."""
        return self._state_of(self._http.request("GET", STATE))

    def steer(self, do: str, **what: Any) -> Mapping[str, Any]:
        """Change the workshop and return its new state.

        Args:
            do: "lock", "unlock", "free", "remove", "seats", "expire" or "rename".
            what: "seat", "seats" or "expires".

        Raises:
            QuickstartError: "no-such-seat", "seats-taken", "workshop-refused", or what Http raises.
        """
        return self._state_of(self._http.request("POST", STEER, json={"do": do, **what}), **what)

    def watch(self) -> Iterator[Mapping[str, Any]]:
        """Yield the state now and whenever it changes."""
        seen = None
        while True:
            signals.raise_if_stopped()
            now = self.state()
            if now["version"] != seen:
                seen = now["version"]
                yield now
            time.sleep(POLL_INTERVAL)

    def _state_of(self, answer: Answer, **what: Any) -> Mapping[str, Any]:
        value = answer.json()
        if answer.status == 200 and isinstance(value, dict) and "seats" in value:
            return value
        error = value.get("error") if isinstance(value, dict) else None
        code = error.get("code") if isinstance(error, dict) else None
        name = self.workshop.name
        if code == "no-such-seat":
            raise QuickstartError(
                "no-such-seat", ExitCode.USAGE, name=name, seat=what.get("seat"), seats=self.workshop.seats
            )
        if code == "seats-taken":
            raise QuickstartError("seats-taken", ExitCode.USAGE, name=name, seats=what.get("seats"))
        detail = error.get("detail") if isinstance(error, dict) else answer.text[:200]
        raise QuickstartError("workshop-refused", name=name, status=answer.status, detail=detail)


def _running_server(workshop: Workshop) -> Server | None:
    server = records.load(workshop.name)
    return server if server and server.classroom and processes.find_root(server) else None


def is_running(workshop: Workshop) -> bool:
    return _running_server(workshop) is not None


def steer(workshop: Workshop, do: str, seat: int | None = None, hours: float | None = None) -> SteerResult:
    """Change a workshop, and save what its next start needs; raises what WorkshopClient raises.

    Args:
        do: "lock", "unlock", "free" or "remove".
        hours: for "unlock", until the join code expires; None keeps the expiry, or renews an expired code for the
            default time.
    """
    with files.lock(f"workshop-{workshop.name}"), WorkshopClient(workshop) as classroom:
        if seat is not None:
            state = classroom.state()
            was = next((str(one["state"]) for one in state["seats"] if one["seat"] == seat), "")
            if was != {"free": "free", "remove": "removed"}[do]:
                state = classroom.steer(do, seat=seat)
            return SteerResult(do, seat, was, running_status(workshop, state))
        more: dict[str, Any] = {}
        if do == "unlock" and (hours or workshop.expires <= time.time()):
            more = {"expires": time.time() + (hours or HOURS) * 3600}
        state = classroom.steer(do, **more)
        workshop = record.save(replace(workshop, locked=do == "lock", **more))
        return SteerResult(do, None, "", running_status(workshop, state))


def iso_time(seconds: float) -> str:
    """Return seconds since the epoch in ISO 8601, UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def load_status(workshop: Workshop) -> WorkshopStatus:
    """Return the status of a workshop, from its server if it runs, else from the files it left."""
    if not is_running(workshop):
        return _stopped_status(workshop)
    with WorkshopClient(workshop) as client:
        return running_status(workshop, client.state())


def watch_status(workshop: Workshop) -> Iterator[WorkshopStatus]:
    """Yield the status whenever it changes, until the server ends; raises what WorkshopClient raises."""
    with WorkshopClient(workshop) as client:
        try:
            for state in client.watch():
                yield running_status(workshop, state)
        except QuickstartError:
            if is_running(workshop):
                raise
            yield _stopped_status(workshop)


def running_status(workshop: Workshop, state: Mapping[str, Any]) -> WorkshopStatus:
    """Return the status of a workshop from the state that its server returned."""
    expires = state["expires"]
    keys = ("seat", "name", "state", "trouble", "at")
    return replace(
        _stopped_status(workshop, ()),
        running=True,
        open=bool(state["open"]),
        locked=bool(state["locked"]),
        expired=expires is not None and expires < datetime.now(UTC).timestamp(),
        expires=None if expires is None else iso_time(expires),
        join=state["join_line"],
        board=workshop.board,
        seats=tuple(SeatStatus(*map(seat.get, keys)) for seat in state["seats"]),
        counts=dict(state["counts"]),
    )


def _stopped_status(workshop: Workshop, seats: Sequence[Seat] | None = None) -> WorkshopStatus:
    seats = roster.seats(workshop.classroom) if seats is None else seats
    return WorkshopStatus(
        name=workshop.name,
        title=workshop.title,
        address=workshop.url,
        store=str(workshop.store),
        closed=workshop.closed or None,
        archive=workshop.archive or None,
        running=False,
        open=False,
        locked=workshop.locked,
        expired=False,
        expires=iso_time(workshop.expires),
        join=None,
        board=None,
        seats=tuple(SeatStatus(seat.seat, seat.name, seat.state, roster.trouble_of(seat), seat.at) for seat in seats),
        counts=counts(seats),
    )


def instructor_login(workshop: Workshop) -> InstructorLogin:
    """Return the instructor's credentials for MLflow's pages, and for Python as environment variables."""
    certificate = {"MLFLOW_TRACKING_SERVER_CERT_PATH": workshop.certificate} if workshop.made_certificate else {}
    variables = {
        "MLFLOW_TRACKING_URI": workshop.url,
        "MLFLOW_TRACKING_USERNAME": INSTRUCTOR,
        "MLFLOW_TRACKING_PASSWORD": workshop.password,
        **certificate,
    }
    return InstructorLogin(INSTRUCTOR, workshop.password, variables)


def changes(before: WorkshopStatus, after: WorkshopStatus) -> list[str]:
    """Return what changed from one status to the next, a line each."""
    earlier = {seat.seat: seat for seat in before.seats}
    lines = []
    for seat in after.seats:
        old = earlier.get(seat.seat)
        if old is None or (seat.state, seat.trouble, seat.name) != (old.state, old.trouble, old.name):
            trouble = f": {seat.trouble['headline'] or seat.trouble['code']}" if seat.trouble else ""
            name = f" {seat.name}" if seat.name else ""
            lines.append(f"seat {seat.seat}{name} {seat.state}{trouble}")
    if before.open != after.open:
        lines.append("accepts participants" if after.open else "no longer accepts participants")
    if before.running != after.running:
        lines.append("the server is running" if after.running else "the server has stopped")
    if lines:
        lines[-1] += f" ({after.counts['proven']} of {sum(after.counts.values())} proven)"
    return lines
