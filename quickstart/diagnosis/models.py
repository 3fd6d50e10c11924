"""What a diagnostic is, what it sees, and the row that is told of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from quickstart.errors import Explanation, QuickstartError
from quickstart.models import Status, Step

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
LAYERS: tuple[Layer, ...] = get_args(Layer)  # in the order in which one rests on the other


@dataclass(frozen=True)
class CheckResult:
    """What a diagnostic saw.

    Args:
        status: "ok" and "skip" have words; "warn" and "fail" have a fault, or come from one that was raised.
        words: for a person, one line.
        error: what is wrong, as a coded fact that explain() knows.
    """

    status: Status
    words: str = ""
    error: QuickstartError | None = None


def ok(words: str) -> CheckResult:
    """Return that all is well there."""
    return CheckResult("ok", words)


def skip(why: str) -> CheckResult:
    """Return that there was nothing to look at."""
    return CheckResult("skip", why)


def warn(code: str, **facts: Any) -> CheckResult:
    """Return what may get in the way, or does so only at times. What surely does is raised as a Fault."""
    return CheckResult("warn", error=QuickstartError(code, **facts))


@dataclass(frozen=True)
class Fix:
    """What mends a finding.

    Args:
        steps: what will be done, each with its inverse: journalled, and undone by `quickstart undo`.
        journal: under which name `quickstart undo` takes it back: that of the connection, where there is one.
        widens: whether somebody gets access by it who had none; such a mend is never made unasked.
    """

    steps: tuple[Step, ...]
    journal: str = "doctor"
    widens: bool = False

    @property
    def id(self) -> str:
        """What tells it from other mends: two findings may be mended by the same."""
        return " ".join(step.id for step in self.steps)


@dataclass(frozen=True)
class Check:
    """One thing that is looked at.

    Args:
        id: stable, such as "connect".
        layer: where on the way from the machine to the artifacts it is.
        asks: what it finds out, after "whether".
        run: does so. Raises the Fault of what is broken.
        symptoms: of the table of known failures (symptoms.py) that it covers.
        needs: ids of those without which it cannot be looked at; where one of them failed, it is not reached.
        deep: whether it imports MLflow or asks pip, and so waits for --deep or a failure.
        writes: whether it writes to the server, and so waits for --write.
        seconds: until it is given up.
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
    """What came of one diagnostic.

    Args:
        check: which.
        status: "ok", "warn", "fail", or "skip" where it was not reached or there was nothing to look at.
        what: what was seen, one sentence.
        why: why it matters; "" where all is well.
        command: one command that fixes it and can be pasted; "" if there is none.
        note: a further remark; "" if there is none.
        docs: a command or address that tells more; "" where all is well.
        seconds: how long it took.
        error: what is wrong, for whoever mends it.
        behind: id of the one that failed and so kept this one from being looked at; "" where it was looked at.
        fix: what quickstart can do about it; None where it cannot.
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
        """The error in words; None if nothing is wrong."""
        if self.error is None:
            return None
        return Explanation(self.error.code, self.what, self.why, self.command, self.note, self.docs)
