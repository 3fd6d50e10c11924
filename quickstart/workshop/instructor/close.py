"""Close a class: its server ends, its runs and seats go into one archive, and what came of it is written down."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from quickstart.events import Progress
from quickstart.server import database as db
from quickstart.server import processes, records
from quickstart.server.staging import clear
from quickstart.server.store import exists
from quickstart.state import files, locks
from quickstart.system.shell import as_typed_here
from quickstart.workshop.instructor import archive as archived
from quickstart.workshop.instructor import record, roster
from quickstart.workshop.instructor.record import Workshop
from quickstart.workshop.instructor.roster import as_markdown, summary

Afterwards = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class CloseResult:
    """A class that was closed.

    Args:
        workshop: as it is remembered.
        archive: of its runs and seats; None where there were no runs to archive.
        notes: what came of it, in Markdown.
        told: what came of it.
    """

    workshop: Workshop
    archive: Path | None
    notes: Path
    told: Mapping[str, Any]


def close(workshop: Workshop, progress: Progress) -> CloseResult:
    """Close a class; one whose closing was broken off is closed to the end.

    Each act can be done again: its archive gets its name in one act, and only then is the class remembered as closed.

    Args:
        workshop: the class.
        progress: told what is at work.

    Raises:
        Fault: "port-still-held" where the server did not end, or what writing an archive raises. Runs and seats
            are then where they were.
    """
    name = workshop.name
    waiting = "waiting for another quickstart to finish"
    with locks.lock(f"workshop-{name}", waiting=lambda: progress(waiting)):
        workshop = record.load(name) or workshop
        file = Path(workshop.archive) if workshop.archive else archived.file_for(name)
        workshop = record.save(replace(workshop, archive=str(file)))
        progress("ending the class's server")
        processes.end(records.load(name) or archived.server_of(workshop))
        now = datetime.now(UTC).isoformat(timespec="seconds")
        aside = roster.put_aside(workshop)
        told = summary(workshop, roster.seats(workshop.classroom), now, _runs(workshop), aside)
        kept = exists(workshop.store / "mlflow.db")
        if kept and not file.exists():
            archived.write(workshop, file, told, progress)
        notes, facts = archived.sibling_file(file, ".md"), archived.sibling_file(file, ".json")
        _clear_after_kill(file.parent, notes.name, facts.name)
        files.write_private(notes, as_markdown(told))
        files.write_private(facts, json.dumps(told, indent=1) + "\n")
        records.forget(name)
        workshop.settings_file.unlink(missing_ok=True)
        workshop = record.save(replace(workshop.without_secrets(), closed=now))
    return CloseResult(workshop, file if kept else None, notes, told)


def _clear_after_kill(folder: Path, *names: str) -> None:
    """Remove what one left behind who was killed just after the archive got its name, and while writing those files."""
    clear(folder)
    for name in names:
        for left in folder.glob(f".{name}.*"):
            left.unlink(missing_ok=True)


def partial_result(workshop: Workshop) -> tuple[dict[str, Any], Afterwards]:
    """Return where a class is whose closing was cancelled: what the contract shows, and what a person does then."""
    now = record.load(workshop.name) or workshop
    again = f"quickstart workshop open {now.name}   goes on with the class"
    told = {"name": now.name, "closed": now.closed or None, "archive": now.archive or None}
    if now.closed:
        where = f"it is closed all the same, and archived in {now.archive}"
        return told, (("CloseResult", (where,)), ("Again", (as_typed_here(again),)))
    if not now.archive:
        return told, (("Class", ("it goes on: nothing was changed",)),)
    server = records.load(now.name)
    ended = server is None or processes.find_root(server) is None
    state_of = "its server has ended, so nobody can use it" if ended else "its server is ending, or runs still"
    where = f"closing is not finished: {state_of}; seats and runs are on disk, and not in an archive"
    close = f"quickstart workshop close {now.name}   closes it to the end"
    return told, (("Class", (where,)), ("Go on", (as_typed_here(close), as_typed_here(again))))


def _runs(workshop: Workshop) -> int:
    """Return how many runs were recorded."""
    return (db.count_experiments_and_runs(workshop.store / "mlflow.db") or (0, 0))[1]
