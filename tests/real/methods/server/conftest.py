"""What the tests of a team's server share: homes whose runtime has no MLflow, and so are quick."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Home, new_home
from tests.real.methods.databricks.interpreters import bare_python


@pytest.fixture(scope="session")
def without_mlflow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter with nothing in it: what needs no MLflow is proven, and quick."""
    return bare_python(tmp_path_factory.mktemp("bare") / "venv")


@pytest.fixture
def home(tmp_path: Path, without_mlflow: Path) -> Home:
    """A home whose runtime has no MLflow; no server is started in it."""
    made = new_home(tmp_path)
    made.environment["QUICKSTART_PYTHON"] = str(without_mlflow)
    return made


@pytest.fixture
def whole(tmp_path: Path) -> Home:
    """A home whose runtime has MLflow; no server is started in it."""
    return new_home(tmp_path / "whole")
