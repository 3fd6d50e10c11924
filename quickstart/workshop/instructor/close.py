"""Close a workshop: stop its server, archive its runs and seats, and write a summary."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from quickstart.events import Progress
from quickstart.results import NextSteps
from quickstart.server import database as db
from quickstart.server import processes, records
from quickstart.server.staging import clear
from quickstart.server.store import exists
from quickstart.state import files, locks
from quickstart.system.shell import as_typed_here
from quickstart.workshop.instructor import archive as archived
from quickstart.workshop.instructor import record, roster
from quickstart.workshop.instructor.record import Workshop
from quickstart.workshop.instructor.results import CloseProgress
from quickstart.workshop.instructor.roster import as_markdown, summary


@dataclass(frozen=True)
class CloseResult:
    """A workshop that was closed.

    Args:
        workshop: as it is saved.
        archive: of its runs and seats; None if there was no database.
        notes: file of the summary in Markdown.
        told: the summary as JSON.
    """

    workshop: Workshop
    archive: Path | None
    notes: Path
    told: Mapping[str, Any]


def close(workshop: Workshop, progress: Progress) -> CloseResult:
    """Close a workshop, or finish an interrupted close.

    Every action can be repeated: the archive is written atomically, and only then is the workshop saved as closed.

    Args:
        workshop: the workshop.
        progress: reports what is going on.

    Raises:
        QuickstartError: "port-still-held", or what writing an archive raises. Runs and seats are unchanged then.
    """
    name = workshop.name
    waiting = "waiting for another quickstart to finish"
    with locks.lock(f"workshop-{name}", waiting=lambda: progress(waiting)):
        workshop = record.load(name) or workshop
        file = Path(workshop.archive) if workshop.archive else archived.file_for(name)
        workshop = record.save(replace(workshop, archive=str(file)))
        progress("stopping the workshop's server")
        processes.end(records.load(name) or archived.server_of(workshop))
        now = datetime.now(UTC).isoformat(timespec="seconds")
        aside = roster.put_aside(workshop)
        data = summary(workshop, roster.seats(workshop.classroom), now, _runs(workshop), aside)
        has_runs = exists(workshop.store / "mlflow.db")
        if has_runs and not file.exists():
            archived.write(workshop, file, data, progress)
        notes, facts = archived.sibling_file(file, ".md"), archived.sibling_file(file, ".json")
        _clear_after_kill(file.parent, notes.name, facts.name)
        files.write_private(notes, as_markdown(data))
        files.write_private(facts, json.dumps(data, indent=1) + "\n")
        records.forget(name)
        workshop.settings_file.unlink(missing_ok=True)
        workshop = record.save(replace(workshop.without_secrets(), closed=now))
    return CloseResult(workshop, file if has_runs else None, notes, data)


def _clear_after_kill(folder: Path, *names: str) -> None:
    """Remove temporary files of an earlier close that was killed."""
    clear(folder)
    for name in names:
        for left in folder.glob(f".{name}.*"):
            left.unlink(missing_ok=True)


def partial_result(workshop: Workshop) -> tuple[CloseProgress, NextSteps]:
    """Return the state of a workshop after a cancelled close: the data, and next steps for the person."""
    now = record.load(workshop.name) or workshop
    again = f"quickstart workshop open {now.name}   continues the workshop"
    data = CloseProgress(now.name, now.closed or None, now.archive or None)
    if now.closed:
        where = f"already finished, archived in {now.archive}"
        return data, (("Closed", (where,)), ("Reopen", (as_typed_here(again),)))
    if not now.archive:
        return data, (("Workshop", ("still open; nothing changed",)),)
    server = records.load(now.name)
    ended = server is None or processes.find_root(server) is None
    server_state = "the server has stopped" if ended else "the server is stopping or still runs"
    where = f"partly closed: {server_state}; seats and runs are on disk but not archived"
    close = f"quickstart workshop close {now.name}   finishes closing it"
    return data, (("Workshop", (where,)), ("Next", (as_typed_here(close), as_typed_here(again))))


def _runs(workshop: Workshop) -> int:
    """Return the number of runs."""
    return (db.count_experiments_and_runs(workshop.store / "mlflow.db") or (0, 0))[1]
