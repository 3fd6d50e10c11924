"""MLflow is missing and has to be installed: what is checked first, and what is said when it fails."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.conftest import Home, new_home
from tests.messages import fix_of


@pytest.fixture(scope="module")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter of a virtual environment that holds pip and nothing else."""
    folder = tmp_path_factory.mktemp("bare") / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, timeout=120)
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


@pytest.fixture
def bare(tmp_path: Path, bare_python: Path) -> Home:
    """A home whose runtime is that interpreter, without uv, and with a package index that nobody serves."""
    made = new_home(tmp_path)
    made.environment.update(
        {
            "QUICKSTART_PYTHON": str(bare_python),
            "PATH": str(bare_python.parent),
            "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
            "PIP_EXTRA_INDEX_URL": "http://127.0.0.1:9/simple",
            "PIP_RETRIES": "0",
            "PIP_CONFIG_FILE": "/dev/null",
        }
    )
    return made


def test_no_network_is_named_and_nothing_was_started(bare: Home) -> None:
    document = bare.json("--yes", status=1)
    assert document["error"]["code"] == "install-failed"
    assert "is unreachable" in document["error"]["why"]
    assert str(bare.quickstart_home / "state" / "logs" / "install.log") in document["error"]["why"]
    assert "pip install" in fix_of(document["error"])
    assert document["data"]["plan"][0]["id"] == "install-mlflow"
    assert document["data"]["steps"] == [{"id": "install-mlflow", "status": "fail", "detail": "install-failed"}]
    assert bare.json("server", "status")["data"]["servers"] == []


def test_the_plan_says_what_undo_will_leave_behind(bare: Home) -> None:
    first = bare.json("--yes", "--dry-run")["data"]["plan"][0]
    assert "850 MB" in first["does"]
    assert first["undo"] == "not removed"
    assert not bare.quickstart_home.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT to a child needs a console of its own on Windows")
def test_ctrl_c_while_installing_ends_the_installer_too(bare: Home, taken_port: Callable[..., int]) -> None:
    bare.environment["PIP_INDEX_URL"] = bare.environment["PIP_EXTRA_INDEX_URL"] = f"http://127.0.0.1:{taken_port()}/"
    wizard = subprocess.Popen(
        [sys.executable, "-m", "quickstart", "--yes"],
        env=bare.environment,
        cwd=bare.cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        installers = _wait_for_children(wizard.pid)
        wizard.send_signal(signal.SIGINT)
        _, said = wizard.communicate(timeout=30)
    finally:
        wizard.kill()
    assert wizard.returncode == 130
    assert "Cancelled" in said
    assert not psutil.wait_procs(installers, timeout=10)[1]


def _wait_for_children(pid: int) -> list[psutil.Process]:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if children := psutil.Process(pid).children(recursive=True):
            return children
        time.sleep(0.05)
    raise AssertionError("the installer was never started")


def test_an_interpreter_of_the_operating_system_is_left_alone(bare: Home) -> None:
    """PEP 668: the system's own Python carries a marker beside its standard library."""
    system = Path("/usr/bin/python3")
    if not system.exists() or not list(Path("/usr/lib").glob("python3*/EXTERNALLY-MANAGED")):
        pytest.skip("this machine has no externally managed /usr/bin/python3; tests/unit has the rule by itself")
    document = bare.json("--yes", "--python", str(system), status=1)
    assert document["error"]["code"] == "externally-managed"
    assert "venv" in fix_of(document["error"])
