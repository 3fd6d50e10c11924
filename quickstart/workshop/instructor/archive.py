"""The archive of a workshop: what it contains besides the runs, and how it is restored."""

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
EMPTY_FIELDS: Mapping[str, Any] = {
    "certificate": "",
    "key": "",
    "fingerprint": "",
    "python": "",
    "url": "",
    "listen": "",
}


def server_of(workshop: Workshop) -> Server:
    """Return the server of a workshop for backup and stop, even if its record is lost."""
    return Server(workshop.name, workshop.listen, workshop.port, str(workshop.store), workshop.python)


def file_for(name: str, today: date | None = None) -> Path:
    """Return the path for a workshop's archive of today that does not exist yet."""
    stem = f"{name}-{today or date.today():%Y-%m-%d}"
    candidates = (record.archives() / f"{stem}{number}.tar.gz" for number in ("", *(f"-{n}" for n in range(2, 1000))))
    return next(path for path in candidates if not path.exists())


def sibling_file(archive: Path, suffix: str) -> Path:
    return archive.with_name(archive.name.removesuffix(".tar.gz") + suffix)


def write(workshop: Workshop, file: Path, data: Mapping[str, Any], progress: Progress) -> None:
    """Write the archive of a stopped workshop atomically.

    Args:
        workshop: the workshop.
        file: the archive; it must not exist.
        data: the summary(), as JSON.
        progress: reports what is going on.

    Raises:
        QuickstartError: what backup() raises.
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

    Args:
        name: for the restored workshop.
        file: the archive.
        progress: reports what is going on.

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
    if not isinstance(value, dict):
        raise QuickstartError("no-class-archive", ExitCode.USAGE, path=str(path), name=name, store=server.store)
    known_keys = {field.name for field in fields(Workshop)}
    given = {
        **{key: item for key, item in value.items() if key in known_keys},
        **EMPTY_FIELDS,
        "names": (),
        "name": name,
    }
    try:
        workshop = Workshop(**given)
    except TypeError as error:
        raise QuickstartError(
            "no-class-archive", ExitCode.USAGE, path=str(path), name=name, store=server.store
        ) from error
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
