"""The interview at a real pseudo-terminal: back, tell me more, answers given beforehand, and the menu at its end."""

from __future__ import annotations

import sys
import time

import pytest

from tests.conftest import Home
from tests.real.person import CTRL_C, DOWN, ENTER, LEFT, MENU, QUESTIONS, UP, Person, below, kept

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminal that pexpect can drive")

STUCK = "What next?"
NOTEBOOK = {"COLAB_RELEASE_TAG": "x"}
YES = UP + UP + ENTER  # there Enter alone is no answer: the pointer stands on the last row, which tells more
OTHERWISE = {  # an answer that is not the default, each by flag and by variable
    "privacy": (("--no-privacy",), {"QUICKSTART_PRIVACY": "no"}),
    "environment": (("--environment", "vm"), {"QUICKSTART_ENVIRONMENT": "vm"}),
    "audience": (("--audience", "class"), {"QUICKSTART_AUDIENCE": "class"}),
    "production": (("--production",), {"QUICKSTART_PRODUCTION": "true"}),
}


def at_the_menu(home: Home, *arguments: str, **environment: str) -> Person:
    """Return somebody who has answered everything by Enter."""
    person = Person(home, *arguments, **environment)
    person.answers(ENTER, ENTER, ENTER, ENTER)
    person.reads(MENU)
    return person


@pytest.mark.parametrize("keys", [(LEFT,), (UP, ENTER)], ids=["left arrow", "< Back"])
def test_the_question_before_can_be_gone_back_to_and_answered_anew(keys: tuple[str, ...], untouched: Home) -> None:
    person = Person(untouched)
    person.answers(ENTER, ENTER)
    person.sees(QUESTIONS[2], DOWN, ENTER)
    person.sees(QUESTIONS[3], *keys)
    person.sees(QUESTIONS[2], *keys)
    person.sees(QUESTIONS[1], ENTER)
    person.sees(QUESTIONS[2], ENTER)
    person.sees(QUESTIONS[3], CTRL_C)
    assert person.leaves() == 130
    assert kept(untouched)["audience"] == "me"


def test_there_is_no_way_back_before_the_first_question(untouched: Home) -> None:
    person = Person(untouched)
    person.sees(QUESTIONS[0], LEFT, ENTER)
    person.sees(QUESTIONS[1], CTRL_C)
    assert person.leaves() == 130
    first = person.screen[: person.screen.index(QUESTIONS[1])]
    assert "< Back" not in first
    assert first.count(QUESTIONS[0]) == 1


def test_an_answer_can_be_changed_from_the_menu(untouched: Home) -> None:
    person = at_the_menu(untouched)
    person.types(UP + UP + ENTER)
    person.sees(QUESTIONS[3], LEFT)
    person.sees(QUESTIONS[2], DOWN, ENTER)
    person.sees(QUESTIONS[3], ENTER)
    person.sees(MENU, CTRL_C)
    assert person.leaves() == 130
    assert kept(untouched)["audience"] == "team"


@pytest.mark.parametrize("keys", [("?",), (UP, ENTER)], ids=["?", "row"])
def test_more_is_told_and_the_question_asked_again(keys: tuple[str, ...], untouched: Home) -> None:
    person = Person(untouched)
    person.sees(QUESTIONS[0], *keys)
    person.reads("A run contains what you log")
    person.reads("answer yes.")
    person.sees(QUESTIONS[0], ENTER)
    person.sees(QUESTIONS[1], "?")
    person.reads("localhost means")
    person.sees(QUESTIONS[1], CTRL_C)
    assert person.leaves() == 130
    assert list(kept(untouched)) == ["privacy"]


@pytest.mark.parametrize("how", ["flag", "variable", "file"])
@pytest.mark.parametrize("key", OTHERWISE)
def test_what_is_answered_beforehand_is_not_asked(key: str, how: str, untouched: Home) -> None:
    number = list(OTHERWISE).index(key)
    flags, variable = OTHERWISE[key]
    if how == "file":
        values = {"privacy": "false", "environment": '"vm"', "audience": '"class"', "production": "true"}
        (untouched.cwd / "answers.toml").write_text(f"{key} = {values[key]}\n", encoding="utf-8")
        flags = ("--answers", "answers.toml")
    person = Person(
        untouched, "--dry-run", *(() if how == "variable" else flags), **variable if how == "variable" else {}
    )
    asked = [question for at, question in enumerate(QUESTIONS) if at != number]
    for question in asked:
        person.sees(question, ENTER)
    if key == "production":
        person.sees("On which platform?", CTRL_C)
        assert person.leaves() == 130
    else:
        assert person.leaves() == 0
    assert QUESTIONS[number] not in person.screen.replace("4 of 4 On which", "")


def stuck(untouched: Home) -> Person:
    """Return a person whose login to a server meets what no other answer would mend."""
    person = Person(untouched, "--method", "server", REQUESTS_CA_BUNDLE="/nowhere.pem")
    person.sees("What is the server URL?", f"https://mlflow.invalid{ENTER}")
    person.reads("The certificate file /nowhere.pem does not exist")
    person.reads(STUCK)
    person.reads("Quit")
    return person


