"""Diagnostics on where runs are kept: the kind of store, its folder and disk, what is left of one that was killed."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from quickstart.diagnosis.checks.database import DATABASE, DRIVER
from quickstart.diagnosis.checks.local_runs import RUNS_HERE, old_runs
from quickstart.diagnosis.context import Context
from quickstart.diagnosis.effective_uri import DATABASE as DATABASE_NAME
from quickstart.diagnosis.effective_uri import VARIABLE
from quickstart.diagnosis.models import Check, CheckResult, ok, skip, warn
from quickstart.diagnosis.store_location import DATABASES, Place, folder_of, kind_of, place_of, sqlite_file
from quickstart.errors import QuickstartError
from quickstart.runtime.versions import matches
from quickstart.server import ports
from quickstart.server.processes import find_members, find_root
from quickstart.server.store import check_store_access, exists
from quickstart.system.shell import set_line

NOT_HERE = "runs are not kept on this machine, as far as quickstart knows"
REFUSED_SINCE = "3.13"  # source: mlflow.store.tracking.file_store

# What the system calls disks whose other end is another machine (failures.md row 37); of FUSE those that are such.
NETWORK = ("nfs", "cifs", "smb", "afp", "9p", "ceph", "lustre", "gluster", "beegfs", "gpfs", "webdav", "davfs", "afs")
BY_FUSE = ("sshfs", "s3fs", "gcsfuse", "rclone", "blobfuse", "goofys", "glusterfs", "ceph", "davfs")
VANISHING = ("tmpfs", "overlay", "ramfs", "aufs")


def kind(context: Context) -> CheckResult:
    """Find out whether MLflow can keep runs in what a URI names, where it opens that itself."""
    if not context.is_store:
        return skip("a server keeps the runs")
    found = kind_of(context)
    if found in ("", "file"):
        return _of_files(context)
    if found == "sqlite":
        return _of_sqlite(context)
    if found in DATABASES:
        return ok(f"a {found} database")
    return skip(f"whether MLflow knows {found}: is told by plugin")


def _of_sqlite(context: Context) -> CheckResult:
    if not context.tidy.partition(":")[2].startswith("//"):
        why = "After sqlite: come three slashes and a path, or four slashes and a path from the root."
        name = context.tidy.partition(":")[2].strip("/") or DATABASE_NAME
        line = set_line(context.environment, VARIABLE, f"sqlite:///{(context.folder / name).as_posix()}")
        raise QuickstartError("bad-store-uri", uri=context.origin.shown, where=context.origin.words, why=why, line=line)
    file = sqlite_file(context)
    if file is None:
        return warn("memory-store", uri=context.tidy, where=context.origin.words, line=_sqlite_line(context))
    return ok(f"the SQLite database {file}")


def _sqlite_line(context: Context) -> str:
    return set_line(context.environment, VARIABLE, f"sqlite:///{(context.folder / DATABASE_NAME).as_posix()}")


def _of_files(context: Context) -> CheckResult:
    """Files are refused since MLflow 3.13, unless it is told otherwise."""
    folder, client = folder_of(context), context.runtime.client or ""
    allowed = context.environment.get("MLFLOW_ALLOW_FILE_STORE", "").lower() in ("true", "1")
    if allowed or not matches(client, f">={REFUSED_SINCE}.dev0"):
        return ok(f"files in {folder}")
    runs, bring = old_runs(folder)
    hint = "" if folder.is_dir() else f"If {context.tidy} is meant to be a server, http:// belongs before it."
    if runs:
        hint = f"{runs} runs are there: bring them into a server's database."
    facts: dict[str, Any] = {"version": client, "path": str(folder), "where": context.origin.words, "hint": hint}
    raise QuickstartError("file-store", **facts, line=bring if runs else _sqlite_line(context))


def store(context: Context) -> CheckResult:
    """Find out whether this user can write where runs are kept; whether there is room is the machine's matter."""
    place = place_of(context)
    if place is None:
        return skip(NOT_HERE)
    if place.server:
        check_store_access(place.server)
    _writable(place)
    return ok(f"{place.folder} can be written")


def _writable(place: Place) -> None:
    """Raise Fault "unwritable" where a store, or the folder that it would be made in, cannot be written."""
    for path in (_nearest(place.folder), place.database):
        if path is None or not exists(path):
            continue
        if not os.access(path, os.W_OK | (os.X_OK if path.is_dir() else os.R_OK)):
            raise QuickstartError("unwritable", path=str(path), detail="Permission denied")
        if path == place.database and path.is_dir():
            raise QuickstartError("database-damaged", database=str(path), detail="it is a folder")


def _nearest(folder: Path) -> Path:
    """Return a folder, or the nearest above it that is there; raise Fault "unwritable" where that is a file."""
    found = next((one for one in (folder, *folder.parents) if exists(one)), folder)
    if not found.is_dir():
        raise QuickstartError("unwritable", path=str(folder), detail="Not a directory")
    return found


def disk(context: Context) -> CheckResult:
    """Find out whether runs are on a disk that SQLite can rely on, and that outlasts this machine."""
    place = place_of(context)
    if place is None:
        return skip(NOT_HERE)
    mount, found = _mounted(place.folder)
    facts: dict[str, Any] = {"folder": str(place.folder), "kind": found, "mount": mount}
    if place.database and (found.startswith(NETWORK) or found.partition("fuse.")[2].startswith(BY_FUSE)):
        return warn("network-disk", **facts)
    if context.machine.environment == "container" and found in VANISHING:
        return warn("vanishing-disk", **facts)
    return ok(f"{found or 'a disk'} at {mount or 'its usual place'}")


def _mounted(folder: Path) -> tuple[str, str]:
    """Return where the disk of a folder is mounted, and what kind it is; "" where the system does not tell."""
    with suppress(OSError, psutil.Error):
        real = folder.resolve()
        over = [one for one in psutil.disk_partitions(all=True) if real.is_relative_to(one.mountpoint)]
        if over:
            # Of two at the same place the later one is on top.
            nearest = max(reversed(over), key=lambda one: len(one.mountpoint))
            return nearest.mountpoint, nearest.fstype.lower()
    return "", ""


def processes(context: Context) -> CheckResult:
    """Find out whether what holds a server's port is the server, or what is left of one that was killed."""
    server = context.server
    if server is None or context.is_store:
        return skip("it is no server of your own")
    if find_root(server):
        return ok(f'"{server.name}" runs')
    left = find_members(server) if ports.is_in_use(server.host, server.port) else []
    if left:
        pids = ", ".join(str(one.pid) for one in left)
        raise QuickstartError("server-orphans", name=server.name, port=server.port, pids=pids)
    return ok(f'"{server.name}" is stopped, and nothing of it is left')


CHECKS: tuple[Check, ...] = (
    Check(
        "store-kind", "settings", "MLflow can keep runs in what the address names", kind, (12, 30, 42, 44), ("address",)
    ),
    Check("store", "settings", "runs can be written where they are kept", store, needs=("folder", "store-kind")),
    Check("store-disk", "settings", "the disk is one that SQLite can rely on", disk, (37, 44), ("store-kind",)),
    DRIVER,
    DATABASE,
    Check("processes", "settings", "nothing is left of a server that was killed", processes, (38,)),
    RUNS_HERE,
)
