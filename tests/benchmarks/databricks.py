"""A login to Databricks and its proof, before the protocol stand-in: what ours takes beside the calls themselves."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks.sides import Up, console_script, fresh, timed
from tests.conftest import PATIENCE, Home
from tests.standins.databricks import Workspace, workspace


@contextmanager
def logged_in(up: Up, folder: Path, logins: list[float], calls: list[float]) -> Iterator[tuple[Home, Workspace]]:
    """Log in by a token from nothing, with a runtime that holds no MLflow, and note how long that took.

    Args:
        up: the real MLflow server behind the stand-in.
        folder: new; gone again afterwards.
        logins: takes the seconds of the whole process, from its start to the proof over REST.
        calls: takes the seconds that the stand-in itself took to answer.
    """
    with fresh(folder) as home, workspace(up.uri) as place:
        bare = folder / "bare"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(bare)], check=True, timeout=PATIENCE)
        home.environment["QUICKSTART_PYTHON"] = str(bare / "bin" / "python")
        begun = time.perf_counter()
        subprocess.run(
            [console_script("quickstart"), "login", "databricks", "--host", place.url, "--token-stdin", "--json"],
            input=place.token.encode(),
            stdout=subprocess.DEVNULL,
            check=True,
            timeout=PATIENCE,
            cwd=home.cwd,
            env=home.environment,
        )
        logins.append(time.perf_counter() - begun)
        calls.append(place.seconds())
        yield home, place


def by_mlflow(home: Home) -> float:
    """Log foo and bar by MLflow's own client and the profile; return the seconds of the whole process."""
    environment = {**home.environment, "MLFLOW_TRACKING_URI": "databricks", "DATABRICKS_CONFIG_PROFILE": "databricks"}
    script = (
        "import mlflow\nmlflow.set_experiment('/Users/newcomer@example.com/by-mlflow')\n"
        "with mlflow.start_run():\n    mlflow.log_metric('foo', 1)\n    mlflow.log_metric('bar', 2)\n"
    )
    return timed(Home(home.path, home.cwd, environment), sys.executable, "-c", script)


def verified(home: Home) -> float:
    """Return the seconds of `quickstart verify`, the whole process."""
    return timed(home, console_script("quickstart"), "verify")
