"""What the tests of Azure ML share: a workspace that answers by https, and homes whose runtime is bare."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from certifi import where

from tests.conftest import Home, Shared, new_home
from tests.real.methods.databricks.interpreters import bare_python
from tests.standins.azureml import Workspace, workspace
from tests.standins.databricks.certificate import self_signed

FOREIGN = ("AZURE", "IDENTITY_", "MSI_", "IMDS_", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A throw-away authority, and the key for it."""
    return self_signed(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter with nothing in it."""
    return bare_python(tmp_path_factory.mktemp("bare") / "venv")


@pytest.fixture
def place(server: Shared, certificate: tuple[Path, Path]) -> Iterator[Workspace]:
    """A workspace in which everything works."""
    with workspace(server.uri, certificate) as made:
        yield made


@pytest.fixture
def home(tmp_path: Path, bare: Path, certificate: tuple[Path, Path]) -> Home:
    """A home that trusts the authority, whose runtime has no MLflow, and which has no az."""
    return home_with(bare, tmp_path, certificate[0])


def home_with(python: Path, path: Path, authority: Path) -> Home:
    """Return a home that trusts an authority, with a runtime of one's choice, and cut off from every login."""
    made = new_home(path)
    # What pip trusts already stays trusted: it heeds REQUESTS_CA_BUNDLE, too.
    usual = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("PIP_CERT") or where()
    bundle = path / "authorities.pem"
    bundle.write_bytes(authority.read_bytes() + Path(usual).read_bytes())
    for name in [name for name in made.environment if name.startswith(FOREIGN)]:
        del made.environment[name]
    made.environment.update(QUICKSTART_PYTHON=str(python), REQUESTS_CA_BUNDLE=str(bundle))
    return made
