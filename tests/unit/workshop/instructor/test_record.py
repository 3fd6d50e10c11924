"""What the instructor's machine remembers of a class: for its owner alone, and found again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from quickstart.errors import QuickstartError
from quickstart.workshop.instructor import record
from quickstart.workshop.instructor.record import Workshop
from tests.unit.conftest import POSIX_MODES, mode

SECRETS = ("secret", "steering_token", "board_key", "password")


def workshop(name: str = "class", **more: Any) -> Workshop:
    """Return a class; of its settings only those that a test is about are given."""
    usual: dict[str, Any] = {
        "name": name,
        "title": "MLOps course",
        "seats": 40,
        "url": "https://192.168.1.20:5443",
        "listen": "0.0.0.0",
        "port": 5443,
        "names": ("192.168.1.20", "laptop"),
        "install_line": "pip install mlflow-quickstart",
        "experiment": "class",
        "shared": "read",
        "python": "/usr/bin/python3",
        "certificate": "",
        "key": "",
        "fingerprint": "ab" * 32,
        "expires": 2e9,
        "secret": "K7QF3M2P",
        "opened": "2026-03-02T09:00:00+00:00",
    }
    return Workshop(**{**usual, **more}).with_secrets()


def fault(act: Any, *arguments: Any, **more: Any) -> str:
    with pytest.raises(QuickstartError) as caught:
        act(*arguments, **more)
    return caught.value.code


def test_what_is_saved_is_found_again(place: Path) -> None:
    saved = record.save(workshop())
    assert record.load("class") == saved
    assert record.load_all() == [saved]
    assert record.load("other") is None


@POSIX_MODES
def test_it_is_for_its_owner_alone(place: Path) -> None:
    record.save(workshop())
    path = record.folder_of("class") / "record.json"
    assert (mode(path), mode(path.parent)) == ("600", "700")


def test_each_opening_has_secrets_of_its_own_of_128_bits() -> None:
    one, other = workshop(), workshop()
    for key in ("steering_token", "board_key", "password"):
        assert len(bytes.fromhex(getattr(one, key))) == 16
        assert getattr(one, key) != getattr(other, key)


def test_secrets_are_not_shown_in_passing() -> None:
    made = workshop()
    assert not [key for key in SECRETS if getattr(made, key) in repr(made)]


def test_the_server_is_told_digests_in_the_place_of_what_it_only_has_to_know_again() -> None:
    made = workshop()
    told = json.dumps(record.settings(made, "quickstart join ..."))
    assert not [key for key in ("secret", "steering_token", "password") if getattr(made, key) in told]


def test_a_class_that_is_closed_keeps_no_secret() -> None:
    assert [getattr(workshop().without_secrets(), key) for key in SECRETS] == [""] * 4


def test_the_only_open_class_is_meant_where_none_is_named(place: Path) -> None:
    record.save(replace(workshop("monday"), closed="2026-03-02T12:00:00+00:00"))
    tuesday = record.save(workshop("tuesday"))
    assert record.find_workshop(None) == tuesday
    assert record.find_workshop("tuesday") == tuesday


def test_which_class_is_meant_must_be_clear(place: Path) -> None:
    assert fault(record.find_workshop, None) == "no-workshop"
    record.save(replace(workshop("monday"), closed="2026-03-02T12:00:00+00:00"))
    assert fault(record.find_workshop, None) == "no-workshop"
    assert fault(record.find_workshop, "monday") == "workshop-closed"
    assert fault(record.find_workshop, "tuesday") == "unknown-workshop"
    assert fault(record.find_workshop, "../up") == "bad-class-name"
    assert record.find_workshop(None, closed=True).name == record.find_workshop("monday", closed=True).name == "monday"
    record.save(workshop("wednesday"))
    record.save(workshop("thursday"))
    assert fault(record.find_workshop, None) == "which-workshop"


@pytest.mark.parametrize("text", ["{", '{"name": "class"}', "[]"])
def test_a_damaged_record_is_told_as_that(place: Path, text: str) -> None:
    record.save(workshop())
    (record.folder_of("class") / "record.json").write_text(text)
    assert fault(record.load, "class") == "state-damaged"
