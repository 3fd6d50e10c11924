"""Runs that are in the working directory already: MLflow's own default left them there, in one form or the other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from quickstart.methods.base import Offer, Setup
from quickstart.methods.local import NAME
from quickstart.server import database, migrate, records
from quickstart.system.machine import working_directory
from quickstart.system.shell import count_of

ELSEWHERE = "Leave them alone, and start with none"


def offer(setup: Setup) -> Offer | None:
    """Return the choice that runs in the working directory give, or None where there are none to choose from.

    A server that was set up before has its runs; a person who wants others then says so by --store.
    """
    folder = working_directory()
    if folder is None or records.load(NAME):
        return None
    return _database(setup, folder) or _mlruns(setup, folder)


def _database(setup: Setup, folder: Path) -> Offer | None:
    found = database.count_experiments_and_runs(folder / "mlflow.db") if (folder / "mlflow.db").exists() else None
    if not found or not found[1]:
        return None
    return Offer(
        text="Use the runs that are here?",
        why=f"mlflow.db in this folder holds {count_of(found[1], 'run')}. "
        "The server can work on that file where it is.",
        choices=(("Yes, use them", replace(setup, store=str(folder))), (ELSEWHERE, setup)),
    )


def _mlruns(setup: Setup, folder: Path) -> Offer | None:
    source = migrate.find_mlruns(folder)
    runs = migrate.count_runs(source).runs if source else 0
    runtime = setup.runtime
    possible = runtime.mlflow_in is None or migrate.can_migrate(runtime.mlflow_in)
    if source is None or not runs or not possible or (records.default_store(NAME) / "mlflow.db").exists():
        return None
    return Offer(
        text="Bring in the runs that are here?",
        why=f"mlruns in this folder holds {count_of(runs, 'run')} in files, as older MLflows kept them; newer ones "
        "refuse that. A copy of the records is migrated; the folder stays as it is, with the files that the runs made.",
        choices=(("Yes, bring them in", replace(setup, source=str(source))), (ELSEWHERE, setup)),
    )
