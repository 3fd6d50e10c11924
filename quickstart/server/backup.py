"""Back up a store into one archive, while its server runs, and restore it into an empty store, all or nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import IO

from quickstart.errors import ExitCode, QuickstartError
from quickstart.events import Progress, no_progress
from quickstart.server import archive, processes, store
from quickstart.server import database as db
from quickstart.server.archive import ABOUT, ARTIFACTS, DATABASE, SUMS, ArchiveInfo
from quickstart.server.records import Server
from quickstart.server.store import MARK, exists, files_below, staging
from quickstart.state import files
from quickstart.state.files import private_folder, private_opener, wrap_write_errors
from quickstart.system import signals


@dataclass(frozen=True)
class BackupResult:
    """What a backup holds, or what was restored.

    Args:
        file: the archive, or the folder that was restored from.
        elsewhere: how many runs have artifacts outside of the store, which the archive lacks.
        restored: the store that it was restored into; None for a backup.
    """

    file: Path
    runs: int
    artifacts: int
    elsewhere: int = 0
    restored: Path | None = None


def default_file(name: str, now: datetime | None = None) -> str:
    return f"{name}-{(now or datetime.now()):%Y%m%d-%H%M%S}.tar.gz"


def backup(
    server: Server, file: Path, progress: Progress = no_progress, beside: Mapping[str, Path] | None = None
) -> BackupResult:
    """Write a store into one archive, and read it back before it gets its name.

    The database is copied first, by SQLite's online backup API. The artifacts of a run are stored before the run is
    acknowledged, so they exist when the artifacts are copied.

    Args:
        beside: further files by their names in the archive.

    Raises:
        QuickstartError: "nothing-to-back-up", "file-exists", "unwritable", "database-damaged", "database-locked" or
            "backup-damaged". No part of an archive is left behind.
    """
    if not exists(server.database):
        raise QuickstartError("nothing-to-back-up", name=server.name, store=server.store)
    if file.exists():
        raise QuickstartError("file-exists", ExitCode.USAGE, path=str(file), name=server.name)
    with files.wrap_write_errors(file), staging(file.parent, file.name) as folder:
        copy, partial = folder / DATABASE, folder / "partial"
        with db.open_database(server.database) as connection:
            progress("copying the database", str(server.database))
            db.snapshot(connection, copy, progress)
        about, elsewhere = _describe(server, copy)
        with open(partial, "wb", opener=files.private_opener) as out:
            artifacts = _write(server, about, copy, beside or {}, archive.Writer(out), progress)
        db.sync(partial)
        copy.unlink()
        progress("verifying the backup", str(file))
        _verify(partial, lambda _, content: archive.digest_of(content))
        _name(partial, file, server.name)
    return BackupResult(file, about.rows.get("runs", 0), artifacts, elsewhere)


def _name(partial: Path, file: Path, server: str) -> None:
    """Never overwrites a file that appeared in the meantime."""
    try:
        os.link(partial, file)
    except FileExistsError as error:
        raise QuickstartError("file-exists", ExitCode.USAGE, path=str(file), name=server) from error
    except OSError:  # a file system without links
        partial.replace(file)
    db.sync(file.parent)


def _describe(server: Server, copy: Path) -> tuple[ArchiveInfo, int]:
    with db.open_database(copy) as connection:
        db.check_integrity(connection, copy)
        rows, revision = db.count_rows(connection), db.read_revision(connection)
        elsewhere = 0
        if rows.get("runs"):
            query = "SELECT count(*) FROM runs WHERE artifact_uri NOT LIKE 'mlflow-artifacts:%'"
            elsewhere = int(connection.execute(query).fetchone()[0])
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return ArchiveInfo(archive.FORMAT, server.name, now, server.served_by, revision, rows), elsewhere


def _write(
    server: Server,
    about: ArchiveInfo,
    copy: Path,
    beside: Mapping[str, Path],
    writer: archive.Writer,
    progress: Progress,
) -> int:
    """Return how many artifacts there were."""
    writer.about(about)
    writer.add(DATABASE, copy)
    artifacts = 0
    for path in files_below(server.artifacts):
        signals.raise_if_stopped()
        name = path.relative_to(server.artifacts).as_posix()
        if MARK in name:  # the archive itself, if it is written among the artifacts
            continue
        if writer.add(f"{ARTIFACTS}/{name}", path):
            artifacts += 1
            progress("copying artifacts", f"{artifacts}: {name}")
    for name, path in beside.items():
        writer.add(name, path)
    writer.close()
    return artifacts


def _verify(file: Path, keep: Callable[[str, IO[bytes]], str]) -> set[str]:
    """Hand each file of an archive to `keep`, which returns its checksum; return the names.

    Raises:
        QuickstartError: "backup-damaged" if the files differ from the archive's checksums.
    """
    digests: dict[str, str] = {}
    with archive.open_archive(file) as members:
        for name, content in members:
            if name == SUMS:
                sums = archive.read_sums(content)
                wrong = [name for name in sorted({*sums, *digests}) if sums.get(name) != digests.get(name)]
                if wrong:
                    detail = f"the checksum of {wrong[0]} is wrong"
                    raise QuickstartError("backup-damaged", path=str(file), detail=detail)
                return {*digests}
            if name in digests:
                raise QuickstartError("backup-damaged", path=str(file), detail=f"it contains {name} twice")
            digests[name] = keep(name, content)
    raise QuickstartError("backup-damaged", path=str(file), detail=f"{SUMS} is missing, so the file is truncated")


def restore(server: Server, file: Path, progress: Progress = no_progress) -> BackupResult:
    """Put a backup into an empty store; the store is unchanged if that fails.

    Raises:
        QuickstartError: "server-running", "store-not-empty", "no-backup", "backup-damaged", "backup-newer",
            "database-damaged" or "unwritable".
    """
    destination = Path(server.store)
    with files.lock(f"server-{server.name}"):
        check_empty(server)
        with wrap_write_errors(destination), staging(destination.parent, destination.name) as folder:
            ready = private_folder(folder / "store")
            about = _unpack(file, ready, progress)
            progress("checking the database")
            _check_rows(ready / DATABASE, about, file)
            artifacts = sum(1 for _ in files_below(ready / ARTIFACTS))
            move_into_place(server, ready)
    return BackupResult(file, about.rows.get("runs", 0), artifacts, restored=destination)


def check_empty(server: Server) -> None:
    """Raise "server-running" or "store-not-empty" unless a store can be filled without losing anything."""
    folder = Path(server.store)
    ours = {path.name for path in db.database_files(server.database)}
    entries = {path.name: path for path in folder.iterdir()} if folder.exists() else {}
    linked = server.artifacts if server.artifacts.is_symlink() else None  # a link to a larger disk must not be lost
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
    """Move a prepared folder to the place of an empty store, in one act."""
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
    about: ArchiveInfo | None = None
    made: set[Path] = set()
    artifacts = count(1)

    def keep(name: str, content: IO[bytes]) -> str:
        nonlocal about
        path = folder / name
        if path.parent not in made:
            made.add(private_folder(path.parent))
        with open(path, "xb", opener=private_opener) as copy:
            digest = archive.digest_of(content, copy)
        if name == ABOUT:
            with path.open("rb") as written:
                about = archive.read_info(written, file)
            path.unlink()
        elif name != DATABASE:
            progress("unpacking artifacts", f"{next(artifacts)}: {name.partition('/')[2]}")
        return digest

    progress("unpacking", str(file))
    names = _verify(file, keep)
    if about is None or DATABASE not in names:
        raise QuickstartError("no-backup", path=str(file), detail="it is not an archive of a store")
    return about


def _check_rows(database: Path, about: ArchiveInfo, file: Path) -> None:
    """Raise "backup-damaged" unless a database is intact and has the rows that were backed up."""
    with db.open_database(database) as connection:
        db.check_integrity(connection, database)
        rows = db.count_rows(connection)
    if rows != about.rows:
        other = sorted(name for name in {*rows, *about.rows} if rows.get(name) != about.rows.get(name))
        detail = f"{other[0]} has {rows.get(other[0], 0)} rows instead of {about.rows.get(other[0], 0)}"
        raise QuickstartError("backup-damaged", path=str(file), detail=detail)
    db.sync(database)
