"""Bring an older database up to the installed MLflow: on a copy, which takes its place once it is proven."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from quickstart.errors import QuickstartError
from quickstart.events import Progress, no_progress
from quickstart.runtime.process import run_mlflow
from quickstart.server import database as db
from quickstart.server import processes, records, store
from quickstart.server.launcher import database_uri
from quickstart.server.schema import SchemaStatus, known_revisions, schema_status
from quickstart.server.staging import staging
from quickstart.state import locks

DEADLINE = 3600.0  # seconds; a database of many gigabytes is rewritten table by table


def upgrade(name: str, folder: Path, python: str, packages: Path, progress: Progress = no_progress) -> Path | None:
    """Upgrade the database of a store by MLflow's own command, with a backup beside it.

    Args:
        name: of the server that works on the store.
        folder: the store.
        python: the interpreter that holds MLflow.
        packages: the folder that it is installed in.
        progress: told what is at work.

    Returns:
        The backup, or None where nothing had to be done.

    Raises:
        Fault: "server-running", "database-open", "database-locked", "database-damaged", "no-room" or
            "upgrade-failed". The database is then what it was.
    """
    database = folder / "mlflow.db"
    backup = folder / f"{database.name}.{store.BEFORE}{datetime.now(UTC):%Y%m%d-%H%M%S}"
    # Each try has a folder of its own: the migration of one that was killed lives on, and must never meet the next.
    with locks.lock(f"server-{name}"), staging(folder, database.name) as aside:
        judged = schema_status(database, packages)
        if judged.state != "older":
            return None
        work, before = aside / database.name, aside / "before"
        _alone(name, database)
        _room(folder, database)
        with db.open_database(database) as guard, db.open_database(database) as connection:
            guard.execute("BEGIN IMMEDIATE")  # nobody else writes until the new one is in its place
            db.check_integrity(connection, database)
            progress("copying the database", str(backup))
            db.snapshot(connection, work)
            shutil.copyfile(work, before)
            before.chmod(0o600)
            db.sync(before)
            rows = db.count_rows(connection)
            progress("upgrading a copy of the database")
            if wrong := _run(python, work) or _lost(work, rows, known_revisions(packages)[-1]):
                raise _failed(name, database, python, judged, wrong)
        _alone(name, database)
        shutil.copymode(database, work)
        before.rename(backup)  # last, so that tries that were killed do not pile up copies of the whole database
        work.replace(database)
        db.sync(folder)
    return backup


def _alone(name: str, database: Path) -> None:
    """Raise Fault "server-running" or "database-open" where somebody works on a database."""
    for server in records.load_all():
        if store.same_folder(server.store, str(database.parent)) and processes.find_root(server):
            raise QuickstartError("server-running", name=server.name, url=server.url)
    store.refuse_if_open(name, database)
    # What a killed writer left beside the old database would be played into the new one; to look at it settles that.
    with db.open_database(database) as connection:
        db.read_revision(connection)


def _room(folder: Path, database: Path) -> None:
    free, needed = shutil.disk_usage(folder).free, 3 * database.stat().st_size
    if free < needed:
        raise QuickstartError("no-room", folder=str(folder), free_mb=free // 10**6, needed_mb=needed // 10**6 + 1)


def _failed(name: str, database: Path, python: str, judged: SchemaStatus, detail: str) -> QuickstartError:
    requirement = f"mlflow=={judged.release}.*" if judged.release else "mlflow"
    store = str(database.parent)
    facts: dict[str, Any] = {"name": name, "store": store, "database": str(database), "python": python}
    return QuickstartError("upgrade-failed", **facts, requirement=requirement, detail=detail)


def _run(python: str, work: Path) -> str | None:
    """Let MLflow upgrade a copy; return what it said where it failed."""
    try:
        run_mlflow(Path(python), "db", "upgrade", database_uri(work), timeout=DEADLINE)
    except QuickstartError as fault:
        return str(fault.facts.get("detail", "it did not end"))
    return None


def _lost(work: Path, before: dict[str, int], head: str) -> str | None:
    """Return what is wrong with an upgraded database, unless it is sound, up to date, and holds all it held."""
    with db.open_database(work) as connection:
        db.check_integrity(connection, work)
        after, revision = db.count_rows(connection), db.read_revision(connection)
    lost = [
        f"{name}: {after.get(name, 0)} of {before[name]} rows" for name in db.LASTING if _fewer(name, before, after)
    ]
    if revision != head:
        lost.append(f"its schema is {revision} and not {head}")
    return "; ".join(lost) or None


def _fewer(name: str, before: dict[str, int], after: dict[str, int]) -> bool:
    return after.get(name, 0) != before[name] if name in before else False
