"""The prompter of a real terminal, its keys piped in: Enter, arrows, ?, the way back, and Ctrl-C."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import click
import pytest
from click.testing import CliRunner
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from quickstart.prompts import terminal
from quickstart.prompts.base import BACK, Prompt
from quickstart.prompts.fields import Choice, Field
from quickstart.prompts.terminal import TerminalPrompter

ENTER, UP, DOWN, LEFT, CTRL_C = "\r", "\x1b[A", "\x1b[B", "\x1b[D", "\x03"
PATIENCE = 10  # seconds
FIELD = Field(
    key="audience",
    label="Audience",
    text="Who will look at the runs?",
    why="A team needs a server that all reach.",
    more="Only you: any method does.",
    choices=(Choice("me", "Only me"), Choice("team", "A team"), Choice("class", "A class")),
    default="me",
)
PROMPT = Prompt(FIELD, progress="3 of 4", can_go_back=True)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is told between and behind the questions."""
    lines: list[str] = []

    def tell(parts: list[tuple[str, str]], **_: object) -> None:
        if said := "".join(text for _, text in parts).strip():
            lines.append(said)

    monkeypatch.setattr(terminal, "_output", DummyOutput)
    monkeypatch.setattr(terminal, "print_formatted_text", tell)
    # The test's keys are pressed before the question is there: test_interview.py forgets them at a real terminal.
    monkeypatch.setattr(terminal, "_drop_typed_ahead", lambda: None)
    return lines


@pytest.fixture
def keys(told: list[str]) -> Iterator[PipeInput]:
    """The keyboard; it is unplugged after a while, so that a test that waits for a key in vain fails."""
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        unplugged = threading.Timer(PATIENCE, pipe.close)
        unplugged.start()
        yield pipe
        unplugged.cancel()


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        (ENTER, "me"),
        (DOWN + ENTER, "team"),
        (DOWN + DOWN + ENTER, "class"),
        (DOWN + UP + ENTER, "me"),
        (DOWN * 5 + ENTER, "me"),  # round the end of the list, by the rows for more and for back
        ("j" + ENTER, "team"),
    ],
)
def test_arrows_choose_and_enter_takes(typed: str, answer: str, keys: PipeInput) -> None:
    keys.send_text(typed)
    assert TerminalPrompter().ask(PROMPT) == answer


@pytest.mark.parametrize("default", ["me", "team", "class"])
def test_enter_takes_the_default_wherever_it_stands(default: str, keys: PipeInput) -> None:
    keys.send_text(ENTER)
    assert TerminalPrompter().ask(Prompt(replace(FIELD, default=default))) == default


@pytest.mark.parametrize("default", [True, False])
def test_an_answer_of_no_is_a_default_too(default: bool, keys: PipeInput) -> None:
    keys.send_text(ENTER)
    field = replace(FIELD, choices=(Choice(True, "Yes"), Choice(False, "No")), default=default)
    assert TerminalPrompter().ask(Prompt(field)) is default


@pytest.mark.parametrize("typed", ["?", UP + UP + ENTER], ids=["?", "row"])
def test_more_is_told_and_the_question_asked_again(typed: str, keys: PipeInput, told: list[str]) -> None:
    keys.send_text(typed + DOWN + ENTER)
    assert TerminalPrompter().ask(PROMPT) == "team"
    assert told[0] == FIELD.more
    assert len(told) == 2


@pytest.mark.parametrize("typed", [LEFT, UP + ENTER], ids=["left arrow", "row"])
def test_the_way_back_is_no_answer_and_is_not_told_as_one(typed: str, keys: PipeInput, told: list[str]) -> None:
    keys.send_text(typed)
    assert TerminalPrompter().ask(PROMPT) is BACK
    assert told == []


def test_where_there_is_nothing_to_tell_and_no_way_back_their_keys_do_nothing(keys: PipeInput, told: list[str]) -> None:
    keys.send_text("?" + LEFT + UP + ENTER)
    assert TerminalPrompter().ask(Prompt(replace(FIELD, more=""))) == "class"
    assert told == ["Audience      A class"]


def test_an_answer_leaves_one_line(keys: PipeInput, told: list[str]) -> None:
    keys.send_text(DOWN + ENTER)
    TerminalPrompter().ask(PROMPT)
    assert told == ["Audience      A team"]


@pytest.mark.parametrize("typed", [CTRL_C, DOWN + CTRL_C, f"?{CTRL_C}"])
def test_ctrl_c_cancels_a_question(typed: str, keys: PipeInput) -> None:
    keys.send_text(typed)
    with pytest.raises(KeyboardInterrupt):
        TerminalPrompter().ask(PROMPT)


@pytest.mark.parametrize(("typed", "answer"), [(ENTER, True), ("y", True), ("n", False)])
def test_yes_or_no_is_one_key(typed: str, answer: bool, keys: PipeInput) -> None:
    keys.send_text(typed)
    assert TerminalPrompter().confirm("Take it back", default=True, flag="undo --yes") is answer


def test_ctrl_c_cancels_a_yes_or_no(keys: PipeInput) -> None:
    keys.send_text(CTRL_C)
    with pytest.raises(KeyboardInterrupt):
        TerminalPrompter().confirm("Take it back", default=True, flag="undo --yes")


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_whatever_the_width_the_words_stay_whole(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    filled = terminal._fill(FIELD.more * 3, indent=2, first=True)
    assert filled.split() == (FIELD.more * 3).split()
    assert max(map(len, filled.splitlines())) <= max(width, 22)


def test_a_command_under_clicks_runner_can_be_answered_by_keys(keys: PipeInput) -> None:
    @click.command()
    def ask() -> None:
        prompter: Any = TerminalPrompter()
        click.echo(f"{prompter.ask(PROMPT)} {prompter.confirm('Really', default=False, flag='--really')}")

    keys.send_text(DOWN + ENTER)
    keys.send_text("y")
    done = CliRunner().invoke(ask)
    assert done.exception is None
    assert done.output.strip() == "team True"
