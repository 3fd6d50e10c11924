"""The store of a server: who can use it, which MLflow can open it, and how it appears whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from quickstart.errors import QuickstartError
from quickstart.server import database as db
from quickstart.server import processes, records
from quickstart.server.database import SchemaStatus, release_of, schema_status
from quickstart.server.records import Server
from quickstart.state import files

BEFORE = "before-"  # in the name of a database's copy from before its upgrade
START_BYTES = 1_000_000  # a start writes its record, its journal and the first lines of a log


def prepare(server: Server, packages: Path | None) -> SchemaStatus:
    """Make a store ready for a server's start; recorded runs stay as they are.

    Raises:
        QuickstartError: "store-in-use", "unwritable", or what check_schema() raises.
    """
    for other in records.load_all():
        if other.name != server.name and same_folder(other.store, server.store) and processes.find_root(other):
            raise QuickstartError("store-in-use", store=server.store, other=other.name, url=other.url)
    for folder in (Path(server.store), server.artifacts):
        files.private_folder(folder)
    clear(Path(server.store))  # a running MLflow recreates the folder of a killed migration
    status = check_schema(server, packages)
    if status.state == "unfinished":
        # MLflow creates its schema in seventy steps and cannot resume after a kill: half of such databases never open
        # again. This one is empty, so the server creates it again.
        refuse_if_open(server.name, server.database)
        remove_database(server.database)
    return status


def refuse_if_open(name: str, database: Path) -> None:
    if holder := processes.find_holder(database):
        program = f"{holder.name()} (pid {holder.pid})"
        raise QuickstartError("database-open", database=str(database), holder=program, name=name)


def check_schema(server: Server, packages: Path | None) -> SchemaStatus:
    """Raise "database-newer" or "database-older" if a server's MLflow cannot open its database, or "unwritable"."""
    check_store_access(server)
    status = schema_status(server.database, packages)
    if status.state == "newer":
        raise newer_schema(server, status, packages)
    if status.state == "older":
        made_by, database = _made_by(status), str(server.database)
        facts: dict[str, Any] = {"name": server.name, "store": server.store, "python": server.python}
        raise QuickstartError("database-older", **facts, database=database, made_by=made_by)
    return status


def newer_schema(server: Server, status: SchemaStatus, packages: Path | None) -> QuickstartError:
    needed = status.release or server.served_by
    return QuickstartError(
        "database-newer",
        name=server.name,
        database=str(server.database),
        made_by=_made_by(status) if status.release or not needed else f"MLflow {needed}",
        python=server.python,
        requirement=f"mlflow>={needed}" if needed else "mlflow",
    )


def _made_by(status: SchemaStatus) -> str:
    release = release_of(status.revision)
    return f"MLflow {release}" if release else f"an MLflow of schema {status.revision}"


def store_files(folder: Path) -> list[Path]:
    """The files that servers and quickstart keep in a store; all others are the person's."""
    database = folder / "mlflow.db"
    kept = [*db.database_files(database), *folder.glob(f"{database.name}.{BEFORE}*"), *folder.glob(f".*{MARK}*")]
    return [path for path in (*kept, records.artifacts_in(folder)) if exists(path)]


def may_hold_runs(folder: Path) -> bool:
    """Tell whether a store may hold runs; one that this user cannot enter may."""
    try:
        return exists(folder / "mlflow.db")
    except QuickstartError:
        return True


def same_folder(one: str, other: str) -> bool:
    return Path(one).resolve() == Path(other).resolve()


def remove_database(database: Path) -> None:
    for file in db.database_files(database):
        file.unlink(missing_ok=True)


def exists(path: Path) -> bool:
    """Raise "unwritable" if a folder above denies access."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: a NUL in the name
        return False
    except OSError as error:
        detail = error.strerror or str(error)
        raise QuickstartError("unwritable", path=str(path), detail=detail, act="reached") from error
    return True


def check_store_access(server: Server) -> None:
    """Raise "unwritable" if this user cannot write an existing store or its database."""
    store, database = Path(server.store), server.database
    wanted = ((store, os.W_OK | os.X_OK), (server.artifacts, os.W_OK | os.X_OK), (database, os.R_OK | os.W_OK))
    for path, mode in wanted:
        if exists(path) and not os.access(path, mode):
            detail = os.strerror(errno.EROFS if _is_read_only(path) else errno.EACCES)
            raise QuickstartError("unwritable", path=str(path), detail=detail, name=server.name)


def check_free_space(*folders: Path) -> None:
    """Raise "unwritable" if the disk of a folder is too full for a start."""
    for folder in folders:
        if exists(folder) and shutil.disk_usage(folder).free < START_BYTES:
            raise QuickstartError("unwritable", path=str(folder), detail=os.strerror(errno.ENOSPC))


def _is_read_only(path: Path) -> bool:
    # Windows has neither the call nor the flag.
    return hasattr(os, "statvfs") and bool(os.statvfs(path).f_flag & os.ST_RDONLY)


def blocking_path(path: Path) -> Path | None:
    """Return the path whose mode keeps this user from writing: a folder above it, or itself; None if none does."""
    for folder in reversed(path.parents):
        if os.access(folder, os.F_OK) and not os.access(folder, os.X_OK):
            return folder
    existing = [one for one in (path, *path.parents) if os.path.lexists(one)]
    # Replacing a file needs a writable folder as well.
    needed = existing[:2] if existing and existing[0].is_file() else existing[:1]
    return next((one for one in needed if not os.access(one, os.W_OK)), None)


def is_owned(path: Path) -> bool:
    """Only the owner of a path may change its mode."""
    return hasattr(os, "geteuid") and path.stat().st_uid == os.geteuid()


MARK = ".quickstart-staging-"


@contextmanager
def staging(parent: Path, name: str) -> Iterator[Path]:
    """Yield a temporary folder beside the result, on the same disk; remove it and those of killed processes.

    A process locks the folder that it works in; the operating system drops the lock with the process.
    """
    files.private_folder(parent)
    clear(parent)
    with files.wrap_write_errors(parent / name):
        fresh = Path(tempfile.mkdtemp(prefix=".quickstart-", dir=parent))
    folder = parent / f".{name[:100]}{MARK}{fresh.name.rpartition('-')[2]}"
    try:
        with files.lock_file(fresh / "lock"):
            fresh.rename(folder)  # clear() finds it from now on, and finds it locked
            yield folder
    except QuickstartError as fault:
        if fault.code == "unwritable" and Path(fault.facts["path"]).is_relative_to(folder):
            # The person does not know the temporary folder.
            raise QuickstartError("unwritable", path=str(parent / name), detail=fault.facts["detail"]) from fault
        raise
    except OSError as error:
        raise QuickstartError("unwritable", path=str(parent / name), detail=error.strerror or str(error)) from error
    finally:
        for path in (fresh, folder):
            shutil.rmtree(path, ignore_errors=True)


def clear(parent: Path) -> None:
    for left in parent.glob(f".*{MARK}*"):
        with suppress(OSError):
            with files.lock_file(left / "lock"):
                pass
            shutil.rmtree(left)


def files_below(folder: Path, above: tuple[str, ...] = ()) -> Iterator[Path]:
    """Yield the files below a folder, sorted by name, through links; one deleted in the meantime is skipped.

    Args:
        above: its parents, so that a link to one of them does not loop.
    """
    here = os.path.realpath(folder)
    if here in above:
        return
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if entry.is_dir():
                yield from files_below(Path(entry.path), (*above, here))
            elif entry.is_file():
                yield Path(entry.path)
