"""MLflow's SQLite database: read and copied without MLflow, even while a server writes to it."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from quickstart.errors import QuickstartError
from quickstart.events import Progress, no_progress
from quickstart.system import signals

COMPANIONS = ("", "-journal", "-wal", "-shm")  # suffixes of the files that SQLite keeps beside a database
PATIENCE = 60.0  # seconds that a copy waits for a writer
PAGES = 4096  # copied between two checks whether the person stopped us

# How many rows MLflow itself writes into tables of a new database.
SEEDS: Mapping[str, int] = {"experiments": 1, "workspaces": 1}

# Tables whose rows no upgrade of MLflow drops or splits.
LASTING = ("experiments", "runs", "metrics", "latest_metrics", "params", "registered_models", "model_versions")


def database_files(database: Path) -> list[Path]:
    return [database.with_name(database.name + suffix) for suffix in COMPANIONS]


def sync(path: Path) -> None:
    """Flush a file or folder to disk, if the system can."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:  # Windows opens no folders
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def open_database(database: Path, *, patience: float = PATIENCE) -> Iterator[sqlite3.Connection]:
    """Open an existing database; SQLite rolls back a change that a kill interrupted.

    Args:
        patience: seconds to wait for a writer.

    Raises:
        QuickstartError: "database-damaged" or "database-locked".
    """
    uri = f"file:{quote(database.as_posix())}?mode=rw"
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=patience, isolation_level=None)) as connection:
            connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
            yield connection
    except sqlite3.OperationalError as error:
        raise _sqlite_error(database, error, patience) from error
    except sqlite3.DatabaseError as error:
        raise QuickstartError("database-damaged", database=str(database), detail=str(error)) from error


def _sqlite_error(database: Path, error: sqlite3.OperationalError, patience: float = PATIENCE) -> QuickstartError:
    text = str(error)
    if "locked" in text:
        return QuickstartError("database-locked", database=str(database), seconds=patience)
    if "disk is full" in text or "readonly" in text or "unable to open" in text:
        return QuickstartError("unwritable", path=str(database), detail=text)
    return QuickstartError("database-damaged", database=str(database), detail=text)


def read_revision(connection: sqlite3.Connection) -> str | None:
    if "alembic_version" not in table_names(connection):
        return None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else None


def table_names(connection: sqlite3.Connection) -> list[str]:
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    return [str(name) for (name,) in connection.execute(query)]


def count_rows(connection: sqlite3.Connection) -> dict[str, int]:
    # The names come from the database; SQL doubles a quote in a name.
    quoted = {
        name: '"' + name.replace('"', '""') + '"' for name in table_names(connection) if name != "alembic_version"
    }
    return {name: int(connection.execute(f"SELECT count(*) FROM {q}").fetchone()[0]) for name, q in quoted.items()}  # noqa: S608


def is_empty(connection: sqlite3.Connection) -> bool:
    """Tell whether nothing was recorded in a database, so that it can be deleted."""
    # A killed migration may leave a table's rows in its temporary copy only.
    recorded = {name: count for name, count in count_rows(connection).items() if count > SEEDS.get(_settled(name), 0)}
    if recorded or "experiments" not in table_names(connection):
        return not recorded
    return not connection.execute("SELECT count(*) FROM experiments WHERE experiment_id <> 0").fetchone()[0]


def _settled(name: str) -> str:
    return name.removeprefix("_alembic_tmp_")


def check_integrity(connection: sqlite3.Connection, database: Path) -> None:
    """Raise "database-damaged" if SQLite finds damage."""
    found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(3)")]
    if found != ["ok"]:
        raise QuickstartError("database-damaged", database=str(database), detail="; ".join(found))


def snapshot(source: sqlite3.Connection, copy: Path, progress: Progress = no_progress) -> None:
    """Copy a database as it is at one moment, by SQLite's online backup API, and flush the copy to disk.

    Writers wait until it is done: a copy that lets them write would restart after each of them, and never end while a
    workshop logs.

    Args:
        source: of the database, in no transaction.
        copy: file to write; it must not exist.
        progress: reports the percentage.

    Raises:
        QuickstartError: "database-locked" after PATIENCE, "unwritable" if the copy cannot be written.
    """
    deadline = time.monotonic() + PATIENCE

    def step(status: int, remaining: int, total: int) -> None:
        signals.raise_if_stopped()
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and time.monotonic() > deadline:
            raise sqlite3.OperationalError("database is locked")
        if total > PAGES:
            progress("copying the database", f"{100 - 100 * remaining // total} %")

    source.execute("BEGIN")
    source.execute(
        "SELECT count(*) FROM sqlite_master"
    ).fetchone()  # starts the read transaction: the moment that is copied
    try:
        with closing(sqlite3.connect(copy)) as destination:
            source.backup(destination, pages=PAGES, progress=step)
            # A copy in WAL mode would create files beside itself when it is opened.
            destination.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.OperationalError as error:
        raise _sqlite_error(copy, error) from error
    finally:
        source.execute("ROLLBACK")
    sync(copy)


def count_experiments_and_runs(database: Path) -> tuple[int, int] | None:
    """Count experiments with a run, and runs, without deleted ones; None if the database cannot be read."""
    uri = f"file:{quote(database.as_posix())}?mode=ro"
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=0.2)) as connection:
            query = (
                "SELECT count(DISTINCT experiment_id), count(*) FROM runs JOIN experiments USING (experiment_id) "
                "WHERE runs.lifecycle_stage = 'active' AND experiments.lifecycle_stage = 'active'"
            )
            experiments, runs = connection.execute(query).fetchone()
    except sqlite3.Error:
        return None
    return int(experiments), int(runs)
