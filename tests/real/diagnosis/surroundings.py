"""Surroundings that only the operating system can give: no network, a small disk, a folder that is read-only."""

from __future__ import annotations

import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import PATIENCE, Home, Ran

QUICKSTART = f"exec '{sys.executable}' -m quickstart"


@cache
def _apart(*what: str) -> tuple[str, ...] | None:
    """Return the command that runs another one apart from this system's network or mounts; None where we may not."""
    if shutil.which("unshare") is None:
        return None
    for rights in ((), ("--map-root-user",)):
        command = ("unshare", *rights, *what)
        if subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0:
            return command
    return None


def run(home: Home, script: str, *apart: str, status: int | None = None, **environment: str) -> Ran:
    """Run a shell script as a person of a home would.

    Args:
        home: whose machine it is.
        script: for sh; QUICKSTART is how it ends.
        apart: options of unshare(1), such as "--net"; the test is left out where the system does not allow them.
        status: the exit status that is expected; None where the caller looks.
        environment: further variables.
    """
    before: tuple[str, ...] = ()
    if apart:
        found = _apart(*apart)
        if found is None:
            pytest.skip(f"this system does not let us run anything with unshare {' '.join(apart)}")
        before = found
    done = subprocess.run(
        [*before, "sh", "-c", script],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE,
        cwd=home.cwd,
        env={**home.environment, **environment},
        check=False,
    )
    ran = Ran(done.returncode, done.stdout, done.stderr)
    assert status is None or ran.status == status, f"{script} ended with {ran.status}\n{ran.out}\n{ran.err}"
    return ran


def without_network(home: Home, command: str, **environment: Any) -> Ran:
    """Run a command of quickstart where only loopback is up."""
    return run(home, f"ip link set lo up && {QUICKSTART} {command}", "--net", **environment)


def with_disk(home: Home, megabytes: int, command: str, **environment: Any) -> Ran:
    """Run a command where the disk that QUICKSTART_HOME is on has so many megabytes."""
    mount = f'mkdir -p "$QUICKSTART_HOME" && mount -t tmpfs -o size={megabytes}m none "$QUICKSTART_HOME"'
    return run(home, f"{mount} && {QUICKSTART} {command}", "--mount", **environment)


def read_only(home: Home, folder: Path, command: str, **environment: Any) -> Ran:
    """Run a command in a folder whose disk is read-only."""
    folder.mkdir(exist_ok=True)
    mount = f"mount --bind '{folder}' '{folder}' && mount -o remount,ro,bind '{folder}' && cd '{folder}'"
    return run(home, f"{mount} && {QUICKSTART} {command}", "--mount", **environment)
