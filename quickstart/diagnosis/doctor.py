"""`quickstart doctor`: what is examined, what came of it, and what is told first."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from quickstart.diagnosis.case import Case
from quickstart.diagnosis.diagnostics import chosen, deeper, ordered
from quickstart.diagnosis.examine import examine, headline
from quickstart.diagnosis.explain import explain
from quickstart.diagnosis.finding import Diagnostic, Finding, Seen
from quickstart.diagnosis.origin import Origin, find, working_folder
from quickstart.errors import ExitCode, Fault
from quickstart.model import Outcome, Progress, no_progress
from quickstart.state import Connections

# Where one of these layers failed, what imports MLflow or asks pip may tell why; a dead server it does not explain.
DEEPER = ("python", "runs", "artifacts")


@dataclass(frozen=True)
class Examination:
    """What was examined, and what came of it.

    Args:
        case: what was examined.
        findings: a row for each diagnostic that was to run, in the order of the layers.
        seconds: how long it took.
    """

    case: Case
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
) -> Examination:
    """Examine the way from this machine to an MLflow server, layer by layer.

    Args:
        uri: tracking URI; by default what MLflow would use in this shell and folder, or the connection in use.
        python: the target interpreter.
        experiment: that is looked at.
        only: ids of the diagnostics to run, with what they need; none for all.
        deep: also those that import MLflow or ask pip; they run after a failure, too.
        write: also log a run, and send a file.
        progress: told what is at work.

    Raises:
        Fault: "unknown-check".
    """
    begun = time.monotonic()
    case = Case(_origin(uri), python=python, experiment=experiment, folder=working_folder())
    asked = tuple(only)
    diagnostics = chosen(asked, deep=deep, write=write)

    def look(one: Diagnostic) -> Seen:
        return one.look(case)

    found = examine(diagnostics, look, progress)
    failed = any(one.status == "fail" and one.diagnostic.layer in DEEPER for one in found)
    if failed and not deep and not asked:
        found = ordered([*found, *examine(deeper(), look, progress)])
    case.close()
    return Examination(case, tuple(_mendable(one, case) for one in found), time.monotonic() - begun)


def _origin(uri: str | None) -> Origin:
    connections, in_use = {}, None
    with suppress(Fault):  # a damaged file of ours has a row of its own
        connections, in_use = Connections().all(), Connections().in_use()
    return find(uri, os.environ, working_folder(), connections, in_use)


def _mendable(finding: Finding, case: Case) -> Finding:
    """Return a finding with what quickstart can do about it."""
    make = finding.diagnostic.mend
    if make is None or finding.fault is None:
        return finding
    try:
        return replace(finding, mend=make(case, finding.fault))
    except (Fault, OSError):  # what cannot be planned now is not offered
        return finding


def outcome(examination: Examination) -> Outcome:
    """Return what the contract shows of an examination."""
    case, findings = examination.case, examination.findings
    counts = Counter(one.status for one in findings)
    first = examination.headline
    data = {
        "tracking_uri": case.origin.shown,
        "origin": {"source": case.origin.source, "words": case.origin.words},
        "checks": [one.shown for one in findings],
        "summary": {
            **{status: counts[status] for status in ("ok", "warn", "fail", "skip")},
            "headline": first.what if first else "",
        },
        "seconds": round(examination.seconds, 4),
    }
    if first is None or first.status != "fail" or first.fault is None:
        return Outcome("doctor", data)
    return Outcome("doctor", data, explain(first.fault), ExitCode.CHECK_FAILED)


def listed() -> list[dict[str, Any]]:
    """Return every diagnostic, for --list."""
    return [
        {"id": one.id, "layer": one.layer, "asks": one.asks, "deep": one.deep, "writes": one.writes}
        for one in chosen((), deep=True, write=False)
    ]
