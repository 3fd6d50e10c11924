"""What an instructor can change where a rehearsal did not go well."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

from quickstart.workshop.instructor.rehearse import Rehearsal

SLOW_START, SLOW_CROWD = 1.5, 30.0  # seconds: a participant's when they come one by one, and the last of a crowd's
SLOW_DISK = 0.02  # seconds to write a few bytes for good
FILES_EACH = 3  # descriptors that a participant costs a server
WRITES = 5


@dataclass(frozen=True)
class HostResources:
    """What a rehearsal ran on.

    Args:
        cores: processors.
        load: programs that wanted one, on average of the last minute; None where the system does not tell.
        disk: seconds to write a few bytes for good, where the runs are; None where that was not tried.
        files: how many may be open in one process; None where there is no limit that is known.
    """

    cores: int
    load: float | None = None
    disk: float | None = None
    files: int | None = None


def measure_host(folder: Path) -> HostResources:
    """Return what a rehearsal runs on.

    Args:
        folder: of the runs.
    """
    load = files = None
    with suppress(OSError, AttributeError):
        load = os.getloadavg()[0]
    with suppress(ImportError, OSError):
        import resource

        files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        files = None if files == resource.RLIM_INFINITY else files
    return HostResources(os.cpu_count() or 1, load, _disk(folder), files)


def _disk(folder: Path) -> float | None:
    took = []
    with suppress(OSError), TemporaryFile(dir=folder) as file:
        for _ in range(WRITES):
            begun = time.monotonic()
            file.write(b"quickstart")
            file.flush()
            os.fsync(file.fileno())
            took.append(time.monotonic() - begun)
    return statistics.median(took) if took else None


def is_slow(rehearsal: Rehearsal) -> bool:
    """Tell whether the room would have waited too long. Pure."""
    if rehearsal.over:
        return (rehearsal.percentile(0.95) or 0.0) > SLOW_START
    return rehearsal.last > SLOW_CROWD


def advice(rehearsal: Rehearsal, on: HostResources, name: str) -> list[str]:
    """Return what to change, the likeliest first; nothing where all went well. Pure.

    Args:
        rehearsal: how it went.
        on: what it ran on.
        name: of the class, as it is typed.
    """
    if not rehearsal.failures and not is_slow(rehearsal):
        return []
    found = [FAILED[code].format(name=name) for code in FAILED if code in rehearsal.failures]
    if on.files is not None and on.files < rehearsal.seats * FILES_EACH:
        wanted = 2 * FILES_EACH * rehearsal.seats
        found.append(f"ulimit -n {wanted}   and open the class anew: only {on.files} files may be open")
    if on.disk is not None and on.disk > SLOW_DISK:
        found.append(f"keep the class on a local disk: a write takes {on.disk * 1000:.0f} ms where its runs are")
    if on.cores < 2:
        found.append("take a machine with two processors or more")
    elif on.load is not None and on.load > 2 * on.cores:
        found.append(f"end other programs: {on.load:.0f} at a time wanted the {on.cores} processors")
    if "not-through" in rehearsal.failures:
        found.append("fewer seats, or a machine with more processors: some were not through in time")
    if not found:
        found.append(f"quickstart server logs --name {name}   tells what it said; the newest MLflow is the quickest")
    if not rehearsal.over:
        found.append(f"quickstart workshop rehearse {name} --over 60   is how a class begins: not all in one second")
    return found


# code of a failure: what it is owed to
FAILED: Mapping[str, str] = {
    "class-full": "quickstart workshop open {name} --seats MORE   and rehearse with as many as will come",
    "too-many-tries": "wait five minutes: somebody tries wrong codes",
    "room-closed": "quickstart workshop status {name}   shows whether the server still runs: it refused connections",
    "room-silent": "open the port in this machine's firewall",
    "room-elsewhere": "quickstart workshop open {name} --url   with an address that this machine has",
    "OSError": "ulimit -n 4096   in this terminal: it ran out of open files",
}
