"""What the tests of Databricks share: a workspace that answers, and homes whose runtime is cheap or whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Home, Shared, new_home
from tests.real.methods.databricks.interpreters import bare_python, python_with_sdk
from tests.standins.databricks import Workspace, workspace


@pytest.fixture(scope="session")
def without_mlflow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter with nothing in it: what needs neither MLflow nor the SDK is proven, and quick."""
    return bare_python(tmp_path_factory.mktemp("bare") / "venv")


@pytest.fixture(scope="session")
def sdk_alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter that has databricks-sdk and no MLflow: logging in is proven without MLflow's three seconds."""
    return python_with_sdk(tmp_path_factory.mktemp("sdk") / "venv")


@pytest.fixture
def home(tmp_path: Path, without_mlflow: Path) -> Home:
    """A home whose runtime has no MLflow; no server is started in it."""
    made = new_home(tmp_path)
    made.environment["QUICKSTART_PYTHON"] = str(without_mlflow)
    return made


@pytest.fixture
def knowing(tmp_path: Path, sdk_alone: Path) -> Home:
    """A home whose runtime has databricks-sdk and no MLflow; no server is started in it."""
    made = new_home(tmp_path / "knowing")
    made.environment["QUICKSTART_PYTHON"] = str(sdk_alone)
    return made


@pytest.fixture
def whole(tmp_path: Path) -> Home:
    """A home whose runtime has MLflow and databricks-sdk; no server is started in it."""
    return new_home(tmp_path / "whole")


@pytest.fixture
def place(server: Shared) -> Iterator[Workspace]:
    """A workspace in which everything works."""
    with workspace(server.uri) as made:
        yield made
