"""Who asks: a person at a terminal, or nobody; and how plain text asks."""

from __future__ import annotations

import io
import sys

import pytest

from quickstart.errors import ExitCode, Fault
from quickstart.interview.plain import Plain
from quickstart.interview.prompter import Defaults, Nobody, choose


class Tty(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def sit_at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a person sit at an ordinary terminal; called in the test itself, since pytest's own streams come before."""
    monkeypatch.setattr(sys, "stdin", Tty())
    monkeypatch.setattr(sys, "stderr", Tty())
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("ACCESSIBLE", raising=False)


@pytest.mark.parametrize("default", [True, False])
def test_yes_takes_the_default_and_asks_nobody(default: bool) -> None:
    for no_input in (True, False):
        prompter = choose(yes=True, no_input=no_input)
        assert prompter.confirm("Really", default=default, flag="--yes") is default


def test_where_nobody_can_be_asked_the_missing_answer_is_named() -> None:
    with pytest.raises(Fault) as needed:
        Nobody().confirm("Set it up", default=True, flag="--yes")
    assert (needed.value.code, needed.value.exit_code) == ("answer-needed", ExitCode.ANSWER_NEEDED)
    assert needed.value.facts == {"question": "Set it up", "flag": "--yes"}


def test_no_input_asks_nobody_not_even_at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    sit_at_a_terminal(monkeypatch)
    assert isinstance(choose(yes=False, no_input=True), Nobody)


@pytest.mark.parametrize("stream", ["stdin", "stderr"])
def test_a_pipe_is_nobody(stream: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sit_at_a_terminal(monkeypatch)
    monkeypatch.setattr(sys, stream, io.StringIO("y\n"))
    assert isinstance(choose(yes=False, no_input=False), Nobody)


def test_a_process_without_a_stdin_is_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    sit_at_a_terminal(monkeypatch)
    monkeypatch.setattr(sys, "stdin", None)
    assert isinstance(choose(yes=False, no_input=False), Nobody)


@pytest.mark.parametrize(
    ("variable", "value"), [("TERM", "dumb"), ("TERM", None), ("ACCESSIBLE", "1")], ids=["dumb", "none", "accessible"]
)
@pytest.mark.skipif(sys.platform == "win32", reason="on Windows TERM says nothing")
def test_a_dumb_terminal_and_a_screen_reader_are_asked_in_plain_text(
    variable: str, value: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    sit_at_a_terminal(monkeypatch)
    if value is None:
        monkeypatch.delenv(variable, raising=False)
    else:
        monkeypatch.setenv(variable, value)
    assert isinstance(choose(yes=False, no_input=False), Plain)


def test_a_person_at_an_ordinary_terminal_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    sit_at_a_terminal(monkeypatch)
    assert type(choose(yes=False, no_input=False)).__name__ == "Terminal"


def asked(typed: str, monkeypatch: pytest.MonkeyPatch, *, default: bool) -> tuple[bool, str]:
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    screen = io.StringIO()
    monkeypatch.setattr(sys, "stderr", screen)
    answer = Plain().confirm("Set it up", default=default, flag="--yes")
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


def test_defaults_and_nobody_answer_every_question_alike() -> None:
    for question in ("Set it up", "Take it back"):
        assert Defaults().confirm(question, default=True, flag="--yes")
        with pytest.raises(Fault):
            Nobody().confirm(question, default=True, flag="--yes")
