"""The memory of a whole process tree, once it has settled."""

from __future__ import annotations

import contextlib
import sys
import time

import psutil

# PSS shares each common page out among those who use it, so that a tree can be summed; only Linux tells it
# (smaps_rollup). USS leaves common pages out, which is kind to a server of many processes.
MEASURE = "pss" if sys.platform == "linux" else "uss"
PAUSE = 2.0  # seconds between two readings
STILL = 0.005  # share by which two readings of a settled server may differ
PATIENCE = 60.0  # seconds until a server that never settles is taken as it is


def settled(pid: int) -> float:
    """Wait until a process tree holds still, and return the bytes it holds then.

    Stock `mlflow ui` answers, and its first check is through, some 10 s before the last of its processes has
    imported MLflow. Whatever is measured meanwhile measures a server that is still starting.
    """
    deadline = time.monotonic() + PATIENCE
    readings = [of_tree(pid)]
    while time.monotonic() < deadline:
        time.sleep(PAUSE)
        readings = [*readings[-2:], of_tree(pid)]
        if len(readings) == 3 and max(readings) - min(readings) <= STILL * max(readings):
            break
    return readings[-1]


def of_tree(pid: int) -> float:
    """Return the bytes that a process and all that it started hold."""
    root = psutil.Process(pid)
    total = 0
    for process in (root, *root.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):
            total += getattr(process.memory_full_info(), MEASURE)
    return float(total)
