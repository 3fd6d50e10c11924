"""`python -m tests.benchmarks`: measure the table of how fast and how small, and print it as Markdown."""

from __future__ import annotations

import argparse
import os
import platform
import signal
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import psutil

from tests.benchmarks import memory
from tests.benchmarks.rounds import STARTS, measure
from tests.benchmarks.table import NAMES, draw, lines

CLIENTS = 200
SHORT_CLIENTS = 20


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="samples behind each median (default: 5)")
    parser.add_argument("--short", action="store_true", help=f"one round, and {SHORT_CLIENTS} clients at once")
    parser.add_argument("--only", action="append", choices=NAMES, metavar="ROW", help=f"one of: {', '.join(NAMES)}")
    given = parser.parse_args()
    if given.rounds < 1:
        parser.error("--rounds takes a number from 1")
    return given


def main() -> None:
    """Measure, and print the table on stdout; what is at work goes to stderr."""
    given = options()
    # Whoever ends us by a signal is owed the same cleaning up as with Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    rounds, clients = (1, SHORT_CLIENTS) if given.short else (given.rounds, CLIENTS)
    begun, busy = time.monotonic(), psutil.getloadavg()[0]

    def progress(what: str) -> None:
        print(f"{time.monotonic() - begun:5.0f} s  {what}", file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory(prefix="quickstart-benchmarks-", ignore_cleanup_errors=True) as folder:
        samples = measure(Path(folder).resolve(), rounds, clients, given.only or NAMES, progress)
    print(draw(lines(samples)))
    print(
        f"Medians of {rounds} (first question, `--help` and `--version`: {max(STARTS, rounds)}), the two sides in turn;"
        f" memory is {memory.MEASURE.upper()}."
        f" MLflow {version('mlflow')}, Python {platform.python_version()}, {platform.system()}, {os.cpu_count()} cores,"
        f" load average before: {busy:.1f}."
    )


if __name__ == "__main__":
    main()
