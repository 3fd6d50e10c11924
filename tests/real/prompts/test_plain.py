"""The interview in numbered plain text, and without colour."""

from __future__ import annotations

import sys

import pytest

from tests.conftest import Home
from tests.real.person import COLOUR, CTRL_C, ENTER, ESCAPE, MENU, QUESTIONS, Person, below, kept

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminal that pexpect can drive")

HELPLESS = {"dumb": {"TERM": "dumb"}, "empty": {"TERM": ""}, "unknown": {"TERM": "unknown"}}
PLAIN = {**HELPLESS, "ACCESSIBLE": {"ACCESSIBLE": "1"}}
NUMBER = "Number"  # what every plain question ends with, followed by what may be typed


def asks(person: Person, question: str) -> None:
    """Wait until a plain question can be answered."""
    person.reads(f"Question {question}")
    person.reads(NUMBER)


@pytest.mark.parametrize("environment", PLAIN.values(), ids=PLAIN)
def test_a_whole_interview_in_plain_text_has_no_escape_code(environment: dict[str, str], untouched: Home) -> None:
    before = below(untouched)
    person = Person(untouched, "--dry-run", **environment)
    for question in QUESTIONS:
        asks(person, question)
        person.types(ENTER)
    person.reads("This will:")
    assert person.leaves() == 0
    assert "Dry run: nothing was changed." in person.words
    if environment in HELPLESS.values():
        assert ESCAPE not in person.raw
    assert below(untouched) == before


def test_a_screen_reader_is_sent_nothing_that_moves_the_cursor(untouched: Home) -> None:
    person = Person(untouched, "--dry-run", ACCESSIBLE="1", NO_COLOR="1")
    for question in QUESTIONS:
        asks(person, question)
        person.types(ENTER)
    assert person.leaves() == 0
    assert ESCAPE not in person.raw


@pytest.mark.parametrize("environment", PLAIN.values(), ids=PLAIN)
def test_the_menu_is_plain_text_too(environment: dict[str, str], untouched: Home) -> None:
    person = Person(untouched, **environment)
    for question in QUESTIONS:
        asks(person, question)
        person.types(ENTER)
    person.reads(MENU)
    person.reads("1. Set it up")
    person.reads("3. Show the commands")
    person.sees(NUMBER, "3", ENTER)
    person.reads("By hand:")
    person.sees(NUMBER, "5", ENTER)
    assert person.leaves() == 130


@pytest.mark.parametrize("wrong", ["what", "0", "3", "-1", "1.", "yes", "b", "\u0661", "1 2"])
def test_what_is_no_answer_is_met_with_a_sentence_and_asked_again(wrong: str, untouched: Home) -> None:
    person = Person(untouched, "--dry-run", TERM="dumb")
    asks(person, QUESTIONS[0])
    person.types(f"{wrong}{ENTER}")
    person.reads("Type a number from 1 to 2.")
    person.sees(NUMBER, f"1{ENTER}")
    asks(person, QUESTIONS[1])
    person.types(CTRL_C)
    assert person.leaves() == 130
    assert kept(untouched) == {"privacy": True}


def test_a_number_chooses_a_question_mark_tells_more_and_b_goes_back(untouched: Home) -> None:
    person = Person(untouched, TERM="dumb")
    asks(person, QUESTIONS[0])
    person.types(f"?{ENTER}")
    person.reads("A run contains what you log")
    person.sees(NUMBER, f"1{ENTER}")
    asks(person, QUESTIONS[1])
    person.types(f"B{ENTER}")
    asks(person, QUESTIONS[0])
    person.types(f" 2 {ENTER}")
    asks(person, QUESTIONS[1])
    person.types(f"1{ENTER}")
    asks(person, QUESTIONS[2])
    person.types(f"3{ENTER}")
    asks(person, QUESTIONS[3])
    person.types(CTRL_C)
    assert person.leaves() == 130
    assert kept(untouched) == {"privacy": False, "environment": "laptop", "audience": "class"}


def test_where_enter_is_no_answer_it_is_not_taken_for_one(untouched: Home) -> None:
    person = Person(untouched, TERM="dumb", COLAB_RELEASE_TAG="x")
    asks(person, QUESTIONS[0])
    person.types(ENTER)
    person.reads("Type a number from 1 to 2.")
    person.sees(NUMBER, CTRL_C)
    assert person.leaves() == 130
    assert "Enter for" not in person.screen


@pytest.mark.parametrize(
    ("arguments", "environment"), [((), {"NO_COLOR": "1"}), (("--color", "never"), {})], ids=["NO_COLOR", "never"]
)
def test_without_colour_the_interview_has_none(
    arguments: tuple[str, ...], environment: dict[str, str], untouched: Home
) -> None:
    person = Person(untouched, "--dry-run", *arguments, **environment)
    person.answers("?")
    person.answers(ENTER, ENTER, ENTER, ENTER)
    assert person.leaves() == 0
    assert "This will:" in person.screen
    assert COLOUR.findall(person.raw) == []


def test_with_colour_the_interview_has_some(untouched: Home) -> None:
    person = Person(untouched, "--dry-run")
    person.answers(ENTER, ENTER, ENTER, ENTER)
    assert person.leaves() == 0
    assert COLOUR.search(person.raw)
