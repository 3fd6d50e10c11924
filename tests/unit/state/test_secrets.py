"""Secrets that are kept for a connection: private, good for its own address alone, gone when they are forgotten."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from quickstart.errors import Fault
from quickstart.models import Connection
from quickstart.state import secrets

HERE, ELSEWHERE = (Connection("mine", "server", uri) for uri in ("https://a.example.com", "https://b.example.com"))
SECRETS = {"MLFLOW_TRACKING_TOKEN": "abc"}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUICKSTART_HOME", str(tmp_path / "quickstart"))


def test_they_are_private_and_good_for_their_own_address_alone() -> None:
    assert secrets.keep("mine", HERE.tracking_uri, SECRETS)
    assert stat.S_IMODE(secrets.file_of("mine").stat().st_mode) == 0o600
    assert secrets.secrets_of(HERE) == SECRETS
    assert secrets.secrets_of(ELSEWHERE) == {}
    assert secrets.variables_of(HERE) == {"MLFLOW_TRACKING_URI": HERE.tracking_uri, **SECRETS}


def test_the_same_again_changes_nothing_and_a_mode_that_was_opened_is_closed() -> None:
    secrets.keep("mine", HERE.tracking_uri, SECRETS)
    assert not secrets.keep("mine", HERE.tracking_uri, SECRETS)
    secrets.file_of("mine").chmod(0o644)
    assert secrets.keep("mine", HERE.tracking_uri, SECRETS)
    assert stat.S_IMODE(secrets.file_of("mine").stat().st_mode) == 0o600


def test_none_at_all_and_forgetting_leave_no_file() -> None:
    assert not secrets.forget("mine")
    secrets.keep("mine", HERE.tracking_uri, SECRETS)
    assert secrets.keep("mine", HERE.tracking_uri, {})
    assert not secrets.file_of("mine").parent.exists()
    assert secrets.secrets_of(HERE) == {}


@pytest.mark.parametrize("text", ["[]", "{}", '{"uri": 1, "variables": {}}', '{"uri": "", "variables": {"a": 1}}', "x"])
def test_a_damaged_file_is_told(text: str) -> None:
    secrets.keep("mine", HERE.tracking_uri, SECRETS)
    secrets.file_of("mine").write_text(text)
    with pytest.raises(Fault) as caught:
        secrets.secrets_of(HERE)
    assert caught.value.code == "state-damaged"
