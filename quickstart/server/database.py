"""MLflow's SQLite database: read and copied without MLflow, even during writes, and judged by its schema revision."""

from __future__ import annotations

import os
import re
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
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
    # Starts the read transaction: the moment that is copied.
    source.execute("SELECT count(*) FROM sqlite_master").fetchone()
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


SchemaState = Literal["missing", "current", "unfinished", "older", "newer", "unknown"]

# MLflow release: the revisions of the schema that it introduced, oldest first. Read from the wheels of 1.1 to 3.18;
# revisions of a release that was never published count for the next.
RELEASES: tuple[tuple[str, str], ...] = (
    ("1.1", "451aebb31d03 90e64c465722 181f10493468"),
    ("1.8", "df50e92ffc5e 7ac759974ad8 89d4b8295536 2b4d017a5e9b cfd24bdc0731 0a8213491aaa"),
    ("1.10", "728d730b5ebd 27a6a02d2cf1"),
    ("1.11", "84291f40a231"),
    ("1.14", "a8c4a736bde6"),
    ("1.15", "39d1c3be5f05"),
    ("1.16", "c48cb773bb87"),
    ("1.25", "bd07f7e963c5"),
    ("1.28", "0c779009ac13 cc1f77228345"),
    ("1.29", "97727af70f4d"),
    ("2.3", "3500859a5d39"),
    ("2.4", "7f2a7d5fae7d"),
    ("2.8", "2d6e25af4d3e acf3f17fdcc7"),
    ("2.13", "867495a8f9d4"),
    ("2.14", "5b0e9adcef9c"),
    ("2.15", "4465047574b1"),
    ("2.17", "f5a4f2784254"),
    ("2.18", "0584bdc529eb"),
    ("3.0", "400f98739977 6953534de441"),
    ("3.1.4", "bda7b8c39065"),
    ("3.2", "cbc13b556ace 770bee3ae1dd"),
    ("3.3", "a1b2c3d4e5f6 de4033877273 1a0cddfcaa16"),
    ("3.4", "534353b11cbc 71994744cf8e"),
    ("3.5", "3da73c924c2f bf29a5ff90ea"),
    ("3.8", "1bd49d398cd23"),
    ("3.9", "b7c8d9e0f1a2 5d2d30f0abce c9d4e5f6a7b8 2c33131f4dae d3e4f5a6b7c8"),
    ("3.10", "d0e1f2a3b4c5 c8d9e0f1a2b3 1b5f0d9ad7c1"),
    ("3.12", "e1f2a3b4c5d6 76601a5f987d c3d6457b6d8a a5b4c3d2e1f0 ae8bbe7743c9 7d34483879f0"),
    ("3.13", "da6fb0208061"),
    ("3.14", "89d3d66ed43f b7e4c1a90f23"),
    ("3.15", "a8b9c0d1e2f3 c1d2e3f4a5b6 c3d9e7f1a2b4 6f8d9c3b2a1e"),
    ("3.16", "1971f2d9a75b 17e22815139b b7e2c1a4d9f3"),
    ("3.17", "75868b020152 dc11669786a5"),
    ("3.18", "e7d1f4b2a9c6 8b6ad64cb8f5 f4a9b2c7d1e6"),
)
REVISIONS: Mapping[str, str] = {one: release for release, revisions in RELEASES for one in revisions.split()}


@dataclass(frozen=True)
class SchemaStatus:
    """Whether an installed MLflow can open a database.

    Args:
        state: "current": it can be opened; "unfinished": its creation was interrupted, and it is empty;
            "older": it must be upgraded first; "newer": only a newer MLflow can open it; "unknown": undecided.
        revision: of its schema.
        release: the first MLflow release with that schema, such as "2.18", if known.
    """

    state: SchemaState
    revision: str | None = None
    release: str | None = None


def release_of(revision: str | None) -> str | None:
    return REVISIONS.get(revision or "")


def known_revisions(packages: Path) -> Sequence[str]:
    """Return the revisions that the MLflow in a folder knows, oldest first; the last is its own."""
    before: dict[str, str | None] = {}
    for file in (packages / "mlflow" / "store" / "db_migrations" / "versions").glob("*.py"):
        text = file.read_text(encoding="utf-8", errors="replace")
        own = re.search(r"^revision\s*=\s*[\"'](\w+)[\"']", text, re.MULTILINE)
        down = re.search(r"^down_revision\s*=\s*[\"'](\w+)[\"']", text, re.MULTILINE)
        if own:
            before[own[1]] = down[1] if down else None
    after = {down: own for own, down in before.items()}
    chain: list[str] = []
    while (follows := after.get(chain[-1] if chain else None)) and follows not in chain:
        chain.append(follows)
    return chain


def schema_status(database: Path, packages: Path | None) -> SchemaStatus:
    """Judge a database without changing it; raise "database-damaged" or "database-locked"."""
    if not database.exists():
        return SchemaStatus("missing")
    known = known_revisions(packages) if packages else ()
    with open_database(database, patience=5.0) as connection:
        revision = read_revision(connection)
        release = release_of(revision)
        if not known:
            return SchemaStatus("unknown", revision, release)
        if revision == known[-1]:
            return SchemaStatus("current", revision, release)
        if is_empty(connection):
            return SchemaStatus("unfinished", revision, release)
        if revision in known:
            return SchemaStatus("older", revision, release)
        if revision is None:  # MLflow had no revisions before 1.1
            if "experiments" in table_names(connection):
                return SchemaStatus("older")
            raise QuickstartError("database-damaged", database=str(database), detail="it has no tables of MLflow")
        return SchemaStatus("newer", revision, release)
