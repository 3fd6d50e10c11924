"""The life of a server: one for a name, the same port again, a log for each start, and nothing left after stop."""

from __future__ import annotations

import json
import os
import re
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.conftest import PATIENCE, Home, free_port, ours
from tests.messages import fix_of
from tests.real.helpers import (
    MLFLOW,
    STATUS_KEYS,
    alive,
    begin,
    lasting_home,
    nobody_listens,
    only_server,
    port_of,
    server_of,
    unbroken,
    whole_tree,
)


@pytest.fixture(scope="module")
def living(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A home with a server of its own, which runs before each test that uses it and after."""
    with lasting_home(tmp_path_factory, "living") as made:
        made.run("server", "start", "--port", str(free_port()))
        yield made


def test_status_of_nothing_is_no_failure(home: Home) -> None:
    assert home.json("server", "status")["data"] == {"servers": []}
    assert "server start" in unbroken(home.run("server", "status").out)


@pytest.mark.parametrize("command", ["stop", "logs"])
def test_a_name_that_nobody_has_is_wrong_usage(home: Home, command: str) -> None:
    refused = home.json("server", command, "--name", "nobody", status=2)
    assert refused["status"] == "failed"
    assert refused["error"]["code"] == "unknown-server"


def test_status_tells_what_the_contract_promises(living: Home) -> None:
    document = living.json("server", "status")
    assert list(document) == ["schema", "command", "status", "exit_code", "data", "error"]
    assert (document["schema"], document["command"], document["status"]) == (1, "server status", "ok")
    server = only_server(document)
    store = living.quickstart_home / "data" / "local"
    assert server["name"] == "local"
    assert server["running"] is True
    assert (server["store"], server["artifacts"]) == (str(store), str(store / "artifacts"))
    assert server["mlflow_version"] == MLFLOW
    assert Path(server["log"]).exists()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", server["started"])


def test_start_twice_is_one_server(living: Home) -> None:
    before = server_of(living)
    again = living.json("server", "start")
    assert again["command"] == "server start"
    assert only_server(again) == before
    assert len(ours(living.quickstart_home)) == len(whole_tree(before["pid"]))


def test_a_running_server_is_not_silently_another_than_asked_for(living: Home) -> None:
    refused = living.json("server", "start", "--port", str(free_port()), status=1)
    assert refused["error"]["code"] == "already-running"
    assert "port" in refused["error"]["what"]


def test_logs_show_the_last_lines_of_the_server(living: Home) -> None:
    data = living.json("server", "logs", "--lines", "2")["data"]
    assert set(data["servers"][0]) == STATUS_KEYS
    written = Path(data["servers"][0]["log"]).read_text(encoding="utf-8").splitlines()
    assert len(data["lines"]) == 2
    assert "\n".join(data["lines"]) in "\n".join(written)
    assert "Application startup complete" in unbroken(living.run("server", "logs", "--lines", "1000").out)


def test_restart_keeps_the_port_and_begins_a_new_log(living: Home) -> None:
    before = server_of(living)
    log = Path(before["log"])
    words_before = log.read_text(encoding="utf-8")
    processes = whole_tree(before["pid"])

    document = living.json("server", "restart")
    after = only_server(document)
    assert document["command"] == "server restart"
    assert after["url"] == before["url"]
    assert after["store"] == before["store"]
    assert after["pid"] != before["pid"]
    assert alive(processes) == []
    assert len(ours(living.quickstart_home)) == len(whole_tree(after["pid"]))
    assert log.with_suffix(".log.1").read_text(encoding="utf-8").startswith(words_before)
    assert log.read_text(encoding="utf-8").count('{"quickstart": ') == 1


def test_two_starts_at_the_same_instant_are_one_server_and_stop_ends_it_whole(home: Home) -> None:
    both = [begin(home, "server", "start", "--json") for _ in range(2)]
    said = [one.communicate(timeout=PATIENCE) for one in both]
    assert [one.returncode for one in both] == [0, 0], said
    first, second = (only_server(json.loads(out)) for out, _ in said)
    assert first == second

    processes = whole_tree(first["pid"])
    assert {one.pid for one in ours(home.quickstart_home)} == {one.pid for one in processes}
    document = home.json("server", "stop")
    stopped = only_server(document)
    assert document["command"] == "server stop"
    assert (stopped["running"], stopped["pid"], stopped["launcher"], stopped["started"]) == (False, None, None, None)
    assert alive(processes) == []
    assert nobody_listens(port_of(first["url"]))
    assert only_server(home.json("server", "stop")) == stopped, "stopping again changes nothing"

    home.run("undo", "--yes")
    assert home.json("server", "status")["data"] == {"servers": []}


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.168.1.10"])
def test_a_server_that_others_could_reach_is_refused_with_the_reason(home: Home, address: str) -> None:
    refused = home.json("server", "start", "--host", address, status=2)
    assert refused["error"]["code"] == "public-bind"
    assert address in refused["error"]["what"]
    assert "no authentication" in refused["error"]["why"]
    assert home.json("server", "status")["data"] == {"servers": []}


def test_an_explicit_port_that_is_taken_is_refused_and_a_free_one_is_named(
    home: Home, taken_port: Callable[..., int]
) -> None:
    taken = taken_port()
    refused = home.json("server", "start", "--port", str(taken), status=1)
    assert refused["error"]["code"] == "port-taken"
    named = re.search(r"server start .*--port (\d+)", fix_of(refused["error"]))
    assert named
    assert int(named[1]) != taken
    assert nobody_listens(int(named[1]))
    assert holder() in refused["error"]["what"]
    assert home.json("server", "status")["data"] == {"servers": []}


def test_a_remembered_port_that_a_stranger_took_gives_way_to_another_and_all_is_said(living: Home) -> None:
    before = server_of(living)["url"]
    taken = port_of(before)
    living.run("server", "stop")
    with socket.create_server(("127.0.0.1", taken)):
        said = unbroken(living.run("server", "start", COLUMNS="200").err)
    after = server_of(living)["url"]
    assert port_of(after) != taken
    assert f"port {taken} is in use by {holder()}" in said
    assert re.search(rf"{re.escape(before)}\b.*update your scripts", said), (
        "the old address is no good any more, and that is said"
    )
    (connection,) = living.json("list")["data"]["connections"]
    assert connection["tracking_uri"] == after
    assert living.json("verify")["data"]["tracking_uri"] == after


def holder() -> str:
    """Return how this very process is named as the holder of a port; macOS tells that to root alone."""
    return "another program" if sys.platform == "darwin" else f"{psutil.Process().name()} (pid {os.getpid()})"
