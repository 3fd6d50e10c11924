"""What the tests of the contract share: targets and places to log in to, and the documents of a scenario."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Home, Shared, new_home
from tests.contract.golden import Documents
from tests.real.methods.databricks.interpreters import bare_python
from tests.standins import azureml, databricks
from tests.standins.databricks.certificate import self_signed


@pytest.fixture(autouse=True, scope="session")
def usual_mode() -> Iterator[None]:
    """What is not for its owner alone gets the usual mode, whatever the umask of who runs the tests."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def documents() -> Documents:
    """The documents that a test sees."""
    return Documents()


@pytest.fixture(scope="session")
def nothing_installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter with nothing in it, in which commands need not wait for MLflow."""
    return bare_python(tmp_path_factory.mktemp("runtime") / "venv")


@pytest.fixture
def bare(tmp_path: Path, nothing_installed: Path) -> Home:
    """A home whose runtime has nothing in it; no server is started in it."""
    made = new_home(tmp_path / "machine")
    made.environment["QUICKSTART_PYTHON"] = str(nothing_installed)
    return made


@pytest.fixture
def databricks_place(server: Shared) -> Iterator[databricks.Workspace]:
    """A workspace of Databricks."""
    with databricks.workspace(server.uri) as made:
        yield made


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A throw-away authority, and the key for it."""
    return self_signed(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def azureml_place(server: Shared, authority: tuple[Path, Path]) -> Iterator[azureml.Workspace]:
    """A workspace of Azure ML."""
    with azureml.workspace(server.uri, authority) as made:
        yield made
