"""What people paste of a workspace, and the addresses that follow from it."""

from __future__ import annotations

import pytest

from quickstart.errors import QuickstartError
from quickstart.methods.azureml.address import CLOUDS, Workspace, cloud_for, parse, parse_workspace, validate_part

ID = "1b2c3d4e-1111-2222-3333-444455556666"
SCOPE = f"/subscriptions/{ID}/resourceGroups/our-group/providers/Microsoft.MachineLearningServices/workspaces/ours"
HOST = "westeurope.api.azureml.ms"
WHOLE = {"subscription": ID, "group": "our-group", "workspace": "ours"}
URI = f"azureml://{HOST}/mlflow/v1.0{SCOPE}"

PASTED: dict[str, tuple[str, dict[str, str]]] = {
    "a tracking URI": (URI, {**WHOLE, "host": HOST}),
    "a newer one, as the plugin makes it": (f"azureml://{HOST}/mlflow/v2.0{SCOPE}?", {**WHOLE, "host": HOST}),
    "with what was copied around it": (f' "{URI}"\n', {**WHOLE, "host": HOST}),
    "the address of the API": (f"https://{HOST}/mlflow/v1.0{SCOPE}", {**WHOLE, "host": HOST}),
    "in small letters": (URI.replace("resourceGroups", "resourcegroups"), {**WHOLE, "host": HOST}),
    "a link of the studio": (f"https://ml.azure.com/?wsid={SCOPE}&tid=9f8e", {**WHOLE, "tenant": "9f8e"}),
    "a link to a run": (
        f"https://ml.azure.com/runs/abc?wsid=/subscriptions/{ID}/resourcegroups/our-group/workspaces/ours",
        WHOLE,
    ),
    "a link with escapes": (f"https://ml.azure.com/home?wsid={SCOPE.replace('/', '%2F')}", WHOLE),
    "the id of the resource": (SCOPE, WHOLE),
}


@pytest.mark.parametrize(("pasted", "told"), PASTED.values(), ids=PASTED.keys())
def test_what_is_pasted_is_taken_apart(pasted: str, told: dict[str, str]) -> None:
    assert parse(pasted) == told


@pytest.mark.parametrize(
    "pasted",
    ["", "our-workspace", "https://ml.azure.com", f"http://{HOST}/mlflow/v1.0{SCOPE}", f"azureml://a:b@{HOST}{SCOPE}"],
)
def test_what_names_no_workspace_is_refused(pasted: str) -> None:
    with pytest.raises(QuickstartError) as refused:
        parse(pasted)
    assert refused.value.code == "azure-bad-uri"
    assert "a:b" not in str(refused.value.facts)


@pytest.mark.parametrize(
    "host",
    ["example.com", "api.azureml.ms.example.com", "example.com\\\\.api.azureml.ms", "10.0.0.1", "x.api.azureml.ms:x"],
)
def test_a_login_to_all_of_azure_goes_to_azure_or_this_machine(host: str) -> None:
    with pytest.raises(QuickstartError) as refused:
        parse(URI.replace(HOST, host))
    assert refused.value.code == "azure-strange-host"
    assert parse(URI.replace(HOST, "127.0.0.1:8443"))["host"] == "127.0.0.1:8443"
    assert parse(URI.replace(HOST, f"1b2c.workspace.{HOST}"))["host"] == f"1b2c.workspace.{HOST}"


def test_a_link_alone_is_no_tracking_uri() -> None:
    with pytest.raises(QuickstartError):
        parse_workspace(SCOPE)


def test_the_addresses_of_a_workspace() -> None:
    place = Workspace(HOST, ID, "our-group", "ours")
    assert place.uri == URI
    assert place.api == f"https://{HOST}/mlflow/v2.0{SCOPE}"
    assert place.region == "westeurope"
    assert Workspace("127.0.0.1:8443", ID, "g", "ours").region == ""
    assert parse_workspace(place.uri) == place
    studio = place.studio(cloud_for(HOST), "abc")
    assert studio.startswith("https://ml.azure.com/runs/abc?wsid=/subscriptions/")
    assert parse(studio) == WHOLE


@pytest.mark.parametrize("cloud", CLOUDS, ids=lambda cloud: cloud.name)
def test_a_host_tells_its_cloud(cloud: object) -> None:
    assert isinstance(cloud, type(CLOUDS[0]))
    assert cloud_for(f"somewhere{cloud.suffix}", "AzureChinaCloud") is cloud
    assert cloud_for("127.0.0.1:1", cloud.name) is cloud
    assert cloud.scope.endswith("/.default")


def test_parts_are_checked_and_brought_into_form() -> None:
    assert validate_part("region", " West Europe ") == "westeurope"
    assert validate_part("group", "my.group_(1)") == "my.group_(1)"
    for key, value in (("subscription", "Pay-as-you-go"), ("workspace", "a/b"), ("group", "a b"), ("region", "x/y")):
        with pytest.raises(QuickstartError) as refused:
            validate_part(key, value)
        assert refused.value.code == "azure-bad-part"
