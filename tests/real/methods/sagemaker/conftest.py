"""What the tests of SageMaker share: a stand-in that answers, and homes without anything of AWS's in them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Home, Shared, new_home
from tests.real.conftest import make_environment
from tests.real.methods.databricks.interpreters import bare_python
from tests.standins.sagemaker import Aws, sagemaker


def home_of_aws(path: Path, python: Path) -> Home:
    """Return a home whose runtime is an interpreter, in a shell without a variable of AWS's."""
    made = new_home(path)
    for name in [name for name in made.environment if name.startswith(("AWS_", "SAGEMAKER_"))]:
        del made.environment[name]
    made.environment.update(QUICKSTART_PYTHON=str(python), AWS_EC2_METADATA_DISABLED="true")
    return made


@pytest.fixture(scope="session")
def without_boto(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter with nothing in it."""
    return bare_python(tmp_path_factory.mktemp("bare") / "venv")


@pytest.fixture
def home(tmp_path: Path, without_boto: Path) -> Home:
    """A home whose runtime has neither MLflow nor boto3; no server is started in it."""
    return home_of_aws(tmp_path, without_boto)


@pytest.fixture(scope="module")
def with_plugin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter with MLflow's light client, the real plugin and boto3: built once, for the one heavy module."""
    return make_environment(tmp_path_factory.mktemp("plugin") / "venv", "mlflow-skinny", "sagemaker-mlflow")


@pytest.fixture
def whole(tmp_path: Path, with_plugin: Path) -> Home:
    """A home whose runtime has the real plugin, its client and boto3."""
    return home_of_aws(tmp_path / "whole", with_plugin)


@pytest.fixture
def aws(server: Shared) -> Iterator[Aws]:
    """A protocol stand-in in which everything works, before a real MLflow server."""
    with sagemaker(server.uri) as made:
        yield made


def run_python(home: Home, python: Path, source: str, **environment: str) -> str:
    """Run a script of a person's own, and return what it printed."""
    done = subprocess.run(
        [str(python), "-c", source],
        cwd=home.cwd,
        env={**home.environment, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


POSIX_ONLY = pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins for programs are scripts with #!")
