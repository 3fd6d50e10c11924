"""Two servers at once: which connection is in use, what a shell needs for it, and one undone without the other."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import PATIENCE, Home
from tests.messages import fix_of
from tests.real.helpers import begin, lasting_home, server_of


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A home with the servers "first" and "second", and the connection "first" in use."""
    with lasting_home(tmp_path_factory, "two") as made:
        both = [begin(made, "server", "start", "--name", name) for name in ("first", "second")]
        assert [one.wait(PATIENCE) for one in both] == [0, 0], [one.communicate() for one in both]
        yield made


@pytest.fixture
def first_in_use(two: Home) -> Home:
    two.run("use", "first")
    return two


def connections(home: Home) -> dict[str, dict[str, Any]]:
    """Return what `list` says, by name."""
    listed = home.json("list")["data"]["connections"]
    assert all(set(connection) == {"name", "method", "tracking_uri", "in_use"} for connection in listed)
    return {connection["name"]: connection for connection in listed}


def test_both_run_each_on_its_own(two: Home) -> None:
    first, second = server_of(two, "first"), server_of(two, "second")
    assert first["running"] is second["running"] is True
    for key in ("pid", "url", "store", "artifacts", "log"):
        assert first[key] != second[key]
    names = [server["name"] for server in two.json("server", "status")["data"]["servers"]]
    assert names == ["first", "second"]


def test_list_marks_the_one_in_use_and_use_changes_it(first_in_use: Home) -> None:
    home = first_in_use
    assert {name: one["in_use"] for name, one in connections(home).items()} == {"first": True, "second": False}
    document = home.json("use", "second")
    assert document["command"] == "use"
    assert {name: one["in_use"] for name, one in connections(home).items()} == {"first": False, "second": True}
    assert home.json("verify")["data"]["tracking_uri"] == server_of(home, "second")["url"]


def test_a_connection_that_is_not_saved_cannot_be_used(first_in_use: Home) -> None:
    refused = first_in_use.json("use", "third", status=2)
    assert refused["error"]["code"] == "unknown-connection"
    assert {"first", "second"} <= set(re.findall(r"\w+", refused["error"]["why"]))
    assert connections(first_in_use)["first"]["in_use"] is True


@pytest.mark.parametrize(
    ("shell", "line"),
    [
        ("bash", "export MLFLOW_TRACKING_URI={uri}"),
        ("fish", "set -gx MLFLOW_TRACKING_URI '{uri}'"),
        ("powershell", "$env:MLFLOW_TRACKING_URI = '{uri}'"),
        ("cmd", 'set "MLFLOW_TRACKING_URI={uri}"'),
        ("dotenv", "MLFLOW_TRACKING_URI={uri}"),
    ],
)
def test_env_prints_the_lines_of_each_shell_and_nothing_else(first_in_use: Home, shell: str, line: str) -> None:
    uri = connections(first_in_use)["first"]["tracking_uri"]
    lines = first_in_use.run("env", "--format", shell).out.splitlines()
    assert line.format(uri=uri) in lines
    assert all(re.search(r"MLFLOW_\w+", one) for one in lines)
    assert first_in_use.json("env", "--format", shell)["data"]["lines"].splitlines() == lines


@pytest.mark.skipif(not shutil.which("bash") or sys.platform == "win32", reason="needs bash")
def test_a_shell_that_evaluates_env_hands_the_variables_on(first_in_use: Home) -> None:
    python = shlex.quote(sys.executable)
    child = 'import os; print(os.environ["MLFLOW_TRACKING_URI"], os.environ["MLFLOW_DISABLE_TELEMETRY"])'
    done = subprocess.run(
        ["bash", "-c", f'eval "$({python} -m quickstart env)" && {python} -c {shlex.quote(child)}'],
        capture_output=True,
        text=True,
        timeout=60,
        env={**first_in_use.environment, "SHELL": "/bin/bash", "MLFLOW_DISABLE_TELEMETRY": "unset"},
        check=True,
    )
    assert done.stdout.split() == [server_of(first_in_use, "first")["url"], "true"]


def test_env_without_a_connection_says_how_to_make_one(home: Home) -> None:
    refused = home.run("env", status=1)
    assert refused.out == "", "nothing that a shell could evaluate"
    assert "--yes" in refused.err


def test_a_second_server_on_the_same_store_is_refused(two: Home) -> None:
    refused = two.json("server", "start", "--name", "third", "--store", server_of(two, "first")["store"], status=1)
    assert refused["error"]["code"] == "store-in-use"
    assert "first" in refused["error"]["what"]
    assert "server stop --name first" in fix_of(refused["error"])
    assert [server["name"] for server in two.json("server", "status")["data"]["servers"]] == ["first", "second"]


@pytest.mark.parametrize("way", ["through ..", "through a link"])
def test_the_same_store_by_another_path_is_refused_too(two: Home, way: str) -> None:
    store = Path(server_of(two, "first")["store"])
    other = f"{store.parent}/../{store.parent.name}/{store.name}"
    if way == "through a link":
        other = str(two.path / "link")
        try:
            Path(other).symlink_to(store, target_is_directory=True)
        except OSError:
            pytest.skip("links cannot be made here")
    try:
        ran = two.run("server", "start", "--name", "alias", "--store", other, "--json", status=None)
        assert ran.status == 1, "two servers are on one SQLite database"
        assert ran.json["error"]["code"] == "store-in-use"
    finally:
        two.run("undo", "alias", "--yes", status=None)


def test_undo_takes_back_the_named_one_alone(two: Home) -> None:
    """The last test here: the second server is gone after it."""
    two.run("use", "second")
    two.run("undo", "second", "--yes")
    assert list(connections(two)) == ["first"]
    assert server_of(two, "first")["running"] is True
    assert [server["name"] for server in two.json("server", "status")["data"]["servers"]] == ["first"]
    assert two.json("server", "status", "--name", "second", status=2)["error"]["code"] == "unknown-server"
