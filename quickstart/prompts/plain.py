"""Prompts in numbered plain text, for dumb terminals, screen readers and notebooks; and the choice of a prompter."""

from __future__ import annotations

import getpass
import os
import re
import sys
from collections.abc import Callable
from typing import IO, Any

from quickstart.errors import ExitCode, QuickstartError
from quickstart.prompts.base import (
    BACK,
    DefaultPrompter,
    NoPrompter,
    Prompt,
    Prompter,
    flush_input,
    in_kernel,
    name_in_sentence,
)
from quickstart.prompts.fields import Field

YES_NO = {"y": True, "yes": True, "n": False, "no": False}


def read_line(question: str) -> str:
    sys.stderr.write(question)
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line


def read_secret(question: str) -> str:
    return getpass.getpass(question, stream=sys.stderr)


def write_line(text: str) -> None:
    """Write a line to stderr: stdout is for the result."""
    sys.stderr.write(f"{text}\n")


class PlainPrompter:
    """Asks in numbered lines, without escape codes.

    Args:
        read: shows the question and returns the typed line; input() in a notebook.
        write: shows a line; print() in a notebook.
    """

    interactive = True

    def __init__(
        self,
        read: Callable[[str], str] = read_line,
        write: Callable[[str], object] = write_line,
        read_secret: Callable[[str], str] = read_secret,
    ) -> None:
        self._read = read
        self._write = write
        self._read_secret = read_secret

    def ask(self, prompt: Prompt) -> Any:
        if prompt.approves:
            self._drop_typed_ahead()
        field = prompt.field
        self._write("")
        self._write(f"Question {prompt.progress}: {field.text}" if prompt.progress else field.text)
        if field.why:
            self._write(field.why)
        return self._ask_choice(prompt) if field.choices else self._ask_text(field)

    def confirm(self, question: str, *, default: bool, flag: str) -> bool:
        self._drop_typed_ahead()
        choices = "Y/n" if default else "y/N"
        while (answer := self._input(f"{question}? [{choices}] ").lower()) not in {"", *YES_NO}:
            self._write("Type y or n, or press Enter for the capital letter.")
        return YES_NO.get(answer, default)

    def _ask_choice(self, prompt: Prompt) -> Any:
        field = prompt.field
        for number, choice in enumerate(field.choices, 1):
            self._write(f"  {number}. {choice.label}")
        default = next((n for n, value in enumerate(field.values, 1) if value == field.default), None)
        enter = f", Enter for {default}" if default else ""
        more = ", ? for more" if field.more else ""
        back = ", b to go back" if prompt.can_go_back else ""
        while True:
            answer = self._input(f"Number{enter}{more}{back}: ").lower()
            if not answer and field.has_default:
                return field.default
            if answer == "?" and field.more:
                self._write(field.more)
            elif answer == "b" and prompt.can_go_back:
                return BACK
            elif answer.isdecimal() and answer.isascii() and 1 <= int(answer) <= len(field.choices):
                return field.values[int(answer) - 1]
            else:
                self._write(f"Type a number from 1 to {len(field.choices)}.")

    def _ask_text(self, field: Field) -> str:
        enter = f"Enter for {field.default}" if field.has_default else ""
        hints = ", ".join(filter(None, (enter, "? for more" if field.more else "")))
        while True:
            answer = self._input(f"{field.label}{f' ({hints})' if hints else ''}: ", secret=field.secret)
            if answer == "?" and field.more:
                self._write(field.more)
            elif answer or field.has_default:
                return answer or str(field.default)
            else:
                self._write("Type an answer, or press Ctrl-C to cancel.")

    def _input(self, question: str, *, secret: bool = False) -> str:
        try:
            return (self._read_secret if secret else self._read)(question).strip()
        except EOFError:
            raise KeyboardInterrupt from None  # the end of input cancels

    def _drop_typed_ahead(self) -> None:
        """Drop lines that were typed before the question was shown: they are not its answer."""
        if self._read is read_line:
            flush_input()


class ArgumentPrompter(DefaultPrompter):
    """Answers with the defaults in a notebook's cell, with the error that fits there."""

    def missing(self, prompt: Prompt) -> QuickstartError:
        return _missing_in_cell(name_in_sentence(prompt.field))


class NotebookPrompter(PlainPrompter):
    """Asks in a notebook's cell, by input(); fails if the notebook runs unattended."""

    def __init__(self) -> None:
        # A kernel replaces getpass by a hidden field of the notebook.
        super().__init__(read=input, write=print, read_secret=getpass.getpass)

    def ask(self, prompt: Prompt) -> Any:
        try:
            return super().ask(prompt)
        except NotImplementedError as error:  # ipykernel's StdinNotImplementedError
            raise _missing_in_cell(name_in_sentence(prompt.field)) from error

    def confirm(self, question: str, *, default: bool, flag: str) -> bool:
        try:
            return super().confirm(question, default=default, flag=flag)
        except NotImplementedError as error:
            raise _missing_in_cell(f'"{question}?"') from error


def _missing_in_cell(name: str) -> QuickstartError:
    return QuickstartError("answer-needed-in-cell", ExitCode.ANSWER_NEEDED, name=name)


# The names of the pipes that are Git Bash's terminal (MSYS2, Cygwin) unless winpty is between.
MINTTY_PIPE = re.compile(r"\\(msys|cygwin)-[0-9a-f]+-pty\d+-(from|to)-master(-nat)?")


def choose(*, yes: bool, no_input: bool, colour: bool = True) -> Prompter:
    """Return the prompter for this process. Without a terminal nothing is asked: piped text is not an answer."""
    if yes:
        return DefaultPrompter()
    if no_input or in_kernel() or not _has_terminal():
        return NoPrompter()
    is_dumb = sys.platform != "win32" and os.environ.get("TERM", "") in {"", "dumb", "unknown"}
    if is_dumb or os.environ.get("ACCESSIBLE") or not sys.stdin.isatty():
        return PlainPrompter()
    from quickstart.prompts.terminal import TerminalPrompter  # noqa: PLC0415 - questionary is slow to import

    return TerminalPrompter(colour=colour)


def _has_terminal() -> bool:
    """Tell whether stdin and stderr are a terminal, or Git Bash's, which Windows reports as a pipe."""
    if not sys.stdin or not sys.stderr:
        return False
    return (is_mintty(sys.stdin) and is_mintty(sys.stderr)) or (sys.stdin.isatty() and sys.stderr.isatty())


def is_mintty(stream: IO[str]) -> bool:
    """Tell whether a stream is Git Bash's terminal on Windows, by the name of its pipe (FileNameInfo)."""
    if sys.platform != "win32":
        return False
    import ctypes  # noqa: PLC0415 - Windows only
    import msvcrt  # noqa: PLC0415 - Windows only

    size = 1024
    buffer = ctypes.create_string_buffer(size)
    try:
        handle = msvcrt.get_osfhandle(stream.fileno())
    except (OSError, ValueError):
        return False
    file_name_info = 2
    if not ctypes.windll.kernel32.GetFileInformationByHandleEx(ctypes.c_void_p(handle), file_name_info, buffer, size):
        return False
    length = int.from_bytes(buffer.raw[:4], "little")
    return is_mintty_pipe(buffer.raw[4 : 4 + length].decode("utf-16-le", "replace"))


def is_mintty_pipe(name: str) -> bool:
    return MINTTY_PIPE.fullmatch(name) is not None
