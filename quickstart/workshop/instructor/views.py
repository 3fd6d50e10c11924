"""A class as the instructor sees it: the facts that the contract shows, from the server or from what it left."""

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

INSTRUCTOR = "instructor"  # the user of MLflow's own pages who may see everything


def open_json(found: OpenResult) -> dict[str, Any]:
    """Return what is shown of a class that was just opened; what stands on the board, and where the board is."""
    workshop = found.workshop
    server = records.load(workshop.name)
    return {
        "name": workshop.name,
        "title": workshop.title,
        "already": found.already,
        "address": workshop.url,
        "join": invitation(workshop).line,
        "install": workshop.install_line,
        "install_named": workshop.install_line != INSTALL_LINE,
        "board": workshop.board,
        "seats": workshop.seats,
        "expires": until(workshop.expires),
        "locked": workshop.locked,
        "certificate": {"made": workshop.made_certificate, "fingerprint": workshop.fingerprint},
        "others": list(found.others),
        "moved": found.moved,
        "new_code": found.new_code,
        "alone": found.alone,
        "doubt": explain(found.doubt).what if found.doubt else None,
        "store": str(workshop.store),
        "log": str(server.log) if server else "",
        "mlflow_version": server.mlflow_version if server else None,
    }


def until(expires: float) -> str:
    """Return seconds since the epoch in ISO 8601, UTC."""
    return datetime.fromtimestamp(expires, UTC).isoformat(timespec="seconds")


def status_json(workshop: Workshop) -> dict[str, Any]:
    """Return what is shown of a class; one whose server does not run is told from what that left.

    Raises:
        Fault: what Classroom.state() raises.
    """
    if not is_running(workshop):
        return closed_json(workshop)
    with WorkshopClient(workshop) as classroom:
        return live_json(workshop, classroom.state())


def watch_status(workshop: Workshop) -> Iterator[dict[str, Any]]:
    """Yield what is shown of a class each time that it changed, until its server ends.

    Raises:
        Fault: "workshop-not-running" where it does not run to begin with, or what Classroom.watch() raises.
    """
    with WorkshopClient(workshop) as classroom:
        try:
            for state in classroom.watch():
                yield live_json(workshop, state)
        except QuickstartError:
            if is_running(workshop):
                raise
            yield closed_json(workshop)


def is_running(workshop: Workshop) -> bool:
    """Tell whether the server of a class runs."""
    server = records.load(workshop.name)
    return bool(server and server.classroom and processes.find_root(server))


def live_json(workshop: Workshop, state: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is shown of a class whose server told its state."""
    expired = state["expires"] is not None and state["expires"] < datetime.now(UTC).timestamp()
    return {
        **_common(workshop),
        "running": True,
        "open": bool(state["open"]),
        "locked": bool(state["locked"]),
        "expired": expired,
        "expires": None if state["expires"] is None else until(state["expires"]),
        "join": state["join_line"],
        "board": workshop.board,
        "seats": [
            {key: seat.get(key) for key in ("seat", "name", "state", "trouble", "at")} for seat in state["seats"]
        ],
        "counts": dict(state["counts"]),
    }


def steering_json(do: str, seat: int | None, done: SteeringResult) -> dict[str, Any]:
    """Return what is shown of a class that was steered."""
    return {"did": do, "seat": seat, "was": done.was, **live_json(done.workshop, done.state)}


def login_json(workshop: Workshop) -> dict[str, Any]:
    """Return how the instructor gets at MLflow: in a browser, and from Python by environment variables."""
    certificate = {"MLFLOW_TRACKING_SERVER_CERT_PATH": workshop.certificate} if workshop.made_certificate else {}
    variables = {
        "MLFLOW_TRACKING_URI": workshop.url,
        "MLFLOW_TRACKING_USERNAME": INSTRUCTOR,
        "MLFLOW_TRACKING_PASSWORD": workshop.password,
        **certificate,
    }
    return {"user": INSTRUCTOR, "password": workshop.password, "variables": variables}


def closed_json(workshop: Workshop) -> dict[str, Any]:
    """Return what is shown of a class whose server does not run."""
    found = roster.seats(workshop.classroom)
    seats = [
        {"seat": one.seat, "name": one.name, "state": one.state, "trouble": one.trouble, "at": one.at} for one in found
    ]
    return {
        **_common(workshop),
        "running": False,
        "open": False,
        "locked": workshop.locked,
        "expired": False,
        "expires": until(workshop.expires),
        "join": None,
        "board": None,
        "seats": seats,
        "counts": roster.counts(found),
    }


def rehearsal_json(workshop: Workshop, done: Rehearsal) -> dict[str, Any]:
    """Return what the contract shows of a rehearsal."""
    failures = sorted(done.failures.items(), key=lambda item: (-item[1], item[0]))
    return {
        "name": workshop.name,
        "seats": done.seats,
        "proven": done.proven,
        "p50": done.percentile(0.5),
        "p95": done.percentile(0.95),
        "last": done.last if done.proven else None,
        "failures": [{"code": code, "count": count} for code, count in failures],
        "advice": advice(done, measure_host(workshop.store), workshop.name),
    }


def rehearsal_error(workshop: Workshop, done: Rehearsal) -> QuickstartError:
    """Return the fault of a rehearsal in which not everybody was proven."""
    worst = max(done.failures, key=lambda code: done.failures[code], default="not-through")
    return QuickstartError("rehearsal-failed", name=workshop.name, proven=done.proven, seats=done.seats, worst=worst)


def _common(workshop: Workshop) -> dict[str, Any]:
    return {
        "name": workshop.name,
        "title": workshop.title,
        "address": workshop.url,
        "store": str(workshop.store),
        "closed": workshop.closed or None,
        "archive": workshop.archive or None,
    }


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return what changed from one state to the next, a line each.

    Args:
        before: as live() returned it.
        after: the next.
    """
    then = {seat["seat"]: seat for seat in before["seats"]}
    told = []
    for seat in after["seats"]:
        old = then.get(seat["seat"], {})
        if any(seat[key] != old.get(key) for key in ("state", "trouble", "name")):
            trouble = f": {seat['trouble']['headline'] or seat['trouble']['code']}" if seat["trouble"] else ""
            name = f" {seat['name']}" if seat["name"] else ""
            told.append(f"seat {seat['seat']}{name} {seat['state']}{trouble}")
    for key, word in (("open", "joining is open"), ("running", "the class's server runs")):
        if before[key] != after[key]:
            told.append(word if after[key] else word.replace("open", "closed").replace("runs", "ended"))
    if told:
        count = after["counts"]
        told[-1] += f" ({count['proven']} of {sum(count.values())} proven)"
    return told
