"""Who is asked in the tests of the interview: somebody who has their answers ready."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from quickstart.methods.catalog import METHODS, PLATFORMS
from quickstart.models import EnvironmentKind, Machine
from quickstart.prompts.base import Prompt
from quickstart.prompts.fields import Answered
from quickstart.prompts.questions import Interview, interview_fields, method_field

QUESTIONS = interview_fields(PLATFORMS)
ANSWERS = (*QUESTIONS, method_field(METHODS))
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
        return [prompt.field.label for prompt in self.prompts]

    def confirm(self, question: str, *, default: bool, flag: str) -> bool:
        """Nothing is confirmed in an interview."""
        raise AssertionError(question)

    def ask(self, prompt: Prompt) -> Any:
        """Answer."""
        self.prompts.append(prompt)
        reply = next(self._replies, ENTER)
        if reply is CANCEL:
            raise KeyboardInterrupt
        return prompt.field.default if reply is ENTER else reply


def machine(environment: EnvironmentKind = "laptop", *traces: str) -> Machine:
    """Return a machine of a kind."""
    return Machine("Linux", environment, f"the test says {environment}", "3.11.7", traces=traces)


def interview(given: Answered | None = None, where: Machine | None = None) -> Interview:
    """Return an interview about which nothing is answered but what is given."""
    return Interview(QUESTIONS, given or {}, where or machine(), "quickstart --yes")
