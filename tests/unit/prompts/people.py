"""Who is asked in the tests of the interview: somebody who has their answers ready."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from quickstart.methods.catalog import PLATFORMS
from quickstart.models import EnvironmentKind, Machine
from quickstart.prompts.base import Line, Prompt
from quickstart.prompts.interview import Interview
from quickstart.prompts.questions import Given, questions

QUESTIONS = questions(PLATFORMS)
ENTER = object()  # takes what is offered
CANCEL = object()  # Ctrl-C


class Scripted:
    """Gives the answers of a list, one after the other, and remembers what was asked.

    Args:
        replies: values, BACK, ENTER or CANCEL; after the last of them everything is ENTER.
    """

    interactive = True

    def __init__(self, replies: Iterable[Any] = ()) -> None:
        self._replies = iter(replies)
        self.prompts: list[Prompt] = []

    @property
    def names(self) -> list[str]:
        """What was asked, in order."""
        return [prompt.name for prompt in self.prompts]

    def confirm(self, question: str, *, default: bool, flag: str) -> bool:
        """Nothing is confirmed in an interview."""
        raise AssertionError(question)

    def line(self, line: Line) -> str:
        """Nothing is typed in an interview."""
        raise AssertionError(line)

    def select(self, prompt: Prompt) -> Any:
        """Answer."""
        self.prompts.append(prompt)
        reply = next(self._replies, ENTER)
        if reply is CANCEL:
            raise KeyboardInterrupt
        return prompt.default if reply is ENTER else reply


def machine(environment: EnvironmentKind = "laptop", *traces: str) -> Machine:
    """Return a machine of a kind."""
    return Machine("Linux", environment, f"the test says {environment}", "3.11.7", traces=traces)


def interview(given: Given | None = None, where: Machine | None = None) -> Interview:
    """Return an interview about which nothing is answered but what is given."""
    return Interview(QUESTIONS, given or {}, where or machine(), "quickstart --yes")
