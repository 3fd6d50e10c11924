"""Both ways to launch a server, and one with jobs: guarded alike, proven alike, and ended whole."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator

import psutil
import pytest

from tests.conftest import Home, free_port, ours
from tests.real.helpers import (
    API_PATH,
    MLFLOW,
    alive,
    ask,
    lasting_home,
    nobody_listens,
    only_server,
    port_of,
    server_of,
    whole_tree,
)

pytestmark = pytest.mark.matrix

STRANGE = "evil.example.com"
NAMED = "tracking.example.com"


@pytest.fixture(scope="module", params=["one-process", "mlflow-server"])
def launched(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Home, str]]:
    """A home with a server by each launcher, and that launcher's name; NAMED is let in.

    It is started where a file mlflow.py lies, which web servers that import from the working directory trip over.
    """
    options = () if request.param == "one-process" else ("--launcher", request.param)
    with lasting_home(tmp_path_factory, request.param) as made:
        (made.cwd / "mlflow.py").write_text("raise SystemExit('the wrong mlflow')\n", encoding="utf-8")
        made.run("server", "start", "--port", str(free_port()), "--allowed-hosts", NAMED, *options)
        yield made, request.param


def test_status_says_which_launcher_it_is(launched: tuple[Home, str]) -> None:
    home, launcher = launched
    assert server_of(home)["launcher"] == launcher


def test_its_version_is_the_installed_one(launched: tuple[Home, str]) -> None:
    uri = server_of(launched[0])["url"]
    assert ask(uri, "GET", "/version") == (200, MLFLOW)


def test_a_strange_name_gets_past_health_only(launched: tuple[Home, str]) -> None:
    uri = server_of(launched[0])["url"]
    assert ask(uri, "GET", "/health", Host=STRANGE)[0] == 200
    status, words = ask(uri, "GET", API_PATH, Host=STRANGE)
    assert status == 403
    assert "Host" in words


def test_a_browser_page_from_elsewhere_cannot_write(launched: tuple[Home, str]) -> None:
    uri = server_of(launched[0])["url"]
    path, body = "/api/2.0/mlflow/experiments/create", {"name": "from elsewhere"}
    assert ask(uri, "POST", path, body, Origin=f"http://{STRANGE}")[0] == 403
    assert ask(uri, "POST", path, body, Origin=uri)[0] == 200


def test_a_named_host_is_let_in_with_and_without_a_port_beside_this_machine(launched: tuple[Home, str]) -> None:
    uri = server_of(launched[0])["url"]
    port = port_of(uri)
    for name in (NAMED, "127.0.0.1", "localhost"):
        for host in (name, f"{name}:{port}"):
            assert ask(uri, "GET", API_PATH, Host=host)[0] == 200, host


def test_it_is_proven(launched: tuple[Home, str]) -> None:
    verified = launched[0].json("verify")["data"]
    assert verified["metrics"] == {"foo": 1.0, "bar": 2.0}
    assert {stage["status"] for stage in verified["stages"]} == {"ok", "skip"}


def test_with_jobs_it_starts_is_proven_and_ends_whole(home: Home) -> None:
    server = only_server(home.json("server", "start", "--port", str(free_port()), "--with-jobs"))
    assert psutil.Process(server["pid"]).environ()["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] == "true"
    assert ask(server["url"], "GET", API_PATH, Host=STRANGE)[0] == 403
    assert home.json("verify")["data"]["metrics"] == {"foo": 1.0, "bar": 2.0}
    processes = whole_tree(server["pid"])
    home.run("server", "stop")
    assert alive(processes) == []
    assert ours(home.quickstart_home) == []
    assert nobody_listens(port_of(server["url"]))


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX's; Windows has no orphans of this kind")
def test_workers_that_outlive_a_killed_root_are_seen_through_and_ended(home: Home) -> None:
    port = free_port()
    first = only_server(home.json("server", "start", "--port", str(port), "--launcher", "mlflow-server"))
    orphans = kill_root(first["pid"])
    assert not nobody_listens(port), "the orphans serve on, or this test shows nothing"
    left = server_of(home)
    assert (left["running"], left["started"]) == (False, None)
    assert left["pid"] in {one.pid for one in orphans}

    second = only_server(home.json("server", "start"))
    assert second["url"] == first["url"]
    assert second["launcher"] == "mlflow-server"
    assert alive(orphans) == []
    assert {one.pid for one in ours(home.quickstart_home)} == {one.pid for one in whole_tree(second["pid"])}
    assert home.json("verify")["status"] == "ok"

    orphans = kill_root(second["pid"])
    home.run("server", "stop")
    assert alive(orphans) == []
    assert nobody_listens(port)


def kill_root(pid: int) -> list[psutil.Process]:
    """Kill the root of a server without a chance to end its workers, and return those."""
    root, *workers = whole_tree(pid)
    os.kill(pid, signal.SIGKILL)
    root.wait(10)
    assert alive(workers)
    return workers
