"""Numbered plain text: for dumb terminals, screen readers, and the cells of a notebook. A line asks, a line answers."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from quickstart.interview.prompter import BACK, Prompt, flush_input

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


def write_line(text: str) -> None:
    """Write a line to stderr: stdout is for the result."""
    sys.stderr.write(f"{text}\n")


class Plain:
    """Asks in numbered lines, without a single escape code.

    Args:
        read: shows what is asked and returns the line typed; input() in a notebook.
        write: shows a line; print() in a notebook.
    """

    interactive = True

    def __init__(self, read: Callable[[str], str] = read_line, write: Callable[[str], object] = write_line) -> None:
        self._read = read
        self._write = write

    def _answer(self, asked: str) -> str:
        try:
            return self._read(asked).strip().lower()
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
