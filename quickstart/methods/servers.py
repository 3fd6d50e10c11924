"""Servers by name, as `quickstart server` handles them: started by journalled steps, so that undo knows of them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from quickstart.errors import ExitCode, Fault
from quickstart.journal import Journal
from quickstart.machine import do_not_track
from quickstart.methods.local import LOCAL
from quickstart.methods.local_setup import server_steps
from quickstart.methods.steps import HANDLERS
from quickstart.model import Connection, Plan, Present, Progress, StepResult
from quickstart.server import life, record, store
from quickstart.target.find import find


def start(wanted: life.Wanted, python: str | None, progress: Progress) -> list[StepResult]:
    """Start a server and save its connection.

    Args:
        wanted: how; its `python` and `installed` are found here.
        python: the target interpreter, where the person named one; else a known server keeps its own.
        progress: told what is at work.

    Raises:
        Fault: "mlflow-missing", or what life.start() raises.
    """
    known = record.load(wanted.name)
    remembered = known.python if known and Path(known.python).exists() else None
    target = find(python or remembered)
    if target.mlflow is None:
        raise Fault("mlflow-missing", python=str(target.python))
    private = True if do_not_track(os.environ) else wanted.private
    wanted = replace(wanted, python=str(target.python), installed=target.mlflow, private=private)
    plan = Plan(wanted.name, LOCAL.name, server_steps(wanted, use=False))
    return list(Journal(wanted.name).run(plan, HANDLERS, progress))


def restart(wanted: life.Wanted, python: str | None, progress: Progress) -> list[StepResult]:
    """Stop a server and start it again with the settings it had, except those that are named.

    Raises:
        Fault: "unknown-server" for a name that nobody has, before anything is done; or what start() raises.
    """
    if record.load(wanted.name):
        life.settings(wanted)  # what cannot be asked for is refused while the server still runs
    progress(f'stopping the server "{wanted.name}"')
    life.stop(wanted.name)
    return start(wanted, python, progress)


def stop(name: str) -> Mapping[str, Any]:
    """Stop a server and return its status."""
    return life.status(life.stop(name)[0])


def statuses(name: str | None = None) -> list[Mapping[str, Any]]:
    """Return the status of every server, or of one; raise Fault "unknown-server" for a name that nobody has."""
    servers = [server for server in record.load_all() if name in (None, server.name)]
    if name and not servers:
        known = ", ".join(server.name for server in record.load_all()) or "none"
        raise Fault("unknown-server", ExitCode.USAGE, name=name, known=known)
    return [life.status(server) for server in servers]


def present(connection: Connection) -> Present:
    """Return what is known, without asking anybody, of what a connection leads to."""
    server = record.load(connection.name) if connection.method == LOCAL.name else None
    if server is None:
        return Present(connection)
    status = life.status(server)
    experiments, runs = store.counts(server.database) or (None, None)
    return Present(connection, status["running"], status["started"], experiments, runs)
