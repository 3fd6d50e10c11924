"""A login that works is saved without harm: one section, private from the first byte, and nothing secret elsewhere."""

from __future__ import annotations

import stat
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import Home
from tests.real.methods.databricks.helpers import (
    GOOD_NEIGHBOUR,
    config,
    files_with,
    has_profiles,
    log_in,
    profiles,
    stages,
)
from tests.standins.databricks import Workspace
from tests.unit.conftest import POSIX_MODES, mode

STAGES = ["resolve", "connect", "tls", "identify", "host", "auth", "experiment", "write", "read", "artifact"]


def test_the_document_has_the_connection_and_the_proof_and_no_secret(home: Home, place: Workspace) -> None:
    document = log_in(home, place)
    assert set(document["data"]) == {"connection", "verification"}
    assert document["data"]["connection"] == {
        "name": "databricks",
        "method": "databricks",
        "tracking_uri": "databricks",
        "env": {"MLFLOW_TRACKING_URI": "databricks", "DATABRICKS_CONFIG_PROFILE": "databricks"},
    }
    verification = document["data"]["verification"]
    assert set(verification) == {"tracking_uri", "experiment", "run", "metrics", "stages", "seconds"}
    assert verification["metrics"] == {"foo": 1.0, "bar": 2.0}
    assert verification["experiment"]["name"] == f"/Users/{place.user}/check-databricks-connection"
    assert verification["run"]["url"].startswith(f"{place.url}/ml/experiments/")
    assert list(stages(document)) == STAGES
    assert {status for name, status in stages(document).items() if name not in ("tls", "host")} == {"ok"}
    assert place.token not in str(document)


def test_the_profile_is_what_databricks_sdk_reads(home: Home, place: Workspace) -> None:
    log_in(home, place, "--free")
    assert profiles(config(home)) == {"databricks-free": {"host": place.url, "token": place.token}}


@pytest.mark.parametrize(
    "before",
    [
        GOOD_NEIGHBOUR,
        "[next]\nhost=a\n[after]\nhost=b",
        "[databricks]\nhost = https://old.invalid\ntoken = dapiold\n[next]\nhost = https://next.invalid\n",
        "; a comment\r\n[DEFAULT]\r\nhost : https://mine.invalid\r\n\r\n",
    ],
)
def test_every_other_byte_stays_and_the_next_header_too(before: str, home: Home, place: Workspace) -> None:
    others = has_profiles(home, before)
    name = log_in(home, place)["data"]["connection"]["env"]["DATABRICKS_CONFIG_PROFILE"]
    assert config(home).read_bytes().startswith(others)
    known = profiles(config(home))
    assert known.pop(name) == {"host": place.url, "token": place.token}
    (home.path / "before").write_bytes(others)
    assert known == profiles(home.path / "before")
    home.run("undo", "--yes")
    assert config(home).read_bytes() == others


def test_a_name_that_somebody_else_uses_is_left_to_them(home: Home, place: Workspace) -> None:
    before = has_profiles(home, "[databricks-free]\nhost = https://old.invalid\ntoken = dapiold\n")
    connection = log_in(home, place, "--free")["data"]["connection"]
    assert connection["env"]["DATABRICKS_CONFIG_PROFILE"] == "databricks-free-2"
    assert config(home).read_bytes().startswith(before)
    log_in(home, place, "--free")
    assert list(profiles(config(home))) == ["databricks-free", "databricks-free-2"]


@POSIX_MODES
@pytest.mark.parametrize("before", [None, 0o644, 0o600])
def test_the_file_is_only_the_owners_afterwards(before: int | None, home: Home, place: Workspace) -> None:
    if before:
        has_profiles(home, GOOD_NEIGHBOUR, before)
    log_in(home, place)
    assert mode(config(home)) == "600"


WATCH = """
import os
real = os.open
def watched(path, flags, mode=0o777, **more):
    descriptor = real(path, flags, mode, **more)
    if "databrickscfg" in str(path) and flags & os.O_CREAT:
        with open(os.environ["SEEN"], "a") as seen:
            seen.write(f"{os.fstat(descriptor).st_mode & 0o777:o} {os.fspath(path)}\\n")
    return descriptor
os.open = watched
"""


