"""A check, its result, and the finding that is shown."""

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
