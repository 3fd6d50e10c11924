"""Where a tracking URI comes from, what a .env file says, and when two addresses lead to the same place."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from quickstart.diagnosis.context import VARIABLE, default_uri, dotenv, find_effective_uri, same_uri
from quickstart.models import Connection
from tests.real.server.databases import make_mlruns

LOCAL = Connection("local", "local", "http://127.0.0.1:5000")
OTHER = Connection("other", "server", "https://tracking.example.org")
SAVED = {one.name: one for one in (LOCAL, OTHER)}


def write_dotenv(folder: Path, text: str | bytes) -> None:
    (folder / ".env").write_bytes(text if isinstance(text, bytes) else text.encode())


def test_what_is_named_goes_before_everything(tmp_path: Path) -> None:
    found = find_effective_uri("http://127.0.0.1:7000", {VARIABLE: OTHER.tracking_uri}, tmp_path, SAVED, LOCAL)
    assert (found.uri, found.source, found.saved) == ("http://127.0.0.1:7000", "argument", None)


def test_a_variable_goes_before_the_connection_in_use_as_it_does_in_mlflow(tmp_path: Path) -> None:
    found = find_effective_uri(None, {VARIABLE: f"{OTHER.tracking_uri}/"}, tmp_path, SAVED, LOCAL)
    assert (found.uri, found.source, found.saved) == (f"{OTHER.tracking_uri}/", "variable", OTHER)


def test_an_empty_variable_is_none(tmp_path: Path) -> None:
    assert find_effective_uri(None, {VARIABLE: ""}, tmp_path, SAVED, LOCAL).source == "connection"


def test_a_dotenv_counts_where_no_connection_is_in_use(tmp_path: Path) -> None:
    write_dotenv(tmp_path, f"{VARIABLE}={OTHER.tracking_uri}\n")
    assert find_effective_uri(None, {}, tmp_path, SAVED, LOCAL).source == "connection"
    found = find_effective_uri(None, {}, tmp_path, SAVED, None)
    assert (found.source, found.saved) == ("dotenv", OTHER)
    assert str(tmp_path / ".env") in found.words


def test_mlflows_own_default_is_the_database_or_an_old_folder_of_runs(tmp_path: Path) -> None:
    assert default_uri(tmp_path) == f"sqlite:///{tmp_path}/mlflow.db"
    mlruns = make_mlruns(tmp_path)
    assert default_uri(tmp_path) == mlruns.as_uri()
    assert find_effective_uri(None, {}, tmp_path, {}, None).source == "default"


def test_an_empty_folder_of_that_name_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "mlruns" / "0").mkdir(parents=True)
    assert default_uri(tmp_path).startswith("sqlite:")


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("MLFLOW_TRACKING_URI=http://a:1", "http://a:1"),
        ("export MLFLOW_TRACKING_URI=http://a:1", "http://a:1"),
        (' MLFLOW_TRACKING_URI = "http://a:1" ', "http://a:1"),
        ("MLFLOW_TRACKING_URI='http://a:1'\r", "http://a:1"),
        ("MLFLOW_TRACKING_URI=http://a:1 # the server", "http://a:1"),
        ("# MLFLOW_TRACKING_URI=http://a:1", None),
        ("MLFLOW_TRACKING_URI", None),
        ("MLFLOW_TRACKING_URI=http://${HOST}:1", None),
    ],
)
def test_a_dotenv_is_read_as_programs_read_it(tmp_path: Path, line: str, value: str | None) -> None:
    write_dotenv(tmp_path, f"OTHER=1\n{line}\nLAST=2\n")
    assert dotenv(tmp_path).get(VARIABLE) == value


def test_the_last_of_several_lines_counts(tmp_path: Path) -> None:
    write_dotenv(tmp_path, f"{VARIABLE}=http://a:1\n{VARIABLE}=http://a:2\n")
    assert dotenv(tmp_path) == {VARIABLE: "http://a:2"}


@pytest.mark.parametrize("content", [os.urandom(4096), b"\x00" * 4096, f"{VARIABLE}=http://a:1".encode("utf-16")])
def test_a_dotenv_that_is_no_text_says_nothing(tmp_path: Path, content: bytes) -> None:
    write_dotenv(tmp_path, content)
    assert VARIABLE not in dotenv(tmp_path)


def test_a_dotenv_that_is_a_folder_or_a_pipe_says_nothing(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    assert dotenv(tmp_path) == {}
    if sys.platform != "win32":
        (tmp_path / ".env").rmdir()
        os.mkfifo(tmp_path / ".env")
        assert dotenv(tmp_path) == {}


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("http://127.0.0.1:5000", "http://localhost:5000/", True),
        ("127.0.0.1:5000", "http://127.0.0.1:5000", True),
        ("http://0.0.0.0:5000", "http://127.0.0.1:5000", True),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5001", False),
        ("http://127.0.0.1:5000/mlflow", "http://127.0.0.1:5000", False),
        ("https://Tracking.example.org", "https://tracking.example.org/", True),
        ("https://a.example.org", "https://b.example.org", False),
        ("databricks", " databricks", True),
        ("databricks", "databricks://one", False),
        ("sqlite:///a.db", "http://127.0.0.1:5000", False),
    ],
)
def test_two_addresses_of_one_place_are_the_same(one: str, other: str, equal: bool) -> None:
    assert same_uri(one, other) is equal
    assert same_uri(other, one) is equal
