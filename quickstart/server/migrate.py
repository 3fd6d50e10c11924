"""Bring the runs of an old `mlruns` folder into an empty store, by MLflow's own migration, on a copy."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from quickstart.errors import QuickstartError
from quickstart.events import Progress, no_progress
from quickstart.runtime.process import run_mlflow
from quickstart.server import database as db
from quickstart.server.archive import DATABASE
from quickstart.server.backup import BackupResult
from quickstart.server.launcher import database_uri
from quickstart.server.records import Server
from quickstart.server.restore import check_empty, move_into_place
from quickstart.server.staging import staging
from quickstart.state import files, locks

DEADLINE = 3600.0  # seconds
SINCE = "3.10"  # the first MLflow with `mlflow migrate-filestore`
META = "meta.yaml"
FILES = "artifacts"  # folders of files that a run or model recorded: the migration does not read them


@dataclass(frozen=True)
class FolderRuns:
    """What an `mlruns` folder holds, deleted runs too; the numbers are what a database must hold afterwards."""

    runs: int
    params: int
    latest_metrics: int


def find_mlruns(folder: Path) -> Path | None:
    """Return the `mlruns` folder that a path names or holds, or None."""
    for candidate in (folder, folder / "mlruns"):
        if any(candidate.glob(f"*/{META}")):
            return candidate
    return None


def count_runs(mlruns: Path) -> FolderRuns:
    """Count what an `mlruns` folder holds."""
    runs = list(_runs(mlruns))
    return FolderRuns(
        runs=len(runs),
        params=sum(_files(run / "params") for run in runs),
        latest_metrics=sum(_files(run / "metrics") for run in runs),
    )


def _runs(mlruns: Path) -> Iterator[Path]:
    experiments = [*mlruns.glob("*/"), *(mlruns / ".trash").glob("*/")]
    for experiment in experiments:
        if (experiment / META).exists():
            # Beside runs an experiment holds folders of tags, models and traces.
            yield from (file.parent for file in experiment.glob(f"*/{META}") if (file.parent / "tags").is_dir())


def _files(folder: Path) -> int:
    return sum(1 for path in folder.rglob("*") if path.is_file())


def can_migrate(packages: Path) -> bool:
    """Tell whether an installed MLflow brings its migration."""
    return (packages / "mlflow" / "store" / "fs2db").is_dir()


def migrate(server: Server, folder: Path, packages: Path, progress: Progress = no_progress) -> BackupResult:
    """Bring the runs of an `mlruns` folder into an empty store; the folder itself is only read.

    Files that runs recorded stay where they are: a run's record names the folder they are in.

    Args:
        server: whose store; it must not run, and its interpreter holds MLflow.
        folder: the `mlruns` folder, or the one that it is in.
        packages: the folder that MLflow is installed in.
        progress: told what is at work.

    Raises:
        Fault: "no-backup", "no-migration", "migration-failed", or what must_be_empty() raises. The store is then
            as it was.
    """
    source = find_mlruns(folder)
    if source is None:
        raise QuickstartError("no-backup", path=str(folder), detail="it is a folder, but no mlruns folder")
    if not can_migrate(packages):
        raise QuickstartError("no-migration", path=str(source), python=server.python, since=SINCE)
    found, destination = count_runs(source), Path(server.store)
    with locks.lock(f"server-{server.name}"):
        check_empty(server)
        with files.wrap_write_errors(destination), staging(destination.parent, destination.name) as aside:
            progress("copying", str(source))
            shutil.copytree(source, aside / "copy" / "mlruns", ignore=_recorded_files)
            ready = files.private_folder(aside / "store")
            progress("migrating the copy by MLflow")
            _run(server.python, aside / "copy", aside / DATABASE, source)
            with db.open_database(aside / DATABASE) as connection:
                db.check_integrity(connection, aside / DATABASE)
                _prove(source, found, db.count_rows(connection))
                db.snapshot(connection, ready / DATABASE)
            move_into_place(server, ready)
    return BackupResult(source, found.runs, 0, elsewhere=found.runs, restored=destination)


def _recorded_files(folder: str, names: list[str]) -> list[str]:
    """Return what need not be copied; MLflow keeps a trace's spans among its files, and those it migrates."""
    return [FILES] if FILES in names and META in names and Path(folder).parent.name != "traces" else []


def _run(python: str, copy: Path, database: Path, source: Path) -> None:
    arguments = ("migrate-filestore", "--source", str(copy), "--target", database_uri(database), "--no-progress")
    try:
        run_mlflow(Path(python), *arguments, timeout=DEADLINE)
    except QuickstartError as fault:
        detail = str(fault.facts.get("detail", "it did not end"))
        raise QuickstartError("migration-failed", path=str(source), detail=detail, python=python) from fault


def _prove(source: Path, found: FolderRuns, rows: dict[str, int]) -> None:
    """Raise Fault "migration-failed" unless a database holds what the folder held."""
    expected = {"runs": found.runs, "params": found.params, "latest_metrics": found.latest_metrics}
    wrong = [f"{rows.get(name, 0)} of {count} {name}" for name, count in expected.items() if rows.get(name, 0) != count]
    if wrong:
        raise QuickstartError(
            "migration-failed", path=str(source), detail=f"it brought {', '.join(wrong)}", python="MLflow"
        )
