"""Seats and their runs, read from the workshop's databases (its server need not run), and the summary of them."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from quickstart.server import database as db
from quickstart.server.store import exists
from quickstart.system import signals
from quickstart.system.shell import count_of
from quickstart.workshop.classroom.roster import COLUMNS, FREE, TAKEN, TROUBLE, Seat, counts
from quickstart.workshop.instructor.record import Workshop


def seats(classroom: Path) -> list[Seat]:
    """Return the seats of a workshop by number; raises "database-damaged" or "database-locked"."""
    file = classroom / "classroom.db"
    if not exists(file):
        return []
    with db.open_database(file) as connection:
        if "seats" not in db.table_names(connection):
            return []
        rows = connection.execute(f"SELECT {COLUMNS} FROM seats ORDER BY seat")  # noqa: S608 - names of ours
        return [Seat(*row) for row in rows]


def trouble_of(seat: Seat) -> dict[str, str] | None:
    """Return the error of a seat as JSON; its headline is "" from a current quickstart."""
    return {"code": seat.code or "", "headline": seat.headline or ""} if seat.state == TROUBLE else None


ASIDE = re.compile(r"seat-\d{2,3} \(earlier [0-9a-f]{6}\)")  # as the server renames what it sets aside
# The owners of experiments. The author in MLflow's tags cannot be trusted.
OWNERS = """
SELECT users.username, role_permissions.resource_pattern FROM role_permissions
JOIN user_role_assignments USING (role_id) JOIN users ON users.id = user_role_assignments.user_id
WHERE resource_type = 'experiment' AND permission = 'MANAGE'
"""
RUNS = """
SELECT run_uuid, runs.name, status, start_time, end_time, artifact_uri, experiment_id, experiments.name
FROM runs JOIN experiments USING (experiment_id)
WHERE runs.lifecycle_stage = 'active' ORDER BY start_time, run_uuid
"""


@dataclass(frozen=True)
class Aside:
    """An experiment that was set aside when its seat was freed, and its number of runs."""

    experiment: str
    runs: int


def owned_experiments(workshop: Workshop, seat: Seat) -> set[str]:
    """Return the ids of a seat's experiments: its own one, and those that the participant created."""
    made = {experiment for user, experiment in _owners(workshop) if user == seat.username}
    return made | ({seat.experiment} if seat.experiment else set())


def _owners(workshop: Workshop) -> list[tuple[str, str]]:
    """Return pairs of a user and the id of an experiment that they own."""
    file = workshop.classroom / "basic_auth.db"
    if not exists(file):
        return []
    with db.open_database(file) as connection:
        if not {"role_permissions", "user_role_assignments", "users"} <= set(db.table_names(connection)):
            return []
        return [(str(user), str(experiment)) for user, experiment in connection.execute(OWNERS)]


def runs(workshop: Workshop, seat: Seat) -> list[dict[str, Any]]:
    """Return the runs in the experiments of a seat from one snapshot, oldest first; raises what seats() does."""
    database, ours = workshop.store / "mlflow.db", owned_experiments(workshop, seat)
    if not ours or not exists(database):
        return []
    with db.open_database(database) as connection:
        connection.execute("BEGIN")
        rows = connection.execute(RUNS).fetchall()
        found = [_run(connection, row) for row in rows if str(row[6]) in ours and row[7] != workshop.experiment]
    for run in found:
        if run.pop("experiment_id") == seat.experiment:
            run["experiment"] = own_name(workshop, seat)
    return found


def own_name(workshop: Workshop, seat: Seat) -> str:
    """Return the name of a seat's own experiment outside of its workshop."""
    return f"{workshop.name}-{seat.username}"


def _run(connection: sqlite3.Connection, row: Sequence[Any]) -> dict[str, Any]:
    signals.raise_if_stopped()
    run, name, status, begun, ended, uri, experiment_id, experiment = row
    metrics: dict[str, list[dict[str, Any]]] = {}
    query = "SELECT key, value, is_nan, timestamp, step FROM metrics WHERE run_uuid = ? ORDER BY key, step, timestamp"
    for key, value, is_nan, timestamp, step in connection.execute(query, (run,)):
        # JSON has no NaN.
        metrics.setdefault(key, []).append({"value": None if is_nan else value, "timestamp": timestamp, "step": step})
    query = "SELECT model_id, name FROM logged_models WHERE source_run_id = ? AND lifecycle_stage = 'active'"
    models = connection.execute(query, (run,)).fetchall() if "logged_models" in db.table_names(connection) else []
    return {
        "run_id": run,
        "name": name,
        "experiment": experiment,
        "status": status,
        "start_time": begun,
        "end_time": ended,
        "params": dict(connection.execute("SELECT key, value FROM params WHERE run_uuid = ? ORDER BY key", (run,))),
        "metrics": metrics,
        "tags": dict(connection.execute("SELECT key, value FROM tags WHERE run_uuid = ? ORDER BY key", (run,))),
        "artifact_uri": uri,
        "experiment_id": str(experiment_id),
        "models": dict(models),
    }


