"""Other versions of MLflow as the runtime: by whichever launcher fits, the same proof; and runs outlive the change."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.conftest import Home
from tests.messages import fix_of
from tests.real.conftest import make_environment
from tests.real.helpers import MLFLOW, metrics_of, server_of, stages_of
from tests.real.server.databases import runs_of

pytestmark = pytest.mark.matrix

# SQLAlchemy 2.1 came after these releases and took away a name that they import.
FITTING = "sqlalchemy<2.1"

# What a person does without a server, before they hear of quickstart: runs go to where that MLflow has its default.
BEFORE = """
import mlflow
mlflow.set_experiment("of-before")
with mlflow.start_run() as run:
    mlflow.log_param("lr", 0.1)
    mlflow.log_metric("loss", 0.5)
    mlflow.log_text("hello", "note.txt")
print(run.info.run_id)
"""


def recorded_before(home: Home, python: Path, uri: str) -> str:
    """Record a run by an MLflow's own client without a server; return its id."""
    environment = {**home.environment, "MLFLOW_TRACKING_URI": uri}
    command = [str(python), "-c", BEFORE]
    done = subprocess.run(
        command, cwd=home.cwd, env=environment, capture_output=True, check=True, text=True, timeout=120
    )
    return done.stdout.split()[-1]


@pytest.mark.parametrize(
    ("version", "launcher", "refuses_strange_hosts"),
    [
        ("2.22", "mlflow-server", False),  # gunicorn: no command of uvicorn's to run here; Host checks came with 3.5
        ("3.1", "mlflow-server", False),
        ("3.5", "one-process", True),
    ],
)
def test_another_mlflow_is_started_and_proven_and_its_runs_are_brought_to_the_newest(
    version: str, launcher: str, refuses_strange_hosts: bool, home: Home, tmp_path: Path
) -> None:
    python = make_environment(tmp_path / "venv", f"mlflow=={version}.*", FITTING)
    home.environment["QUICKSTART_PYTHON"] = str(python)
    data = home.json("--yes")["data"]
    uri = data["connection"]["tracking_uri"]
    assert data["verification"]["metrics"] == {"foo": 1.0, "bar": 2.0}
    first = data["verification"]["run"]["id"]

    server = server_of(home)
    assert server["launcher"] == launcher
    assert server["mlflow_version"].startswith(f"{version}.")

    stages = stages_of(home.json("verify", "--with-client"))
    assert (stages["client"], stages["artifact"]) == ("ok", "ok")

    page = requests.get(uri, timeout=10)
    assert page.status_code == 200
    assert "<html" in page.text
    probe = f"{uri}/api/2.0/mlflow/experiments/search?max_results=1"
    strange = requests.get(probe, headers={"Host": "evil.example.com"}, timeout=10)
    assert (strange.status_code == 403) == refuses_strange_hosts
    assert not home.json("server", "stop")["data"]["servers"][0]["running"]

    upgraded_and_not_turned_back(home, first, str(python), server["mlflow_version"])
    brought_from_files(home, python)


def upgraded_and_not_turned_back(home: Home, run_id: str, old: str, old_version: str) -> None:
    """Check that the newest MLflow takes over after an upgrade, and that the old one is told why it cannot any more."""
    backup = home.json("server", "backup", "of-the-old.tar.gz")["data"]["file"]
    assert home.json("server", "start", "--python", sys.executable, status=4)["error"]["code"] == "answer-needed"
    upgraded = home.json("--yes", QUICKSTART_PYTHON=sys.executable)["data"]
    assert {step["id"]: step["status"] for step in upgraded["steps"]}["upgrade-database:local"] == "ok"
    assert server_of(home)["mlflow_version"] == MLFLOW
    assert metrics_of(upgraded["connection"]["tracking_uri"], run_id) == {"foo": 1.0, "bar": 2.0}
    home.run("server", "stop")

    error = home.json("server", "start", "--python", old, status=1)["error"]
    assert error["code"] == "database-newer"
    assert ".".join(MLFLOW.split(".")[:2]) in fix_of(error)

    # The backup of before is still what the old one opens.
    home.run("server", "restore", backup, "--name", "old")
    home.run("server", "start", "--name", "old", "--python", old)
    there = server_of(home, "old")
    assert there["mlflow_version"] == old_version
    assert metrics_of(there["url"], run_id) == {"foo": 1.0, "bar": 2.0}
    home.run("server", "stop", "--name", "old")


def brought_from_files(home: Home, python: Path) -> None:
    """Check that runs recorded without a server come over, from a folder of files and from a database alike."""
    in_files = recorded_before(home, python, (home.cwd / "mlruns").as_uri())
    home.run("server", "restore", "mlruns", "--name", "files", "--python", sys.executable)
    assert runs_of(home.quickstart_home / "data" / "files" / "mlflow.db") == [in_files]
    home.run("server", "start", "--name", "files", "--python", sys.executable)
    url = server_of(home, "files")["url"]
    assert metrics_of(url, in_files) == {"loss": 0.5}
    read = f"{url}/get-artifact?path=note.txt&run_uuid={in_files}"
    assert requests.get(read, timeout=30).text == "hello"
    home.run("server", "stop", "--name", "files")

    in_database = recorded_before(home, python, f"sqlite:///{home.cwd / 'mlflow.db'}")
    home.run("server", "start", "--name", "here", "--store", ".", "--python", sys.executable, "--yes")
    url = server_of(home, "here")["url"]
    assert metrics_of(url, in_database) == {"loss": 0.5}
    assert requests.get(f"{url}/get-artifact?path=note.txt&run_uuid={in_database}", timeout=30).text == "hello"
    home.run("server", "stop", "--name", "here")
