"""Who had which seat, read from the class's own database: also when its server does not run."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quickstart.server import database as db
from quickstart.server.access import exists
from quickstart.system import signals
from quickstart.workshop.instructor.record import Workshop

FILE = "classroom.db"
TAKEN = ("joined", "proven", "trouble")
STATES = ("free", *TAKEN)


@dataclass(frozen=True)
class Seat:
    """A seat, as the class's server last noted it.

    Args:
        seat: its number.
        name: of who holds it; "" where they gave none.
        state: "free", "joined", "proven", "trouble" or "removed".
        code: of what is wrong, in trouble.
        headline: what is wrong, in trouble.
        seconds: that joining and the proof took.
        at: when it came into that state, ISO 8601, UTC; None where it was always free.
        experiment: id of its experiment; None before it is made.
    """

    seat: int
    name: str
    state: str
    code: str | None = None
    headline: str | None = None
    seconds: float | None = None
    at: str | None = None
    experiment: str | None = None

    @property
    def trouble(self) -> dict[str, str] | None:
        """What is wrong, as the contract shows it; None where nothing is."""
        return {"code": self.code or "", "headline": self.headline or ""} if self.state == "trouble" else None


def seats(classroom: Path) -> list[Seat]:
    """Return the seats of a class, by number; none where nobody could ever join it.

    Args:
        classroom: the folder of its own database.

    Raises:
        Fault: "database-damaged" or "database-locked".
    """
    file = classroom / FILE
    if not exists(file):
        return []
    with db.open_database(file) as connection:
        if "seats" not in db.table_names(connection):
            return []
        query = "SELECT seat, name, state, code, headline, seconds, at, experiment FROM seats ORDER BY seat"
        return [Seat(*row) for row in connection.execute(query)]


def counts(found: Iterable[Any]) -> dict[str, int]:
    """Return how many seats are in each state; those that were removed count nowhere."""
    states = [one.state for one in found]
    return {state: states.count(state) for state in STATES}


ASIDE = re.compile(r"seat-\d{2,3} \(earlier [0-9a-f]{6}\)")  # as the class's server renames what it puts aside
# Whose an experiment is: MLflow itself keeps no author that could be trusted.
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
    """An experiment that was put aside when its seat was freed.

    Args:
        experiment: its name.
        runs: how many it holds.
    """

    experiment: str
    runs: int


def owned(workshop: Workshop, seat: Seat) -> set[str]:
    """Return the ids of the experiments that are a seat's: its own one, and those that its holder made.

    Args:
        workshop: the class.
        seat: whose.

    Raises:
        Fault: "database-damaged" or "database-locked".
    """
    made = {experiment for user, experiment in _owners(workshop) if user == f"seat-{seat.seat:02d}"}
    return made | ({seat.experiment} if seat.experiment else set())


def _owners(workshop: Workshop) -> list[tuple[str, str]]:
    """Return which user owns which experiment."""
    file = workshop.classroom / "basic_auth.db"
    if not exists(file):
        return []
    with db.open_database(file) as connection:
        if not {"role_permissions", "user_role_assignments", "users"} <= set(db.table_names(connection)):
            return []
        return [(str(user), str(experiment)) for user, experiment in connection.execute(OWNERS)]


def runs(workshop: Workshop, seat: Seat) -> list[dict[str, Any]]:
    """Return the runs in the experiments of a seat, as they are at one moment, oldest first.

    Args:
        workshop: the class.
        seat: whose.

    Raises:
        Fault: "database-damaged" or "database-locked".
    """
    database, ours = workshop.store / "mlflow.db", owned(workshop, seat)
    if not ours or not exists(database):
        return []
    with db.open_database(database) as connection:
        connection.execute("BEGIN")
        rows = [row for row in connection.execute(RUNS) if _is_ours(workshop, row, ours)]
        found = [_run(connection, row) for row in rows]
    for run in found:
        if run.pop("experiment_id") == seat.experiment:
            run["experiment"] = own_name(workshop, seat)
    return found


def _is_ours(workshop: Workshop, row: Sequence[Any], ours: Iterable[str]) -> bool:
    return str(row[6]) in ours and row[7] != workshop.experiment


def own_name(workshop: Workshop, seat: Seat) -> str:
    """Return how a seat's own experiment is called outside of its class."""
    return f"{workshop.name}-seat-{seat.seat:02d}"


def _run(connection: sqlite3.Connection, row: Sequence[Any]) -> dict[str, Any]:
    signals.raise_if_stopped()
    run, name, status, begun, ended, uri, experiment_id, experiment = row
    metrics: dict[str, list[dict[str, Any]]] = {}
    query = "SELECT key, value, is_nan, timestamp, step FROM metrics WHERE run_uuid = ? ORDER BY key, step, timestamp"
    for key, value, is_nan, timestamp, step in connection.execute(query, (run,)):
        # JSON has no NaN; None stands for it.
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
    """Return how many runs there are in the class experiment, where participants may log to that."""
    database = workshop.store / "mlflow.db"
    if workshop.shared != "edit" or not exists(database):
        return 0
    with db.open_database(database) as connection:
        return sum(row[7] == workshop.experiment for row in connection.execute(RUNS))


def put_aside(workshop: Workshop) -> list[Aside]:
    """Return the experiments that were put aside when seats were freed, by name; those without a run are left out."""
    database = workshop.store / "mlflow.db"
    if not exists(database):
        return []
    owners = {experiment for _, experiment in _owners(workshop)}
    with db.open_database(database) as connection:
        # One that somebody owns has only been given such a name.
        names = [row[7] for row in connection.execute(RUNS) if ASIDE.fullmatch(row[7]) and str(row[6]) not in owners]
    return [Aside(name, names.count(name)) for name in sorted(set(names))]
