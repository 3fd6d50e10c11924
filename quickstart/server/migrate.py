"""MLflow's own migrations, run on a copy: of an old `mlruns` folder into a store, and of an older database."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from quickstart.errors import QuickstartError
from quickstart.events import Progress, no_progress
from quickstart.runtime.process import run_mlflow
from quickstart.server import database as db
from quickstart.server import processes, records, store
from quickstart.server.archive import DATABASE
from quickstart.server.backup import BackupResult, check_empty, move_into_place
from quickstart.server.database import known_revisions, schema_status
from quickstart.server.launcher import database_uri
from quickstart.server.records import Server
from quickstart.server.store import staging
from quickstart.state import files

DEADLINE = 3600.0  # seconds; a database of many gigabytes is rewritten table by table
SINCE = "3.10"  # the first MLflow with `mlflow migrate-filestore`
META = "meta.yaml"
FILES = "artifacts"  # of a run or model: the migration does not read them


@dataclass(frozen=True)
class FolderRuns:
    """What an `mlruns` folder holds, including deleted runs: what the database must hold after the migration."""

    runs: int
    params: int
    latest_metrics: int


def find_mlruns(folder: Path) -> Path | None:
    """Return the `mlruns` folder that a path names or holds."""
    for candidate in (folder, folder / "mlruns"):
        if any(candidate.glob(f"*/{META}")):
            return candidate
    return None


def count_runs(mlruns: Path) -> FolderRuns:
    runs = list(_run_folders(mlruns))
    return FolderRuns(
        runs=len(runs),
        params=sum(_count_files(run / "params") for run in runs),
        latest_metrics=sum(_count_files(run / "metrics") for run in runs),
    )


def _run_folders(mlruns: Path) -> Iterator[Path]:
    experiments = [*mlruns.glob("*/"), *(mlruns / ".trash").glob("*/")]
    for experiment in experiments:
        if (experiment / META).exists():
            # Beside runs an experiment holds folders of tags, models and traces.
            yield from (file.parent for file in experiment.glob(f"*/{META}") if (file.parent / "tags").is_dir())


def _count_files(folder: Path) -> int:
    return sum(1 for path in folder.rglob("*") if path.is_file())


def can_migrate(packages: Path) -> bool:
    return (packages / "mlflow" / "store" / "fs2db").is_dir()


def migrate(server: Server, folder: Path, packages: Path, progress: Progress = no_progress) -> BackupResult:
    """Migrate the runs of an `mlruns` folder into an empty store; the folder itself is only read.

    Artifacts stay where they are: a run's record names their folder.

    Args:
        folder: the `mlruns` folder, or the one that it is in.

    Raises:
        QuickstartError: "no-backup", "no-migration", "migration-failed", or what check_empty() raises. The store is
            unchanged then.
    """
    source = find_mlruns(folder)
    if source is None:
        raise QuickstartError("no-backup", path=str(folder), detail="it is not an mlruns folder")
    if not can_migrate(packages):
        raise QuickstartError("no-migration", path=str(source), python=server.python, since=SINCE)
    counts, destination = count_runs(source), Path(server.store)
    with files.lock(f"server-{server.name}"):
        check_empty(server)
        with files.wrap_write_errors(destination), staging(destination.parent, destination.name) as work:
            progress("copying", str(source))
            shutil.copytree(source, work / "copy" / "mlruns", ignore=_recorded_files)
            ready = files.private_folder(work / "store")
            progress("migrating the copy")
            arguments = ("--source", str(work / "copy"), "--target", database_uri(work / DATABASE), "--no-progress")
            if detail := _mlflow_error(server.python, "migrate-filestore", *arguments):
                raise QuickstartError("migration-failed", path=str(source), detail=detail, python=server.python)
            with db.open_database(work / DATABASE) as connection:
                db.check_integrity(connection, work / DATABASE)
                _check_counts(source, counts, db.count_rows(connection), server.python)
                db.snapshot(connection, ready / DATABASE)
            move_into_place(server, ready)
    return BackupResult(source, counts.runs, 0, elsewhere=counts.runs, restored=destination)


def _recorded_files(folder: str, names: list[str]) -> list[str]:
    """Return what need not be copied. MLflow stores the spans of a trace among its artifacts and migrates those."""
    return [FILES] if FILES in names and META in names and Path(folder).parent.name != "traces" else []


def _mlflow_error(python: str, *arguments: str) -> str | None:
    """Run a command of MLflow and return why it failed."""
    try:
        run_mlflow(Path(python), *arguments, timeout=DEADLINE)
    except QuickstartError as error:
        return str(error.facts.get("detail", "it timed out"))
    return None


def _check_counts(source: Path, counts: FolderRuns, rows: dict[str, int], python: str) -> None:
    """Raise "migration-failed" unless the database has everything that the folder has."""
    expected = {"runs": counts.runs, "params": counts.params, "latest_metrics": counts.latest_metrics}
    wrong = [f"{rows.get(name, 0)} of {count} {name}" for name, count in expected.items() if rows.get(name, 0) != count]
    if wrong:
        detail = f"it only migrated {', '.join(wrong)}"
        raise QuickstartError("migration-failed", path=str(source), detail=detail, python=python)


def upgrade(name: str, folder: Path, python: str, packages: Path, progress: Progress = no_progress) -> Path | None:
    """Upgrade the database of a store with MLflow's own command; return the backup of the older one, if one was needed.

    Raises:
        QuickstartError: "server-running", "database-open", "database-locked", "database-damaged", "no-room" or
            "upgrade-failed". The database is unchanged then.
    """
    database = folder / "mlflow.db"
    backup = folder / f"{database.name}.{store.BEFORE}{datetime.now(UTC):%Y%m%d-%H%M%S}"
    # Each attempt has its own folder: the migration of a killed one goes on and must not meet the next one.
    with files.lock(f"server-{name}"), staging(folder, database.name) as aside:
        status = schema_status(database, packages)
        if status.state != "older":
            return None
        work, before = aside / database.name, aside / "before"
        _check_unused(name, database)
        _check_disk_space(folder, database)
        with db.open_database(database) as guard, db.open_database(database) as connection:
            guard.execute("BEGIN IMMEDIATE")  # no one writes until the new one replaces it
            db.check_integrity(connection, database)
            progress("copying the database", str(backup))
            db.snapshot(connection, work)
            shutil.copyfile(work, before)
            before.chmod(0o600)
            db.sync(before)
            rows = db.count_rows(connection)
            progress("upgrading a copy of the database")
            wrong = _mlflow_error(python, "db", "upgrade", database_uri(work))
            if wrong := wrong or _find_losses(work, rows, known_revisions(packages)[-1]):
                requirement = f"mlflow=={status.release}.*" if status.release else "mlflow"
                facts: dict[str, Any] = {"name": name, "store": str(folder), "database": str(database)}
                raise QuickstartError("upgrade-failed", **facts, python=python, requirement=requirement, detail=wrong)
        _check_unused(name, database)
        shutil.copymode(database, work)
        before.rename(backup)  # last, so that killed attempts do not pile up copies
        work.replace(database)
        db.sync(folder)
    return backup


def _check_unused(name: str, database: Path) -> None:
    """Raise "server-running" or "database-open" if a program uses the database."""
    for server in records.load_all():
        if store.same_folder(server.store, str(database.parent)) and processes.find_root(server):
            raise QuickstartError("server-running", name=server.name, url=server.url)
    store.refuse_if_open(name, database)
    # SQLite would replay the journal of a killed writer into the new database; opening the old one settles it.
    with db.open_database(database) as connection:
        db.read_revision(connection)


def _check_disk_space(folder: Path, database: Path) -> None:
    free, needed = shutil.disk_usage(folder).free, 3 * database.stat().st_size
    if free < needed:
        raise QuickstartError("no-room", folder=str(folder), free_mb=free // 10**6, needed_mb=needed // 10**6 + 1)


def _find_losses(work: Path, before: dict[str, int], head: str) -> str | None:
    """Return what is wrong with an upgraded database unless it is intact, current and complete."""
    with db.open_database(work) as connection:
        db.check_integrity(connection, work)
        after, revision = db.count_rows(connection), db.read_revision(connection)
    counts = ((name, after.get(name, 0), before[name]) for name in db.LASTING if name in before)
    lost = [f"{name}: {now} of {then} rows" for name, now, then in counts if now != then]
    if revision != head:
        lost.append(f"its schema is {revision}, not {head}")
    return "; ".join(lost) or None
