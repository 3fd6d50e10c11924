"""What the guide says about a login on a shared machine is true: MLflow's own, on the store that quickstart made."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests

from tests.conftest import PATIENCE, Home, free_port
from tests.guides.test_guides import ROOT, fenced

PASSWORD = "a long one of your own"
API = "api/2.0/mlflow/experiments/search?max_results=1"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the guide's block is for bash")


@contextmanager
def followed(home: Home, port: int) -> Iterator[None]:
    """Type the guide's block; its last line is a server, which is ended afterwards with all that it started."""
    (block,) = (text for language, text in fenced(ROOT / "guides" / "local.md") if language == "sh")
    block = block.replace("~/.local/share/mlflow-quickstart", f"{home.quickstart_home}/data")
    block = re.sub("(?m)^python -m pip install .*", "python -c 'import flask_wtf'", block).replace("5000", str(port))
    path = f"{os.path.dirname(sys.executable)}{os.pathsep}{home.environment['PATH']}"  # noqa: PTH120 - a PATH is text
    with subprocess.Popen(
        ["bash", "-euc", block],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=home.cwd,
        env={**home.environment, "PATH": path, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
        start_new_session=True,
    ) as shell:
        try:
            yield
        finally:
            os.killpg(shell.pid, signal.SIGTERM)
            shell.wait(timeout=30)


def answer(url: str, login: tuple[str, str] | None) -> int:
    """Ask until the server answers; return the status."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            return requests.get(url, auth=login, timeout=10).status_code
        except requests.ConnectionError:
            time.sleep(0.1)
    raise TimeoutError(url)


@pytest.mark.matrix
def test_the_guides_server_with_a_login_keeps_strangers_out_and_lets_its_owner_in(home: Home) -> None:
    home.run("server", "start", "--port", str(free_port()))
    port = free_port()
    with followed(home, port):
        url = f"http://127.0.0.1:{port}/{API}"
        assert answer(url, None) == 401
        assert answer(url, ("admin", "wrong")) == 401
        assert answer(url, ("admin", PASSWORD)) == 200
    assert (home.quickstart_home / "data" / "local" / "basic_auth.db").exists()
