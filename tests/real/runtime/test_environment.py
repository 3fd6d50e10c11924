"""Whatever surrounds it: telemetry as the person wants it, and no stray file or variable decides where runs go."""

from __future__ import annotations

from dataclasses import replace

import psutil
import pytest

from tests.conftest import Home
from tests.real.helpers import EXPERIMENT, runs_in, server_of, stages_of

pytestmark = pytest.mark.matrix

EXAMPLE = "log_mlflow_with_localhost.py"
SILENCE = "MLFLOW_DISABLE_TELEMETRY"


def telemetry_is_off(home: Home) -> dict[str, bool]:
    """Return for the server, the example and the lines for a shell whether MLflow's telemetry is off."""
    environment = psutil.Process(server_of(home)["pid"]).environ()
    return {
        "server": environment.get(SILENCE) == "true",
        "example": SILENCE in (home.cwd / EXAMPLE).read_text(encoding="utf-8"),
        "shell": SILENCE in home.run("env", "--format", "bash").out,
    }


def everywhere(value: bool) -> dict[str, bool]:
    return dict.fromkeys(("server", "example", "shell"), value)


def test_telemetry_is_off_by_default_and_hostile_surroundings_change_nothing(home: Home) -> None:
    (home.cwd / "mlflow.py").write_text("raise SystemExit('the wrong mlflow')\n", encoding="utf-8")
    (home.cwd / "mlflow").mkdir()
    (home.cwd / "mlflow" / "__init__.py").write_text("raise SystemExit('the wrong mlflow')\n", encoding="utf-8")
    hostile = {
        "PYTHONPATH": str(home.cwd),
        "MLFLOW_TRACKING_URI": "nonsense://nowhere",
        "MLFLOW_BACKEND_STORE_URI": "sqlite:///elsewhere.db",
        "MLFLOW_ARTIFACTS_DESTINATION": "elsewhere",
        "MLFLOW_SERVER_ALLOWED_HOSTS": "elsewhere.example.com",
        "MLFLOW_EXPERIMENT_NAME": "elsewhere",
        "MLFLOW_RUN_ID": "0123456789abcdef0123456789abcdef",
        "WEB_CONCURRENCY": "3",
        "UVICORN_PORT": "1",
    }
    surrounded = replace(home, environment={**home.environment, **hostile})
    data = surrounded.json("--yes", "--write-script")["data"]
    assert data["verification"]["metrics"] == {"foo": 1.0, "bar": 2.0}
    assert {stage["status"] for stage in data["verification"]["stages"]} <= {"ok", "skip"}
    assert telemetry_is_off(home) == everywhere(True)

    verified = surrounded.json("verify", "--with-client")
    assert stages_of(verified)["client"] == "ok"
    assert len(runs_in(data["connection"]["tracking_uri"], EXPERIMENT)) == 3
    assert (home.quickstart_home / "data" / "local" / "mlflow.db").exists()
    left = sorted(path.name for path in home.cwd.iterdir() if path.name != "__pycache__")
    assert left == [EXAMPLE, "mlflow", "mlflow.py"], "no database and no folder of runs beside them"


def test_telemetry_is_on_without_privacy_and_never_stays_on_silently_when_privacy_is_chosen(home: Home) -> None:
    home.run("--yes", "--method", "local", "--no-privacy", "--write-script")
    assert telemetry_is_off(home) == everywhere(False)
    again = home.json("--yes")["data"]["connection"]
    assert SILENCE not in again["env"], "what was answered before still holds"

    ran = home.run("--yes", "--privacy", "--json", status=None)
    if ran.json["error"]:
        assert ran.json["error"]["code"] == "already-running"
        home.run("server", "restart", "--privacy")
    off = telemetry_is_off(home)
    assert (off["server"], off["shell"]) == (True, True)
    assert off["example"] is False, "a file that is there is never changed"


def test_do_not_track_goes_before_no_privacy(home: Home) -> None:
    home.run("--yes", "--method", "local", "--no-privacy", "--write-script", DO_NOT_TRACK="1")
    assert telemetry_is_off(home) == everywhere(True)
