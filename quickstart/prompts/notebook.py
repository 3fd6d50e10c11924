"""Asking in the cell of a notebook, where an answer that is missing is named as what it is there: an argument."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from quickstart.errors import ExitCode, QuickstartError
from quickstart.prompts.base import DefaultPrompter, Line, Prompt
from quickstart.prompts.plain import PlainPrompter


class ArgumentPrompter(DefaultPrompter):
    """Takes every default; what has none is named as what it is here, an argument."""

    def select(self, prompt: Prompt) -> Any:
        """Return the default; raise Fault "answer-needed-in-cell" where there is none."""
        if prompt.default is None:
            raise _needed(prompt.text)
        return prompt.default

    def line(self, line: Line) -> str:
        """Return the default; raise Fault "answer-needed-in-cell" where there is none."""
        if not line.default:
            raise _needed(line.text)
        return line.default


class NotebookPrompter(PlainPrompter):
    """Asks in the cell, by input(); where a notebook runs without anybody, what is missing is named."""

    def __init__(self) -> None:
        import getpass

        # A kernel puts a hidden field of the notebook in the place of getpass.
        super().__init__(read=input, write=print, read_unseen=getpass.getpass)

    def confirm(self, question: str, *, default: bool, flag: str) -> bool:
        """Ask for yes or no; raise Fault "answer-needed-in-cell" where nobody can answer."""
        with _attended(question):
            return super().confirm(question, default=default, flag=flag)

    def select(self, prompt: Prompt) -> Any:
        """Ask for one of several things; raise Fault "answer-needed-in-cell" where nobody can answer."""
        with _attended(prompt.text):
            return super().select(prompt)

    def line(self, line: Line) -> str:
        """Ask for a text; raise Fault "answer-needed-in-cell" where nobody can answer."""
        with _attended(line.text):
            return super().line(line)


@contextmanager
def _attended(question: str) -> Iterator[None]:
    try:
        yield
    except NotImplementedError as error:  # ipykernel's StdinNotImplementedError
        raise _needed(question) from error


def _needed(question: str) -> QuickstartError:
    return QuickstartError("answer-needed-in-cell", ExitCode.ANSWER_NEEDED, question=question.rstrip("?"))
