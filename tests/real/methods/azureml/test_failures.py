"""Each thing that goes wrong is told in ten seconds: what happened, why, and the command that mends it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from quickstart.methods.azureml import responses
from quickstart.methods.azureml.address import parse_workspace
from quickstart.methods.azureml.identity import Access
from quickstart.net.http import Answer
from tests.conftest import Home, free_port
from tests.messages import fix_of
from tests.real.methods.azureml.helpers import az_of, by_secret, login, refused
from tests.standins.azureml import Workspace, Wrong, fake_az
from tests.standins.azureml.az import EXPIRED, listing
from tests.standins.azureml.state import TENANT

pytestmark = pytest.mark.matrix  # plain pytest has a login of each kind, and the rest where it is quick

ISSUER = (
    "The access token is from the wrong issuer 'https://sts.windows.net/11111111-0000-4000-8000-000000000001/'. "
    f"It must match the tenant 'https://sts.windows.net/{TENANT}/' associated with this subscription."
)
# What a workspace answers whoever is logged in: code, a word of what and why, and of the mend.
ANSWERS: dict[str, tuple[Wrong, str, str, str]] = {
    "a login that is refused": (
        Wrong(status=401, message="The token is not valid."),
        "login-refused",
        "The token is not valid.",
        "az login &&",
    ),
    "no role on the workspace": (
        Wrong(status=403, message="Does not have authorization to perform action."),
        "azure-no-role",
        "You have no role in the workspace",
        'az role assignment create --assignee newcomer@example.com --role "AzureML Data Scientist"',
    ),
    "a clock that is wrong": (
        Wrong(status=401, message="The token is not yet valid.", skew=900),
        "login-refused",
        "s behind the workspace's",
        "timedatectl set-ntp true",
    ),
    "another tenant": (Wrong(status=401, message=ISSUER), "azure-wrong-tenant", "wrong issuer", "az login --tenant"),
    "no such workspace": (
        Wrong(status=404, message="Workspace not found."),
        "azure-no-workspace",
        "in another region",
        "az resource list",
    ),
    "too many calls": (
        Wrong(status=429, message="slow down", retry_after=7, before_login=True),
        "azure-busy",
        "wait 7 s",
        "sleep 7;",
    ),
    "trouble at Azure": (
        Wrong(status=503, before_login=True),
        "azure-down",
        "failed with status 503",
        "azure.status.microsoft",
    ),
    "a login page before everything": (Wrong(page=True), "azure-not-a-workspace", "captive", "login azureml"),
    "silence": (Wrong(hangs=True), "no-answer", "timed out after 5 s", "quickstart"),
}


@pytest.mark.parametrize(("wrong", "code", "word", "mend"), ANSWERS.values(), ids=ANSWERS.keys())
def test_what_a_workspace_answers_is_told(
    wrong: Wrong, code: str, word: str, mend: str, home: Home, place: Workspace
) -> None:
    az = az_of(home, place)
    place.wrong = wrong
    error = refused(home, *login(place), **az)
    assert error["code"] == code
    assert word in f"{error['what']} {error['why']}"
    assert mend in fix_of(error)
    assert home.json("list")["data"] == {"connections": []}
    assert not [token for token in place.tokens if token in str(error)]


@pytest.mark.parametrize("wrong", [Wrong(page=True), Wrong(status=503, before_login=True)], ids=["a page", "trouble"])
def test_no_login_is_sent_to_what_does_not_look_like_a_workspace(wrong: Wrong, home: Home, place: Workspace) -> None:
    place.wrong = wrong
    refused(home, *login(place), **az_of(home, place))
    assert place.logins == []


@pytest.mark.parametrize(
    ("said", "code", "mend"),
    [
        ({"error": EXPIRED}, "azure-login-expired", "az login &&"),
        ({"hangs": True}, "azure-cli-silent", "az account show"),
        ({"cloud": "AzureChinaCloud"}, "azure-wrong-cloud", "az cloud set --name AzureCloud && az login"),
        ({"error": "ERROR: something new"}, "azure-cli-failed", "az account show"),
    ],
    ids=["expired", "silent", "wrong cloud", "anything else"],
)
def test_what_the_az_cli_answers_is_told(
    said: dict[str, Any], code: str, mend: str, home: Home, place: Workspace
) -> None:
    error = refused(home, *login(place), **az_of(home, place, **said))
    assert error["code"] == code
    assert mend in fix_of(error)


def test_an_az_that_nobody_is_logged_in_to_is_named(home: Home, place: Workspace) -> None:
    error = refused(home, *login(place, "--az"), **fake_az(home.path / "az", None))
    assert (error["code"], "az login &&" in fix_of(error)) == ("azure-not-logged-in", True)


def test_without_any_login_each_that_was_tried_is_named(home: Home, place: Workspace) -> None:
    error = refused(home, *login(place), PATH=str(home.path))
    assert error["code"] == "azure-no-login"
    assert "the az CLI: not installed" in error["why"]
    assert "--device-code" in fix_of(error)


@pytest.mark.parametrize(
    ("option", "given", "word"),
    [
        ("--client-secret-stdin", "s~wrong-secret-of-somebody", "AADSTS7000215: Invalid client secret"),
        ("--tenant", "0b0b0b0b-0000-4000-8000-000000000000", "AADSTS90002: Tenant not found"),
        ("--client-id", "0c0c0c0c-0000-4000-8000-000000000000", "AADSTS700016: Application"),
    ],
    ids=["the secret", "the tenant", "the id"],
)
def test_a_service_principal_that_is_refused_is_told_why(
    option: str, given: str, word: str, home: Home, place: Workspace
) -> None:
    line, secret = list(by_secret(place)), place.client_secret
    if option == "--client-secret-stdin":
        secret = given
    else:
        line[line.index(option) + 1] = given
    error = refused(home, *line, stdin=secret, AZURE_AUTHORITY_HOST=place.url)
    assert error["code"] == "login-refused"
    assert "rejected the service principal's secret" in error["what"]
    assert word in error["why"]
    assert secret not in str(error)


def test_a_workspace_that_az_knows_in_another_region_is_named(
    home: Home, place: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", az_of(home, place, workspaces=[listing("eastus2")])["PATH"])
    workspace = parse_workspace(place.uri.replace(place.host, "westeurope.api.azureml.ms"))
    fault = responses.login_error(Answer(404, {}, b"{}"), workspace, Access("token", "az"))
    assert fault.code == "azure-wrong-region"
    assert (fault.facts["ours"], fault.facts["theirs"]) == ("westeurope", "eastus2")
    assert "--region eastus2" in fault.facts["again"]


def test_an_authority_that_is_not_trusted_is_told(home: Home, place: Workspace, tmp_path: Path) -> None:
    del home.environment["REQUESTS_CA_BUNDLE"]
    error = refused(home, *login(place), **az_of(home, place))
    assert error["code"] == "tls-failed"
    assert "REQUESTS_CA_BUNDLE" in fix_of(error)
    missing: dict[str, Any] = {"REQUESTS_CA_BUNDLE": str(tmp_path / "none.pem")}
    assert refused(home, *login(place), **missing, **az_of(home, place))["code"] == "ca-missing"


def test_a_host_that_is_not_there_is_told(home: Home, place: Workspace, taken_port: Callable[..., int]) -> None:
    def to(host: str) -> dict[str, str]:
        line = [one.replace(place.host, host) for one in login(place)]
        return refused(home, *line, **az_of(home, place))

    assert to(f"127.0.0.1:{free_port()}")["code"] == "server-down"
    assert to(f"127.0.0.1:{taken_port()}")["code"] in ("no-answer", "host-silent")


def test_a_proxy_that_does_not_let_through_is_told(home: Home, place: Workspace) -> None:
    line = [one.replace(place.host, "westeurope.api.azureml.ms") for one in login(place)]
    proxy: dict[str, Any] = {"HTTPS_PROXY": f"http://127.0.0.1:{free_port()}", "NO_PROXY": "", "no_proxy": ""}
    assert refused(home, *line, **proxy, **az_of(home, place))["code"] == "proxy-failed"


@pytest.mark.parametrize(
    "given",
    ["https://ml.azure.com/", "http://127.0.0.1:5000", "azureml://westeurope.api.azureml.ms", "sqlite:///x.db"],
)
def test_what_is_no_workspace_is_told_before_anything_is_called(given: str, home: Home) -> None:
    error = refused(home, "login", "azureml", "--tracking-uri", given, "--no-install", status=2)
    assert error["code"] == "azure-bad-uri"
    assert "mlflow_tracking_uri" in fix_of(error)


@pytest.mark.parametrize("uri", ["azureml://[x/mlflow/v1.0", "azureml://\u2100.api.azureml.ms/mlflow/v1.0"])
def test_a_tracking_uri_without_an_address_is_told(home: Home, uri: str) -> None:
    scope = "/subscriptions/1b2c3d4e-1111-2222-3333-444455556666/resourceGroups/rg/workspaces/ws"
    error = refused(home, "login", "azureml", "--tracking-uri", uri + scope, "--no-install", status=2)
    assert error["code"] in ("azure-bad-uri", "azure-strange-host")


@pytest.mark.parametrize("said", ["null", "[]", "5", '[{"id": "x"}]'])
def test_an_az_that_says_something_else_is_told(home: Home, place: Workspace, said: str) -> None:
    folder = home.path / "strange"
    folder.mkdir()
    (folder / "az").write_text(f"#!/bin/sh\necho '{said}'\n")
    (folder / "az").chmod(0o755)
    path: Any = {"PATH": f"{folder}{os.pathsep}{home.environment['PATH']}"}
    assert refused(home, *login(place, "--az"), **path)["code"] == "azure-cli-failed"
    assert home.json("login", "azureml", "--no-install", status=4, **path)["error"]["code"] == "answer-needed"


@pytest.mark.parametrize("authority", ["http://[x", "http://example.invalid"])
def test_a_secret_does_not_go_to_a_strange_authority(home: Home, place: Workspace, authority: str) -> None:
    error = refused(home, *by_secret(place), stdin=place.client_secret, AZURE_AUTHORITY_HOST=authority)
    assert error["code"] == "azure-authority"
    assert place.client_secret not in str(error)
