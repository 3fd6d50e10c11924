"""The results of `quickstart doctor` and `quickstart preflight`, as the contract shows them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from quickstart.diagnosis.models import Check, Finding
from quickstart.models import Status, StepResult


@dataclass(frozen=True)
class CheckRow:
    """The result of a check, in words; `code` is that of its error, "" if there is none."""

    id: str
    layer: str
    status: Status
    what: str
    why: str
    command: str
    note: str
    fixable: bool
    docs: str
    code: str
    seconds: float

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "layer": self.layer,
            "status": self.status,
            "what": self.what,
            "why": self.why,
            "command": self.command,
            "note": self.note,
            "fixable": self.fixable,
            "docs": self.docs,
            "code": self.code,
            "seconds": round(self.seconds, 4),
        }


def to_row(finding: Finding) -> CheckRow:
    return CheckRow(
        id=finding.check.id,
        layer=finding.check.layer,
        status=finding.status,
        what=finding.what,
        why=finding.why,
        command=finding.command,
        note=finding.note,
        fixable=finding.fix is not None,
        docs=finding.docs,
        code=finding.error.code if finding.error else "",
        seconds=finding.seconds,
    )


@dataclass(frozen=True)
class DoctorResult:
    """What the doctor found, without secrets.

    Args:
        source: where the URI comes from, one of effective_uri.Source.
        words: the same for a person.
        headline: the cause of the failures, else the first warning, else "".
        fixes: results of the fixes before the last run of the checks; None without --fix.
        report: path of the report, or "-".
        text: the report itself if it goes to stdout.
    """

    tracking_uri: str
    source: str
    words: str
    checks: tuple[CheckRow, ...]
    headline: str
    seconds: float
    fixes: tuple[StepResult, ...] | None = None
    report: str | None = None
    text: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "tracking_uri": self.tracking_uri,
            "origin": {"source": self.source, "words": self.words},
            "checks": [check.to_json() for check in self.checks],
            "summary": _summary_json(self.checks, self.headline),
            "seconds": round(self.seconds, 4),
            **({} if self.fixes is None else {"mended": [fix.to_json() for fix in self.fixes]}),
            **({"report": self.report} if self.report else {}),
            **({"text": self.text} if self.text else {}),
        }


@dataclass(frozen=True)
class FixesResult:
    """The fixes that were made before `quickstart doctor --fix` was cancelled."""

    fixes: tuple[StepResult, ...]
    report: str | None = None
    text: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "mended": [fix.to_json() for fix in self.fixes],
            **({"report": self.report} if self.report else {}),
            **({"text": self.text} if self.text else {}),
        }


@dataclass(frozen=True)
class ChecksResult:
    """The checks that the doctor can run."""

    checks: tuple[Check, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "checks": [
                {"id": one.id, "layer": one.layer, "asks": one.asks, "deep": one.deep, "writes": one.writes}
                for one in self.checks
            ]
        }


@dataclass(frozen=True)
class PreflightResult:
    """Whether this machine is ready for a workshop; `proof` is the file with the result, if it could be written."""

    checks: tuple[CheckRow, ...]
    headline: str
    proof: str | None
    seconds: float

    def to_json(self) -> dict[str, Any]:
        return {
            "checks": [check.to_json() for check in self.checks],
            "summary": _summary_json(self.checks, self.headline),
            "proof": self.proof,
            "seconds": round(self.seconds, 4),
        }


def _summary_json(checks: Sequence[CheckRow], headline: str) -> dict[str, Any]:
    counts = Counter(check.status for check in checks)
    return {
        "ok": counts["ok"],
        "warn": counts["warn"],
        "fail": counts["fail"],
        "skip": counts["skip"],
        "headline": headline,
    }
