"""The wizard at a real pseudo-terminal: Enter, n, Ctrl-C, and a terminal that can do nothing."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import Home, new_home, ours
from tests.terminal.person import CTRL_C, ESCAPE, Person

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminal that pexpect can drive")

ENTER = "\r"
SET_UP = "Set it up?"


@pytest.fixture
def untouched(tmp_path: Path) -> Home:
    """A home in which nothing must happen."""
    return new_home(tmp_path)


def below(home: Home) -> set[str]:
    return {os.fspath(path.relative_to(home.path)) for path in home.path.rglob("*")}


def test_enter_leads_to_a_proven_run_and_undo_takes_it_back(home: Home) -> None:
    person = Person(home)
    person.reads(SET_UP)
    person.types(ENTER)
    person.reads("Write the example")
    assert "foo=1 bar=2 logged and read back" in person.screen
    person.types(ENTER)
    person.reads("Look at it")
    assert person.leaves() == 0
    assert list(home.cwd.iterdir()) == []
    assert len(home.json("list")["data"]["connections"]) == 1

    person = Person(home, "undo")
    person.reads("Take it back?")
    person.types(ENTER)
    assert person.leaves() == 0
    assert home.json("list")["data"]["connections"] == []
    assert ours(home.quickstart_home) == []


@pytest.mark.parametrize("terminal", ["xterm-256color", "dumb"])
def test_no_changes_nothing(terminal: str, untouched: Home) -> None:
    before = below(untouched)
    person = Person(untouched, TERM=terminal)
    person.reads(SET_UP)
    person.types("n" + (ENTER if terminal == "dumb" else ""))
    assert person.leaves() == 130
    assert "Cancelled. Nothing was changed." in person.screen
    assert below(untouched) == before


@pytest.mark.parametrize("terminal", ["xterm-256color", "dumb"])
def test_ctrl_c_at_the_question_changes_nothing(terminal: str, untouched: Home) -> None:
    before = below(untouched)
    person = Person(untouched, TERM=terminal)
    person.reads(SET_UP)
    time.sleep(0.2)  # a person is not faster than the prompt that takes the key
    person.types(CTRL_C)
    assert person.leaves() == 130
    assert "Traceback" not in person.screen
    assert "Cancelled. Nothing was changed." in person.screen
    assert below(untouched) == before


def test_the_end_of_input_at_the_question_changes_nothing(untouched: Home) -> None:
    before = below(untouched)
    person = Person(untouched, TERM="dumb")
    person.reads(SET_UP)
    person.types("\x04")
    assert person.leaves() == 130
    assert below(untouched) == before


@pytest.mark.parametrize(
    "environment", [{"TERM": "dumb"}, {"TERM": ""}, {"TERM": "unknown"}], ids=["dumb", "empty", "unknown"]
)
def test_a_dumb_terminal_is_asked_in_plain_text_without_escape_codes(
    environment: dict[str, str], untouched: Home
) -> None:
    person = Person(untouched, **environment)
    person.reads("Set it up? [Y/n] ")
    person.types("what\r")
    person.reads("Please answer y or n")
    person.reads("Set it up? [Y/n] ")
    person.types("n\r")
    assert person.leaves() == 130
    assert ESCAPE not in person.raw


def test_a_screen_reader_is_asked_in_plain_text(untouched: Home) -> None:
    person = Person(untouched, ACCESSIBLE="1")
    person.reads("Set it up? [Y/n] ")
    person.types("n\r")
    assert person.leaves() == 130


def test_ctrl_c_while_the_server_starts_leaves_no_process_behind(home: Home) -> None:
    person = Person(home)
    person.reads(SET_UP)
    person.types(ENTER)
    person.reads("starting a server")
    deadline = time.monotonic() + 30
    while not (started := ours(home.quickstart_home)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert started
    person.types(CTRL_C)
    assert person.leaves() == 130
    assert ours(home.quickstart_home) == []
    assert "Traceback" not in person.screen
    assert "Cancelled" in person.screen
    # The folder for the runs was made, and undo knows of it: that is not nothing.
    assert (home.quickstart_home / "data" / "local").exists()
    assert "Nothing was changed" not in person.screen
    assert home.json("server", "status")["data"]["servers"][0]["running"] is False
    assert home.json("undo", "--yes")["status"] == "ok"
