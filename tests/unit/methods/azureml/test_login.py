"""What a login asks for, and in which order; nothing is called."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from quickstart.errors import QuickstartError
from quickstart.events import no_progress
from quickstart.methods.azureml import az, fields, login
from quickstart.methods.azureml import setup as azureml_setup
from quickstart.methods.azureml.az import ListedWorkspace
from quickstart.methods.base import Setup
from quickstart.models import Answers, Machine
from quickstart.prompts.fields import Field, Given
from quickstart.runtime.find import Runtime

ID = "1b2c3d4e-1111-2222-3333-444455556666"
OURS = ListedWorkspace(ID, "our-group", "ours", "westeurope")
LAPTOP = Machine("Linux", "laptop", "no sign of anything else", "3.11.7")
LINK = f"https://ml.azure.com/?wsid=/subscriptions/{ID}/resourcegroups/our-group/workspaces/ours"


class Room:
    """A scene with a person who is not asked, for the test looks at the questions."""

    interactive = True
    progress = staticmethod(no_progress)

    def __init__(self) -> None:
        self.told: list[str] = []

    def tell(self, status: str, text: str) -> None:
        self.told.append(f"{status}: {text}")


@pytest.fixture
def asking(monkeypatch: pytest.MonkeyPatch) -> login.AzureMLLogin:
    """A login on a machine without az, whose Python has nothing in it."""
    for name in ("MLFLOW_TRACKING_URI", *(need.variable for need in (*fields.PARTS, *fields.PRINCIPAL))):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(az, "find_az", lambda: None)
    setup = Setup(Answers(), LAPTOP, Runtime(Path("/none"), "a test's", exists=False, version=(3, 11, 7)))
    room: Any = Room()
    return login.AzureMLLogin(setup, room)


def need(asking: login.AzureMLLogin, given: Given) -> Field:
    found = asking.next_field(given)
    assert found is not None
    return found


def test_without_az_the_uri_is_asked_and_then_each_part(asking: login.AzureMLLogin) -> None:
    given: Given = {}
    first = need(asking, given)
    assert first == fields.URI
    given = asking.set(first.key, first.default, given)
    for key, value in (("subscription", ID), ("group", "our-group"), ("workspace", "ours"), ("region", "West Europe")):
        assert need(asking, given).key == key
        assert need(asking, given).why
        given = asking.set(key, value, given)
    assert given["host"] == "westeurope.api.azureml.ms"
    assert need(asking, given).key == "packages"


def test_a_link_of_the_studio_leaves_the_region(asking: login.AzureMLLogin) -> None:
    assert need(asking, asking.set("tracking_uri", LINK, {})).key == "region"


def test_what_az_lists_is_offered_and_only_one_is_taken_unasked(
    asking: login.AzureMLLogin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(az, "find_az", lambda: "az")
    monkeypatch.setattr(az, "list_workspaces", lambda subscription: (OURS,))
    monkeypatch.setattr(az, "get_cloud_name", lambda: "AzureCloud")
    offered = need(asking, {})
    assert (offered.default, offered.optional) == (OURS, True)
    assert asking.set("found", OURS, {})["host"] == "westeurope.api.azureml.ms"
    assert need(asking, asking.set("found", None, {})).key == "subscription"
    region = need(asking, asking.set("tracking_uri", LINK, {}))
    assert (region.key, region.known) == ("region", "westeurope")
    several = fields.workspace_field((OURS, OURS))
    assert (several.default, several.optional) == (None, False)


def test_an_az_that_does_not_work_is_told_once_and_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    def expired(subscription: str) -> tuple[ListedWorkspace, ...]:
        raise QuickstartError("azure-login-expired", detail="AADSTS70043", again="")

    monkeypatch.setattr(az, "find_az", lambda: "az")
    monkeypatch.setattr(az, "list_workspaces", expired)
    room: Any = Room()
    found = az.LocalValues(room)
    assert found.workspaces() == found.workspaces() == ()
    assert room.told == ["warn: The az CLI cannot list workspaces: its login has expired (run az login)"]


def test_how_to_log_in_is_asked_only_after_what_needs_nobody_has_failed(asking: login.AzureMLLogin) -> None:
    given = {**asking.set("tracking_uri", LINK, {}), "region": "x", "host": "x", "packages": "leave"}
    assert asking.next_field(given) is None
    assert "way" in asking.fields_to_retry(QuickstartError("azure-no-login"))
    assert need(asking, given).key == "way"
    given = asking.set("way", "secret", given)
    for key, value in (("tenant", "t"), ("client_id", "c"), ("client_secret", "s~1")):
        assert need(asking, given).key == key
        given = asking.set(key, value, given)
    assert asking.next_field(given) is None


def test_a_variable_is_taken_once_so_that_a_refused_secret_is_asked_for(
    asking: login.AzureMLLogin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "s~an-older-secret-of-mine")
    monkeypatch.setenv("AZURE_TENANT_ID", "t")
    given = {**asking.set("tracking_uri", LINK, {}), "host": "x", "way": "secret", "client_id": "c"}
    assert need(asking, given).known == "t"
    given["tenant"] = "t"
    first, second = need(asking, given), need(asking, given)
    assert first.known == "s~an-older-secret-of-mine"
    assert first.known not in first.known_from
    assert second.known is None


@pytest.mark.parametrize(
    ("mlflow", "exists", "default", "choices"),
    [
        (None, False, "own", ["own", "leave"]),
        ("3.9.0", True, "here", ["here", "own", "leave"]),
        ("3.17.2", True, "own", ["own", "leave"]),
    ],
)
def test_where_the_packages_go_is_asked_with_the_pair(
    mlflow: str | None, exists: bool, default: str, choices: list[str]
) -> None:
    runtime = Runtime(Path("/opt/venv/bin/python"), "a test's", exists=exists, version=(3, 11, 7))
    question = fields.packages_field(azureml_setup.find_pair(mlflow, None, (3, 11, 7)), runtime)
    assert question.default == default
    assert question.values == choices
    assert all(flag in question.flags for flag in ("--own-environment", "--no-install"))


@pytest.mark.parametrize("text", ["", "two words", "a\x1bb", "\xe9"])
def test_what_can_be_no_secret_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(QuickstartError) as refused:
        fields.PRINCIPAL[-1].clean(text)
    assert refused.value.code == "bad-secret"
    assert not text or text not in str(refused.value.facts)
