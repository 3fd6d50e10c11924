"""Secrets that are kept for a connection: private, good for its own address alone, gone when they are forgotten."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from quickstart.errors import QuickstartError
from quickstart.models import Connection
from quickstart.state import connections

HERE, ELSEWHERE = (Connection("mine", "server", uri) for uri in ("https://a.example.com", "https://b.example.com"))
SECRETS = {"MLFLOW_TRACKING_TOKEN": "abc"}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUICKSTART_HOME", str(tmp_path / "quickstart"))


def test_they_are_private_and_good_for_their_own_address_alone() -> None:
    assert connections.save_secrets("mine", HERE.tracking_uri, SECRETS)
    assert stat.S_IMODE(connections.secrets_file("mine").stat().st_mode) == 0o600
    assert connections.load_secrets(HERE) == SECRETS
    assert connections.load_secrets(ELSEWHERE) == {}
    assert connections.all_variables(HERE) == {"MLFLOW_TRACKING_URI": HERE.tracking_uri, **SECRETS}


def test_the_same_again_changes_nothing_and_a_mode_that_was_opened_is_closed() -> None:
    connections.save_secrets("mine", HERE.tracking_uri, SECRETS)
    assert not connections.save_secrets("mine", HERE.tracking_uri, SECRETS)
    connections.secrets_file("mine").chmod(0o644)
    assert connections.save_secrets("mine", HERE.tracking_uri, SECRETS)
    assert stat.S_IMODE(connections.secrets_file("mine").stat().st_mode) == 0o600


def test_none_at_all_and_forgetting_leave_no_file() -> None:
    assert not connections.delete_secrets("mine")
    connections.save_secrets("mine", HERE.tracking_uri, SECRETS)
    assert connections.save_secrets("mine", HERE.tracking_uri, {})
    assert not connections.secrets_file("mine").parent.exists()
    assert connections.load_secrets(HERE) == {}


@pytest.mark.parametrize("text", ["[]", "{}", '{"uri": 1, "variables": {}}', '{"uri": "", "variables": {"a": 1}}', "x"])
def test_a_damaged_file_is_told(text: str) -> None:
    connections.save_secrets("mine", HERE.tracking_uri, SECRETS)
    connections.secrets_file("mine").write_text(text)
    with pytest.raises(QuickstartError) as caught:
        connections.load_secrets(HERE)
    assert caught.value.code == "state-damaged"