@POSIX_MODES
def test_the_file_is_only_the_owners_from_the_first_byte(home: Home, place: Workspace) -> None:
    has_profiles(home, GOOD_NEIGHBOUR, 0o644)
    (home.path / "watch").mkdir()
    (home.path / "watch" / "sitecustomize.py").write_text(WATCH)
    seen = home.path / "seen"
    log_in(home, place, PYTHONPATH=str(home.path / "watch"), SEEN=str(seen))
    made = seen.read_text().splitlines()
    assert made, "the watch saw no file being made"
    assert {line.split()[0] for line in made} == {"600"}


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")
def test_a_file_that_is_a_link_stays_one(home: Home, place: Workspace) -> None:
    real = home.path / "dotfiles"
    real.write_text(GOOD_NEIGHBOUR)
    config(home).symlink_to(real)
    log_in(home, place)
    assert config(home).is_symlink()
    assert stat.S_ISREG(real.lstat().st_mode)
    assert real.read_text().startswith(GOOD_NEIGHBOUR)
    home.run("undo", "--yes")
    assert (config(home).is_symlink(), real.read_text()) == (True, GOOD_NEIGHBOUR)


@pytest.mark.parametrize("way", ["token", "machine"])
def test_the_secret_is_in_the_profile_and_nowhere_else(way: str, home: Home, place: Workspace) -> None:
    line = ["login", "databricks", "--host", place.url]
    secret = place.token if way == "token" else place.client_secret
    more = ["--token-stdin"] if way == "token" else ["--client-id", place.client_id, "--client-secret-stdin"]
    shown = home.run(*line, *more, "--verbose", stdin=secret)
    again = [home.run(*words.split()) for words in ("verify", "verify --json", "env", "list --json")]
    assert files_with(secret, home, config(home)) == []
    assert files_with(secret, home) == [config(home)]
    for ran in (shown, *again):
        assert secret not in ran.out + ran.err
    home.run("undo", "--yes", "--json")
    assert files_with(secret, home) == []


def test_no_child_process_has_the_secret_among_its_arguments(home: Home, place: Workspace, tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text(
        f'#!/bin/sh\necho "$@" >> "{tmp_path}/arguments"\nexec "{home.environment["QUICKSTART_PYTHON"]}" "$@"\n'
    )
    python.chmod(0o755)
    home.run(
        "login", "databricks", "--host", place.url, "--token-stdin", stdin=place.token, QUICKSTART_PYTHON=str(python)
    )
    assert "describe.py" in (tmp_path / "arguments").read_text()
    assert place.token not in (tmp_path / "arguments").read_text()


def test_another_file_of_profiles_is_used_everywhere(home: Home, place: Workspace, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere" / "profiles"
    document = log_in(home, place, DATABRICKS_CONFIG_FILE=str(other))
    assert not config(home).exists()
    assert profiles(other) == {"databricks": {"host": place.url, "token": place.token}}
    assert document["data"]["connection"]["env"]["DATABRICKS_CONFIG_FILE"] == str(other)
    assert f"export DATABRICKS_CONFIG_FILE={other}" in home.run("env").out
    assert home.json("verify")["data"]["metrics"] == {"foo": 1.0, "bar": 2.0}
    home.run("undo", "--yes")
    assert not other.exists()


def test_a_file_named_from_the_working_directory_is_found_from_any_other(home: Home, place: Workspace) -> None:
    document = log_in(home, place, DATABRICKS_CONFIG_FILE="mine.cfg")
    assert document["data"]["connection"]["env"]["DATABRICKS_CONFIG_FILE"] == str(home.cwd / "mine.cfg")
    elsewhere = replace(home, cwd=home.path)
    elsewhere.run("verify")
    elsewhere.run("undo", "--yes")
    assert not (home.cwd / "mine.cfg").exists()
