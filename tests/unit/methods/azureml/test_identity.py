"""Which ways to log in are tried, in which order, and how the plugin is told to take the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from quickstart.methods.azureml import METHODS, identity
from quickstart.methods.azureml.identity import CLIENT_ID, CLIENT_SECRET, PIN, TENANT, WAYS, candidates, pin_variable
from quickstart.models import Connection, Machine

WHO = {TENANT: "t", CLIENT_ID: "c"}
VM = Machine("Linux", "vm", "the hardware says Azure", "3.11.7")
SHELLS: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "nothing": ({}, ("az",)),
    "a service principal": ({**WHO, CLIENT_SECRET: "s"}, ("secret", "az")),
    "one of a certificate": ({**WHO, "AZURE_CLIENT_CERTIFICATE_PATH": "p"}, ("environment", "az")),
    "a cluster": ({**WHO, "AZURE_FEDERATED_TOKEN_FILE": "f"}, ("workload", "az")),
    "an App Service": ({"IDENTITY_ENDPOINT": "http://127.0.0.1"}, ("managed", "az")),
    "a secret without an id": ({CLIENT_SECRET: "s"}, ("az",)),
    "pinned": ({"IDENTITY_ENDPOINT": "x", PIN: "azureclicredential"}, ("az",)),
    "pinned to what is not there": ({PIN: "ManagedIdentityCredential"}, ()),
    "pinned to something that we do not know": ({PIN: "dev"}, ("az",)),
}


@pytest.mark.parametrize(("environment", "order"), SHELLS.values(), ids=SHELLS.keys())
def test_the_ways_that_are_worth_a_try(environment: dict[str, str], order: tuple[str, ...]) -> None:
    assert candidates(environment) == order


def test_a_machine_in_azure_may_have_an_identity() -> None:
    assert candidates({}, VM) == ("managed", "az")
    assert candidates({}, replace(VM, evidence="the hardware says AWS")) == ("az",)


@pytest.mark.parametrize("way", WAYS)
def test_the_plugin_is_told_to_log_in_the_same_way_where_it_can(way: str) -> None:
    told = pin_variable(way, "1.27.0")
    assert told == ({PIN: WAYS[way].credential} if WAYS[way].credential else {})
    assert pin_variable(way, None) == told
    assert pin_variable(way, "1.23.1") == {}


def test_a_job_and_another_principal_of_the_shell_would_beat_a_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    saved = Connection("azureml", "azureml", "azureml://x", {PIN: "AzureCliCredential"})
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "x")
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "x")
    actions = METHODS[0].actions
    assert actions.conflicting_variables(saved) == ()
    assert actions.conflicting_variables(replace(saved, env={})) == ("AZURE_CLIENT_SECRET",)
    monkeypatch.setenv("MLFLOW_RUN_ID", "x")
    assert actions.conflicting_variables(saved) == ("MLFLOW_TRACKING_TOKEN", "MLFLOW_RUN_ID")


@pytest.mark.parametrize("token", ["", "abc", "a.b.c", "a.eyJ4.c", "a.W10.c"])
def test_a_token_that_tells_nothing_is_somebodys(token: str) -> None:
    access = identity.Access(token, "az")
    assert (access.me, access.tenant) == ("unknown user", "")
    assert repr(access) == "<access by az>"
