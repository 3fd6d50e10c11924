"""Servers by name, as `quickstart server` handles them: started by journalled steps, so that undo knows of them."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from quickstart.errors import ExitCode, QuickstartError
from quickstart.events import Progress
from quickstart.methods.local import NAME
from quickstart.methods.local.setup import UPGRADE, restore_steps, server_steps, upgrade_steps
from quickstart.models import Connection, ConnectionStatus, Plan, Step, StepResult
from quickstart.results import BackupResult, RestoreResult, ServerStatus
from quickstart.runtime.find import Runtime, find_runtime
from quickstart.server import backup as backing
from quickstart.server import database, manager, processes, records, store
from quickstart.state.files import state_folder
from quickstart.state.journal import Journal
from quickstart.steps.handlers import HANDLERS
from quickstart.system.machine import do_not_track

Agree = Callable[[Step], bool]


def start(wanted: manager.ServerOptions, python: str | None, progress: Progress, agree: Agree) -> list[StepResult]:
    """Start a server and save its connection.

    Args:
        wanted: its `python` and `installed` are found here.
        python: the interpreter that the person named; else a known server keeps its own.
        agree: asked before a database is upgraded.

    Raises:
        QuickstartError: "mlflow-missing", "database-older" if the person does not agree, or as manager.start().
    """
    wanted = complete_options(wanted, python)
    if python:
        _refuse_another(wanted)
    plan = Plan(wanted.name, NAME, server_steps(wanted, use=False))
    _agreed(plan.steps, agree)
    return list(Journal(wanted.name).run(plan, HANDLERS, progress))


def restart(wanted: manager.ServerOptions, python: str | None, progress: Progress, agree: Agree) -> list[StepResult]:
    """Stop a server and start it again with its settings, except those that are given.

    Raises:
        QuickstartError: "unknown-server" before anything is done, or what start() raises.
    """
    if known := records.load(wanted.name):
        # What cannot be asked for, or opened, is refused while the server still runs.
        complete = complete_options(wanted, python)
        _agreed(upgrade_steps(manager.settings(complete), complete), agree)
        store.check_free_space(state_folder(), Path(known.store))
    progress(f'stopping the server "{wanted.name}"')
    manager.stop(wanted.name)
    return start(wanted, python, progress, lambda step: True)


def complete_options(wanted: manager.ServerOptions, python: str | None) -> manager.ServerOptions:
    """Add the interpreter and the MLflow that will run the server."""
    known = records.load(wanted.name)
    runtime = _runtime_of(known, python)
    if runtime.mlflow is None:
        raise QuickstartError("mlflow-missing", python=str(runtime.python))
    return replace(
        wanted,
        python=str(runtime.python),
        installed=runtime.mlflow,
        packages=str(runtime.mlflow_in),
        private=True if do_not_track(os.environ) else wanted.private,
    )


def _runtime_of(known: records.Server | None, python: str | None) -> Runtime:
    return find_runtime(python or (known.python if known and os.access(known.python, os.X_OK) else None))


def _refuse_another(wanted: manager.ServerOptions) -> None:
    """Raise "already-running" if a server runs with another MLflow than that of the named interpreter."""
    known = records.load(wanted.name)
    if known and processes.find_root(known) and known.mlflow_version not in (None, wanted.installed):
        option = f"--python {shlex.quote(wanted.python)}"
        raise QuickstartError("already-running", name=known.name, url=known.url, options=option)


def _agreed(steps: Iterable[Step], agree: Agree) -> None:
    """Ask before each upgrade; raise "database-older" if the answer is no."""
    for step in steps:
        if step.kind == UPGRADE and not agree(step):
            given = step.parameters
            name, store, python, made_by = (given[key] for key in ("name", "store", "python", "made_by"))
            facts: dict[str, Any] = {"name": name, "store": store, "python": python, "made_by": made_by}
            raise QuickstartError("database-older", **facts, database=step.where)


def stop(name: str) -> ServerStatus:
    """Stop a server; raise "is-a-class" if people may be working on it."""
    known = records.load(name)
    if known and known.classroom:
        raise QuickstartError("is-a-class", ExitCode.USAGE, name=name)
    return manager.status(manager.stop(name)[0])


def backup(name: str, file: Path | None, progress: Progress) -> BackupResult:
    """Back up a server's store, whether it runs or not; by default into the working directory.

    Raises:
        QuickstartError: "unknown-server", or what server.backup.backup() raises.
    """
    (status,) = statuses(name)
    server = records.load(name)
    assert server is not None  # noqa: S101 - statuses() found it
    kept = backing.backup(server, (file or Path(backing.default_file(name))).absolute(), progress)
    size = kept.file.stat().st_size
    return BackupResult(status, str(kept.file), size, kept.runs, kept.artifacts, kept.elsewhere)


def restore(name: str, store: str | None, source: Path, python: str | None, progress: Progress) -> RestoreResult:
    """Put a backup, or the runs of an `mlruns` folder, into the empty store of a server, which may be a new one.

    Raises:
        QuickstartError: what restore() and migrate() of quickstart.server raise.
    """
    try:
        source.stat()
    except OSError as error:
        raise QuickstartError("no-backup", path=str(source), detail=error.strerror or str(error)) from error
    known = records.load(name)
    runtime = _runtime_of(known, python)
    packages = str(runtime.mlflow_in or runtime.packages)
    wanted = manager.ServerOptions(name, str(runtime.python), store=store, packages=packages)
    steps = restore_steps(wanted, source.absolute())
    (_, restored) = Journal(name).run(Plan(name, NAME, steps), HANDLERS, progress)
    (status,) = statuses(name)
    return RestoreResult(status, str(source.absolute()), restored.detail)


def statuses(name: str | None = None) -> tuple[ServerStatus, ...]:
    """Return the status of every server, or of one; raise "unknown-server"."""
    servers = [server for server in records.load_all() if name in (None, server.name)]
    if name and not servers:
        raise records.unknown_server(name)
    return tuple(manager.status(server) for server in servers)


def connection_status(connection: Connection) -> ConnectionStatus:
    """Return what is known of a connection's server without asking it."""
    server = records.load(connection.name) if connection.method == NAME else None
    if server is None:
        return ConnectionStatus(connection)
    status = manager.status(server)
    experiments, runs = database.count_experiments_and_runs(server.database) or (None, None)
    return ConnectionStatus(connection, status.running, status.started, experiments, runs)
