"""The terminal is closed, or its command is suspended, while a server starts or runs."""

from __future__ import annotations

import signal
import sys
import time

import psutil
import pytest

from tests.conftest import Home, free_port, ours
from tests.real.helpers import begin, eventually, record_of, server_of
from tests.real.person import Person

pytest.importorskip("pexpect", reason="a pseudo-terminal is POSIX only")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals")


def test_a_terminal_that_is_closed_while_the_server_starts_leaves_none_behind(home: Home) -> None:
    person = Person(home, "--yes")
    person.reads("starting a server")
    eventually("a server", lambda: ours(home.path))
    person.hangs_up()
    eventually("an end", lambda: not ours(home.path))
    assert server_of(home)["running"] is False


def test_a_server_outlives_suspending_and_closing_the_terminal_that_started_it(home: Home) -> None:
    starter = begin(home, "server", "start", "--port", str(free_port()))
    eventually("a server", lambda: record_of(home).exists() and ours(home.path))
    starter.send_signal(signal.SIGSTOP)
    try:
        eventually("a rest", lambda: psutil.Process(starter.pid).status() == psutil.STATUS_STOPPED)
        time.sleep(0.5)
    finally:
        starter.send_signal(signal.SIGCONT)
    starter.communicate(timeout=60)
    assert starter.returncode == 0
    (server,) = ours(home.path)

    person = Person(home)  # at the screen of somebody who is set up
    person.reads("You are set up")
    person.hangs_up()
    assert server.is_running()
    assert server_of(home)["pid"] == server.pid
