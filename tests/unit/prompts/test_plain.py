"""How plain text asks: in numbered lines, without a single escape code, until there is an answer."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from typing import Any

import pytest

from quickstart.prompts.base import BACK, Prompt
from quickstart.prompts.fields import Choice, Field
from quickstart.prompts.plain import PlainPrompter


def asked(typed: str, monkeypatch: pytest.MonkeyPatch, *, default: bool) -> tuple[bool, str]:
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    screen = io.StringIO()
    monkeypatch.setattr(sys, "stderr", screen)
    answer = PlainPrompter().confirm("Set it up", default=default, flag="--yes")
    return answer, screen.getvalue()


@pytest.mark.parametrize(
    ("typed", "answer"),
    [("y\n", True), ("YES\n", True), (" n \n", False), ("no\n", False), ("n\r\n", False), ("y", True)],
)
@pytest.mark.parametrize("default", [True, False])
def test_an_answer_is_taken_whatever_the_default(
    typed: str, answer: bool, default: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert asked(typed, monkeypatch, default=default)[0] is answer


@pytest.mark.parametrize(("default", "choices"), [(True, "[Y/n]"), (False, "[y/N]")])
def test_enter_takes_the_default_that_is_shown(default: bool, choices: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked("\n", monkeypatch, default=default) == (default, f"Set it up? {choices} ")


def test_what_is_no_answer_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    answer, said = asked("maybe\nperhaps\nn\n", monkeypatch, default=True)
    assert answer is False
    assert said.count("Set it up?") == 3
    assert "\x1b" not in said


def test_the_end_of_input_cancels(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(KeyboardInterrupt):
        asked("", monkeypatch, default=True)


FIELD = Field(
    key="audience",
    label="Audience",
    text="Who will look at the runs?",
    why="A server on your own machine is yours alone.",
    more="Only you: any method does.",
    choices=(Choice("me", "Only me"), Choice("team", "A team"), Choice("class", "A class")),
    default="me",
)
PROMPT = Prompt(FIELD, progress="3 of 4", can_go_back=True)


def selected(prompt: Prompt, *typed: str) -> tuple[Any, list[str]]:
    """Answer a prompt in a cell; return the answer, and all that was shown."""
    lines, shown = iter(typed), list[str]()

    def read(text: str) -> str:
        shown.append(text)
        return next(lines)

    return PlainPrompter(read, shown.append).ask(prompt), shown


@pytest.mark.parametrize(
    ("typed", "answer"),
    [("1", "me"), ("3", "class"), (" 2 ", "team"), ("2\n", "team"), ("", "me"), ("b", BACK), ("B", BACK)],
)
def test_a_number_enter_or_b_is_an_answer(typed: str, answer: Any) -> None:
    assert selected(PROMPT, typed)[0] == answer


@pytest.mark.parametrize(
    "typed", ["0", "4", "-1", "1.0", "1 2", "me", "\u0661", "\u00b2", "\uff11", "9" * 4000, "\x1b[A"]
)
def test_what_is_no_number_of_the_list_is_asked_again(typed: str) -> None:
    answer, shown = selected(PROMPT, typed, "2")
    assert answer == "team"
    assert shown[-2] == "Type a number from 1 to 3."


def test_it_is_read_out_in_the_order_in_which_one_decides() -> None:
    _, shown = selected(PROMPT, "?", "")
    assert shown == [
        "",
        "Question 3 of 4: Who will look at the runs?",
        "A server on your own machine is yours alone.",
        "  1. Only me",
        "  2. A team",
        "  3. A class",
        "Number, Enter for 1, ? for more, b to go back: ",
        "Only you: any method does.",
        "Number, Enter for 1, ? for more, b to go back: ",
    ]


def test_what_is_not_offered_is_no_answer() -> None:
    prompt = Prompt(replace(FIELD, more="", default=None))
    answer, shown = selected(prompt, "", "?", "b", "1")
    assert answer == "me"
    assert shown.count("Type a number from 1 to 3.") == 3
    assert shown[-1] == "Number: "


def test_a_default_of_no_is_a_default() -> None:
    prompt = Prompt(Field("it", "It", choices=(Choice(False, "No"), Choice(True, "Yes")), default=False))
    answer, shown = selected(prompt, "")
    assert answer is False
    assert shown[-1] == "Number, Enter for 1: "


def test_the_end_of_input_cancels_a_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("7\n"))
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with pytest.raises(KeyboardInterrupt):
        PlainPrompter().ask(PROMPT)
