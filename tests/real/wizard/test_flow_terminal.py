"""The wizard at a real pseudo-terminal: the whole road, leaving it at each question, and going on afterwards."""

from __future__ import annotations

import sys
import time

import pytest

from tests.conftest import Home, ours
from tests.real.person import CTRL_C, CTRL_D, DOWN, ENTER, ESCAPE, LEFT, MENU, QUESTIONS, UP, Person, below, kept

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminal that pexpect can drive")

KEYS = ("privacy", "environment", "audience", "production")
KEPT = {"quickstart", "quickstart/state", "quickstart/state/unfinished.json"}  # all that a cancelled interview leaves
GO_ON = "Resume where you stopped?"
PLAIN = {"TERM": "dumb"}


def cancelled_after(home: Home, answered: int) -> None:
    """Have somebody answer some questions by Enter, and leave at the next."""
    person = Person(home)
    person.answers(*[ENTER] * answered)
    person.sees((*QUESTIONS, MENU)[answered], CTRL_C)
    assert person.leaves() == 130


def assert_nothing_but_answers(home: Home, person: Person, before: set[str], answered: int) -> None:
    """See that a cancelled wizard has written the answers it was given, and nothing else, and says so."""
    assert "Traceback" not in person.screen
    assert "Cancelled." in person.screen
    assert list(kept(home)) == list(KEYS[:answered])
    assert below(home) - before == (KEPT if answered else set())
    assert ("Your answers are saved" in person.words) is bool(answered)


def test_enter_leads_from_the_first_question_to_a_proven_run_and_undo_takes_it_back(home: Home) -> None:
    person = Person(home)
    person.answers(ENTER, ENTER, ENTER, ENTER)
    person.sees(MENU, ENTER)
    person.reads("Write the example")
    assert "foo=1 bar=2 logged and read back" in person.screen
    person.types(ENTER)
    person.reads("To repeat")
    assert person.leaves() == 0
    assert "quickstart --yes" in person.screen[person.screen.rindex("To repeat") :]
    assert list(home.cwd.iterdir()) == []
    assert kept(home) == {}
    assert len(home.json("list")["data"]["connections"]) == 1

    person = Person(home, "undo")
    person.sees("Undo this setup?", ENTER)
    assert person.leaves() == 0
    assert home.json("list")["data"]["connections"] == []
    assert ours(home.quickstart_home) == []


@pytest.mark.parametrize("answered", range(5))
def test_ctrl_c_at_each_question_and_at_the_menu_keeps_the_answers_and_nothing_else(
    answered: int, untouched: Home
) -> None:
    before = below(untouched)
    person = Person(untouched)
    person.answers(*[ENTER] * answered)
    person.sees((*QUESTIONS, MENU)[answered], CTRL_C)
    assert person.leaves() == 130
    assert_nothing_but_answers(untouched, person, before, answered)


@pytest.mark.parametrize("answered", range(5))
@pytest.mark.parametrize("key", [CTRL_C, CTRL_D], ids=["Ctrl-C", "end of input"])
def test_leaving_a_dumb_terminal_keeps_the_answers_and_nothing_else(key: str, answered: int, untouched: Home) -> None:
    before = below(untouched)
    person = Person(untouched, **PLAIN)
    for _ in range(answered):
        person.sees("Number, Enter for", ENTER)
    person.sees("Number, Enter for", key)
    assert person.leaves() == 130
    assert_nothing_but_answers(untouched, person, before, answered)
    assert ESCAPE not in person.raw


def test_quit_changes_nothing_but_keeps_the_answers(untouched: Home) -> None:
    before = below(untouched)
    person = Person(untouched)
    person.answers(ENTER, ENTER, ENTER, ENTER)
    person.sees(MENU, UP, ENTER)  # the last of the list is the one above the first
    assert person.leaves() == 130
    assert "Nothing was changed." in person.words
    assert_nothing_but_answers(untouched, person, before, 4)


def test_quit_in_plain_text_changes_nothing_but_keeps_the_answers(untouched: Home) -> None:
    before = below(untouched)
    person = Person(untouched, **PLAIN)
    for _ in QUESTIONS:
        person.sees("Number, Enter for", ENTER)
    person.reads("5. Quit")
    person.sees("Number, Enter for", "5", ENTER)
    assert person.leaves() == 130
    assert_nothing_but_answers(untouched, person, before, 4)


@pytest.mark.parametrize("answered", range(1, 5))
def test_the_next_start_goes_on_behind_the_answered_questions(answered: int, untouched: Home) -> None:
    cancelled_after(untouched, answered)
    person = Person(untouched)
    person.sees(GO_ON, ENTER)
    person.sees((*QUESTIONS, MENU)[answered], CTRL_C)
    assert person.leaves() == 130
    assert not any(question in person.screen for question in QUESTIONS[:answered])
    assert "Yes, keep it on my machines" in person.words


def test_what_was_gone_on_from_can_be_gone_back_to(untouched: Home) -> None:
    cancelled_after(untouched, 2)
    person = Person(untouched)
    person.sees(GO_ON, ENTER)
    person.sees(QUESTIONS[2], LEFT)
    person.sees(QUESTIONS[1], CTRL_C)
    assert person.leaves() == 130
    assert list(kept(untouched)) == ["privacy"]


def test_somebody_who_does_not_go_on_starts_over(untouched: Home) -> None:
    cancelled_after(untouched, 3)
    person = Person(untouched)
    person.sees(GO_ON, DOWN, ENTER)
    person.sees(QUESTIONS[0], CTRL_C)
    assert person.leaves() == 130
    assert kept(untouched) == {}
    person = Person(untouched)
    person.sees(QUESTIONS[0], CTRL_C)
    assert person.leaves() == 130
    assert GO_ON not in person.screen


def test_ctrl_c_at_the_offer_to_go_on_keeps_what_was_kept(untouched: Home) -> None:
    cancelled_after(untouched, 3)
    person = Person(untouched)
    person.sees(GO_ON, CTRL_C)
    assert person.leaves() == 130
    assert list(kept(untouched)) == list(KEYS[:3])


@pytest.mark.parametrize("text", ["", "{", '{"answers": {"privacy": 7}, "when": "now"}', "[]"])
def test_kept_answers_that_cannot_be_read_are_no_reason_to_stop(text: str, untouched: Home) -> None:
    file = untouched.quickstart_home / "state" / "unfinished.json"
    file.parent.mkdir(parents=True)
    file.write_text(text, encoding="utf-8")
    person = Person(untouched)
    person.sees(QUESTIONS[0], CTRL_C)
    assert person.leaves() == 130
    assert "Traceback" not in person.screen


def test_ctrl_c_while_the_server_starts_leaves_no_process_behind(home: Home) -> None:
    person = Person(home)
    person.answers(ENTER, ENTER, ENTER, ENTER)
    person.sees(MENU, ENTER)
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


@pytest.mark.parametrize("times", [2, 3])
def test_ctrl_c_pressed_again_and_again_leaves_no_server_behind(times: int, home: Home) -> None:
    person = Person(home, "--yes")
    person.reads("starting a server")
    for _ in range(times):
        person.types(CTRL_C)
        time.sleep(0.03)
    assert person.leaves() == 130
    assert "Traceback" not in person.screen
    assert ours(home.quickstart_home) == []
    assert [server["running"] for server in home.json("server", "status")["data"]["servers"]] in ([], [False])
