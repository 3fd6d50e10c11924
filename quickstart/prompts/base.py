"""What asking means, whoever asks."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from quickstart.errors import ExitCode, QuickstartError


@dataclass(frozen=True)
class Option:
    """One thing to choose: what is returned, and how it reads."""

    value: Any
    label: str


@dataclass(frozen=True)
class MissingAnswer:
    """What a script has to say so that a question need not be asked.

    Args:
        flags: that answer it, in words.
        variable: environment variable that answers it.
        command: the whole command that leaves nothing to be asked.
    """

    flags: str
    variable: str
    command: str


@dataclass(frozen=True)
class Prompt:
    """A choice put before a person.

    Args:
        text: the question.
        options: what there is to choose from.
        default: the value that Enter means; None where there is none.
        name: one word for it, for the line that keeps the answer.
        head: how far along it is, such as "1 of 4".
        why: one line on why it is asked, or what speaks for the default.
        more: a longer explanation, on request; "" where there is none.
        back: whether the question before it can be gone back to.
        missing: for whoever cannot ask.
        found: whether the default holds where nobody can be asked.
        consent: whether it is a yes to work, for which what was typed before it came is not taken.
    """

    text: str
    options: tuple[Option, ...]
    default: Any = None
    name: str = ""
    head: str = ""
    why: str = ""
    more: str = ""
    back: bool = False
    missing: MissingAnswer = MissingAnswer("--yes", "QUICKSTART_YES", "quickstart --yes")
    found: bool = False
    consent: bool = False

    def label(self, value: Any) -> str:
        """Return how a value reads."""
        return next(option.label for option in self.options if option.value == value)


@dataclass(frozen=True)
class Line:
    """Something that a person types.

    Args:
        text: the question.
        name: one word for it, for the line that keeps the answer.
        why: a line or two on where to find it.
        more: a longer explanation, on request; "" where there is none.
        default: what Enter means; "" where something must be typed.
        secret: whether it is typed unseen.
        missing: for whoever cannot ask.
    """

    text: str
    name: str
    why: str = ""
    more: str = ""
    default: str = ""
    secret: bool = False
    missing: MissingAnswer = MissingAnswer("--yes", "QUICKSTART_YES", "quickstart --yes")


class Back:
    """What select() returns when the person wants to go back."""


BACK = Back()


class Prompter(Protocol):
    """Asks a person; raises KeyboardInterrupt when they cancel.

    Args:
        interactive: whether there is a person, to whom choices can be offered.
    """

    interactive: bool

    def confirm(self, question: str, *, default: bool, flag: str) -> bool:
        """Ask for yes or no.

        Args:
            question: without a question mark's helpers such as [y/N].
            default: what Enter means, and what --yes takes.
            flag: what gives the same answer without asking.
        """

    def select(self, prompt: Prompt) -> Any:
        """Ask for one of several things; return its value, or BACK."""

    def line(self, line: Line) -> str:
        """Ask for a text; return it without blanks around it."""


class DefaultPrompter:
    """Takes every default, for --yes."""

    interactive = False

    def confirm(self, question: str, *, default: bool, flag: str) -> bool:
        """Return the default."""
        return default

    def select(self, prompt: Prompt) -> Any:
        """Return the default; raise Fault "answer-needed" where there is none."""
        if prompt.default is None:
            raise answer_needed(prompt.text, prompt.missing)
        return prompt.default

    def line(self, line: Line) -> str:
        """Return the default; raise Fault "answer-needed" where there is none."""
        if not line.default:
            raise answer_needed(line.text, line.missing)
        return line.default


class NoPrompter:
    """Stands where nobody can be asked: a missing answer ends the road at once, naming the flag."""

    interactive = False

    def confirm(self, question: str, *, default: bool, flag: str) -> bool:
        """Raise Fault "answer-needed"."""
        raise answer_needed(question, MissingAnswer("--yes", "QUICKSTART_YES", f"quickstart {flag}"))

    def select(self, prompt: Prompt) -> Any:
        """Return what was found on the machine; raise Fault "answer-needed" where it must be asked."""
        if prompt.found and prompt.default is not None:
            return prompt.default
        raise answer_needed(prompt.text, prompt.missing)

    def line(self, line: Line) -> str:
        """Raise Fault "answer-needed"."""
        raise answer_needed(line.text, line.missing)


def answer_needed(question: str, missing: MissingAnswer) -> QuickstartError:
    """Return the fault of an answer that is missing and cannot be asked for."""
    asked, flags, variable, command = question.rstrip("?."), missing.flags, missing.variable, missing.command
    if in_kernel():
        return QuickstartError("answer-needed-in-kernel", ExitCode.ANSWER_NEEDED, question=asked, command=command)
    return QuickstartError(
        "answer-needed",
        ExitCode.ANSWER_NEEDED,
        question=asked,
        flags=flags,
        variable=variable,
        command=command,
    )


def in_kernel() -> bool:
    """Tell whether a notebook's kernel is what started us, by `!quickstart`.

    There is a pseudo-terminal then, but nobody who could type into it. jupyter_client sets the variable for
    every kernel that it starts, and for nothing else; Colab's and Kaggle's kernels are started by it too.
    """
    return bool(os.environ.get("JPY_PARENT_PID"))


def flush_input() -> None:
    """Forget what was typed at the terminal and not read yet."""
    if sys.platform == "win32":
        import msvcrt

        while msvcrt.kbhit():
            msvcrt.getwch()
        return
    import termios

    with suppress(termios.error, OSError, ValueError):  # no terminal, or none that can be flushed
        termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)
