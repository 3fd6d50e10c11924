"""A check, its finding, and the results of `quickstart doctor` and `quickstart preflight`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from quickstart.errors import Explanation, QuickstartError
from quickstart.models import Status, Step, StepResult, pick

if TYPE_CHECKING:
    from quickstart.diagnosis.context import Context

Layer = Literal[
    "machine",
    "python",
    "settings",
    "network",
    "server",
    "access",
    "login",
    "versions",
    "experiment",
    "runs",
    "artifacts",
]
LAYERS: tuple[Layer, ...] = get_args(Layer)  # each depends on those before it


@dataclass(frozen=True)
class CheckResult:
    """The result of a check: `words` if its status is "ok" or "skip", `error` if it is "warn" or "fail"."""

    status: Status
    words: str = ""
    error: QuickstartError | None = None


def ok(words: str) -> CheckResult:
    return CheckResult("ok", words)


def skip(why: str) -> CheckResult:
    return CheckResult("skip", why)


def warn(code: str, **facts: Any) -> CheckResult:
    """Return a possible problem; a certain one is raised as a QuickstartError."""
    return CheckResult("warn", error=QuickstartError(code, **facts))


@dataclass(frozen=True)
class Fix:
    """A fix for a finding.

    Args:
        journal: name for `quickstart undo`: that of the connection, if there is one.
        widens: whether it gives access to more people; such a fix always needs confirmation.
    """

    steps: tuple[Step, ...]
    journal: str = "doctor"
    widens: bool = False

    @property
    def id(self) -> str:
        """Identifies it: two findings may have the same fix."""
        return " ".join(step.id for step in self.steps)


@dataclass(frozen=True)
class Check:
    """One check.

    Args:
        asks: what it verifies, as a sentence without a period.
        run: raises the error that it finds.
        symptoms: numbers of the known problems (symptoms.py) that it covers.
        needs: ids of checks that must pass first; else it is not reached.
        deep: whether it imports MLflow or runs pip, and so needs --deep or a failure.
        writes: whether it writes to the server, and so needs --write.
        seconds: until it times out.
    """

    id: str
    layer: Layer
    asks: str
    run: Callable[[Context], CheckResult]
    symptoms: tuple[int, ...] = ()
    needs: tuple[str, ...] = ()
    deep: bool = False
    writes: bool = False
    seconds: float = 5.0


@dataclass(frozen=True)
class Finding:
    """The finding of one check; the texts are "" if there is nothing to say.

    Args:
        status: "skip" if the check was not reached or does not apply.
        command: one command that fixes it and can be pasted.
        docs: a command or URL with more.
        behind: id of the failed check that blocked this one.
        fix: the one that quickstart can make.
    """

    check: Check
    status: Status
    what: str
    why: str = ""
    command: str = ""
    note: str = ""
    docs: str = ""
    seconds: float = 0.0
    error: QuickstartError | None = None
    behind: str = ""
    fix: Fix | None = None

    @property
    def explanation(self) -> Explanation | None:
        if self.error is None:
            return None
        return Explanation(self.error.code, self.what, self.why, self.command, self.note, self.docs)


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
        own = ("id", "layer", "status", "what", "why", "command", "note", "fixable", "docs", "code")
        return {**pick(self, *own), "seconds": round(self.seconds, 4)}


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
        source: where the URI comes from, one of context.Source.
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
            # A key of the contract, which keeps its older word.
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
