"""What must not happen to others by a login: their settings, their connections, and where a token goes."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from quickstart.errors import QuickstartError
from quickstart.methods.databricks.workspace import parse_host as address
from quickstart.net.http import Http
from tests.conftest import Home
from tests.real.methods.databricks.helpers import config
from tests.standins.databricks import Workspace


def test_the_settings_of_the_databricks_cli_are_no_profile(home: Home, place: Workspace) -> None:
    written = b"[__settings__]\ndefault_profile = prod\n"
    config(home).write_bytes(written)
    ran = home.run(
        *("login", "databricks", "--host", place.url, "--token-stdin", "--profile", "__settings__", "--json"),
        stdin=place.token,
        status=2,
    )
    assert ran.json["error"]["code"] == "bad-profile"
    assert config(home).read_bytes() == written


def log_in(home: Home, place: Workspace, profile: str) -> str:
    """Log in and return what the connection is called."""
    words = ("login", "databricks", "--host", place.url, "--token-stdin", "--json", "--profile", profile)
    return str(home.run(*words, stdin=place.token).json["data"]["connection"]["name"])


def test_two_profiles_never_share_a_connection_so_that_undo_takes_one_out(home: Home, place: Workspace) -> None:
    assert [log_in(home, place, "My Team"), log_in(home, place, "my-team")] == ["my-team", "my-team-2"]
    assert log_in(home, place, "My Team") == "my-team"
    home.run("undo", "my-team-2", "--yes")
    assert "[My Team]" in config(home).read_text()
    assert "[my-team]" not in config(home).read_text()


def test_a_login_never_takes_the_name_of_a_servers_connection(home: Home, place: Workspace) -> None:
    connections = home.quickstart_home / "state" / "connections.json"
    connections.parent.mkdir(parents=True)
    server = '{"name": "srv", "method": "local", "tracking_uri": "http://127.0.0.1:9"}'
    connections.write_text(f'{{"in_use": "srv", "connections": {{"srv": {server}}}}}')
    assert log_in(home, place, "srv") == "srv-2"
    assert {one["name"] for one in home.json("list")["data"]["connections"]} == {"srv", "srv-2"}


def test_env_takes_away_what_would_send_the_token_elsewhere(home: Home, place: Workspace) -> None:
    log_in(home, place, "work")
    home.environment.update(DATABRICKS_HOST="https://evil.example", DATABRICKS_TOKEN="dapiother")
    lines = home.run("env").out.splitlines()
    assert lines[:2] == ["unset DATABRICKS_HOST", "unset DATABRICKS_TOKEN"]
    assert "set -e DATABRICKS_HOST" in home.run("env", "--format", "fish").out
    assert "DATABRICKS_HOST" not in home.run("env", DATABRICKS_HOST=place.url).out


@pytest.fixture
def trickling() -> Iterator[Callable[[bytes], str]]:
    """Start services that send a beginning, and then a byte now and then for ever; return their address."""
    ended = threading.Event()
    listeners: list[socket.socket] = []

    def start(beginning: bytes) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def serve() -> None:
            caller, _ = listener.accept()
            with caller:
                caller.recv(65536)
                caller.sendall(beginning)
                while not ended.wait(0.1):
                    try:
                        caller.sendall(b"x")
                    except OSError:
                        return

        threading.Thread(target=serve, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    ended.set()
    for listener in listeners:
        listener.close()


@pytest.mark.parametrize("beginning", [b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\n\r\n"], ids=["headers", "body"])
def test_an_answer_that_trickles_has_an_end(beginning: bytes, trickling: Callable[[bytes], str]) -> None:
    with Http(trickling(beginning), read_timeout=0.5) as http, pytest.raises(QuickstartError) as ended:
        http.request("GET", "/")
    assert ended.value.code == "no-answer"


def test_only_the_one_community_is_gone() -> None:
    assert address("dbc-community.cloud.databricks.com").name == "dbc-community.cloud.databricks.com"
    with pytest.raises(QuickstartError):
        address("https://community.cloud.databricks.com/login.html")
