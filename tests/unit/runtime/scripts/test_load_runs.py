"""Loading exported runs says what is wrong and what mends it, where it cannot be done."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from quickstart.runtime.process import SCRIPTS
from tests.conftest import Home, free_port

# Stand-ins for what an interpreter has: no MLflow; its light client, which cannot open a database.
WITHOUT = "raise ModuleNotFoundError(name='mlflow')"
LIGHT = """
import importlib.util
importlib.util.find_spec = lambda name: None
class exceptions:
    class MlflowException(Exception): ...
def get_tracking_uri(): return "sqlite:///mlflow.db"
def MlflowClient(tracking_uri): raise exceptions.MlflowException("got unsupported URI 'sqlite:///mlflow.db'")
"""


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    """The folder of an export without a run."""
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "runs.json").write_text(json.dumps({"experiment": "class-seat-01", "runs": []}), encoding="utf-8")
    (folder / "load_runs.py").write_bytes((SCRIPTS / "load_runs.py").read_bytes())
    return folder


def told(bare: Home, exported: Path, *options: str) -> list[str]:
    """Run it, and return the lines that it ends with."""
    command = [sys.executable, "load_runs.py", *options]
    done = subprocess.run(
        command, cwd=exported, env=bare.environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout) == (1, "")
    return done.stderr.splitlines()


@pytest.mark.parametrize(
    ("module", "why", "mend"),
    [(WITHOUT, "There is no MLflow", "pip install mlflow-skinny"), (LIGHT, "the light client", "pip install mlflow ")],
)
def test_what_is_missing_is_named_with_what_installs_it(
    bare: Home, exported: Path, module: str, why: str, mend: str
) -> None:
    (exported / "mlflow.py").write_text(module, encoding="utf-8")
    what, cause, fix = told(bare, exported)
    assert what == "The runs could not be loaded."
    assert why in cause
    assert mend in fix


@pytest.mark.matrix  # to import MLflow, and to try twice more, takes seconds
def test_where_nobody_answers_it_does_not_wait_for_minutes(bare: Home, exported: Path) -> None:
    runs = [{"run_id": "a", "experiment": "iris"}]
    (exported / "runs.json").write_text(json.dumps({"experiment": "x", "runs": runs}), encoding="utf-8")
    uri = f"http://127.0.0.1:{free_port()}"
    *_, cause, fix = told(bare, exported, "--tracking-uri", uri)
    assert f"Cannot connect to {uri}" in cause
    assert "--tracking-uri" in fix
