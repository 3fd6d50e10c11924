"""What the unit tests share: a folder of quickstart's own, and a home in which no server is ever started."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.conftest import Home, new_home

POSIX_MODES = pytest.mark.skipif(sys.platform == "win32", reason="Windows has access lists instead of modes")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that QUICKSTART_HOME names, for code that is called in this process; it is not there yet."""
    folder = tmp_path / "quickstart"
    monkeypatch.setenv("QUICKSTART_HOME", str(folder))
    return folder


@pytest.fixture
def bare(tmp_path: Path) -> Home:
    """A home for commands that start no server, so that nothing has to be looked for afterwards."""
    return new_home(tmp_path)


@pytest.fixture
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shell in which no virtual or conda environment is active."""
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX", "QUICKSTART_PYTHON"):
        monkeypatch.delenv(variable, raising=False)


def mode(path: Path) -> str:
    """Return a path's permissions as ls would count them, such as "600"."""
    return f"{path.stat().st_mode & 0o777:o}"


def everything_below(path: Path) -> set[str]:
    """Return every path below a folder."""
    return {os.fspath(found.relative_to(path)) for found in path.rglob("*")}
