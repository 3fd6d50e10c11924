"""Somebody comes back to a machine that is set up: keep it, verify it, change it, start it again, take it back."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

import pytest

from tests.conftest import Home, end_servers, new_home, ours
from tests.real.person import CTRL_C, DOWN, ENTER, MENU, QUESTIONS, UP, Person, below, kept

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminal that pexpect can drive")

WISH = "What would you like to do?"
KEEP, VERIFY, CHANGE, UNDO = (), (DOWN,), (DOWN, DOWN), (UP,)


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A machine that is set up, with a real server; the tests below use it one after the other."""
    made = new_home(tmp_path_factory.mktemp("there"))
    try:
        made.run("--yes")
        yield made
    finally:
        end_servers(made)


def comes_back(home: Home, choice: tuple[str, ...]) -> Person:
    """Return somebody who has said what they came for."""
    person = Person(home)
    person.sees(WISH, *choice, ENTER)
    return person


def counted(person: Person) -> int:
    """Return how many runs the screen tells of."""
    found = re.search(r"(\d+) runs?\.", person.words)
    assert found, person.screen
    return int(found.group(1))


def running(home: Home) -> list[int]:
    """Return the processes of a home's server."""
    return sorted(process.pid for process in ours(home.quickstart_home))


def test_the_screen_tells_what_is_there(there: Home) -> None:
    person = Person(there)
    person.sees(WISH, CTRL_C)
    assert person.leaves() == 130
    assert re.search(r"You are set up: local.*, running since .*\d\d:\d\d", person.words)
    assert "1 experiment, 1 run." in person.words
    assert there.json("list")["data"]["connections"][0]["tracking_uri"] in person.words
    for option in ("Keep this setup", "Verify it", "Choose another method", "Undo"):
        assert option in person.words
    assert QUESTIONS[0] not in person.screen


def test_keep_changes_nothing(there: Home) -> None:
    processes, connections = running(there), there.json("list")["data"]
    person = comes_back(there, KEEP)
    assert person.leaves() == 0
    assert "Traceback" not in person.screen
    assert running(there) == processes
    assert there.json("list")["data"] == connections
    assert kept(there) == {}


def test_verify_makes_a_run(there: Home) -> None:
    person = comes_back(there, VERIFY)
    person.reads("logged and read back")
    assert person.leaves() == 0
    before = counted(person)
    person = comes_back(there, KEEP)
    assert person.leaves() == 0
    assert counted(person) == before + 1


def test_change_asks_the_questions_and_leaving_leaves_the_server_alone(there: Home) -> None:
    processes = running(there)
    person = comes_back(there, CHANGE)
    person.answers(ENTER, ENTER, ENTER, ENTER)
    person.sees(MENU, CTRL_C)
    assert person.leaves() == 130
    assert running(there) == processes
    (there.quickstart_home / "state" / "unfinished.json").unlink()


def test_whoever_has_said_what_they_want_is_not_asked_what_they_came_for(there: Home) -> None:
    person = Person(there, "--audience", "me")
    person.sees(QUESTIONS[0], CTRL_C)
    assert person.leaves() == 130
    assert WISH not in person.screen


def test_a_stopped_server_is_started_again_by_enter(there: Home) -> None:
    there.run("server", "stop")
    assert running(there) == []
    person = Person(there)
    person.reads("stopped")
    person.reads(WISH)
    person.reads("Start the server again")
    assert "Keep this setup" not in person.screen
    person.types(ENTER)
    person.reads("foo=1 bar=2 logged and read back")
    assert person.leaves() == 0
    assert running(there)
    assert len(there.json("list")["data"]["connections"]) == 1


def test_undo_asks_first_and_no_changes_nothing(there: Home) -> None:
    processes, before = running(there), below(there)
    person = comes_back(there, UNDO)
    person.reads("This will be undone:")
    person.sees("Undo this setup?", "n")
    assert person.leaves() == 130
    assert running(there) == processes
    assert below(there) == before


def test_undo_takes_it_back_and_keeps_the_runs(there: Home) -> None:
    person = comes_back(there, UNDO)
    person.sees("Undo this setup?", ENTER)
    assert person.leaves() == 0
    assert running(there) == []
    assert there.json("list")["data"]["connections"] == []
    assert (there.quickstart_home / "data" / "local").exists()
    person = Person(there)
    person.sees(QUESTIONS[0], CTRL_C)
    assert person.leaves() == 130
    assert "You are set up" not in person.screen
