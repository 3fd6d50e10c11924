"""What the tests of real things share: homes without a server, and environments."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Home, new_home

ROOT = Path(__file__).parents[2]


def make_environment(folder: Path, *requirements: str) -> Path:
    """Make a virtual environment with pip and some packages, with uv if it is installed, and return its interpreter."""
    uv = shutil.which("uv")
    python = folder / "bin" / "python"
    make = [uv, "venv", "-q", "--seed", "--python", sys.executable] if uv else [sys.executable, "-m", "venv"]
    subprocess.run([*make, str(folder)], check=True, timeout=120)
    install = (
        [uv, "pip", "install", "-q", "--python", str(python)] if uv else [str(python), "-m", "pip", "install", "-q"]
    )
    subprocess.run([*install, *requirements], check=True, timeout=600)
    return python


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the files git knows, as a person would have cloned them."""
    folder = tmp_path_factory.mktemp("checkout") / "quickstart"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


@pytest.fixture
def bare(tmp_path: Path) -> Home:
    """A home for commands that start no server, so that nothing has to be looked for afterwards."""
    return new_home(tmp_path / "bare")


@pytest.fixture
def untouched(tmp_path: Path) -> Home:
    """A home in which no server is started."""
    return new_home(tmp_path)
