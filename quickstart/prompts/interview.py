"""The interview: the questions that are not answered yet, one after the other, with a way back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from quickstart.models import UNDECIDED, Answers, Machine
from quickstart.prompts.base import BACK, MissingAnswer, Prompt, Prompter
from quickstart.prompts.questions import Given, Question, Value


class Interview:
    """What was answered so far, and what is still to be asked.

    Args:
        questions: all of them, in order.
        given: answers that are settled beforehand; they are not asked for.
        machine: where the person is.
        command: what a script would call, for whoever cannot be asked.
    """

    def __init__(self, questions: Sequence[Question], given: Given, machine: Machine, command: str) -> None:
        self._questions = questions
        self._machine = machine
        self._command = command
        self.given = dict(given)
        self.answered: dict[str, Value] = {}

    @property
    def all(self) -> dict[str, Any]:
        """Every answer there is, given or asked."""
        return {**self.answered, **self.given}

    def said(self, prompter: Prompter) -> dict[str, Any]:
        """Return the answers that the person themselves gave: a default that nobody looked at is not one."""
        return self.all if prompter.interactive else dict(self.given)

    def resume(self, answered: Mapping[str, Value]) -> None:
        """Take over what was answered earlier; it can be gone back to."""
        self.answered.update({key: value for key, value in answered.items() if key not in self.given})

    def ask(self, prompter: Prompter) -> Answers:
        """Ask what is missing; what was answered until then is kept even where the person cancels.

        Raises:
            Fault: "answer-needed" where there is nobody to ask.
        """
        while question := self._next():
            answer = prompter.select(self._prompt(question))
            if answer is BACK:
                self.back()
            else:
                self.answered[question.key] = answer
        return self.answers()

    def _next(self) -> Question | None:
        return next((question for question in self._open() if question.key not in self.all), None)

    def _open(self) -> list[Question]:
        """Return the questions that are for this person to answer."""
        return [
            question for question in self._questions if question.key not in self.given and question.asked_if(self.all)
        ]

    def back(self) -> bool:
        """Take back the last answer, so that it is asked again; return whether there was one."""
        asked = [question for question in self._open() if question.key in self.answered]
        if not asked:
            return False
        del self.answered[asked[-1].key]
        return True

    def _prompt(self, question: Question) -> Prompt:
        """Put a question the way prompters take it."""
        default = question.default(self._machine)
        missing = [one for one in self._open() if one.key not in self.all]
        given = [one.flag(self.given[one.key]) for one in self._questions if self.given.get(one.key) is not None]
        whole = " ".join((self._command, *given, *map(self._flag, missing)))
        total = max(one.number for one in self._questions)
        return Prompt(
            text=question.text,
            options=question.choices,
            default=default,
            name=question.name,
            head=f"{question.number} of {total}",
            why=question.why + self._found(question, default),
            more=question.more,
            back=any(one.key in self.answered for one in self._open()),
            missing=MissingAnswer(question.flags, question.variable, whole),
            found=question.found or question.optional,
        )

    def _found(self, question: Question, default: Value | None) -> str:
        """Return what the machine was found to be, and by what."""
        if not question.found or default is None:
            return ""
        return f"\nFound: {question.label(default)} ({self._machine.evidence})."

    def _flag(self, question: Question) -> str:
        """Return the flag that answers a question as Enter would; where Enter is no answer, the last there is."""
        default = question.default(self._machine)
        return question.flag(question.allowed()[-1] if default is None else default)

    def answers(self) -> Answers:
        """Return all answers; what was never asked has its default."""
        values = {key: value for key, value in self.all.items() if value is not None}
        if values.get("platform") == UNDECIDED or not values.get("production"):
            values.pop("platform", None)
        return Answers(**{"environment": self._machine.environment, **values})
