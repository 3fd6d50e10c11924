"""Fix what the doctor found, one by one: each fix is shown, confirmed and written to the journal for undo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from quickstart.diagnosis.command import Examination
from quickstart.diagnosis.command import outcome as to_outcome
from quickstart.diagnosis.models import Finding, Fix
from quickstart.diagnosis.results import FixesResult
from quickstart.errors import ExitCode, QuickstartError
from quickstart.events import Events
from quickstart.explain import explain, one_line
from quickstart.models import Plan, Status, StepResult
from quickstart.prompts.base import Prompter
from quickstart.results import Outcome
from quickstart.system.shell import as_typed_here
from quickstart.wizard.execute import execute_plan

ROUNDS = 4  # a fix can reveal the next problem; no chain of them is longer
SAFE, WIDENS = "Fix", "This widens access. Continue?"
NOT_WIDENED = "not fixed, because it widens access; at a terminal: quickstart doctor --fix"


def run_fixes(
    result: Examination, again: Callable[[], Examination], prompter: Prompter, events: Events
) -> tuple[Examination, Outcome]:
    """Offer each fix, make those that are confirmed, and run the checks again with `again`.

    Returns:
        The last result, and the outcome of the command with the fixes.
    """
    session = FixSession(prompter, events)
    try:
        for _ in range(ROUNDS):
            if not session.offer(result):
                break
            events.progress("running the checks again")
            result = again()
    except QuickstartError as error:  # it cannot ask
        return result, session.outcome(result, explain(error), error.exit_code)
    except KeyboardInterrupt:
        undo = session.undo
        return result, Outcome(
            "doctor", FixesResult(tuple(session.results)), exit_code=ExitCode.CANCELLED, next_steps=undo
        )
    return result, session.outcome(result)


class FixSession:
    """The fixes offered so far, and their results."""

    def __init__(self, prompter: Prompter, events: Events) -> None:
        self._prompter = prompter
        self._events = events
        self._offered: set[str] = set()
        self._journals: dict[str, None] = {}
        self.results: list[StepResult] = []

    def offer(self, result: Examination) -> bool:
        """Offer new fixes, the cause first; return whether any was tried."""
        done = False
        for finding in sorted(result.findings, key=lambda one: one.status != "fail"):
            if finding.fix and finding.fix.id not in self._offered:
                self._offered.add(finding.fix.id)
                done |= self._offer(finding, finding.fix)
        return done

    def _offer(self, finding: Finding, fix: Fix) -> bool:
        self._events.on_fix(finding.what, fix.steps)
        if fix.widens and not self._prompter.interactive:
            self._skip(fix, as_typed_here(NOT_WIDENED))
            return False
        question = WIDENS if fix.widens else SAFE
        if not self._prompter.confirm(question, default=not fix.widens, flag="doctor --fix --yes"):
            self._skip(fix, "not fixed: you declined")
            return False
        self._run(fix)
        return True

    def _skip(self, fix: Fix, why: str) -> None:
        step = fix.steps[0]
        self._report("skip", why)
        self.results.append(StepResult(step.id, "skip", f"{step.does}: {why}"))

    def _run(self, fix: Fix) -> None:
        """Run the steps of a fix; a failure is reported and does not stop the others."""
        self._journals[fix.journal] = None
        results: list[StepResult] = []
        try:
            execute_plan(Plan(fix.journal, "", fix.steps), self._events, results)
        except QuickstartError as error:
            words = one_line(error)
            results[-1:] = [replace(result, detail=words) for result in results[-1:]]
            self._report("fail", words)
        finally:
            self.results += results

    def _report(self, status: Status, words: str) -> None:
        self._events.on_message(status, words)

    @property
    def undo(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        alone = Fix(()).journal
        rest = {name: "" if name == alone else "   also undoes the rest of its setup" for name in self._journals}
        lines = tuple(as_typed_here(f"quickstart undo {name}") + more for name, more in rest.items())
        return (("Undo", lines),) if lines else ()

    def outcome(self, result: Examination, error: Any = None, exit_code: ExitCode | None = None) -> Outcome:
        outcome = replace(to_outcome(result, tuple(self.results)), next_steps=self.undo)
        return outcome if exit_code is None else replace(outcome, error=error, exit_code=exit_code)
