"""`quickstart doctor`: run the checks, offer fixes, and turn the findings into the outcome of the command."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, TypeVar, get_args

from quickstart.diagnosis.checks import deep_checks, select_checks, sort_findings
from quickstart.diagnosis.context import Context, EffectiveUri, Source, find_effective_uri, working_folder
from quickstart.diagnosis.fixes import fix_for
from quickstart.diagnosis.models import (
    Check,
    CheckResult,
    CheckRow,
    ChecksResult,
    DoctorResult,
    Finding,
    Fix,
    FixesResult,
    to_row,
)
from quickstart.diagnosis.redact import Redactor
from quickstart.diagnosis.runner import headline, run_checks
from quickstart.errors import ExitCode, Explanation, QuickstartError
from quickstart.events import Events, Progress, no_progress
from quickstart.explain import explain, one_line
from quickstart.models import Plan, Status, StepResult
from quickstart.prompts.base import Prompter
from quickstart.results import Outcome
from quickstart.state.connections import Connections
from quickstart.system.shell import as_typed_here
from quickstart.wizard.execute import execute_plan

# If one of these layers failed, the checks that import MLflow or run pip may find the cause.
DEEPER = ("python",)


@dataclass(frozen=True)
class Examination:
    """What the doctor found; the findings are in the order of the layers."""

    context: Context
    findings: tuple[Finding, ...]
    seconds: float

    @property
    def headline(self) -> Finding | None:
        """The cause of the failures, else the first warning; None if all checks passed."""
        return headline(self.findings)


def doctor(
    uri: str | None = None,
    *,
    python: str | None = None,
    experiment: str | None = None,
    only: Iterable[str] = (),
    deep: bool = False,
    write: bool = False,
    progress: Progress = no_progress,
) -> Examination:
    """Check the connection from this machine to an MLflow server, layer by layer.

    Args:
        uri: by default what MLflow would use in this shell and folder, or the connection in use.
        only: ids of the checks to run, with those they need; none for all.
        deep: also the checks that import MLflow or run pip; these also run after a failure.
        write: also log a run, and send a file.

    Raises:
        QuickstartError: "unknown-check" or "check-writes".
    """
    begun = time.monotonic()
    context = Context(_origin(uri), python=python, experiment=experiment, folder=working_folder())
    asked = tuple(only)
    diagnostics = select_checks(asked, deep=deep, write=write)

    def look(one: Check) -> CheckResult:
        return one.run(context)

    found = run_checks(diagnostics, look, progress)
    failed = any(one.status == "fail" and one.check.layer in DEEPER for one in found)
    if failed and not deep and not asked:
        found = sort_findings([*found, *run_checks(deep_checks(), look, progress, before=found)])
    context.close()
    return Examination(context, tuple(_add_fix(one, context) for one in found), time.monotonic() - begun)


def _origin(uri: str | None) -> EffectiveUri:
    connections, in_use = {}, None
    with suppress(QuickstartError):  # a damaged file of quickstart's has a check of its own
        connections, in_use = Connections().all(), Connections().in_use()
    return find_effective_uri(uri, os.environ, working_folder(), connections, in_use)


def _add_fix(finding: Finding, context: Context) -> Finding:
    return replace(finding, fix=fix_for(context, finding.error)) if finding.error else finding


def outcome(examination: Examination, fixes: tuple[StepResult, ...] | None = None) -> Outcome:
    """Return the outcome of an examination, without the secrets that messages quote; no fixes without --fix."""
    context, first = examination.context, examination.headline
    hide = redactor_for(context).hide_secrets
    result = DoctorResult(
        tracking_uri=hide(context.origin.shown),
        source=context.origin.source,
        words=hide(context.origin.words),
        checks=tuple(_redact(to_row(finding), hide) for finding in examination.findings),
        headline=hide(first.what) if first else "",
        seconds=examination.seconds,
        fixes=fixes,
    )
    error = first.explanation if first and first.status == "fail" else None
    return (
        Outcome("doctor", result, _redact(error, hide), ExitCode.CHECK_FAILED) if error else Outcome("doctor", result)
    )


Texts = TypeVar("Texts", CheckRow, Explanation)


def _redact(texts: Texts, hide: Callable[[str], str]) -> Texts:
    return replace(
        texts,
        what=hide(texts.what),
        why=hide(texts.why),
        command=hide(texts.command),
        note=hide(texts.note),
        docs=hide(texts.docs),
    )


def redactor_for(context: Context, names: Iterable[str] = ()) -> Redactor:
    """Return what hides the secrets of this shell; ids, layers and the like stay as they are."""
    checks = select_checks((), deep=True, write=True)
    keep = {*get_args(Source), *get_args(Status), *(one.id for one in checks), *(one.layer for one in checks)}
    return Redactor(context.environment, keep, names)


def list_checks() -> ChecksResult:
    return ChecksResult(tuple(select_checks((), deep=True, write=False)))


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
        fixes = FixesResult(tuple(session.results))
        return result, Outcome("doctor", fixes, exit_code=ExitCode.CANCELLED, next_steps=session.undo)
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
        found = replace(outcome(result, tuple(self.results)), next_steps=self.undo)
        return found if exit_code is None else replace(found, error=error, exit_code=exit_code)
