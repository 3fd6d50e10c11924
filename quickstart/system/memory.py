"""Memory and disk space: how much a server can have, and how a log shows that it ran out."""

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

# Each of these has ended a log under `ulimit -v`.
OUT = re.compile(
    r"\bMemoryError\b|out of memory|Cannot allocate memory|failed to map segment|std::bad_alloc|"
    r"Memory allocation (still )?failed|memory allocation of \d+ bytes failed|can't start new thread|"
    r"skipping backtrace printing to avoid potential recursion",
    re.IGNORECASE,
)


def memory_limit() -> int | None:
    """Return the limit of the address space of this shell's processes in MB, if it is a tight one."""
    if sys.platform == "win32":
        return None
    import resource  # noqa: PLC0415 - not on every operating system

    most = resource.getrlimit(resource.RLIMIT_AS)[0]
    megabytes = most // 10**6
    return None if most == resource.RLIM_INFINITY or megabytes >= ENOUGH else megabytes


def is_out_of_memory(lines: Sequence[str]) -> bool:
    return any(OUT.search(line) for line in lines)


MEGABYTE = 10**6
CGROUPS = "/sys/fs/cgroup"
# Version 1 writes "no limit" as the largest multiple of a page.
UNLIMITED = 2**60


@dataclass(frozen=True)
class Memory:
    """The memory that a server can have.

    Args:
        mb: megabytes.
        limit: what limits it, in words.
    """

    mb: int
    limit: str


def read_memory(probe: Probe, total: int | None = None) -> Memory:
    """Return the memory of the machine, or the limit of a container or of this shell.

    Args:
        total: bytes of the machine; by default as the operating system reports.
    """
    found = [Memory((total or psutil.virtual_memory().total) // MEGABYTE, "the memory of this machine")]
    if (group := _group_limit(probe)) is not None:
        found.append(Memory(group // MEGABYTE, "the limit of this container"))
    if (shell := memory_limit()) is not None:
        found.append(Memory(shell, "the limit that ulimit -v sets in this shell"))
    return min(found, key=lambda one: one.mb)


def _group_limit(probe: Probe) -> int | None:
    """Return the tightest limit of our control groups in bytes."""
    found = [text for file in _limit_files(probe) if (text := probe.text(file)).isdigit()]
    return min((int(text) for text in found if int(text) < UNLIMITED), default=None)


def _limit_files(probe: Probe) -> list[str]:
    """Return the files with limits: version 2 has one tree, version 1 one for memory. A group limits those below."""
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
    """The folder need not exist."""
    existing = next(one for one in (folder, *folder.parents) if one.exists())
    return shutil.disk_usage(existing).free // MEGABYTE
