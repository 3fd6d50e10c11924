"""Taking back what set-up did, connection by connection."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from quickstart.errors import ExitCode, QuickstartError
from quickstart.events import Progress
from quickstart.methods.local.setup import server_steps
from quickstart.models import Step
from quickstart.results import UndoResult
from quickstart.server import records
from quickstart.server.manager import ServerOptions
from quickstart.server.store import may_hold_runs
from quickstart.state import journal
from quickstart.state.connections import Connections
from quickstart.state.files import lock, remove_leftovers
from quickstart.state.journal import Journal
from quickstart.steps.handlers import HANDLERS


def name_to_undo(name: str | None) -> str | None:
    """Return the connection to undo: the named one, else the one in use, else the only one with a journal.

    Raises:
        QuickstartError: "unknown-connection" for a name without a journal, "which-connection" if there are several,
            "is-a-class" for an open workshop: closing it is not undoing a setup.
    """
    classes = {server.name for server in records.load_all() if server.classroom}
    servers = {server.name for server in records.load_all()} - classes
    known = sorted({*journal.journal_names(), *Connections().all(), *servers})
    if name in classes - {*known}:
        raise QuickstartError("is-a-class", ExitCode.USAGE, name=name)
    if name is not None and name not in known:
        raise QuickstartError("unknown-connection", ExitCode.USAGE, name=name, known=", ".join(known) or "none")
    in_use = Connections().in_use()
    if name is None and in_use and in_use.name in known:
        return in_use.name
    if name is None and len(known) > 1:
        raise QuickstartError("which-connection", ExitCode.USAGE, known=", ".join(known), first=known[0])
    return name or next(iter(known), None)


def steps_of(name: str) -> list[Step]:
    """Return the steps to undo, newest first; without a journal, those that the server's record implies."""
    if not Journal(name).entries() and (server := records.load(name)):
        Journal(name).adopt(server_steps(ServerOptions(name, server.python, store=server.store), use=False))
    return [entry.step for entry in reversed(Journal(name).entries())]


def undo(name: str, *, delete_data: bool, explain: Callable[[QuickstartError], str], progress: Progress) -> UndoResult:
    steps, server = steps_of(name), records.load(name)
    with lock("set-up"):
        results = tuple(Journal(name).undo(HANDLERS, progress, {"delete_data": delete_data}, explain))
        if not journal.journal_names() and not Connections().all() and not records.load_all():  # a class may be open
            remove_leftovers()
    Connections().forget(name)
    stores = {step.parameters["store"] for step in steps if step.kind == "create-store"}
    stores |= {server.store} if server else set()
    return UndoResult(results, tuple(store for store in sorted(stores) if may_hold_runs(Path(store))))
