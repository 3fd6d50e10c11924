"""Logging in with a person, by device code or in the browser: a stand-in for azure-identity says what that does."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Home
from tests.messages import fix_of
from tests.real.methods.azureml.conftest import home_with
from tests.real.methods.azureml.helpers import login, refused
from tests.real.methods.databricks.interpreters import bare_python
from tests.standins.azureml import Workspace

pytestmark = pytest.mark.matrix  # plain pytest has a login of each kind, and the rest where it is quick

IDENTITY = '''
"""A stand-in for azure-identity: the names and arguments that quickstart uses, and no network."""
import os
from types import SimpleNamespace


class Credential:
    def __init__(self, prompt_callback=None, authority=None, timeout=0, tenant_id=None, client_id=None):
        assert authority in (None, "login.microsoftonline.com")
        self.prompt = prompt_callback

    def get_token(self, scope):
        assert scope == "https://management.azure.com/.default", scope
        if "STANDIN_FAILS" in os.environ:
            raise ValueError(os.environ["STANDIN_FAILS"])
        if self.prompt:
            self.prompt("https://microsoft.com/devicelogin", "ABCD1234", None)
        return SimpleNamespace(token=os.environ["STANDIN_TOKEN"])

EnvironmentCredential = WorkloadIdentityCredential = ManagedIdentityCredential = Credential
InteractiveBrowserCredential = DeviceCodeCredential = Credential
'''


@pytest.fixture(scope="module")
def with_identity(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter that has the stand-in for azure-identity and nothing else."""
    python = bare_python(tmp_path_factory.mktemp("identity") / "venv")
    said = subprocess.check_output([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True)
    packages = Path(said.strip())
    (packages / "azure" / "identity").mkdir(parents=True)
    (packages / "azure" / "identity" / "__init__.py").write_text(IDENTITY)
    (packages / "azure_identity-1.27.0.dist-info").mkdir()
    (packages / "azure_identity-1.27.0.dist-info" / "METADATA").write_text("Name: azure-identity\nVersion: 1.27.0\n")
    return python


@pytest.fixture
def knowing(tmp_path: Path, with_identity: Path, certificate: tuple[Path, Path]) -> Home:
    """A home whose runtime has azure-identity, as far as the stand-in goes."""
    return home_with(with_identity, tmp_path, certificate[0])


def test_a_device_code_is_shown_and_that_it_is_not_remembered(knowing: Home, place: Workspace) -> None:
    token = place.new_token("device", place.user)
    ran = knowing.run(*login(place, "--device-code"), STANDIN_TOKEN=token)
    told = " ".join(ran.err.split())
    assert "enter the code ABCD1234" in told
    assert "https://microsoft.com/devicelogin" in told
    assert "Logged in to our-workspace as newcomer@example.com with a device code" in told
    assert "az login lasts" in told
    assert token not in ran.out + ran.err
    assert "AZURE_TOKEN_CREDENTIALS" not in knowing.run("env").out
    # What was not remembered is missed later, and that is told.
    assert refused(knowing, "verify", status=3, PATH=str(knowing.path))["code"] == "azure-no-login"


def test_a_browser_opens_and_the_login_is_proven(knowing: Home, place: Workspace) -> None:
    document = knowing.json(*login(place, "--browser"), STANDIN_TOKEN=place.new_token("browser", place.user))
    assert document["data"]["verification"]["metrics"] == {"foo": 1.0, "bar": 2.0}


@pytest.mark.parametrize("way", ["--managed-identity", "--device-code", "--browser"])
def test_what_azure_identity_says_is_told_in_its_words(way: str, knowing: Home, place: Workspace) -> None:
    error = refused(knowing, *login(place, way), STANDIN_FAILS="AADSTS50020: User account does not exist in tenant.")
    assert error["code"] == "azure-way-failed"
    assert "AADSTS50020" in error["what"]


def test_a_variable_may_name_the_only_way_that_counts(knowing: Home, place: Workspace) -> None:
    shell: dict[str, Any] = {
        "AZURE_TOKEN_CREDENTIALS": "ManagedIdentityCredential",
        "IDENTITY_ENDPOINT": "http://127.0.0.1:1",
    }
    ran = knowing.run(*login(place), STANDIN_TOKEN=place.new_token("managed", "this-machine"), **shell)
    assert "as this-machine with this machine's managed identity" in " ".join(ran.err.split())


def test_what_needs_azure_identity_says_so_where_it_is_not_there(home: Home, place: Workspace) -> None:
    error = refused(home, *login(place, "--device-code"))
    assert error["code"] == "azure-identity-missing"
    assert "--own-environment" in fix_of(error)
