"""The floor: what no server of this MLflow can be ready without."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from tests.benchmarks.sides import fresh
from tests.conftest import PATIENCE

# The last line is said when the schema is there; what the interpreter does afterwards, to end, is not counted.
BARE = """
import sys
import mlflow.server.fastapi_app
from mlflow.server.handlers import initialize_backend_stores
initialize_backend_stores(sys.argv[1], sys.argv[1], sys.argv[2])
print("ready", flush=True)
"""


def floor(folder: Path) -> float:
    """Return the seconds from starting a bare interpreter to the SQLite schema in a new folder."""
    with fresh(folder) as home:
        database = f"sqlite:///{(home.cwd / 'mlflow.db').as_posix()}"
        begun = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-c", BARE, database, (home.cwd / "artifacts").as_uri()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=home.cwd,
            env=home.environment,
        )
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            seconds = time.perf_counter() - begun
            if said.strip() != b"ready":
                raise RuntimeError(f"the floor ended with {process.wait(PATIENCE)} before its schema was there")
        finally:
            process.kill()
            process.communicate()
    return seconds
