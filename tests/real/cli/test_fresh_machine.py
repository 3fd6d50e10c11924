"""The README's commands on a machine where nothing is prepared: an empty home, a fresh checkout."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Home, end_servers, new_home

pytestmark = pytest.mark.matrix


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Home]:
    """A home without a runtime set, and without uv on the PATH."""
    made = new_home(tmp_path)
    del made.environment["QUICKSTART_PYTHON"]
    made.environment["PATH"] = os.pathsep.join(
        folder for folder in os.environ["PATH"].split(os.pathsep) if not (Path(folder) / "uv").exists()
    )
    yield made
    end_servers(made)


def first_command(readme: Path) -> str:
    """Return the one command that the README promises to do everything."""
    found = re.search(r"^python3 -m venv .*quickstart --yes$", readme.read_text(encoding="utf-8"), re.MULTILINE)
    assert found
    return found.group()


def test_the_first_command_of_the_readme_leads_to_a_proven_run(bare: Home, checkout: Path) -> None:
    done = subprocess.run(
        ["bash", "-euc", first_command(checkout / "README.md")],
        cwd=checkout,
        env=bare.environment,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "foo=1 bar=2 logged and read back" in done.stderr
    assert "/#/experiments/" in done.stdout
    # What is printed can be typed as it stands, although the environment is not active.
    typed = re.search(r"(\S*quickstart) verify", done.stdout)
    assert typed
    again = subprocess.run(
        [typed.group(1), "verify", "--json"],
        cwd=checkout,
        env=bare.environment,
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert json.loads(again.stdout)["data"]["metrics"] == {"foo": 1.0, "bar": 2.0}


def test_uvx_makes_a_managed_environment_and_undo_deletes_it(bare: Home, checkout: Path, tmp_path: Path) -> None:
    uv = shutil.which("uv")
    if uv is None:
        pytest.skip("needs the program uv")
    cache = tmp_path / "uv-cache"
    environment = {**bare.environment, "PATH": f"{Path(uv).parent}{os.pathsep}{bare.environment['PATH']}"}
    environment["UV_CACHE_DIR"] = str(cache)

    def uvx(*arguments: str) -> dict[str, Any]:
        command = [uv, "tool", "run", "--from", str(checkout), "quickstart", *arguments, "--json"]
        done = subprocess.run(
            command, env=environment, cwd=bare.cwd, capture_output=True, text=True, timeout=900, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        data: dict[str, Any] = json.loads(done.stdout)["data"]
        return data

    data = uvx("--yes")
    managed = bare.quickstart_home / "data" / ".environment"
    assert managed.exists()
    assert [step["id"] for step in data["plan"]][:2] == ["create-environment", "install-mlflow"]
    uvx("undo", "--yes")
    assert not managed.exists()
