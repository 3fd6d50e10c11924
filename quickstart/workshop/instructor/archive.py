"""Close a workshop into an archive of its runs and seats, with a summary, and restore it from there."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, fields, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from quickstart.errors import ExitCode, QuickstartError
from quickstart.events import Progress
from quickstart.results import NextSteps
from quickstart.server import database as db
from quickstart.server import processes, records
from quickstart.server.archive import CLASSROOM
from quickstart.server.backup import backup, restore
from quickstart.server.records import Server
from quickstart.server.store import clear, exists, staging
from quickstart.state import files
from quickstart.system.shell import as_typed_here
from quickstart.workshop.instructor import record, roster
from quickstart.workshop.instructor.record import Workshop
from quickstart.workshop.instructor.results import ClosedWorkshop, CloseProgress
from quickstart.workshop.instructor.roster import as_markdown

DATABASES = ("classroom.db", "basic_auth.db")
CLASS = "class.json"
# Columns with the locations of artifacts.
LOCATIONS = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
)
# Fields that other machines cannot use or must not get, such as the certificate's key.
LOCAL_FIELDS = ("certificate", "key", "fingerprint", "python", "url", "listen", "names", "archive")
EMPTY_FIELDS = dict.fromkeys(("certificate", "key", "fingerprint", "python", "url", "listen"), "")


def close(workshop: Workshop, progress: Progress) -> ClosedWorkshop:
    """Close a workshop, or finish an interrupted close.

    Every action can be repeated: the archive is written atomically, and only then is the workshop saved as closed.

    Raises:
        QuickstartError: "port-still-held", or what writing an archive raises. Runs and seats are unchanged then.
    """
    name = workshop.name
    with files.lock(f"workshop-{name}", waiting=lambda: progress("waiting for another quickstart to finish")):
        workshop = record.load(name) or workshop
        file = Path(workshop.archive) if workshop.archive else file_for(name)
        workshop = record.save(replace(workshop, archive=str(file)))
        progress("stopping the workshop's server")
        processes.end(records.load(name) or server_of(workshop))
        now = datetime.now(UTC).isoformat(timespec="seconds")
        runs = (db.count_experiments_and_runs(workshop.store / "mlflow.db") or (0, 0))[1]
        data = roster.summary(workshop, roster.seats(workshop.classroom), now, runs, roster.put_aside(workshop))
        has_runs = exists(workshop.store / "mlflow.db")
        if has_runs and not file.exists():
            write(workshop, file, data, progress)
        notes, facts = (file.with_name(file.name.removesuffix(".tar.gz") + suffix) for suffix in (".md", ".json"))
        clear(file.parent)  # what an earlier close left when it was killed
        for left in (one for path in (notes, facts) for one in file.parent.glob(f".{path.name}.*")):
            left.unlink(missing_ok=True)
        files.write_private(notes, as_markdown(data))
        files.write_private(facts, json.dumps(data, indent=1) + "\n")
        records.forget(name)
        workshop.settings_file.unlink(missing_ok=True)
        record.save(replace(workshop.without_secrets(), closed=now))
    return ClosedWorkshop(
        name=name,
        seats=workshop.seats,
        runs=runs,
        counts=data["counts"],
        document=data,
        summary=str(notes),
        archive=str(file) if has_runs else None,
        store=str(workshop.store),
    )


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


def server_of(workshop: Workshop) -> Server:
    """Return the server of a workshop for backup and stop, even if its record is lost."""
    return Server(workshop.name, workshop.listen, workshop.port, str(workshop.store), workshop.python)


def file_for(name: str, today: date | None = None) -> Path:
    """Return the path for a workshop's archive of today that does not exist yet."""
    stem = f"{name}-{today or date.today():%Y-%m-%d}"
    candidates = (record.archives() / f"{stem}{number}.tar.gz" for number in ("", *(f"-{n}" for n in range(2, 1000))))
    return next(path for path in candidates if not path.exists())


def write(workshop: Workshop, file: Path, data: Mapping[str, Any], progress: Progress) -> None:
    """Write the archive of a stopped workshop atomically; raises what backup() raises.

    Args:
        file: the archive; it must not exist.
        data: the summary(), as JSON.
    """
    files.private_folder(file.parent)
    with _collected(workshop, file, data, progress) as further:
        backup(server_of(workshop), file, progress, further)


@contextmanager
def _collected(
    workshop: Workshop, file: Path, data: Mapping[str, Any], progress: Progress
) -> Iterator[Mapping[str, Path]]:
    """Yield the files to add to the runs, by their names in the archive."""
    with staging(file.parent, f"{file.name}-class") as folder:
        for name in DATABASES:
            if exists(workshop.classroom / name):
                progress("copying the workshop's databases", name)
                with db.open_database(workshop.classroom / name) as connection:
                    db.snapshot(connection, folder / name)
        settings = {key: value for key, value in asdict(workshop.without_secrets()).items() if key not in LOCAL_FIELDS}
        (folder / CLASS).write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")
        (folder / "summary.json").write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
        (folder / "summary.md").write_text(as_markdown(data), encoding="utf-8")
        yield {f"{CLASSROOM}/{path.name}": path for path in sorted(folder.iterdir()) if path.name != "lock"}


def restore_workshop(name: str, file: Path, progress: Progress) -> None:
    """Restore an archived workshop, so that it can be opened: its runs, seats and options.

    Raises:
        QuickstartError: "class-is-there", "no-class-archive", "class-archive-odd" for an archive that would expose
            files of this machine, or what restore() raises.
    """
    known = record.load(name)
    if known and (known.closed or exists(known.store)):
        raise QuickstartError("class-is-there", ExitCode.USAGE, name=name, file=str(file))
    path = file.expanduser().absolute()
    server = Server(name, "", 0, str(record.store_of(name)), "")
    restore(server, path, progress)
    if outside := location_outside(server.database):
        shutil.rmtree(server.store, ignore_errors=True)  # it was empty before
        raise QuickstartError("class-archive-odd", path=str(path), location=outside)
    value = files.read_json(record.store_of(name) / CLASSROOM / CLASS)
    found = value if isinstance(value, dict) else {}
    known_keys = {field.name for field in fields(Workshop)}
    given = {key: item for key, item in found.items() if key in known_keys}
    try:
        workshop = Workshop(**{**given, **EMPTY_FIELDS, "names": (), "name": name})
    except TypeError as error:
        facts = {"path": str(path), "name": name, "store": server.store}
        raise QuickstartError("no-class-archive", ExitCode.USAGE, **facts) from error
    record.save(replace(workshop, closed=workshop.closed or workshop.opened))


def location_outside(database: Path) -> str | None:
    """Return an artifact location in a database that is a local path; None if there is none.

    A workshop's artifacts are all served by its server (mlflow-artifacts:). A crafted archive could contain /etc as a
    location, and the server would expose it to every seat.
    """
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        for table, column in LOCATIONS:
            if not connection.execute("SELECT 1 FROM pragma_table_info(?) WHERE name = ?", (table, column)).fetchone():
                continue  # an older MLflow lacks it
            path = f"{column} LIKE 'file:%' OR {column} NOT LIKE '%_:%' OR {column} GLOB '?:*'"
            odd = f"SELECT {column} FROM {table} WHERE {column} <> '' AND ({path}) LIMIT 1"  # noqa: S608 - names of ours
            if row := connection.execute(odd).fetchone():
                return str(row[0])
    return None
