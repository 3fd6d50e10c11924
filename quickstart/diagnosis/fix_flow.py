"""Mending what the doctor found, one by one: shown before, journalled, and taken back by undo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from quickstart.diagnosis.command import Examination
from quickstart.diagnosis.command import outcome as outcome_of
from quickstart.diagnosis.models import Finding, Mend
from quickstart.errors import ExitCode, Fault
from quickstart.events import Watcher
from quickstart.explain import explain, in_words
from quickstart.models import Outcome, Plan, Status, StepResult, public
from quickstart.prompts.base import Prompter
from quickstart.system.shell import as_typed
from quickstart.wizard.execute import run

ROUNDS = 4  # what was behind a fault that is mended is offered next; no chain of them is longer
SAFE, WIDENS = "Mend it", "Others can reach more by it. Do it all the same"
LEFT = "left as it is, for others could reach more by it; at a terminal you are asked: quickstart doctor --fix"


def mend(
    examined: Examination, again: Callable[[], Examination], prompter: Prompter, watcher: Watcher
) -> tuple[Examination, Outcome]:
    """Offer each mend, make those that are agreed to, and examine again.

    Args:
        examined: what was found.
        again: examines anew.
        prompter: who agrees.
        watcher: shown what is offered and done.

    Returns:
        The last examination, and the outcome of the command: that examination, with what was mended.
    """
    mending = Mending(prompter, watcher)
    try:
        for _ in range(ROUNDS):
            if not mending.offer(examined):
                break
            watcher.progress("examining again")
            examined = again()
    except Fault as fault:  # nobody can be asked
        return examined, mending.outcome(examined, explain(fault), fault.exit_code)
    except KeyboardInterrupt:
        undo = mending.undo
        return examined, Outcome("doctor", {"mended": mending.told}, exit_code=ExitCode.CANCELLED, afterwards=undo)
    return examined, mending.outcome(examined)


class Mending:
    """What was offered so far, and what came of it.

    Args:
        prompter: who agrees.
        watcher: shown what is offered and done.
    """

    def __init__(self, prompter: Prompter, watcher: Watcher) -> None:
        self._prompter = prompter
        self._watcher = watcher
        self._offered: set[str] = set()
        self._journals: dict[str, None] = {}
        self.told: list[dict[str, Any]] = []

    def offer(self, examined: Examination) -> bool:
        """Offer what was not offered yet, the cause first; return whether anything was done, be it in vain."""
        done = False
        for finding in sorted(examined.findings, key=lambda one: one.status != "fail"):
            if finding.mend and finding.mend.id not in self._offered:
                self._offered.add(finding.mend.id)
                done |= self._take(finding, finding.mend)
        return done

    def _take(self, finding: Finding, mend: Mend) -> bool:
        self._watcher.mending(finding.what, mend.steps)
        if mend.widens and not self._prompter.interactive:
            self._leave(mend, as_typed(LEFT))
            return False
        question = WIDENS if mend.widens else SAFE
        if not self._prompter.confirm(question, default=not mend.widens, flag="doctor --fix --yes"):
            self._leave(mend, "left as it is, as you wish")
            return False
        self._make(mend)
        return True

    def _leave(self, mend: Mend, why: str) -> None:
        step = mend.steps[0]
        self._tell("skip", why)
        self.told.append(public(StepResult(step.id, "skip", f"{step.does}: {why}")))

    def _make(self, mend: Mend) -> None:
        """Run the steps of a mend; one that fails is told, and does not keep others from being made."""
        self._journals[mend.journal] = None
        results: dict[str, list[dict[str, Any]]] = {}
        try:
            run(Plan(mend.journal, "", mend.steps), self._watcher, results)
        except Fault as fault:
            words = in_words(fault)
            results["steps"][-1]["detail"] = words
            self._tell("fail", words)
        finally:
            self.told += results.get("steps", [])

    def _tell(self, status: Status, words: str) -> None:
        self._watcher.told(status, words)

    @property
    def undo(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """What takes it back, for a person."""
        alone = Mend(()).journal
        rest = {name: "" if name == alone else "   with all else that was set up for it" for name in self._journals}
        lines = tuple(as_typed(f"quickstart undo {name}") + more for name, more in rest.items())
        return (("Take it back", lines),) if lines else ()

    def outcome(self, examined: Examination, error: Any = None, exit_code: ExitCode | None = None) -> Outcome:
        """Return the outcome of an examination, with what was mended before it."""
        found = outcome_of(examined)
        data = {**found.data, "mended": self.told}
        if exit_code is None:
            return replace(found, data=data, afterwards=self.undo)
        return Outcome("doctor", data, error, exit_code, afterwards=self.undo)
