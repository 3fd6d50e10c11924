"""What the tests of Azure ML share: logging in, in each of the ways that need nobody."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.conftest import Home
from tests.standins.azureml import Workspace, fake_az
from tests.standins.azureml.state import TENANT

DEADLINE = 60  # seconds; what never answers is given up long before


def az_of(home: Home, place: Workspace, **said: Any) -> dict[str, Any]:
    """Return the PATH with an az that is logged in to the stand-in."""
    return fake_az(home.path / "az", place.new_token("az", place.user), **said)


def login(place: Workspace, *more: str) -> tuple[str, ...]:
    """Return the command line that logs in and installs nothing."""
    return ("login", "azureml", "--tracking-uri", place.uri, "--no-install", *more)


def by_secret(place: Workspace) -> tuple[str, ...]:
    """Return the command line of a service principal."""
    return login(place, "--tenant", TENANT, "--client-id", place.client_id, "--client-secret-stdin")


def refused(home: Home, *arguments: str, stdin: str = "", status: int = 1, **environment: str) -> dict[str, str]:
    """Run a command that must fail, and return its error; it must come in time."""
    done = subprocess.run(
        [sys.executable, "-m", "quickstart", *arguments, "--json"],
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        timeout=DEADLINE,
        cwd=home.cwd,
        env={**home.environment, **environment},
        check=False,
    )
    assert done.returncode == status, f"{done.returncode}\n{done.stdout}\n{done.stderr}"
    error: dict[str, str] = json.loads(done.stdout)["error"]
    assert error["docs"].endswith("guide azureml")
    return error


def files_with(secret: str, home: Home) -> list[Path]:
    """Return the files of a home that hold a secret."""
    return [path for path in home.path.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]


def stages(document: dict[str, Any]) -> dict[str, str]:
    """Return the stages of a verification, each with its status."""
    return {stage["id"]: stage["status"] for stage in document["data"]["verification"]["stages"]}
