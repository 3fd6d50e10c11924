"""Other versions of MLflow as the target: by whichever launcher fits, the same proof."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests

from tests.conftest import Home
from tests.matrix.conftest import make_environment

pytestmark = pytest.mark.matrix

# SQLAlchemy 2.1 came after these releases and took away a name that they import.
FITTING = "sqlalchemy<2.1"


@pytest.mark.parametrize(
    ("version", "launcher", "refuses_strange_hosts"),
    [
        ("2.22", "mlflow-server", False),  # gunicorn: no command of uvicorn's to run here; Host checks came with 3.5
        ("3.1", "mlflow-server", False),
        ("3.5", "one-process", True),
    ],
)
def test_another_mlflow_is_started_and_proven(
    version: str, launcher: str, refuses_strange_hosts: bool, home: Home, tmp_path: Path
) -> None:
    python = make_environment(tmp_path / "venv", f"mlflow=={version}.*", FITTING)
    home.environment["QUICKSTART_PYTHON"] = str(python)
    data = home.json("--yes")["data"]
    uri = data["connection"]["tracking_uri"]
    assert data["verification"]["metrics"] == {"foo": 1.0, "bar": 2.0}

    (server,) = home.json("server", "status")["data"]["servers"]
    assert server["launcher"] == launcher
    assert server["mlflow_version"].startswith(f"{version}.")

    stages = {stage["id"]: stage["status"] for stage in home.json("verify", "--with-client")["data"]["stages"]}
    assert stages["client"] == "ok"
    assert stages["artifact"] == "ok"

    page = requests.get(uri, timeout=10)
    assert page.status_code == 200
    assert "<html" in page.text
    probe = f"{uri}/api/2.0/mlflow/experiments/search?max_results=1"
    strange = requests.get(probe, headers={"Host": "evil.example.com"}, timeout=10)
    assert (strange.status_code == 403) == refuses_strange_hosts

    (stopped,) = home.json("server", "stop")["data"]["servers"]
    assert not stopped["running"]
