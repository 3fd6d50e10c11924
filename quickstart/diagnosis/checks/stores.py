"""Checks on where runs are kept: kind of store, its folder and disk, leftovers of a killed server, runs elsewhere."""

from __future__ import annotations

import os
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

import psutil

from quickstart.diagnosis.checks import database
from quickstart.diagnosis.checks.database import (
    DATABASES,
    Place,
    folder_of,
    kind_of,
    place_of,
    sqlite_file,
)
from quickstart.diagnosis.context import DATABASE_FILE, OLD_RUNS, VARIABLE, Context, holds_experiments
from quickstart.diagnosis.models import Check, CheckResult, ok, skip, warn
from quickstart.errors import QuickstartError
from quickstart.methods.catalog import METHODS
from quickstart.runtime.find import matches
from quickstart.server import ports, records
from quickstart.server.database import count_experiments_and_runs
from quickstart.server.processes import find_members, find_root
from quickstart.server.store import check_store_access, exists
from quickstart.system.shell import count_of, eval_line, quoted, shell_of

MOST = 10_000  # runs that are counted
META = "meta.yaml"


def old_runs(mlruns: Path) -> tuple[int, str]:
    """Return how many runs that are not deleted an `mlruns` folder holds, and the command that imports them."""
    found = (file for file in mlruns.glob(f"*/*/{META}") if file.parents[1].name.isdigit())
    try:
        runs = sum(1 for _ in islice(found, MOST))
    except OSError:
        runs = 0
    restore = f"quickstart server restore {quoted(str(mlruns))}"
    local = next(method.name for method in METHODS if method.kind == "local")
    name = "old-runs" if (records.default_store(local) / DATABASE_FILE).exists() else local
    return runs, f"{restore} --name {name} && quickstart server start --name {name}"


def elsewhere(context: Context) -> CheckResult:
    """Check whether the working directory holds runs that the examined server does not use."""
    if context.environment.get(VARIABLE):
        return ok(f"scripts in this shell use {VARIABLE}")
    place = place_of(context)
    if place and place.server is None:
        return ok("scripts in this folder log to the same place")
    found = _here(context.folder)
    if found is None or (place and place.database and place.database.resolve() == found[0].resolve()):
        return ok("this folder holds no runs that the server lacks")
    path, runs, bring = found
    facts: dict[str, Any] = {"path": str(path), "counted": f"{count_of(runs, 'run')} {'is' if runs == 1 else 'are'}"}
    return warn("runs-here", **facts, place=context.origin.shown, line=_line(context), bring=bring)


def _here(folder: Path) -> tuple[Path, int, str] | None:
    file, mlruns = folder / DATABASE_FILE, folder / OLD_RUNS
    found = count_experiments_and_runs(file) if _is_file(file) else None
    if found and found[1]:
        return file, found[1], f"quickstart server start --name here --store {quoted(str(folder))}"
    if holds_experiments(mlruns):
        runs, bring = old_runs(mlruns)
        return (mlruns, runs, bring) if runs else None
    return None


def _is_file(file: Path) -> bool:
    try:
        return file.is_file()
    except OSError:
        return False


def _line(context: Context) -> str:
    if context.in_use:
        return eval_line(shell_of(context.environment))
    return f"quickstart login server {quoted(context.origin.shown)}"


NOT_HERE = "runs are not stored on this machine, as far as quickstart knows"
REFUSED_SINCE = "3.13"  # source: mlflow.store.tracking.file_store

# What the system calls disks whose other end is another machine (failures.md row 37); of FUSE those that are such.
NETWORK = ("nfs", "cifs", "smb", "afp", "9p", "ceph", "lustre", "gluster", "beegfs", "gpfs", "webdav", "davfs", "afs")
BY_FUSE = ("sshfs", "s3fs", "gcsfuse", "rclone", "blobfuse", "goofys", "glusterfs", "ceph", "davfs")
VANISHING = ("tmpfs", "overlay", "ramfs", "aufs")


def kind(context: Context) -> CheckResult:
    if not context.is_store:
        return skip("a server stores the runs")
    found = kind_of(context)
    if found in ("", "file"):
        return _of_files(context)
    if found == "sqlite":
        return _of_sqlite(context)
    if found in DATABASES:
        return ok(f"a {found} database")
    return skip(f"the check plugin shows whether MLflow supports {found}:")


