"""Logging in to a workspace by the az CLI and as a service principal: what is saved, told, proven and taken back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Home
from tests.messages import fix_of
from tests.real.methods.azureml.helpers import az_of, by_secret, files_with, login, refused, stages
from tests.standins.azureml import Workspace, Wrong
from tests.standins.azureml.az import listing
from tests.standins.azureml.state import GROUP, NAME, SUBSCRIPTION, TENANT
from tests.unit.conftest import mode

pytestmark = pytest.mark.matrix


def test_the_login_of_the_az_cli_is_used_named_and_proven(home: Home, place: Workspace) -> None:
    ran = home.run(*login(place), **az_of(home, place))
    told = " ".join(ran.err.split())
    assert "Logged in to our-workspace as newcomer@example.com with the az CLI" in told
    assert "the plugin calls the az CLI" in told
    assert "foo=1 bar=2 logged and read back" in told
    assert "https://ml.azure.com/runs/" in ran.out


def test_what_a_login_saves_is_what_the_plugin_needs(home: Home, place: Workspace) -> None:
    document = home.json(*login(place), **az_of(home, place))
    assert document["data"]["connection"]["env"] == {
        "MLFLOW_TRACKING_URI": place.uri,
        "AZUREML_CURRENT_CLOUD": "AzureCloud",
        "AZURE_TOKEN_CREDENTIALS": "AzureCliCredential",
    }
    assert stages(document)["auth"] == "ok"
    assert document["data"]["verification"]["experiment"]["name"] == "check-azureml-connection"
    assert not [token for token in place.tokens if files_with(token, home) != [home.path / "az" / "answers.json"]]


def test_a_login_can_be_verified_again_repeated_and_taken_back(home: Home, place: Workspace) -> None:
    az = az_of(home, place)
    home.run(*login(place), **az)
    assert home.json("verify", **az)["data"]["metrics"] == {"foo": 1.0, "bar": 2.0}
    assert home.json(*login(place), **az)["data"]["connection"]["name"] == "azureml"
    assert home.json("verify", place.uri, **az)["data"]["tracking_uri"] == place.uri
    home.run("undo", "--yes")
    assert home.json("list")["data"] == {"connections": []}
    assert not list((home.quickstart_home / "state").rglob("*azureml*"))


def test_a_service_principal_logs_in_and_its_secret_is_kept_in_one_private_file(home: Home, place: Workspace) -> None:
    authority: dict[str, Any] = {"AZURE_AUTHORITY_HOST": place.url}
    ran = home.run(*by_secret(place), "--json", stdin=f"{place.client_secret}\n", **authority)
    env = ran.json["data"]["connection"]["env"]
    assert (env["AZURE_TENANT_ID"], env["AZURE_CLIENT_ID"]) == (TENANT, place.client_id)
    assert env["AZURE_TOKEN_CREDENTIALS"] == "EnvironmentCredential"
    kept = home.quickstart_home / "state" / "secrets" / "azureml.json"
    assert files_with(place.client_secret, home) == [kept]
    assert mode(kept) == "600"
    assert place.client_secret not in ran.out + ran.err
    assert f"AZURE_CLIENT_SECRET='{place.client_secret}'" in home.run("env", "--with-secrets").out
    assert home.json("verify", **authority)["data"]["metrics"] == {"foo": 1.0, "bar": 2.0}
    home.run("undo", "--yes")
    assert files_with(place.client_secret, home) == []


def test_the_service_principal_of_the_shell_goes_before_az_as_with_the_plugin(home: Home, place: Workspace) -> None:
    principal: dict[str, Any] = {
        "AZURE_TENANT_ID": TENANT,
        "AZURE_CLIENT_ID": place.client_id,
        "AZURE_CLIENT_SECRET": place.client_secret,
        "AZURE_AUTHORITY_HOST": place.url,
    }
    told = home.run(*login(place), **principal, **az_of(home, place)).err
    assert "with the service principal's secret" in " ".join(told.split())


def test_an_older_secret_goes_when_somebody_logs_in_by_az(home: Home, place: Workspace) -> None:
    home.run(*by_secret(place), stdin=place.client_secret, AZURE_AUTHORITY_HOST=place.url)
    home.run(*login(place, "--az"), **az_of(home, place))
    assert files_with(place.client_secret, home) == []


def test_the_workspace_comes_from_a_shell_that_logs_to_it_already(home: Home, place: Workspace) -> None:
    ran = home.run("login", "azureml", "--no-install", MLFLOW_TRACKING_URI=place.uri, **az_of(home, place))
    assert "MLFLOW_TRACKING_URI in this shell" in ran.err


def test_the_only_workspace_that_az_lists_is_taken(home: Home, place: Workspace) -> None:
    az = az_of(home, place, workspaces=[listing("nowhere1")])
    error = refused(home, "login", "azureml", "--no-input", "--no-install", **az)
    assert error["code"] in ("name-unknown", "host-silent", "proxy-failed", "unreachable")
    assert "nowhere1.api.azureml.ms" in error["what"]


def test_the_region_that_az_knows_is_not_asked(home: Home, place: Workspace) -> None:
    parts = ("--subscription", SUBSCRIPTION, "--resource-group", GROUP, "--workspace", NAME)
    error = refused(home, "login", "azureml", *parts, "--no-install", **az_of(home, place))
    assert "westeurope.api.azureml.ms" in error["what"]


def test_a_region_is_one_of_the_cloud_that_az_is_logged_in_to(home: Home, place: Workspace) -> None:
    parts = (
        "--subscription",
        SUBSCRIPTION,
        "--resource-group",
        GROUP,
        "--workspace",
        NAME,
        "--region",
        "usgovvirginia",
    )
    az = az_of(home, place, cloud="AzureUSGovernment")
    error = refused(home, "login", "azureml", *parts, "--no-install", **az)
    assert "usgovvirginia.api.ml.azure.us" in error["what"]


def test_what_is_missing_is_named_where_nobody_can_be_asked(home: Home, place: Workspace) -> None:
    ran = home.run("login", "azureml", "--json", status=4)
    assert "--tracking-uri U, or set MLFLOW_TRACKING_URI" in ran.json["error"]["why"]
    parts = ("--subscription", SUBSCRIPTION, "--resource-group", GROUP, "--workspace", NAME)
    ran = home.run("login", "azureml", *parts, "--json", status=4)
    assert "--region" in ran.json["error"]["why"]
    assert f"--workspace {NAME} --region G" in fix_of(ran.json["error"])
    ran = home.run("login", "azureml", "--tracking-uri", place.uri, "--json", status=4)
    assert "--own-environment or --no-install" in ran.json["error"]["why"]


def test_a_refused_login_leaves_the_one_from_before(home: Home, place: Workspace) -> None:
    az = az_of(home, place)
    home.run(*login(place), **az)
    before = (home.quickstart_home / "state" / "connections.json").read_bytes()
    place.wrong = Wrong(status=401, message="The token is not valid.")
    refused(home, *login(place), **az)
    assert (home.quickstart_home / "state" / "connections.json").read_bytes() == before


def test_a_dry_run_shows_the_pair_and_asks_nobody(home: Home) -> None:
    document = home.json("--method", "azureml", "--dry-run", "--yes")
    does = [step["does"] for step in document["data"]["plan"]]
    assert "Install mlflow-skinny==3.15.0 (100 MB, about 10 seconds)" in does
    assert any(one.startswith("Install azureml-mlflow==1.62.0.post6") for one in does)
    assert not (home.quickstart_home / "state" / "connections.json").exists()


def test_whoever_comes_back_is_not_asked_again(home: Home, place: Workspace) -> None:
    authority: Any = {"AZURE_AUTHORITY_HOST": place.url}
    home.run(*by_secret(place), stdin=place.client_secret, **authority)
    again = home.json("login", "azureml", "--no-install", **authority)
    assert again["data"]["connection"]["tracking_uri"] == place.uri
    assert set(stages(again).values()) <= {"ok", "skip"}
    assert place.client_secret not in str(again)
