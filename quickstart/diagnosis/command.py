"""`quickstart doctor`: what is examined, what came of it, and what is told first."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Any, get_args

from quickstart.diagnosis.checks import deep_checks, select_checks, sort_findings
from quickstart.diagnosis.context import Context
from quickstart.diagnosis.effective_uri import EffectiveUri, Source, find_effective_uri, working_folder
from quickstart.diagnosis.fixes import fix_for
from quickstart.diagnosis.models import Check, CheckResult, Finding
from quickstart.diagnosis.redact import Redactor
from quickstart.diagnosis.runner import headline, run_checks
from quickstart.errors import ExitCode, Explanation, QuickstartError
from quickstart.events import Progress, no_progress
from quickstart.models import Status
from quickstart.results import Outcome
from quickstart.state.connections import Connections

# Where one of these layers failed, what imports MLflow or asks pip may tell why; a dead server it does not explain.
DEEPER = ("python",)
# What scripts go by; these are words of ours, whatever a variable holds.
CONTRACT = {"id", "layer", "status", "code", "source"}


@dataclass(frozen=True)
class DoctorResult:
    """What was examined, and what came of it.

    Args:
        context: what was examined.
        findings: a row for each diagnostic that was to run, in the order of the layers.
        seconds: how long it took.
    """

    context: Context
    findings: tuple[Finding, ...]
    seconds: float

    @property
    def headline(self) -> Finding | None:
        """What is told first; None where nothing is wrong."""
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
) -> DoctorResult:
    """Examine the way from this machine to an MLflow server, layer by layer.

    Args:
        uri: tracking URI; by default what MLflow would use in this shell and folder, or the connection in use.
        python: the runtime's interpreter.
        experiment: that is looked at.
        only: ids of the diagnostics to run, with what they need; none for all.
        deep: also those that import MLflow or ask pip; they run after a failure, too.
        write: also log a run, and send a file.
        progress: told what is at work.

    Raises:
        Fault: "unknown-check".
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
    return DoctorResult(context, tuple(_mendable(one, context) for one in found), time.monotonic() - begun)


def _origin(uri: str | None) -> EffectiveUri:
    connections, in_use = {}, None
    with suppress(QuickstartError):  # a damaged file of ours has a row of its own
        connections, in_use = Connections().all(), Connections().in_use()
    return find_effective_uri(uri, os.environ, working_folder(), connections, in_use)


def _mendable(finding: Finding, context: Context) -> Finding:
    """Return a finding with what quickstart can do about it."""
    return replace(finding, fix=fix_for(context, finding.error)) if finding.error else finding


def outcome(examination: DoctorResult) -> Outcome:
    """Return what the contract shows of an examination; secrets that a message quotes are hidden."""
    context, findings = examination.context, examination.findings
    counts = Counter(one.status for one in findings)
    first = examination.headline
    data = {
        "tracking_uri": context.origin.shown,
        "origin": {"source": context.origin.source, "words": context.origin.words},
        "checks": [one.to_json() for one in findings],
        "summary": {
            **{status: counts[status] for status in ("ok", "warn", "fail", "skip")},
            "headline": first.what if first else "",
        },
        "seconds": round(examination.seconds, 4),
    }
    redactor = redactor_for(context)
    data = _redact(data, redactor)
    error = first.explanation if first and first.status == "fail" else None
    if error is None:
        return Outcome("doctor", data)
    return Outcome("doctor", data, Explanation(**_redact(asdict(error), redactor)), ExitCode.CHECK_FAILED)


def redactor_for(context: Context, names: Iterable[str] = ()) -> Redactor:
    """Return what hides the secrets of this shell; ids, layers and the like stay as they are."""
    checks = select_checks((), deep=True, write=True)
    keep = {*get_args(Source), *get_args(Status), *(one.id for one in checks), *(one.layer for one in checks)}
    return Redactor(context.environment, keep, names)


def _redact(value: Any, redactor: Redactor) -> Any:
    """Return a value of a document without the secrets in its texts."""
    if isinstance(value, str):
        return redactor.hide_secrets(value)
    if isinstance(value, dict):
        return {key: one if key in CONTRACT else _redact(one, redactor) for key, one in value.items()}
    return [_redact(one, redactor) for one in value] if isinstance(value, list) else value


def list_checks() -> list[dict[str, Any]]:
    """Return every diagnostic, for --list."""
    return [
        {"id": one.id, "layer": one.layer, "asks": one.asks, "deep": one.deep, "writes": one.writes}
        for one in select_checks((), deep=True, write=False)
    ]
