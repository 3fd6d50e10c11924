"""Secrets that are kept for a connection: private, good for its own address alone, gone when they are forgotten."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from quickstart.credentials import kept
from quickstart.errors import Fault
from quickstart.model import Connection

HERE, ELSEWHERE = (Connection("mine", "server", uri) for uri in ("https://a.example.com", "https://b.example.com"))
SECRETS = {"MLFLOW_TRACKING_TOKEN": "abc"}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUICKSTART_HOME", str(tmp_path / "quickstart"))


def test_they_are_private_and_good_for_their_own_address_alone() -> None:
    assert kept.keep("mine", HERE.tracking_uri, SECRETS)
    assert stat.S_IMODE(kept.file_of("mine").stat().st_mode) == 0o600
    assert kept.secrets_of(HERE) == SECRETS
    assert kept.secrets_of(ELSEWHERE) == {}
    assert kept.variables_of(HERE) == {"MLFLOW_TRACKING_URI": HERE.tracking_uri, **SECRETS}


def test_the_same_again_changes_nothing_and_a_mode_that_was_opened_is_closed() -> None:
    kept.keep("mine", HERE.tracking_uri, SECRETS)
    assert not kept.keep("mine", HERE.tracking_uri, SECRETS)
    kept.file_of("mine").chmod(0o644)
    assert kept.keep("mine", HERE.tracking_uri, SECRETS)
    assert stat.S_IMODE(kept.file_of("mine").stat().st_mode) == 0o600


def test_none_at_all_and_forgetting_leave_no_file() -> None:
    assert not kept.forget("mine")
    kept.keep("mine", HERE.tracking_uri, SECRETS)
    assert kept.keep("mine", HERE.tracking_uri, {})
    assert not kept.file_of("mine").parent.exists()
    assert kept.secrets_of(HERE) == {}


@pytest.mark.parametrize("text", ["[]", "{}", '{"uri": 1, "variables": {}}', '{"uri": "", "variables": {"a": 1}}', "x"])
def test_a_damaged_file_is_told(text: str) -> None:
    kept.keep("mine", HERE.tracking_uri, SECRETS)
    kept.file_of("mine").write_text(text)
    with pytest.raises(Fault) as caught:
        kept.secrets_of(HERE)
    assert caught.value.code == "state-damaged"
