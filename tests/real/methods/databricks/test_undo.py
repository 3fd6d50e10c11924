"""Undo takes back exactly what a login did: the file is, byte for byte, what it was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Home
from tests.real.methods.databricks.helpers import config, connections, has_profiles, log_in, profiles
from tests.standins.databricks import Workspace

pytestmark = pytest.mark.matrix

BEFORE = "[mine]\nhost = https://mine.invalid\ntoken = dapimine\n# the end"


def test_undo_deletes_the_file_that_it_made(home: Home, place: Workspace) -> None:
    log_in(home, place)
    done = home.json("undo", "--yes")["data"]["undone"]
    assert {step["status"] for step in done} == {"ok"}
    assert not config(home).exists()
    assert connections(home) == []
    assert not [path for path in home.quickstart_home.rglob("*") if path.is_file() and path.suffix != ".lock"]


def test_a_file_that_was_made_but_is_used_by_others_since_stays(home: Home, place: Workspace) -> None:
    log_in(home, place)
    with config(home).open("a") as file:
        file.write("[later]\nhost = https://later.invalid\n")
    home.run("undo", "--yes")
    assert config(home).read_text().strip() == "[later]\nhost = https://later.invalid"


def test_an_empty_file_that_was_there_stays(home: Home, place: Workspace) -> None:
    has_profiles(home, "")
    log_in(home, place)
    home.run("undo", "--yes")
    assert config(home).read_bytes() == b""


@pytest.mark.parametrize("key", ["token", "host", "cluster_id"])
def test_undo_leaves_a_profile_that_somebody_changed_since(key: str, home: Home, place: Workspace) -> None:
    has_profiles(home, BEFORE)
    log_in(home, place)
    text = config(home).read_text()
    changed = text.replace(f"{key} = ", f"{key} = x") if f"\n{key} = " in text[len(BEFORE) :] else text + f"{key} = x\n"
    config(home).write_text(changed)
    document = home.json("undo", "--yes")
    assert config(home).read_text() == changed
    assert "changed since" in json.dumps(document)


def test_two_logins_with_two_tokens_are_one_undo(home: Home, place: Workspace) -> None:
    before = has_profiles(home, BEFORE)
    place.tokens["dapi" + "2" * 32] = place.user
    log_in(home, place)
    log_in(home, place, token="dapi" + "2" * 32)
    assert profiles(config(home))["databricks"]["token"] == "dapi" + "2" * 32
    home.run("undo", "--yes")
    assert config(home).read_bytes() == before


def test_a_login_between_which_somebody_wrote_is_still_taken_out_alone(home: Home, place: Workspace) -> None:
    before = has_profiles(home, BEFORE)
    log_in(home, place)
    with config(home).open("a") as file:
        file.write("[later]\nhost = https://later.invalid\n")
    place.tokens["dapi" + "2" * 32] = place.user
    log_in(home, place, token="dapi" + "2" * 32)
    home.run("undo", "--yes")
    assert config(home).read_bytes() == before + b"\n[later]\nhost = https://later.invalid\n" or profiles(
        config(home)
    ).keys() == {"mine", "later"}


def test_two_connections_are_taken_back_one_by_one(home: Home, place: Workspace) -> None:
    before = has_profiles(home, BEFORE)
    log_in(home, place, "--profile", "first")
    middle = config(home).read_bytes()
    log_in(home, place, "--profile", "second")
    assert connections(home) == ["first", "second"]
    home.run("undo", "second", "--yes")
    assert config(home).read_bytes() == middle
    home.run("undo", "first", "--yes")
    assert config(home).read_bytes() == before


def test_undo_of_the_older_login_first_leaves_the_newer_one_whole(home: Home, place: Workspace) -> None:
    before = has_profiles(home, BEFORE)
    log_in(home, place, "--profile", "first")
    log_in(home, place, "--profile", "second")
    home.run("undo", "first", "--yes")
    assert profiles(config(home))["second"] == {"host": place.url, "token": place.token}
    home.run("undo", "second", "--yes")
    assert config(home).read_bytes().rstrip(b"\n") == before.rstrip(b"\n")


def test_undo_without_the_file_is_no_failure(home: Home, place: Workspace) -> None:
    log_in(home, place)
    config(home).unlink()
    home.run("undo", "--yes")
    assert not config(home).exists()


def test_a_login_that_was_cut_short_is_taken_back_from_the_journal(home: Home, place: Workspace) -> None:
    before = has_profiles(home, BEFORE)
    log_in(home, place)
    (home.quickstart_home / "state" / "connections.json").unlink()
    home.run("undo", "databricks", "--yes")
    assert config(home).read_bytes() == before


def test_undo_does_not_touch_a_damaged_file_and_says_why(home: Home, place: Workspace) -> None:
    log_in(home, place)
    config(home).write_text("[databricks\ntoken = dapimine\n")
    ran = home.run("undo", "--yes", status=None)
    assert config(home).read_text() == "[databricks\ntoken = dapimine\n"
    assert ran.status == 1
    assert "cannot be read" in " ".join((ran.out + ran.err).split())
    assert "dapimine" not in ran.out + ran.err


def test_the_file_is_not_touched_by_a_login_that_changes_nothing(home: Home, place: Workspace) -> None:
    log_in(home, place)
    stamp = config(home).stat()
    log_in(home, place)
    assert (config(home).stat().st_mtime_ns, config(home).stat().st_ino) == (stamp.st_mtime_ns, stamp.st_ino)
    assert Path(config(home)).exists()
