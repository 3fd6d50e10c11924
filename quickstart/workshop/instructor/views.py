"""A workshop as the instructor sees it: its results, from its server or from the files that it left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from quickstart.errors import QuickstartError
from quickstart.explain import explain
from quickstart.server import processes, records
from quickstart.workshop.instructor import roster
from quickstart.workshop.instructor.client import SteeringResult, WorkshopClient
from quickstart.workshop.instructor.open import OpenResult, invitation
from quickstart.workshop.instructor.options import INSTALL_LINE
from quickstart.workshop.instructor.record import Workshop
from quickstart.workshop.instructor.rehearse import Rehearsal, advice, measure_host
from quickstart.workshop.instructor.results import (
    InstructorLogin,
    OpenedWorkshop,
    RehearseResult,
    SeatStatus,
    SteerResult,
    WorkshopStatus,
)

INSTRUCTOR = "instructor"  # the user of MLflow's own pages who may see everything


def describe_opened(result: OpenResult) -> OpenedWorkshop:
    workshop = result.workshop
    server = records.load(workshop.name)
    return OpenedWorkshop(
        name=workshop.name,
        title=workshop.title,
        already=result.already,
        address=workshop.url,
        join=invitation(workshop).line,
        install=workshop.install_line,
        install_named=workshop.install_line != INSTALL_LINE,
        board=workshop.board,
        seats=workshop.seats,
        expires=until(workshop.expires),
        locked=workshop.locked,
        certificate_made=workshop.made_certificate,
        fingerprint=workshop.fingerprint,
        others=tuple(result.others),
        moved=result.moved,
        new_code=result.new_code,
        alone=result.alone,
        doubt=explain(result.doubt).what if result.doubt else None,
        store=str(workshop.store),
        log=str(server.log) if server else "",
        mlflow_version=server.mlflow_version if server else None,
    )


def until(expires: float) -> str:
    """Return seconds since the epoch in ISO 8601, UTC."""
    return datetime.fromtimestamp(expires, UTC).isoformat(timespec="seconds")


def load_status(workshop: Workshop) -> WorkshopStatus:
    """Return the status of a workshop, from its server if it runs, else from the files it left."""
    if not is_running(workshop):
        return stopped_status(workshop)
    with WorkshopClient(workshop) as client:
        return running_status(workshop, client.state())


def watch_status(workshop: Workshop) -> Iterator[WorkshopStatus]:
    """Yield the status whenever it changes, until the server ends.

    Raises:
        QuickstartError: "workshop-not-running", or what WorkshopClient.watch() raises.
    """
    with WorkshopClient(workshop) as client:
        try:
            for state in client.watch():
                yield running_status(workshop, state)
        except QuickstartError:
            if is_running(workshop):
                raise
            yield stopped_status(workshop)


def is_running(workshop: Workshop) -> bool:
    """Tell whether the server of a class runs."""
    server = records.load(workshop.name)
    return bool(server and server.classroom and processes.find_root(server))


def running_status(workshop: Workshop, state: Mapping[str, Any]) -> WorkshopStatus:
    """Return the status of a workshop from the state that its server returned."""
    expires = state["expires"]
    keys = ("seat", "name", "state", "trouble", "at")
    return WorkshopStatus(
        name=workshop.name,
        title=workshop.title,
        address=workshop.url,
        store=str(workshop.store),
        closed=workshop.closed or None,
        archive=workshop.archive or None,
        running=True,
        open=bool(state["open"]),
        locked=bool(state["locked"]),
        expired=expires is not None and expires < datetime.now(UTC).timestamp(),
        expires=None if expires is None else until(expires),
        join=state["join_line"],
        board=workshop.board,
        seats=tuple(SeatStatus(*map(seat.get, keys)) for seat in state["seats"]),
        counts=dict(state["counts"]),
    )


def stopped_status(workshop: Workshop) -> WorkshopStatus:
    seats = roster.seats(workshop.classroom)
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
        expires=until(workshop.expires),
        join=None,
        board=None,
        seats=tuple(SeatStatus(seat.seat, seat.name, seat.state, seat.trouble, seat.at) for seat in seats),
        counts=roster.counts(seats),
    )


def describe_steering(did: str, seat: int | None, result: SteeringResult) -> SteerResult:
    return SteerResult(did, seat, result.was, running_status(result.workshop, result.state))


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
    """Return the fault of a rehearsal in which not everybody was proven."""
    worst = max(done.failures, key=lambda code: done.failures[code], default="not-through")
    return QuickstartError("rehearsal-failed", name=workshop.name, proven=done.proven, seats=done.seats, worst=worst)


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
