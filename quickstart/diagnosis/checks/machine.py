"""Checks on the machine: the folder, room on the disk and in memory, a network, and what kind of place it is."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.request import url2pathname

from quickstart.diagnosis.context import Context
from quickstart.diagnosis.models import Check, CheckResult, ok, skip, warn
from quickstart.errors import QuickstartError
from quickstart.net.http import environment_proxies
from quickstart.state.files import data_folder, state_folder
from quickstart.system.machine import Probe
from quickstart.system.memory import free_mb, read_memory

LITTLE_ROOM, NO_ROOM = 100, 10  # MB
LITTLE_MEMORY = 2_000  # MB
HUB = "JUPYTERHUB_SERVICE_PREFIX"  # a hub gives back the same home folder; other notebooks' machines are thrown away
NEEDS_ROOM = "Runs and quickstart's own files are stored there; a full disk truncates both."


def folder(context: Context) -> CheckResult:
    if not context.folder.is_dir():
        raise QuickstartError("folder-gone")
    if os.access(context.folder, os.W_OK | os.X_OK):
        return ok(f"{context.folder} is writable")
    if context.origin.source == "default":
        raise QuickstartError("unwritable", path=str(context.folder), detail=refusal(context.folder))
    return ok(f"{context.folder} is read-only, which does not affect {context.origin.shown}")


def refusal(place: Path) -> str:
    """Return why a folder is not writable, in the operating system's words."""
    try:
        read_only = bool(os.statvfs(place).f_flag & os.ST_RDONLY)
    except (AttributeError, OSError):  # Windows; not even to be looked at
        read_only = False
    return "Read-only file system" if read_only else "Permission denied"


def disk(context: Context) -> CheckResult:
    places = [data_folder(), state_folder(), *_stores(context)]
    least = min(places, key=free_mb)
    free = free_mb(least)
    if free < NO_ROOM:
        raise QuickstartError("no-room-left", folder=str(least), free_mb=free, needs=NEEDS_ROOM)
    if free < LITTLE_ROOM:
        return warn("little-room", folder=str(least), free_mb=free, needs=NEEDS_ROOM)
    return ok(f"{in_words(free)} free in {least}")


def in_words(megabytes: int) -> str:
    return f"{megabytes / 1000:.0f} GB" if megabytes >= 10_000 else f"{megabytes} MB"


def _stores(context: Context) -> list[Path]:
    """Return where the runs of the tracking URI are kept, if that is a path on this machine."""
    if context.server:
        return [Path(context.server.store)]
    for scheme in ("sqlite:///", "file://"):
        if context.is_store and context.uri.startswith(scheme):
            return [context.folder / url2pathname(context.uri.removeprefix(scheme).partition("?")[0])]
    return []


def memory(context: Context) -> CheckResult:
    found = read_memory(Probe())
    if context.server and found.mb < LITTLE_MEMORY:
        return warn("little-memory", mb=found.mb, limit=found.limit)
    return ok(f"{in_words(found.mb)}, {found.limit}")


def network(context: Context) -> CheckResult:
    if context.is_store or context.local:
        return skip("not needed: tracking stays on this machine")
    if context.machine.network:
        return ok("a network interface is up")
    if context.check.resolved and environment_proxies(context.check.resolved.uri):
        return ok("only the loopback interface is up, but a proxy is set")
    raise QuickstartError("no-network", url=context.origin.shown)


def place(context: Context) -> CheckResult:
    """Find out whether runs that are kept here survive."""
    where = context.machine
    if where.environment == "notebook":
        kept_here = bool(context.server or _stores(context))
        if kept_here and not context.environment.get(HUB):
            return warn("notebook-data-dies", evidence=where.evidence)
        return ok(f"a hosted notebook: {where.evidence}")
    if where.environment == "container":
        return ok(f"a container, where localhost is the container itself: {where.evidence}")
    words = f"{where.system}, {where.environment}: {where.evidence}"
    return ok(f"{words}; connected by ssh" if where.ssh else words)


CHECKS: tuple[Check, ...] = (
    Check("folder", "machine", "the working directory exists", folder),
    Check("disk", "machine", "the disk has space for runs", disk),
    Check("memory", "machine", "there is enough memory for a server", memory, symptoms=(39,)),
    Check("network", "machine", "there is a network if one is needed", network, needs=("resolve",)),
    Check("place", "machine", "data stored here is permanent", place, symptoms=(7, 9, 44)),
)
