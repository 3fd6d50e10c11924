"""`quickstart doctor`: run the checks, and turn their findings into the outcome of the command."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeVar, get_args

from quickstart.diagnosis.checks import deep_checks, select_checks, sort_findings
from quickstart.diagnosis.context import Context
from quickstart.diagnosis.effective_uri import EffectiveUri, Source, find_effective_uri, working_folder
from quickstart.diagnosis.fixes import fix_for
from quickstart.diagnosis.models import Check, CheckResult, Finding
from quickstart.diagnosis.redact import Redactor
from quickstart.diagnosis.results import CheckRow, ChecksResult, DoctorResult, to_row
from quickstart.diagnosis.runner import headline, run_checks
from quickstart.errors import ExitCode, Explanation, QuickstartError
from quickstart.events import Progress, no_progress
from quickstart.models import Status, StepResult
from quickstart.results import Outcome
from quickstart.state.connections import Connections

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
