"""Numbered plain text: for dumb terminals, screen readers, and the cells of a notebook. A line asks, a line answers."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from quickstart.prompts.base import BACK, Line, Prompt, flush_input

YES_NO = {"y": True, "yes": True, "n": False, "no": False}


def read_line(asked: str) -> str:
    """Ask on stderr and read a line from stdin.

    Raises:
        EOFError: at the end of input.
    """
    sys.stderr.write(asked)
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line


def read_unseen(asked: str) -> str:
    """Ask on the terminal and read a line that does not appear there."""
    import getpass

    return getpass.getpass(asked, stream=sys.stderr)


def write_line(text: str) -> None:
    """Write a line to stderr: stdout is for the result."""
    sys.stderr.write(f"{text}\n")


class PlainPrompter:
    """Asks in numbered lines, without a single escape code.

    Args:
        read: shows what is asked and returns the line typed; input() in a notebook.
        write: shows a line; print() in a notebook.
        read_unseen: as read, but what is typed does not appear.
    """

    interactive = True

    def __init__(
        self,
        read: Callable[[str], str] = read_line,
        write: Callable[[str], object] = write_line,
        read_unseen: Callable[[str], str] = read_unseen,
    ) -> None:
        self._read = read
        self._write = write
        self._read_unseen = read_unseen

    def _answer(self, asked: str) -> str:
        return self._typed(asked, self._read).lower()

    def _typed(self, asked: str, read: Callable[[str], str]) -> str:
        try:
            return read(asked).strip()
        except EOFError:
            raise KeyboardInterrupt from None  # the end of input cancels

    def _forget_typed_ahead(self) -> None:
        """Forget the lines that were typed before the question was there: they cannot have been meant for it."""
        if self._read is read_line:
            flush_input()

    def confirm(self, question: str, *, default: bool, flag: str) -> bool:
        """Ask until the answer is yes, no or Enter; the end of input cancels."""
        self._forget_typed_ahead()
        choices = "Y/n" if default else "y/N"
        while (answer := self._answer(f"{question}? [{choices}] ")) not in {"", *YES_NO}:
            self._write("Please answer y or n, or press Enter for the capital one.")
        return YES_NO.get(answer, default)

    def select(self, prompt: Prompt) -> Any:
        """Ask until the answer is a number of the list, or Enter where there is a default."""
        if prompt.consent:
            self._forget_typed_ahead()
        self._show(prompt)
        while True:
            answer = self._answer(self._asked(prompt))
            if not answer and prompt.default is not None:
                return prompt.default
            if answer == "?" and prompt.more:
                self._write(prompt.more)
            elif answer == "b" and prompt.back:
                return BACK
            elif answer.isdecimal() and answer.isascii() and 1 <= int(answer) <= len(prompt.options):
                return prompt.options[int(answer) - 1].value
            else:
                self._write(f"Please type a number from 1 to {len(prompt.options)}.")

    def line(self, line: Line) -> str:
        """Ask until something is typed, or Enter where there is a default."""
        self._write("")
        self._write(line.text)
        if line.why:
            self._write(line.why)
        enter = f"Enter for {line.default}" if line.default else ""
        more = "? for more" if line.more else ""
        hints = ", ".join(hint for hint in (enter, more) if hint)
        asked = f"{line.name}{f' ({hints})' if hints else ''}: "
        while True:
            typed = self._typed(asked, self._read_unseen if line.secret else self._read)
            if typed == "?" and line.more:
                self._write(line.more)
            elif typed or line.default:
                return typed or line.default
            else:
                self._write("Please type it, or press Ctrl-C to cancel.")

    def _show(self, prompt: Prompt) -> None:
        self._write("")
        self._write(f"Question {prompt.head}: {prompt.text}" if prompt.head else prompt.text)
        if prompt.why:
            self._write(prompt.why)
        for number, option in enumerate(prompt.options, 1):
            self._write(f"  {number}. {option.label}")

    def _asked(self, prompt: Prompt) -> str:
        default = next((n for n, option in enumerate(prompt.options, 1) if option.value == prompt.default), None)
        enter = f", Enter for {default}" if default else ""
        more = ", ? for more" if prompt.more else ""
        back = ", b to go back" if prompt.back else ""
        return f"Number{enter}{more}{back}: "
