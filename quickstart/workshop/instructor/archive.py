"""The archive of a class: what goes into it beside the runs, and how a class comes back out of it."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, fields, replace
from datetime import date
from pathlib import Path
from typing import Any

from quickstart.errors import ExitCode, QuickstartError
from quickstart.events import Progress
from quickstart.server import database as db
from quickstart.server.archive import CLASSROOM
from quickstart.server.backup import backup, restore
from quickstart.server.records import Server
from quickstart.server.staging import staging
from quickstart.server.store import exists
from quickstart.state import files
from quickstart.workshop.instructor import record
from quickstart.workshop.instructor.record import Workshop
from quickstart.workshop.instructor.roster import as_markdown

DATABASES = ("classroom.db", "basic_auth.db")
CLASS = "class.json"
# Where a database says that files are.
LOCATIONS = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
)
# What another machine has no use for, or must not get: the certificate's key goes nowhere.
OF_THIS_MACHINE = ("certificate", "key", "fingerprint", "python", "url", "listen", "names", "archive")
NOTHING: Mapping[str, Any] = {"certificate": "", "key": "", "fingerprint": "", "python": "", "url": "", "listen": ""}


def server_of(workshop: Workshop) -> Server:
    """Return what backing up and ending need to know of a class's server, also where its record was lost."""
    return Server(workshop.name, workshop.listen, workshop.port, str(workshop.store), workshop.python)


def file_for(name: str, today: date | None = None) -> Path:
    """Return the archive that a class is written to today: one that is not there yet."""
    stem = f"{name}-{today or date.today():%Y-%m-%d}"
    candidates = (record.archives() / f"{stem}{number}.tar.gz" for number in ("", *(f"-{n}" for n in range(2, 1000))))
    return next(path for path in candidates if not path.exists())


def sibling_file(archive: Path, suffix: str) -> Path:
    """Return the file of a summary beside an archive."""
    return archive.with_name(archive.name.removesuffix(".tar.gz") + suffix)


def write(workshop: Workshop, file: Path, told: Mapping[str, Any], progress: Progress) -> None:
    """Write the archive of a class that runs no more, whole or not at all.

    Args:
        workshop: the class.
        file: the archive, not there yet.
        told: what came of it, as summary() returns it.
        progress: told what is at work.

    Raises:
        Fault: what backup() raises.
    """
    files.private_folder(file.parent)
    with _gathered(workshop, file, told, progress) as further:
        backup(server_of(workshop), file, progress, further)


@contextmanager
def _gathered(
    workshop: Workshop, file: Path, told: Mapping[str, Any], progress: Progress
) -> Iterator[Mapping[str, Path]]:
    """Give the files that go in beside the runs, by their names there."""
    with staging(file.parent, f"{file.name}-class") as folder:
        for name in DATABASES:
            if exists(workshop.classroom / name):
                progress("copying the class's own databases", name)
                with db.open_database(workshop.classroom / name) as connection:
                    db.snapshot(connection, folder / name)
        kept = {key: value for key, value in asdict(workshop.without_secrets()).items() if key not in OF_THIS_MACHINE}
        (folder / CLASS).write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
        (folder / "summary.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        (folder / "summary.md").write_text(as_markdown(told), encoding="utf-8")
        yield {f"{CLASSROOM}/{path.name}": path for path in sorted(folder.iterdir()) if path.name != "lock"}


def restore_workshop(name: str, file: Path, progress: Progress) -> None:
    """Put a class that was archived where it can be opened: its runs, its seats, and how it was wanted.

    Args:
        name: that it gets here.
        file: the archive.
        progress: told what is at work.

    Raises:
        Fault: "class-is-there" where there is one of that name, "no-class-archive" for an archive without a class,
            "class-archive-odd" for one that would show files of this machine, or what restore() raises.
    """
    known = record.load(name)
    if known and (known.closed or exists(known.store)):
        raise QuickstartError("class-is-there", ExitCode.USAGE, name=name, file=str(file))
    path = file.expanduser().absolute()
    server = Server(name, "", 0, str(record.store_of(name)), "")
    restore(server, path, progress)
    if outside := location_outside(server.database):
        shutil.rmtree(server.store, ignore_errors=True)  # restored a moment ago, into what was empty
        raise QuickstartError("class-archive-odd", path=str(path), location=outside)
    value = files.read_json(record.store_of(name) / CLASSROOM / CLASS)
    if not isinstance(value, dict):
        raise QuickstartError("no-class-archive", ExitCode.USAGE, path=str(path), name=name, store=server.store)
    known_keys = {field.name for field in fields(Workshop)}
    given = {**{key: item for key, item in value.items() if key in known_keys}, **NOTHING, "names": (), "name": name}
    try:
        workshop = Workshop(**given)
    except TypeError as error:
        raise QuickstartError(
            "no-class-archive", ExitCode.USAGE, path=str(path), name=name, store=server.store
        ) from error
    record.save(replace(workshop, closed=workshop.closed or workshop.opened))


def location_outside(database: Path) -> str | None:
    """Return a place of artifacts in a database that is a path of this machine; None where there is none.

    A class's own artifacts are all reached through its server (mlflow-artifacts:). Somebody who hands out an archive
    could name /etc there, and the server would show it to every seat.
    """
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        for table, column in LOCATIONS:
            if not connection.execute("SELECT 1 FROM pragma_table_info(?) WHERE name = ?", (table, column)).fetchone():
                continue  # an older MLflow has no such thing
            path = f"{column} LIKE 'file:%' OR {column} NOT LIKE '%_:%' OR {column} GLOB '?:*'"
            odd = f"SELECT {column} FROM {table} WHERE {column} <> '' AND ({path}) LIMIT 1"  # noqa: S608 - names of ours
            if row := connection.execute(odd).fetchone():
                return str(row[0])
    return None