def _of_sqlite(context: Context) -> CheckResult:
    if not context.tidy.partition(":")[2].startswith("//"):
        why = "After sqlite: put three slashes and a relative path, or four slashes and an absolute path."
        name = context.tidy.partition(":")[2].strip("/") or DATABASE_FILE
        facts = context.correction(f"sqlite:///{(context.folder / name).as_posix()}")
        raise QuickstartError("bad-store-uri", uri=context.origin.shown, where=context.origin.words, why=why, **facts)
    file = sqlite_file(context)
    if file is None:
        return warn("memory-store", uri=context.tidy, where=context.origin.words, **_in_a_database(context))
    return ok(f"the SQLite database {file}")


def _in_a_database(context: Context) -> dict[str, Any]:
    return context.correction(f"sqlite:///{(context.folder / DATABASE_FILE).as_posix()}")


def _of_files(context: Context) -> CheckResult:
    """Reject files from MLflow 3.13 on, unless a variable allows them."""
    folder, client = folder_of(context), context.runtime.client or ""
    allowed = context.environment.get("MLFLOW_ALLOW_FILE_STORE", "").lower() in ("true", "1")
    if allowed or not matches(client, f">={REFUSED_SINCE}.dev0"):
        return ok(f"files in {folder}")
    runs, bring = old_runs(folder)
    hint = "" if folder.is_dir() else f"If {context.tidy} is a server, put http:// before it."
    if runs:
        hint = f"It holds {runs} runs; import them into a server's database."
    facts: dict[str, Any] = {"version": client, "path": str(folder), "where": context.origin.words, "hint": hint}
    raise QuickstartError("file-store", **facts, **({"line": bring, "note": ""} if runs else _in_a_database(context)))


def store(context: Context) -> CheckResult:
    """Check whether this user can write where runs are kept; the check disk covers free space."""
    place = place_of(context)
    if place is None:
        return skip(NOT_HERE)
    if place.server:
        check_store_access(place.server)
    _writable(place)
    return ok(f"{place.folder} is writable")


def _writable(place: Place) -> None:
    for path in (_nearest(place.folder), place.database):
        if path is None or not exists(path):
            continue
        if not os.access(path, os.W_OK | (os.X_OK if path.is_dir() else os.R_OK)):
            raise QuickstartError("unwritable", path=str(path), detail="Permission denied")
        if path == place.database and path.is_dir():
            raise QuickstartError("database-damaged", database=str(path), detail="it is a folder")


def _nearest(folder: Path) -> Path:
    """Return a folder, or the nearest existing one above it; raise "unwritable" if that is a file."""
    found = next((one for one in (folder, *folder.parents) if exists(one)), folder)
    if not found.is_dir():
        raise QuickstartError("unwritable", path=str(folder), detail="Not a directory")
    return found


def disk(context: Context) -> CheckResult:
    """Check whether runs are on a disk that SQLite can rely on, and that outlasts this machine."""
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
    """Return where the disk of a folder is mounted, and its kind; "" if the system does not tell."""
    with suppress(OSError, psutil.Error):
        real = folder.resolve()
        over = [one for one in psutil.disk_partitions(all=True) if real.is_relative_to(one.mountpoint)]
        if over:
            # Of two at the same place the later one is on top.
            nearest = max(reversed(over), key=lambda one: len(one.mountpoint))
            return nearest.mountpoint, nearest.fstype.lower()
    return "", ""


def processes(context: Context) -> CheckResult:
    """Check whether a server's port is held by the server, or by leftovers of one that was killed."""
    server = context.server
    if server is None or context.is_store:
        return skip("it is not a server of yours")
    if find_root(server):
        return ok(f'"{server.name}" runs')
    left = find_members(server) if ports.is_in_use(server.host, server.port) else []
    if left:
        pids = ", ".join(str(one.pid) for one in left)
        raise QuickstartError("server-orphans", name=server.name, port=server.port, pids=pids)
    return ok(f'"{server.name}" is stopped, with no processes left')


CHECKS: tuple[Check, ...] = (
    Check("store-kind", "settings", "MLflow supports this kind of store", kind, (12, 30, 42, 44), ("address",)),
    Check("store", "settings", "the store is writable", store, needs=("folder", "store-kind")),
    Check("store-disk", "settings", "the disk is suitable for SQLite and permanent", disk, (37, 44), ("store-kind",)),
    *database.CHECKS,
    Check("processes", "settings", "no processes of a killed server remain", processes, (38,)),
    Check("runs-here", "settings", "this folder holds no runs that the server lacks", elsewhere, symptoms=(4,)),
)
