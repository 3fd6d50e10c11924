"""Whether this user may use a store: looked at before anything is done, so that nothing is ended in vain."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

from quickstart.errors import QuickstartError
from quickstart.server.records import Server

ROOM = 1_000_000  # bytes; a start writes its record, its journal and the first lines of a log


def exists(path: Path) -> bool:
    """Tell whether a file or folder is there; raise Fault "unwritable" where a folder above it lets nobody look."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError, ValueError):  # no file has a NUL in its name
        return False
    except OSError as error:
        raise QuickstartError(
            "unwritable", path=str(path), detail=error.strerror or str(error), act="reached"
        ) from error
    return True


def check_store_access(server: Server) -> None:
    """Raise Fault "unwritable" where a store that is there, or its database, cannot be written by this user."""
    store, database = Path(server.store), server.database
    wanted = ((store, os.W_OK | os.X_OK), (server.artifacts, os.W_OK | os.X_OK), (database, os.R_OK | os.W_OK))
    for path, mode in wanted:
        if exists(path) and not os.access(path, mode):
            detail = os.strerror(errno.EROFS if _is_read_only(path) else errno.EACCES)
            raise QuickstartError("unwritable", path=str(path), detail=detail, name=server.name)


def check_free_space(*folders: Path) -> None:
    """Raise Fault "unwritable" where the disk of a folder has not even room for a start."""
    for folder in folders:
        if exists(folder) and shutil.disk_usage(folder).free < ROOM:
            raise QuickstartError("unwritable", path=str(folder), detail=os.strerror(errno.ENOSPC))


def _is_read_only(path: Path) -> bool:
    # Windows has neither the call nor the flag.
    return hasattr(os, "statvfs") and bool(os.statvfs(path).f_flag & os.ST_RDONLY)


def blocking_path(path: Path) -> Path | None:
    """Return what keeps this user from writing a path, as far as modes tell: a folder above it, or itself."""
    for folder in reversed(path.parents):
        if os.access(folder, os.F_OK) and not os.access(folder, os.X_OK):
            return folder
    there = [one for one in (path, *path.parents) if os.path.lexists(one)]
    # A file is replaced by another in its folder, which must be writable, too.
    looked_at = there[:2] if there and there[0].is_file() else there[:1]
    return next((one for one in looked_at if not os.access(one, os.W_OK)), None)


def is_owned(path: Path) -> bool:
    """Tell whether a file or folder belongs to this user, who may then change its mode."""
    return hasattr(os, "geteuid") and path.stat().st_uid == os.geteuid()