def test_what_stands_in_the_way_of_a_login_is_said_and_leaves_the_choice(untouched: Home) -> None:
    before = below(untouched)
    person = stuck(untouched)
    asked = person.screen[person.screen.rindex(STUCK) :]
    assert "Set it up" not in asked
    assert "Try again" in asked
    assert "Choose another method" in asked
    assert "Show the commands" in asked
    person.types(UP + ENTER)
    assert person.leaves() == 1
    assert "Traceback" not in person.screen
    assert not any("data" in path or "connections" in path for path in below(untouched) - before)


def test_from_what_stands_in_the_way_one_can_go_on_to_another_method(untouched: Home) -> None:
    person = stuck(untouched)
    person.types(DOWN + ENTER)
    person.sees("Which method?", ENTER)
    person.reads("This will:")
    person.sees(MENU, CTRL_C)
    assert person.leaves() == 130


def test_choosing_another_can_be_gone_back_from(untouched: Home) -> None:
    person = at_the_menu(untouched)
    person.types(DOWN + ENTER)
    person.sees("Which method?", LEFT)
    person.reads("your own MLflow server on this machine (method: local)")
    person.sees(MENU, CTRL_C)
    assert person.leaves() == 130


def test_the_commands_are_shown_as_often_as_they_are_asked_for(untouched: Home) -> None:
    person = at_the_menu(untouched)
    for _ in range(2):
        person.types(DOWN + DOWN + ENTER)
        person.reads("By hand:")
        person.reads("mlflow server")
        person.reads(MENU)
    person.types(CTRL_C)
    assert person.leaves() == 130


def test_the_commands_of_a_method_that_cannot_be_set_up_are_shown(untouched: Home) -> None:
    person = stuck(untouched)
    person.types(DOWN + DOWN + ENTER)
    person.reads("MLFLOW_TRACKING_USERNAME")
    person.sees(STUCK, UP, ENTER)
    assert person.leaves() == 1


def test_in_a_cloud_notebook_enter_does_not_answer_the_question_of_privacy(untouched: Home) -> None:
    person = Person(untouched, **NOTEBOOK)
    person.sees(QUESTIONS[0], ENTER)
    person.reads("A run contains what you log")
    person.sees(QUESTIONS[0], CTRL_C)
    assert person.leaves() == 130
    assert kept(untouched) == {}


def test_in_a_cloud_notebook_privacy_has_no_default_and_leads_to_why_not_here(untouched: Home) -> None:
    person = Person(untouched, **NOTEBOOK)
    person.answers(YES, ENTER, ENTER, ENTER)
    person.reads("cannot be set up here")
    person.reads("Your browser cannot reach a server inside a cloud notebook")
    person.sees(STUCK, UP, ENTER)
    assert person.leaves() == 4
    assert "Traceback" not in person.screen
    assert not (untouched.quickstart_home / "data").exists()


def test_in_a_cloud_notebook_the_answer_that_stands_in_the_way_can_be_changed(untouched: Home) -> None:
    person = Person(untouched, **NOTEBOOK)
    person.answers(YES, ENTER, ENTER, ENTER)
    person.sees(STUCK, UP, UP, ENTER)
    for question in reversed(QUESTIONS[1:]):
        person.sees(question, LEFT)
    person.sees(QUESTIONS[0], UP, ENTER)
    person.answers(ENTER, ENTER, ENTER, first=2)
    person.reads("databricks-free")
    person.sees("Continue?", CTRL_C)
    assert person.leaves() == 130


def test_enter_typed_ahead_does_not_agree_to_the_plan(home: Home) -> None:
    person = Person(home)
    person.sees(QUESTIONS[0], ENTER * 12)
    person.reads(MENU)
    time.sleep(2)  # long enough for all of it to be taken, and for the folder of the runs to be there
    person.types(CTRL_C)
    assert person.leaves() == 130
    assert not (home.quickstart_home / "data").exists()


def test_quiet_or_not_a_plan_is_seen_before_it_is_agreed_to(untouched: Home) -> None:
    person = Person(untouched, "--quiet", "--privacy", "--environment", "laptop", "--audience", "me")
    person.sees(QUESTIONS[3], ENTER)
    person.sees(MENU, CTRL_C)
    assert person.leaves() == 130
    assert "This will:" in person.screen
    assert "Recommended:" in person.screen


def test_answers_given_by_flag_are_kept_with_those_that_were_asked_for(untouched: Home) -> None:
    person = Person(untouched, "--no-privacy", "--environment", "laptop", "--audience", "team")
    person.sees(QUESTIONS[3], ENTER)
    person.sees("Continue?", CTRL_C)
    assert person.leaves() == 130
    person = Person(untouched)
    person.sees("Resume where you stopped?", ENTER)
    person.sees("Continue?", CTRL_C)
    assert person.leaves() == 130
    assert "databricks-free" in person.screen