def shared_runs(workshop: Workshop) -> int:
    """Return the number of runs in the shared experiment, if participants may log to it."""
    rows = _run_rows(workshop) if workshop.shared == "edit" else []
    return sum(row[7] == workshop.experiment for row in rows)


def put_aside(workshop: Workshop) -> list[Aside]:
    """Return the experiments that were set aside when seats were freed and have runs, by name."""
    owners = {experiment for _, experiment in _owners(workshop)}
    # An experiment with an owner only has such a name.
    rows = (row for row in _run_rows(workshop) if ASIDE.fullmatch(row[7]) and str(row[6]) not in owners)
    return [Aside(name, runs) for name, runs in sorted(Counter(row[7] for row in rows).items())]


def _run_rows(workshop: Workshop) -> list[Any]:
    database = workshop.store / "mlflow.db"
    if not exists(database):
        return []
    with db.open_database(database) as connection:
        return connection.execute(RUNS).fetchall()


def summary(
    workshop: Workshop, seats: Sequence[Seat], closed: str, runs: int, aside: Sequence[Aside] = ()
) -> dict[str, Any]:
    """Return the summary of a closed workshop as JSON; `closed` is in ISO 8601, UTC."""
    taken = [seat for seat in seats if seat.state != FREE]
    return {
        "name": workshop.name,
        "title": workshop.title,
        "opened": workshop.opened,
        "closed": closed,
        "seats": workshop.seats,
        "counts": counts(seats),
        "runs": runs,
        "participants": [
            {
                "seat": seat.seat,
                "name": seat.name,
                "state": seat.state,
                "trouble": trouble_of(seat),
                "at": seat.at,
                "seconds": seat.seconds,
            }
            for seat in taken
        ],
        "put_aside": [{"experiment": one.experiment, "runs": one.runs} for one in aside],
    }


def as_markdown(data: Mapping[str, Any]) -> str:
    people, count = data["participants"], data["counts"]
    came = sum(count[state] for state in TAKEN)
    lines = [
        f"# {plain(data['title'])}",
        "",
        f"Opened {_when(data['opened'])}, closed {_when(data['closed'])}. "
        f"{came} of {count_of(data['seats'], 'seat')} taken, {count['proven']} proven, "
        f"{count_of(data['runs'], 'run')} recorded.",
    ]
    troubles = Counter(_error(one) for one in people if one["trouble"])
    if troubles:
        lines += ["", "## Errors", ""]
        lines += [f"- {plain(what)} ({count_of(number, 'seat')})" for what, number in troubles.most_common()]
    if people:
        lines += ["", "## Seats", "", "| seat | name | state | since | took |", "|---:|---|---|---|---:|"]
        lines += [_row(one) for one in people]
    if data["put_aside"]:
        lines += ["", "## Set aside when their seats were freed", ""]
        rows = ((plain(one["experiment"]), count_of(one["runs"], "run")) for one in data["put_aside"])
        lines += [f"- experiment {name}: {runs}" for name, runs in rows]
    return "\n".join(lines) + "\n"


def plain(text: str) -> str:
    """Escape any text for Markdown."""
    return re.sub(r"([\\`*_{}\[\]<>()#+\-!|~&])", r"\\\1", " ".join(text.split()))


def _error(one: Mapping[str, Any]) -> str:
    return str(one["trouble"]["headline"] or one["trouble"]["code"])


def _row(one: Mapping[str, Any]) -> str:
    what = one["state"] + (f": {_error(one)}" if one["trouble"] else "")
    seconds = f"{one['seconds']:.1f} s" if one["seconds"] is not None else ""
    return f"| {one['seat']} | {plain(one['name'] or '')} | {plain(what)} | {_when(one['at'])} | {seconds} |"


def _when(at: str | None) -> str:
    """Return a time in this machine's time zone with its UTC offset, because a summary is read elsewhere."""
    return datetime.fromisoformat(at).astimezone().isoformat(sep=" ", timespec="minutes") if at else ""
