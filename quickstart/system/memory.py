"""How it shows that a server had too little memory: a limit that it was started under, and the last words it says."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from quickstart.system.machine import Probe

# Measured with `ulimit -v` (MLflow 3.17.2): at 600 MB of addresses it begins to work, at 1 GB it always does.
ENOUGH = 1_500  # MB of address space from which on a limit is not what ended a server
NEEDED = "1 GB"

# Each of these has ended a log under `ulimit -v`; where it strikes decides which.
OUT = re.compile(
    r"\bMemoryError\b|out of memory|Cannot allocate memory|failed to map segment|std::bad_alloc|"
    r"Memory allocation (still )?failed|memory allocation of \d+ bytes failed|can't start new thread|"
    r"skipping backtrace printing to avoid potential recursion",
    re.IGNORECASE,
)


def memory_limit() -> int | None:
    """Return the limit of the address space in MB, which every process of this shell has, where it is a tight one."""
    if sys.platform == "win32":
        return None
    import resource

    most = resource.getrlimit(resource.RLIMIT_AS)[0]
    megabytes = most // 10**6
    return None if most == resource.RLIM_INFINITY or megabytes >= ENOUGH else megabytes


def is_out_of_memory(lines: Sequence[str]) -> bool:
    """Tell whether the lines of a log say that there was no memory left."""
    return any(OUT.search(line) for line in lines)


MEGABYTE = 10**6
CGROUPS = "/sys/fs/cgroup"
# Version 1 says "no limit" as the largest number that a page goes into.
UNLIMITED = 2**60


@dataclass(frozen=True)
class Memory:
    """The memory that a server could have.

    Args:
        mb: megabytes.
        limit: what sets them, in words.
    """

    mb: int
    limit: str


def read_memory(probe: Probe, total: int | None = None) -> Memory:
    """Find out how much memory there is: the machine's, or what a container or this shell is limited to.

    Args:
        probe: the edge of the machine.
        total: bytes that the machine has; by default what the operating system says.
    """
    found = [Memory((total or psutil.virtual_memory().total) // MEGABYTE, "all that the machine has")]
    if (group := _group_limit(probe)) is not None:
        found.append(Memory(group // MEGABYTE, "the limit of this container"))
    if (shell := memory_limit()) is not None:
        found.append(Memory(shell, "the limit that ulimit -v sets in this shell"))
    return min(found, key=lambda one: one.mb)


def _group_limit(probe: Probe) -> int | None:
    """Return the tightest limit of the control groups that we are in, in bytes; None for none."""
    found = [text for file in _limit_files(probe) if (text := probe.text(file)).isdigit()]
    return min((int(text) for text in found if int(text) < UNLIMITED), default=None)


def _limit_files(probe: Probe) -> list[str]:
    """Return where limits may stand: version 2 has one tree, version 1 one for memory. A group limits those below."""
    files = []
    for line in probe.text("/proc/self/cgroup").splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if controllers == "":
            root, name = CGROUPS, "memory.max"
        elif "memory" in controllers.split(","):
            root, name = f"{CGROUPS}/memory", "memory.limit_in_bytes"
        else:
            continue
        steps = [one for one in path.split("/") if one not in ("", "..")]
        files += ["/".join((root, *steps[:deep], name)) for deep in range(len(steps) + 1)]
    return files


def free_mb(folder: Path) -> int:
    """Return how many megabytes can still be written in a folder, which need not be there yet."""
    there = next(one for one in (folder, *folder.parents) if one.exists())
    return shutil.disk_usage(there).free // MEGABYTE
