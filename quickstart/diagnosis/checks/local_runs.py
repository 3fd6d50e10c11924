"""Runs in the working directory that MLflow's own default left there, and how they come to a server."""

from __future__ import annotations

from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

from quickstart.diagnosis.context import Context
from quickstart.diagnosis.effective_uri import DATABASE, OLD_RUNS, VARIABLE, holds_experiments
from quickstart.diagnosis.models import Check, CheckResult, ok, warn
from quickstart.diagnosis.store_location import place_of
from quickstart.errors import QuickstartError
from quickstart.methods.catalog import METHODS
from quickstart.server import database, records
from quickstart.state.connections import Connections
from quickstart.system.shell import count_of, eval_line, quoted, shell_of

MOST = 10_000  # runs that are counted
META = "meta.yaml"


def old_runs(mlruns: Path) -> tuple[int, str]:
    """Return how many runs an `mlruns` folder holds, deleted ones not counted, and the command that brings them in."""
    found = (file for file in mlruns.glob(f"*/*/{META}") if file.parents[1].name.isdigit())
    try:
        runs = sum(1 for _ in islice(found, MOST))
    except OSError:
        runs = 0
    restore = f"quickstart server restore {quoted(str(mlruns))}"
    local = next(method.name for method in METHODS if method.kind == "local")
    name = "old-runs" if (records.default_store(local) / DATABASE).exists() else local
    return runs, f"{restore} --name {name} && quickstart server start --name {name}"


def elsewhere(context: Context) -> CheckResult:
    """Find out whether runs are in the working directory that the examined server does not work on."""
    if context.environment.get(VARIABLE):
        return ok(f"scripts in this shell go by {VARIABLE}")
    place = place_of(context)
    if place and place.server is None:
        return ok("scripts in this folder log to what is examined")
    found = _here(context.folder)
    if found is None or (place and place.database and _same(place.database, found[0])):
        return ok("no runs are in this folder that the server does not have")
    path, runs, bring = found
    facts: dict[str, Any] = {"path": str(path), "counted": f"{count_of(runs, 'run')} {'is' if runs == 1 else 'are'}"}
    return warn("runs-here", **facts, place=context.origin.shown, line=_line(context), bring=bring)


def _here(folder: Path) -> tuple[Path, int, str] | None:
    file, mlruns = folder / DATABASE, folder / OLD_RUNS
    found = database.count_experiments_and_runs(file) if _is_file(file) else None
    if found and found[1]:
        return file, found[1], f"quickstart server start --name here --store {quoted(str(folder))}"
    if holds_experiments(mlruns):
        runs, bring = old_runs(mlruns)
        return (mlruns, runs, bring) if runs else None
    return None


def _is_file(file: Path) -> bool:
    try:
        return file.is_file()
    except OSError:
        return False


def _same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()


def _line(context: Context) -> str:
    in_use = None
    with suppress(QuickstartError):  # a damaged file of ours has a row of its own
        in_use = Connections().in_use()
    if in_use:
        return eval_line(shell_of(context.environment))
    return f"quickstart login server {quoted(context.origin.shown)}"


RUNS_HERE = Check(
    "runs-here", "settings", "no runs are in this folder that the server does not have", elsewhere, symptoms=(4,)
)
