"""Prompters: what asks a person, and what answers in their place when prompting is impossible."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from quickstart.errors import ExitCode, QuickstartError
from quickstart.prompts.fields import Field


@dataclass(frozen=True)
class Prompt:
    """A field to ask for now.

    Args:
        progress: such as "1 of 4".
        can_go_back: whether BACK is an answer.
        approves: whether an answer starts work; keys typed before the prompt was shown don't count then.
        command: a command that leaves nothing to ask, for the error if prompting is impossible.
    """

    field: Field
    progress: str = ""
    can_go_back: bool = False
    approves: bool = False
    command: str = "quickstart --yes"


class Back:
    """The answer of a person who wants to go back."""


BACK = Back()


class Prompter(Protocol):
    """Asks a person, if `interactive`; raises KeyboardInterrupt if they cancel."""

    interactive: bool

    def ask(self, prompt: Prompt) -> Any:
        """Ask for a field; return the value of a choice, BACK, or the text without spaces around it."""

    def confirm(self, question: str, *, default: bool, flag: str) -> bool:
        """Ask a question, which comes without its question mark. `flag` gives the same answer without a question."""


class DefaultPrompter:
    """Answers with the defaults, for --yes."""

    interactive = False

    def ask(self, prompt: Prompt) -> Any:
        """Raise "answer-needed" if there is no default."""
        if not prompt.field.has_default:
            raise self.missing(prompt)
        return prompt.field.default

    def confirm(self, question: str, *, default: bool, flag: str) -> bool:
        return default

    def missing(self, prompt: Prompt) -> QuickstartError:
        return missing_answer(prompt)


class NoPrompter:
    """Cannot prompt: uses the defaults of optional fields, and raises QuickstartError "answer-needed" for the rest."""

    interactive = False

    def ask(self, prompt: Prompt) -> Any:
        if prompt.field.optional and prompt.field.has_default:
            return prompt.field.default
        raise missing_answer(prompt)

    def confirm(self, question: str, *, default: bool, flag: str) -> bool:
        field = Field("confirm", f'"{question}?"', flag="--yes", variable="QUICKSTART_YES")
        raise missing_answer(Prompt(field, command=f"quickstart {flag}"))


def missing_answer(prompt: Prompt) -> QuickstartError:
    field, command = prompt.field, prompt.command
    name = name_in_sentence(field)
    if in_kernel():
        return QuickstartError("answer-needed-in-kernel", ExitCode.ANSWER_NEEDED, name=name, command=command)
    variable = f", or set {field.variable}" if field.variable else ""
    options = f"{field.flags}{variable}"
    return QuickstartError("answer-needed", ExitCode.ANSWER_NEEDED, name=name, options=options, command=command)


def name_in_sentence(field: Field) -> str:
    """Return a field's label as it reads in the middle of a sentence."""
    first, second = field.label[:1], field.label[1:2]
    return field.label if second.isupper() else first.lower() + field.label[1:]


def in_kernel() -> bool:
    """Tell whether `!quickstart` in a notebook started us: there is a pseudo-terminal, but it has no keyboard.

    jupyter_client sets the variable for each kernel that it starts, also on Colab and Kaggle, and for nothing else.
    """
    return bool(os.environ.get("JPY_PARENT_PID"))


def flush_input() -> None:
    """Drop what was typed at the terminal and is not read yet."""
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415 - not on every operating system

        while msvcrt.kbhit():
            msvcrt.getwch()
        return
    import termios  # noqa: PLC0415 - not on every operating system

    with suppress(termios.error, OSError, ValueError):  # no terminal, or none that can be flushed
        termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)
