"""How long it takes to be told why: the doctor, beside the plain MLflow client at the same address."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from tests.benchmarks import sides
from tests.conftest import Home, free_port

LIMIT = 600  # seconds; MLflow's client was seen to need 246 s
ONE_CALL = "import mlflow; mlflow.set_tracking_uri({uri!r}); mlflow.set_experiment('a')"
FEWER = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2"}  # than the 7 that it makes by default, for a look in a minute


def dead_server(folder: Path, *, short: bool) -> tuple[float, float]:
    """Return the seconds until the doctor, and until MLflow's client, reports a server that is not there.

    Args:
        folder: empty; it is gone afterwards.
        short: whether the client makes fewer tries than by default.
    """
    with sides.fresh(folder) as home:
        uri = f"http://127.0.0.1:{free_port()}"
        doctor = failing(home, sides.console_script("quickstart"), "doctor", uri)
        client = failing(home, sys.executable, "-c", ONE_CALL.format(uri=uri), **(FEWER if short else {}))
    return doctor, client


def failing(home: Home, *command: str, **environment: str) -> float:
    """Run a command that must fail, and return its seconds."""
    begun = time.perf_counter()
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=LIMIT,
        cwd=home.cwd,
        env={**home.environment, **environment},
        check=False,
    )
    seconds = time.perf_counter() - begun
    if done.returncode == 0:
        raise RuntimeError(f"{command} found nothing wrong with a server that is not there")
    return seconds
