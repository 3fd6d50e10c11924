"""A narrow terminal, one that changes its size while it is asked, and one that knows ASCII only."""

from __future__ import annotations

import re
import sys

import pytest

from quickstart.prompts.fields import Field
from quickstart.wizard.flow import QUESTIONS as ALL
from tests.conftest import Home
from tests.real.person import CTRL_C, ENTER, MENU, QUESTIONS, Person, kept

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminal that pexpect can drive")

NARROW = 40
ASKED = ALL[:4]
DRAWN = re.compile(r"\x1b\[\?7l.*?\x1b\[\?7h", re.DOTALL)  # what prompt_toolkit draws, from wrapping off to wrapping on
UNBREAKABLE = re.compile(r"https?://|/|-m quickstart")  # in lines that must be copied whole


class Narrow(Person):
    """Somebody at a narrow terminal."""

    columns = NARROW


def narrow(home: Home) -> Person:
    """Return somebody who went through the interview on a narrow terminal."""
    person = Narrow(home, "--dry-run")
    person.answers(ENTER, ENTER, ENTER, ENTER)
    assert person.leaves() == 0
    return person


def test_on_a_narrow_terminal_nothing_is_wider_than_it_but_what_must_be_copied_whole(untouched: Home) -> None:
    person = narrow(untouched)
    wide = [line.rstrip() for line in person.screen.splitlines() if len(line.rstrip()) > NARROW]
    # After an answer the cursor goes up and what was asked is erased: there are two lines in one.
    drawn = [line for line in wide if "? Tell me more" not in line and "< Back" not in line]
    assert [line for line in drawn if not UNBREAKABLE.search(line)] == []


def test_on_a_narrow_terminal_no_line_that_is_drawn_is_cut_off(untouched: Home) -> None:
    person = narrow(untouched)
    drawn = [person.plain(piece) for piece in DRAWN.findall(person.raw)]
    assert len(drawn) >= len(ASKED)
    assert [line for piece in drawn for line in piece.splitlines() if len(line.rstrip()) > NARROW] == []


@pytest.mark.parametrize("question", ASKED, ids=[question.key for question in ASKED])
def test_on_a_narrow_terminal_all_words_of_a_question_are_there(question: Field, untouched: Home) -> None:
    person = narrow(untouched)
    assert question.text in person.words
    assert question.why in person.words
    for choice in question.choices:
        assert choice.label in person.words


def test_on_a_narrow_terminal_more_is_told_in_full(untouched: Home) -> None:
    person = Narrow(untouched)
    person.sees(QUESTIONS[0], "?")
    person.sees(QUESTIONS[0], CTRL_C)
    assert person.leaves() == 130
    assert ASKED[0].more in person.words


def test_on_a_narrow_terminal_the_menu_and_the_other_methods_are_all_there(untouched: Home) -> None:
    person = Narrow(untouched)
    person.answers(ENTER, ENTER, ENTER, ENTER)
    person.sees(MENU, "\x1b[B", ENTER)
    person.reads("Which method?")
    person.sees("Back", CTRL_C)
    assert person.leaves() == 130
    offered = person.words[person.words.rindex("Which method?") :]
    for method in ("Databricks Free Edition", "Azure ML", "Amazon SageMaker"):
        assert method in offered


@pytest.mark.parametrize("at", range(len(QUESTIONS)))
def test_a_question_survives_that_the_terminal_changes_its_size(at: int, untouched: Home) -> None:
    person = Person(untouched, "--dry-run")
    person.answers(*[ENTER] * at)
    person.reads(QUESTIONS[at])
    for columns in (40, 100):
        person.resizes(columns)
        person.reads(QUESTIONS[at])  # it is drawn again
    person.types(ENTER)
    person.answers(*[ENTER] * (len(QUESTIONS) - at - 1), first=at + 2)
    person.reads("This will:")
    assert person.leaves() == 0
    assert "Traceback" not in person.screen


@pytest.mark.parametrize(
    "environment",
    [{"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "ascii", "TERM": "dumb"}, {"PYTHONUTF8": "0", "LC_ALL": "C"}],
    ids=["ascii", "ascii and dumb", "C locale"],
)
def test_a_terminal_that_knows_ascii_only_is_asked_too(environment: dict[str, str], untouched: Home) -> None:
    person = Person(untouched, "--dry-run", **environment)
    for question in QUESTIONS:
        person.reads(question)
        if "TERM" in environment:
            person.reads("Number")
        person.types(ENTER)
    assert person.leaves() == 0
    assert "Traceback" not in person.screen
    assert "bug in quickstart" not in person.words
    assert "This will:" in person.screen
    if environment.get("PYTHONIOENCODING") == "ascii":
        assert person.raw.isascii()


def test_leaving_a_narrow_terminal_says_that_the_answers_are_kept(untouched: Home) -> None:
    person = Narrow(untouched)
    person.answers(ENTER)
    person.sees(QUESTIONS[1], CTRL_C)
    assert person.leaves() == 130
    assert "Your answers are saved" in person.words
    assert list(kept(untouched)) == ["privacy"]
