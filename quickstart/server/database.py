"""A database of MLflow's, looked at and copied without MLflow, also while a server writes to it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from quickstart.errors import QuickstartError
from quickstart.events import Progress, no_progress
from quickstart.system import signals

COMPANIONS = ("", "-journal", "-wal", "-shm")  # what SQLite keeps beside a database while it is written
PATIENCE = 60.0  # seconds that a copy waits for somebody who is writing
PAGES = 4096  # copied between two looks at whether we were told to stop

# Rows that MLflow writes into every new database, with how many of them: nobody recorded those.
SEEDS: Mapping[str, int] = {"experiments": 1, "workspaces": 1}

# Tables whose rows no release of MLflow ever drops or splits when it upgrades a database.
LASTING = ("experiments", "runs", "metrics", "latest_metrics", "params", "registered_models", "model_versions")


def database_files(database: Path) -> list[Path]:
    """Return the files that a database may consist of."""
    return [database.with_name(database.name + suffix) for suffix in COMPANIONS]


def sync(path: Path) -> None:
    """Flush a file or folder to disk; where the system has no such call for folders, do nothing."""
    import os

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
    """Open a database that is there; a change that a kill interrupted is rolled back by the first look at it.

    Args:
        database: MLflow's SQLite file.
        patience: seconds to wait for somebody who is writing.

    Raises:
        Fault: "database-damaged" or "database-locked".
    """
    uri = f"file:{quote(database.as_posix())}?mode=rw"
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=patience, isolation_level=None)) as connection:
            connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
            yield connection
    except sqlite3.OperationalError as error:
        raise _refused(database, error, patience) from error
    except sqlite3.DatabaseError as error:
        raise QuickstartError("database-damaged", database=str(database), detail=str(error)) from error


def _refused(database: Path, error: sqlite3.OperationalError, patience: float = PATIENCE) -> QuickstartError:
    text = str(error)
    if "locked" in text:
        return QuickstartError("database-locked", database=str(database), seconds=patience)
    if "disk is full" in text or "readonly" in text or "unable to open" in text:
        return QuickstartError("unwritable", path=str(database), detail=text)
    return QuickstartError("database-damaged", database=str(database), detail=text)


def read_revision(connection: sqlite3.Connection) -> str | None:
    """Return the revision of MLflow's schema that a database has, or None where it has none."""
    if "alembic_version" not in table_names(connection):
        return None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else None


def table_names(connection: sqlite3.Connection) -> list[str]:
    """Return the names of the tables in a database."""
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    return [str(name) for (name,) in connection.execute(query)]


def count_rows(connection: sqlite3.Connection) -> dict[str, int]:
    """Return how many rows each table holds."""
    # Names come from the database itself; a quote in one is doubled, as SQL has it.
    quoted = {
        name: '"' + name.replace('"', '""') + '"' for name in table_names(connection) if name != "alembic_version"
    }
    return {name: int(connection.execute(f"SELECT count(*) FROM {q}").fetchone()[0]) for name, q in quoted.items()}  # noqa: S608


def is_empty(connection: sqlite3.Connection) -> bool:
    """Tell whether nobody ever recorded anything in a database, so that nothing is lost with it."""
    # A migration that was killed may leave a table's rows in its temporary twin alone.
    recorded = {name: count for name, count in count_rows(connection).items() if count > SEEDS.get(_settled(name), 0)}
    if recorded or "experiments" not in table_names(connection):
        return not recorded
    return not connection.execute("SELECT count(*) FROM experiments WHERE experiment_id <> 0").fetchone()[0]


def _settled(name: str) -> str:
    return name.removeprefix("_alembic_tmp_")


def check_integrity(connection: sqlite3.Connection, database: Path) -> None:
    """Let SQLite examine the whole of a database; raise Fault "database-damaged" where it finds something."""
    found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(3)")]
    if found != ["ok"]:
        raise QuickstartError("database-damaged", database=str(database), detail="; ".join(found))


def snapshot(source: sqlite3.Connection, copy: Path, progress: Progress = no_progress) -> None:
    """Copy a database as it is at one moment, by SQLite's online backup API, and flush the copy to disk.

    Whoever writes meanwhile waits until it is done: a copy that lets writers in between would begin anew after
    each of them, and never end while a room full of people logs.

    Args:
        source: of the database, in no transaction.
        copy: file to write; it must not be there.
        progress: told how far it is.

    Raises:
        Fault: "database-locked" where the moment never comes, "unwritable" where the copy cannot be written.
    """
    deadline = time.monotonic() + PATIENCE

    def step(status: int, remaining: int, total: int) -> None:
        signals.raise_if_stopped()
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and time.monotonic() > deadline:
            raise sqlite3.OperationalError("database is locked")
        if total > PAGES:
            progress("copying the database", f"{100 - 100 * remaining // total} %")

    source.execute("BEGIN")
    source.execute("SELECT count(*) FROM sqlite_master").fetchone()  # the moment: from here on it stands still
    try:
        with closing(sqlite3.connect(copy)) as target:
            source.backup(target, pages=PAGES, progress=step)
            # A copy of one that is written in WAL mode would leave files beside it wherever it is looked at.
            target.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.OperationalError as error:
        raise _refused(copy, error) from error
    finally:
        source.execute("ROLLBACK")
    sync(copy)


def count_experiments_and_runs(database: Path) -> tuple[int, int] | None:
    """Count what a person recorded; None where the database cannot be read.

    Args:
        database: MLflow's SQLite file. Its tables have had these names and columns since MLflow 1.0.

    Returns:
        The number of experiments that hold a run, and of runs; what was deleted is not counted.
    """
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
