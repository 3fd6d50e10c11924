"""Who asks: a person at a terminal, plain text, or nobody; and what is told where nobody can be asked."""

from __future__ import annotations

import io
import sys
from dataclasses import replace

import pytest

from quickstart.errors import ExitCode, QuickstartError
from quickstart.explain import explain
from quickstart.prompts.base import DefaultPrompter, NoPrompter, Prompt, Prompter
from quickstart.prompts.fields import Choice, Field
from quickstart.prompts.plain import PlainPrompter, choose, is_mintty, is_mintty_pipe
from tests.messages import fix_of


class Tty(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def sit_at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a person sit at an ordinary terminal; called in the test itself, since pytest's own streams come before."""
    monkeypatch.setattr(sys, "stdin", Tty())
    monkeypatch.setattr(sys, "stderr", Tty())
    monkeypatch.setenv("TERM", "xterm-256color")
    for variable in ("ACCESSIBLE", "JPY_PARENT_PID"):
        monkeypatch.delenv(variable, raising=False)


@pytest.mark.parametrize("default", [True, False])
def test_yes_takes_the_default_and_asks_nobody(default: bool) -> None:
    for no_input in (True, False):
        prompter = choose(yes=True, no_input=no_input)
        assert prompter.confirm("Really", default=default, flag="--yes") is default


def test_where_nobody_can_be_asked_the_missing_answer_is_named() -> None:
    with pytest.raises(QuickstartError) as needed:
        NoPrompter().confirm("Set it up", default=True, flag="--yes")
    assert (needed.value.code, needed.value.exit_code) == ("answer-needed", ExitCode.ANSWER_NEEDED)
    assert needed.value.facts == {
        "name": '"Set it up?"',
        "options": "--yes, or set QUICKSTART_YES",
        "command": "quickstart --yes",
    }


def test_no_input_asks_nobody_not_even_at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    sit_at_a_terminal(monkeypatch)
    assert isinstance(choose(yes=False, no_input=True), NoPrompter)


@pytest.mark.parametrize("stream", ["stdin", "stderr"])
def test_a_pipe_is_nobody(stream: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sit_at_a_terminal(monkeypatch)
    monkeypatch.setattr(sys, stream, io.StringIO("y\n"))
    assert isinstance(choose(yes=False, no_input=False), NoPrompter)


def test_a_process_without_a_stdin_is_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    sit_at_a_terminal(monkeypatch)
    monkeypatch.setattr(sys, "stdin", None)
    assert isinstance(choose(yes=False, no_input=False), NoPrompter)


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
    assert isinstance(choose(yes=False, no_input=False), PlainPrompter)


def test_a_person_at_an_ordinary_terminal_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    sit_at_a_terminal(monkeypatch)
    assert type(choose(yes=False, no_input=False)).__name__ == "TerminalPrompter"


FIELD = Field(
    key="privacy",
    label="Privacy",
    text="Must it stay?",
    flag="--privacy/--no-privacy",
    variable="QUICKSTART_PRIVACY",
    choices=(Choice(True, "Yes"), Choice(False, "No")),
    default=True,
)


def prompt_with(default: bool | None, *, optional: bool = False) -> Prompt:
    field = replace(FIELD, default=default, optional=optional)
    return Prompt(field, command="quickstart --yes --privacy")


@pytest.mark.parametrize("default", [True, False])
def test_what_was_found_is_taken_where_nobody_can_be_asked_even_if_it_is_false(default: bool) -> None:
    assert NoPrompter().ask(prompt_with(default, optional=True)) is default


@pytest.mark.parametrize(
    ("prompter", "prompt"),
    [
        (NoPrompter(), prompt_with(True)),
        (NoPrompter(), prompt_with(None, optional=True)),
        (DefaultPrompter(), prompt_with(None)),
    ],
    ids=["nobody", "nobody, and nothing was found", "defaults, and there is none"],
)
def test_an_answer_that_is_missing_is_named_with_flag_variable_and_command(
    prompter: Prompter, prompt: Prompt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JPY_PARENT_PID", raising=False)
    with pytest.raises(QuickstartError) as needed:
        prompter.ask(prompt)
    assert (needed.value.code, needed.value.exit_code) == ("answer-needed", 4)
    error = explain(needed.value)
    assert error.what == "Missing answer: privacy."
    assert error.why.endswith("Pass --privacy or --no-privacy, or set QUICKSTART_PRIVACY.")
    assert fix_of(error).endswith("--yes --privacy")


@pytest.mark.parametrize("default", [True, False])
def test_defaults_take_what_is_offered(default: bool) -> None:
    assert DefaultPrompter().ask(prompt_with(default)) is default


def test_in_a_notebooks_shell_line_there_is_a_terminal_but_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    sit_at_a_terminal(monkeypatch)
    monkeypatch.setenv("JPY_PARENT_PID", "4711")
    nobody = choose(yes=False, no_input=False)
    assert isinstance(nobody, NoPrompter)
    with pytest.raises(QuickstartError) as needed:
        nobody.ask(prompt_with(True))
    assert (needed.value.code, needed.value.exit_code) == ("answer-needed-in-kernel", 4)
    assert "quickstart.setup()" in fix_of(explain(needed.value))


def test_only_who_can_be_asked_is_offered_choices() -> None:
    assert [prompter.interactive for prompter in (PlainPrompter(), DefaultPrompter(), NoPrompter())] == [
        True,
        False,
        False,
    ]


PIPES = {
    r"\msys-1888ae32e00d56aa-pty0-to-master": True,
    r"\msys-1888ae32e00d56aa-pty0-from-master": True,
    r"\msys-dd50a72ab4668b33-pty12-to-master-nat": True,
    r"\cygwin-e022582115c10879-pty3-from-master": True,
    r"\cygwin-e022582115c10879-pty3-from-master-nat": True,
    r"\msys-1888ae32e00d56aa-pipe-0x3": False,  # an ordinary pipe between two programs of Git Bash
    r"\msys-1888ae32e00d56aa-pty0-to-master-and-more": False,
    r"\my-msys-1888ae32e00d56aa-pty0-to-master": False,
    r"\msys-XYZ-pty0-to-master": False,
    r"\msys-1888ae32e00d56aa-pty-to-master": False,
    r"C:\Users\ada\answers.txt": False,
    r"\Device\NamedPipe\win32.00000001": False,
    "": False,
}


@pytest.mark.parametrize(("name", "terminal"), PIPES.items())
def test_a_pipe_is_a_terminal_by_its_name(name: str, terminal: bool) -> None:
    assert is_mintty_pipe(name) is terminal


@pytest.mark.skipif(sys.platform == "win32", reason="elsewhere than on Windows a pipe is a pipe")
def test_elsewhere_than_on_windows_nothing_is_gits_bash() -> None:
    assert not is_mintty(sys.stdin)


def test_a_stream_without_a_file_is_no_terminal() -> None:
    assert not is_mintty(io.StringIO())
