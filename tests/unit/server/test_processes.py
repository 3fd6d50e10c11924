"""Whose process it is: a pid that was given to somebody else is never taken for ours, nor touched."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from quickstart.errors import QuickstartError
from quickstart.server import processes
from quickstart.server.processes import TOKEN
from quickstart.server.records import Server
from tests.conftest import free_port

INSTANCE = "0123456789abcdef"
SLEEP = "import time; time.sleep(60)"
PARENT = (
    f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', '{SLEEP}']); print('up', flush=True); {SLEEP}"
)


@pytest.fixture
def stranger() -> Iterator[psutil.Popen]:
    """A process of somebody else."""
    with psutil.Popen([sys.executable, "-c", SLEEP]) as child:
        yield child
        if child.poll() is None:
            child.kill()


@pytest.fixture
def family() -> Iterator[psutil.Popen]:
    """A process of ours with a child, both marked."""
    environment = {**os.environ, TOKEN: INSTANCE}
    with psutil.Popen([sys.executable, "-c", PARENT], env=environment, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout.readline() == "up\n"
        below = parent.children(recursive=True)
        yield parent
        for one in (parent, *below):
            if one.is_running():
                one.kill()


def known(pid: int | None, **more: object) -> Server:
    server = Server("local", "127.0.0.1", free_port(), "/data/local", sys.executable, instance=INSTANCE, pid=pid)
    return replace(server, **more)  # type: ignore[arg-type]


def test_a_recycled_pid_is_not_ours_and_is_never_signalled(stranger: psutil.Popen) -> None:
    server = known(stranger.pid, create_time=stranger.create_time() - 3600)
    assert processes.find_root(server) is None
    assert processes.find_members(server) == []
    assert processes.end(server) == 0
    assert stranger.poll() is None


@pytest.mark.parametrize("instance", ["", "another"])
def test_a_pid_without_a_creation_time_is_not_enough(stranger: psutil.Popen, instance: str) -> None:
    assert processes.find_root(known(stranger.pid, instance=instance)) is None


def test_a_process_is_ours_by_pid_and_creation_time(stranger: psutil.Popen) -> None:
    found = processes.find_root(known(stranger.pid, create_time=stranger.create_time(), instance=""))
    assert found is not None
    assert found.pid == stranger.pid


def test_a_process_is_ours_by_its_token_where_the_clock_was_set(family: psutil.Popen) -> None:
    found = processes.find_root(known(family.pid, create_time=family.create_time() + 7200))
    assert found is not None
    assert found.pid == family.pid


def test_a_process_that_was_made_before_its_pid_was_written_is_found(family: psutil.Popen) -> None:
    found = processes.find_root(known(None))
    assert found is not None
    assert found.pid == family.pid


def test_a_server_that_was_stopped_has_no_process(family: psutil.Popen) -> None:
    assert processes.find_root(known(family.pid).stopped()) is None


def test_a_dead_pid_is_nobody() -> None:
    with subprocess.Popen([sys.executable, "-c", "pass"]) as child:
        child.wait()
    assert processes.find_root(known(child.pid, create_time=time.time())) is None


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no zombies")
def test_a_zombie_is_nobody() -> None:
    with subprocess.Popen([sys.executable, "-c", "pass"]) as child:
        seen = psutil.Process(child.pid)
        while seen.status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.01)
        assert processes.find_root(known(child.pid, create_time=seen.create_time())) is None
        child.wait()


def test_the_whole_family_is_ended(family: psutil.Popen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "POLITE", 0.5)  # the child does not end with its parent
    server = known(family.pid, create_time=family.create_time())
    below = family.children(recursive=True)
    assert {one.pid for one in processes.find_members(server)} == {family.pid, *(one.pid for one in below)}
    assert processes.end(server) == 1 + len(below)
    assert not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in below)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends processes without asking them")
def test_a_server_may_finish_before_it_is_ended(tmp_path: Path) -> None:
    mark = f"open({str(tmp_path / 'done')!r}, 'w').close()"
    last = f"import signal, sys, time; done = lambda *_: ({mark}, sys.exit())"
    with subprocess.Popen(
        [sys.executable, "-c", f"{last}; signal.signal(signal.SIGTERM, done); print('up', flush=True); time.sleep(60)"],
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "up\n"
        assert processes.end(known(child.pid, create_time=psutil.Process(child.pid).create_time())) == 1
    assert (tmp_path / "done").exists()


def test_a_port_that_somebody_else_took_meanwhile_is_no_failure(
    stranger: psutil.Popen, taken_port: Callable[..., int]
) -> None:
    server = known(stranger.pid, create_time=stranger.create_time(), port=taken_port())
    assert processes.end(server) == 1
    assert stranger.poll() is not None


def test_a_port_that_is_still_held_and_nobody_says_by_whom_is_told(
    stranger: psutil.Popen, taken_port: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(kind: str) -> None:
        raise psutil.AccessDenied

    server = known(stranger.pid, create_time=stranger.create_time(), port=taken_port())
    monkeypatch.setattr(psutil, "net_connections", denied)
    with pytest.raises(QuickstartError) as held:
        processes.end(server)
    assert held.value.code == "port-still-held"
    assert held.value.facts == {"port": server.port, "holder": "another program", "name": "local"}


def test_orphans_of_a_killed_root_are_found_and_ended(family: psutil.Popen) -> None:
    server = known(family.pid, create_time=family.create_time())
    (orphan,) = family.children(recursive=True)
    family.kill()
    family.wait()
    assert processes.find_root(server) is None
    assert [one.pid for one in processes.find_members(server)] == [orphan.pid]
    assert processes.end(server) == 1
    assert not orphan.is_running() or orphan.status() == psutil.STATUS_ZOMBIE
