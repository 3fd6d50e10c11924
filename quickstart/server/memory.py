"""How it shows that a server had too little memory: a limit that it was started under, and the last words it says."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence

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


def limit() -> int | None:
    """Return the limit of the address space in MB, which every process of this shell has, where it is a tight one."""
    if sys.platform == "win32":
        return None
    import resource

    most = resource.getrlimit(resource.RLIMIT_AS)[0]
    megabytes = most // 10**6
    return None if most == resource.RLIM_INFINITY or megabytes >= ENOUGH else megabytes


def ran_out(lines: Sequence[str]) -> bool:
    """Tell whether the lines of a log say that there was no memory left."""
    return any(OUT.search(line) for line in lines)
