"""What a server is said to be is what it is: starting, running, left over, suspended; and a start brings it back."""

from __future__ import annotations

import fcntl
import json
import sys
from pathlib import Path

import psutil
import pytest

from tests.conftest import Home, free_port, ours
from tests.messages import fix_of
from tests.real.helpers import MLFLOW, begin, eventually, nobody_listens, port_of, record_of, server_of, unbroken

pytestmark = [
    pytest.mark.matrix,
    pytest.mark.skipif(sys.platform == "win32", reason="signals that stop and go on"),
]


def starting(home: Home) -> psutil.Process:
    """Begin a start, and suspend its server and kill the wizard before it is ready; return the server."""
    wizard = begin(home, "server", "start", "--port", str(free_port()))

    def spawned() -> psutil.Process | None:
        record = record_of(home)
        pid = json.loads(record.read_text(encoding="utf-8"))["pid"] if record.exists() else None
        return psutil.Process(pid) if pid else None

    server: psutil.Process = eventually("a process", spawned)
    server.suspend()
    wizard.kill()
    wizard.communicate()
    return server


def test_a_server_that_starts_is_not_said_to_run_and_one_whose_wizard_died_is_once_it_does(home: Home) -> None:
    server = starting(home)
    before = server_of(home)
    assert (before["running"], before["pid"], before["mlflow_version"]) == (False, server.pid, None)
    assert "local starting since" in unbroken(home.run("server", "status").out)
    server.resume()
    after = eventually("a server that runs", lambda: (now := server_of(home))["running"] and now)
    assert (after["pid"], after["mlflow_version"], after["launcher"]) == (server.pid, MLFLOW, "one-process")
    assert f"MLflow {MLFLOW}, one process" in unbroken(home.run("server", "status").out)


def test_what_is_left_of_a_server_whose_root_was_killed_is_told_and_ended(home: Home) -> None:
    home.run("server", "start", "--port", str(free_port()), "--launcher", "mlflow-server")
    server = server_of(home)
    psutil.Process(server["pid"]).kill()
    eventually("a root that is gone", lambda: not psutil.pid_exists(server["pid"]))
    assert ours(home.path), "its workers go on"
    left = server_of(home)
    assert (left["running"], left["started"]) == (False, None)
    assert left["pid"] in {one.pid for one in ours(home.path)}
    said = unbroken(home.run("server", "status", COLUMNS="200").out)
    assert f"stopped, but its process {left['pid']} still listens" in said
    assert "to end it: quickstart server stop --name local" in said
    home.run("server", "stop")
    assert not ours(home.path)
    assert nobody_listens(port_of(server["url"]))
    assert server_of(home)["pid"] is None


def test_a_server_that_was_suspended_is_started_anew_and_that_is_said(home: Home) -> None:
    home.run("server", "start", "--port", str(free_port()))
    server = server_of(home)
    psutil.Process(server["pid"]).suspend()
    ran = home.run("--yes", "--json")
    steps = {step["id"]: step for step in ran.json["data"]["steps"]}
    assert "had stopped answering and was restarted" in steps["start-server:local"]["detail"]
    assert ran.json["data"]["verification"]["metrics"] == {"foo": 1.0, "bar": 2.0}
    now = server_of(home)
    assert (now["running"], now["url"]) == (True, server["url"])
    assert now["pid"] != server["pid"]


def test_a_server_that_runs_with_another_mlflow_than_is_asked_for_is_told(home: Home) -> None:
    home.run("server", "start", "--port", str(free_port()))
    record = record_of(home)
    record.write_text(
        record.read_text(encoding="utf-8").replace(f'"mlflow_version": "{MLFLOW}"', '"mlflow_version": "3.1.0"')
    )
    error = home.json("server", "start", "--python", sys.executable, status=1)["error"]
    assert error["code"] == "already-running"
    assert f"server restart --name local --python {sys.executable}" in fix_of(error)
    home.run("server", "start", QUICKSTART_PYTHON="")


def test_a_start_that_waits_for_another_quickstart_says_so(home: Home) -> None:
    folder = home.quickstart_home / "state"
    folder.mkdir(parents=True)
    with Path(folder / "server-local.lock").open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        waiting = begin(home, "server", "start", "--port", str(free_port()))
        assert waiting.stderr is not None
        line = ""
        while "waiting" not in line and waiting.poll() is None:
            line = waiting.stderr.readline()
        fcntl.flock(held, fcntl.LOCK_UN)
    assert "waiting for another quickstart to finish" in line
    waiting.communicate()
    assert waiting.returncode == 0
