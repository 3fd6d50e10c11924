"""A server is known by more than a pid: a dead one is not running, and whoever got its pid is never signalled."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from tests.conftest import Home, free_port, ours
from tests.real.helpers import only_server, record_of, server_of


@pytest.fixture
def innocent() -> Iterator[psutil.Popen]:
    """A process of somebody else's that only sleeps."""
    with psutil.Popen([sys.executable, "-c", "import time; time.sleep(600)"], stdin=subprocess.DEVNULL) as process:
        yield process
        process.kill()


def point_record_at(home: Home, process: psutil.Popen) -> None:
    """Give the recorded server a live process's pid, as the system does one day; its creation time is another."""
    file = record_of(home)
    record: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    record |= {"pid": process.pid, "create_time": (record["create_time"] or 0.0) - 3600.0}
    record["instance"] = record["instance"] or "0123456789abcdef"
    file.write_text(json.dumps(record), encoding="utf-8")


@pytest.mark.matrix
def test_a_server_that_died_is_not_running_and_a_recycled_pid_is_never_signalled(
    home: Home, innocent: psutil.Popen
) -> None:
    first = only_server(home.json("server", "start", "--port", str(free_port())))
    died = psutil.Process(first["pid"])
    died.kill()
    died.wait(10)
    dead = server_of(home)
    assert (dead["running"], dead["pid"], dead["launcher"], dead["mlflow_version"]) == (False, None, None, None)
    assert dead["url"] == first["url"]

    point_record_at(home, innocent)
    assert server_of(home)["running"] is False

    home.run("server", "stop")
    assert innocent.is_running()

    point_record_at(home, innocent)
    second = only_server(home.json("server", "start"))
    assert innocent.is_running()
    assert second["pid"] != innocent.pid
    assert second["url"] == first["url"]

    point_record_at(home, innocent)
    home.run("undo", "--yes")
    assert innocent.is_running()
    assert ours(home.quickstart_home) == [], "the server itself is recognised by its token, and ended"
    assert home.json("server", "status")["data"] == {"servers": []}
