"""Logging in by each method that is not local, without a person: what is told, what is written, what undo leaves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Home, Shared
from tests.contract.golden import Documents, check_files
from tests.real.conftest import make_environment
from tests.real.methods.azureml.conftest import home_with
from tests.real.methods.azureml.helpers import by_secret
from tests.real.methods.sagemaker.conftest import home_of_aws
from tests.standins import azureml, databricks, front
from tests.standins.sagemaker import sagemaker

pytestmark = pytest.mark.matrix

PASSWORD, TOKEN = "a password:of mine", "tok-0123456789abcdef-good"


@pytest.mark.parametrize(("name", "more"), [("databricks", ()), ("databricks-free", ("--free",))])
def test_databricks(
    name: str, more: tuple[str, ...], bare: Home, databricks_place: databricks.Workspace, documents: Documents
) -> None:
    line = ("login", "databricks", "--host", databricks_place.url, "--token-stdin", *more)
    documents.run("refused", bare, *line, stdin="dapi" + "0bad" * 8, status=1)
    documents.run("login", bare, *line, stdin=databricks_place.token)
    check_files(name, bare)
    documents.run("env", bare, "env", "--format", "bash")
    documents.run("verify", bare, "verify")
    documents.run("undo", bare, "undo", "--yes")
    documents.check(name)
    check_files(f"{name}_undone", bare)


def test_databricks_by_a_service_principal(
    bare: Home, databricks_place: databricks.Workspace, documents: Documents
) -> None:
    line = ("login", "databricks", "--host", databricks_place.url, "--client-id", databricks_place.client_id)
    documents.run("login", bare, *line, "--client-secret-stdin", stdin=databricks_place.client_secret)
    documents.check("databricks_principal")
    check_files("databricks_principal", bare)


def test_azureml(
    tmp_path: Path,
    nothing_installed: Path,
    azureml_place: azureml.Workspace,
    authority: tuple[Path, Path],
    documents: Documents,
) -> None:
    home = home_with(nothing_installed, tmp_path / "machine", authority[0])
    line = by_secret(azureml_place)
    shell: dict[str, Any] = {"AZURE_AUTHORITY_HOST": azureml_place.url}
    documents.run("refused", home, *line, stdin="wrong~" + "Q8x" * 11, status=1, **shell)
    documents.run("login", home, *line, stdin=azureml_place.client_secret, **shell)
    check_files("azureml", home, but=("authorities.pem",))
    documents.run("env", home, "env", "--format", "bash")
    documents.run("verify", home, "verify", **shell)
    documents.run("undo", home, "undo", "--yes")
    documents.check("azureml")
    check_files("azureml_undone", home, but=("authorities.pem",))


def test_sagemaker(tmp_path: Path, server: Shared, documents: Documents) -> None:
    python = make_environment(tmp_path / "plugin", "mlflow-skinny", "sagemaker-mlflow")
    home = home_of_aws(tmp_path / "machine", python)
    with sagemaker(server.uri) as aws:
        line = ("login", "sagemaker", aws.arn, "--no-input")
        wrong = {**aws.login, "AWS_SECRET_ACCESS_KEY": "wrong"}
        documents.run("refused", home, *line, status=1, **aws.places, **wrong)
        documents.run("login", home, *line, **aws.places, **aws.login)
        check_files("sagemaker", home)
        documents.run("env", home, "env", "--format", "bash")
        documents.run("verify", home, "verify", **aws.places, **aws.login)
        documents.run("undo", home, "undo", "--yes")
    documents.check("sagemaker")
    check_files("sagemaker_undone", home)


def test_server_by_a_password(bare: Home, server: Shared, documents: Documents) -> None:
    with front.front(front.basic("me", PASSWORD), server.uri) as place:
        line = ("login", "server", place.url, "--username", "me", "--password-stdin")
        documents.run("refused", bare, *line, stdin="another password", status=1)
        documents.run("login", bare, *line, stdin=PASSWORD)
        check_files("server", bare)
        documents.run("env", bare, "env", "--format", "bash")
        documents.run("verify", bare, "verify")
        documents.run("undo", bare, "undo", "--yes")
    documents.check("server_by_password")
    check_files("server_undone", bare)


def test_server_by_a_token_into_mlflows_own_file(bare: Home, server: Shared, documents: Documents) -> None:
    with front.front(front.bearer(TOKEN), server.uri) as place:
        documents.run("login by token", bare, "login", "server", place.url, "--token-stdin", stdin=TOKEN)
    with front.front(front.basic("me", PASSWORD), server.uri) as place:
        line = ("login", "server", place.url, "--username", "me", "--password-stdin", "--write-mlflow-credentials")
        documents.run("login", bare, *line, stdin=PASSWORD)
    documents.check("server_by_token")
    check_files("server_two", bare)


def test_server_without_a_login(bare: Home, server: Shared, documents: Documents) -> None:
    documents.run("login", bare, "login", "server", server.uri, "--no-input")
    documents.check("server_open")
    check_files("server_open", bare)
