"""Put recorded runs into an empty store: all of them, in one act, once they were checked; or none."""

from __future__ import annotations

import shutil
from pathlib import Path

from quickstart.errors import QuickstartError
from quickstart.events import Progress, no_progress
from quickstart.server import archive, processes, store
from quickstart.server import database as db
from quickstart.server.archive import ABOUT, ARTIFACTS, DATABASE, SUMS, ArchiveInfo
from quickstart.server.backup import BackupResult, compare
from quickstart.server.records import Server
from quickstart.server.staging import files_below, staging
from quickstart.state import locks
from quickstart.state.files import private_folder, private_opener, wrap_write_errors


def restore(server: Server, file: Path, progress: Progress = no_progress) -> BackupResult:
    """Put a backup into an empty store.

    Args:
        server: whose store; it must not run.
        file: an archive that backup() wrote.
        progress: told what is at work.

    Raises:
        Fault: "server-running", "store-not-empty", "no-backup", "backup-damaged", "backup-newer",
            "database-damaged" or "unwritable". The store is then as it was.
    """
    destination = Path(server.store)
    with locks.lock(f"server-{server.name}"):
        check_empty(server)
        with wrap_write_errors(destination), staging(destination.parent, destination.name) as folder:
            ready = private_folder(folder / "store")
            about = _unpack(file, ready, progress)
            progress("checking the database")
            _prove(ready / DATABASE, about, file)
            artifacts = sum(1 for _ in files_below(ready / ARTIFACTS))
            move_into_place(server, ready)
    return BackupResult(file, about.rows.get("runs", 0), artifacts, restored=destination)


def check_empty(server: Server) -> None:
    """Raise Fault "server-running" or "store-not-empty" unless a store can be filled without losing anything."""
    folder = Path(server.store)
    ours = {path.name for path in db.database_files(server.database)}
    entries = {path.name: path for path in folder.iterdir()} if folder.exists() else {}
    linked = server.artifacts if server.artifacts.is_symlink() else None  # to a larger disk, which must not be lost
    files = (
        linked
        or next(files_below(server.artifacts), None)
        or next((path for name, path in entries.items() if name not in ours and path != server.artifacts), None)
    )
    if files is None and server.database.exists():
        with db.open_database(server.database) as connection:
            files = None if db.is_empty(connection) else server.database
    if files:
        raise QuickstartError("store-not-empty", name=server.name, store=server.store, found=str(files))
    if processes.find_root(server):
        raise QuickstartError("server-running", name=server.name, url=server.url)


def move_into_place(server: Server, ready: Path) -> None:
    """Put a folder that was made ready in the place of an empty store, in one act."""
    destination = Path(server.store)
    private_folder(ready / ARTIFACTS)
    db.sync(ready)
    if destination.exists():
        store.remove_database(server.database)
        if server.artifacts.exists():
            shutil.rmtree(server.artifacts)
        destination.rmdir()
    ready.rename(destination)
    db.sync(destination.parent)


def _unpack(file: Path, folder: Path, progress: Progress) -> ArchiveInfo:
    """Unpack an archive and check that each file in it is what was backed up."""
    about: ArchiveInfo | None = None
    digests: dict[str, str] = {}
    made: set[Path] = set()
    progress("unpacking", str(file))
    with archive.open_archive(file) as members:
        for name, content in members:
            if name == SUMS:
                compare(file, archive.read_sums(content), digests)
                break
            if name in digests:
                raise QuickstartError("backup-damaged", path=str(file), detail=f"{name} is in it twice")
            path = folder / name
            if path.parent not in made:
                made.add(private_folder(path.parent))
            with open(path, "xb", opener=private_opener) as copy:
                digests[name] = archive.digest_of(content, copy)
            if name == ABOUT:
                with path.open("rb") as written:
                    about = archive.read_info(written, file)
                path.unlink()
            elif name != DATABASE:
                progress("unpacking artifacts", f"{len(digests) - 2}: {name.partition('/')[2]}")
        else:
            raise QuickstartError("backup-damaged", path=str(file), detail=f"{SUMS} is missing: it is torn")
    if about is None or DATABASE not in digests:
        raise QuickstartError("no-backup", path=str(file), detail="it is an archive of something else")
    return about


def _prove(database: Path, about: ArchiveInfo, file: Path) -> None:
    """Raise Fault "backup-damaged" unless a database is sound and has the rows that it had when it was backed up."""
    with db.open_database(database) as connection:
        db.check_integrity(connection, database)
        rows = db.count_rows(connection)
    if rows != about.rows:
        other = sorted(name for name in {*rows, *about.rows} if rows.get(name) != about.rows.get(name))
        detail = f"{other[0]} has {rows.get(other[0], 0)} rows instead of {about.rows.get(other[0], 0)}"
        raise QuickstartError("backup-damaged", path=str(file), detail=detail)
    db.sync(database)
