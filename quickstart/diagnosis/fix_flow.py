"""Mending what the doctor found, one by one: shown before, journalled, and taken back by undo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from quickstart.diagnosis.command import DoctorResult
from quickstart.diagnosis.command import outcome as outcome_of
from quickstart.diagnosis.models import Finding, Fix
from quickstart.errors import ExitCode, QuickstartError
from quickstart.events import Events
from quickstart.explain import explain, one_line
from quickstart.models import Plan, Status, StepResult, to_json
from quickstart.prompts.base import Prompter
from quickstart.results import Outcome
from quickstart.system.shell import as_typed_here
from quickstart.wizard.execute import execute_plan

ROUNDS = 4  # what was behind a fault that is mended is offered next; no chain of them is longer
SAFE, WIDENS = "Mend it", "Others can reach more by it. Do it all the same"
LEFT = "left as it is, for others could reach more by it; at a terminal you are asked: quickstart doctor --fix"


def run_fixes(
    examined: DoctorResult, again: Callable[[], DoctorResult], prompter: Prompter, events: Events
) -> tuple[DoctorResult, Outcome]:
    """Offer each mend, make those that are agreed to, and examine again.

    Args:
        examined: what was found.
        again: examines anew.
        prompter: who agrees.
        events: shown what is offered and done.

    Returns:
        The last examination, and the outcome of the command: that examination, with what was mended.
    """
    mending = FixSession(prompter, events)
    try:
        for _ in range(ROUNDS):
            if not mending.offer(examined):
                break
            events.progress("examining again")
            examined = again()
    except QuickstartError as error:  # nobody can be asked
        return examined, mending.outcome(examined, explain(error), error.exit_code)
    except KeyboardInterrupt:
        undo = mending.undo
        return examined, Outcome("doctor", {"mended": mending.told}, exit_code=ExitCode.CANCELLED, next_steps=undo)
    return examined, mending.outcome(examined)


class FixSession:
    """What was offered so far, and what came of it.

    Args:
        prompter: who agrees.
        events: shown what is offered and done.
    """

    def __init__(self, prompter: Prompter, events: Events) -> None:
        self._prompter = prompter
        self._events = events
        self._offered: set[str] = set()
        self._journals: dict[str, None] = {}
        self.told: list[dict[str, Any]] = []

    def offer(self, examined: DoctorResult) -> bool:
        """Offer what was not offered yet, the cause first; return whether anything was done, be it in vain."""
        done = False
        for finding in sorted(examined.findings, key=lambda one: one.status != "fail"):
            if finding.fix and finding.fix.id not in self._offered:
                self._offered.add(finding.fix.id)
                done |= self._take(finding, finding.fix)
        return done

    def _take(self, finding: Finding, mend: Fix) -> bool:
        self._events.on_fix(finding.what, mend.steps)
        if mend.widens and not self._prompter.interactive:
            self._leave(mend, as_typed_here(LEFT))
            return False
        question = WIDENS if mend.widens else SAFE
        if not self._prompter.confirm(question, default=not mend.widens, flag="doctor --fix --yes"):
            self._leave(mend, "left as it is, as you wish")
            return False
        self._make(mend)
        return True

    def _leave(self, mend: Fix, why: str) -> None:
        step = mend.steps[0]
        self._tell("skip", why)
        self.told.append(to_json(StepResult(step.id, "skip", f"{step.does}: {why}")))

    def _make(self, mend: Fix) -> None:
        """Run the steps of a mend; one that fails is told, and does not keep others from being made."""
        self._journals[mend.journal] = None
        results: list[StepResult] = []
        try:
            execute_plan(Plan(mend.journal, "", mend.steps), self._events, results)
        except QuickstartError as error:
            words = one_line(error)
            results[-1] = replace(results[-1], detail=words)
            self._tell("fail", words)
        finally:
            self.told += [to_json(result) for result in results]

    def _tell(self, status: Status, words: str) -> None:
        self._events.on_message(status, words)

    @property
    def undo(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """What takes it back, for a person."""
        alone = Fix(()).journal
        rest = {name: "" if name == alone else "   with all else that was set up for it" for name in self._journals}
        lines = tuple(as_typed_here(f"quickstart undo {name}") + more for name, more in rest.items())
        return (("Take it back", lines),) if lines else ()

    def outcome(self, examined: DoctorResult, error: Any = None, exit_code: ExitCode | None = None) -> Outcome:
        """Return the outcome of an examination, with what was mended before it."""
        found = outcome_of(examined)
        data = {**found.data, "mended": self.told}
        if exit_code is None:
            return replace(found, result=data, next_steps=self.undo)
        return Outcome("doctor", data, error, exit_code, next_steps=self.undo)
