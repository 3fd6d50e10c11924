"""How a command ends: its outcome and its result. Results of doctor and workshop are in their packages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from quickstart.errors import ExitCode, Explanation
from quickstart.models import Answers, Connection, Machine, Recommendation, Step, StepResult, Verification, pick

SCHEMA = 1  # of the JSON document; bumped when its keys change


class Result(Protocol):
    """What a command returns; output/ draws it by its type."""

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object that the contract shows."""
        ...


NextSteps = Sequence[tuple[str, tuple[str, ...]]]  # what a person can do next: labels, each with its lines


@dataclass(frozen=True)
class Outcome:
    """How a command ended: drawn for a person, or written as one JSON document.

    Args:
        command: its name in the contract.
        result: what it did or found, partial if it failed or was cancelled; None if it got nowhere.
        error: what stopped it, explained.
        exit_code: the exit status.
        again: for a person alone: the command that repeats it without a question.
        error_shown: for a person alone: whether the error is on the screen already.
        answers_kept: for a person alone: whether a cancelled interview can be resumed.
        next_steps: for a person alone.
    """

    command: str
    result: Result | None = None
    error: Explanation | None = None
    exit_code: ExitCode = ExitCode.OK
    again: str = ""
    error_shown: bool = False
    answers_kept: bool = False
    next_steps: NextSteps = ()

    @property
    def status(self) -> str:
        """The word for its exit code."""
        return {ExitCode.OK: "ok", ExitCode.CANCELLED: "cancelled"}.get(self.exit_code, "failed")

    def to_json(self) -> dict[str, Any]:
        result, error = self.result, self.error
        return {
            "schema": SCHEMA,
            "command": self.command,
            "status": self.status,
            "exit_code": int(self.exit_code),
            "data": result.to_json() if result else {},
            "error": pick(error, "code", "what", "why", "command", "note", "docs") if error else None,
        }


Partial = TypeVar("Partial", bound=Result)


@dataclass
class Recorder(Generic[Partial]):
    """Holds the result of a command while it advances, so that a failure or Ctrl-C still reports what was done."""

    result: Partial


@dataclass(frozen=True)
class ConnectionsResult:
    """The saved connections, and which one is in use; None if none is."""

    connections: tuple[Connection, ...]
    in_use: Connection | None

    def to_json(self) -> dict[str, Any]:
        return {
            "connections": [
                {**pick(connection, "name", "method", "tracking_uri"), "in_use": connection == self.in_use}
                for connection in self.connections
            ]
        }


@dataclass(frozen=True)
class EnvResult:
    """Lines that make a shell use a connection."""

    connection: Connection
    lines: str

    def to_json(self) -> dict[str, Any]:
        return {"connection": self.connection.to_json(), "lines": self.lines}


@dataclass(frozen=True)
class CompletionResult:
    """Lines that make a shell complete the command line."""

    shell: str
    lines: str

    def to_json(self) -> dict[str, Any]:
        return {"shell": self.shell, "lines": self.lines}


@dataclass(frozen=True)
class RecommendResult:
    """What `quickstart recommend` found; None for what it did not get to."""

    machine: Machine | None = None
    answers: Answers | None = None
    recommendation: Recommendation | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            **({"detected": self.machine.to_json()} if self.machine else {}),
            **({"answers": self.answers.to_json()} if self.answers else {}),
            **(_recommendation_json(self.recommendation) if self.recommendation else {}),
        }


@dataclass(frozen=True)
class SetupResult(RecommendResult):
    """What `quickstart` did; None for what it did not get to."""

    plan: tuple[Step, ...] | None = None
    steps: tuple[StepResult, ...] = ()
    connection: Connection | None = None
    verification: Verification | None = None

    def to_json(self) -> dict[str, Any]:
        plan = self.plan
        return {
            **super().to_json(),
            **({} if plan is None else {"plan": [step.to_json() for step in plan], "steps": _steps_json(self.steps)}),
            **({"connection": self.connection.to_json()} if self.connection else {}),
            **({"verification": self.verification.to_json()} if self.verification else {}),
        }


@dataclass(frozen=True)
class LoginResult:
    """What `quickstart login` did. `steps` are shown only if it failed; None for what it did not get to."""

    connection: Connection | None = None
    verification: Verification | None = None
    steps: tuple[StepResult, ...] | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            **({"connection": self.connection.to_json()} if self.connection else {}),
            **({"verification": self.verification.to_json()} if self.verification else {}),
            **({} if self.steps is None else {"steps": _steps_json(self.steps)}),
        }


@dataclass(frozen=True)
class UndoResult:
    """What undo did.

    Args:
        results: of each step that was undone.
        kept: folders that still hold recorded runs.
    """

    results: tuple[StepResult, ...] = ()
    kept: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {"undone": _steps_json(self.results), "kept": list(self.kept)}


@dataclass(frozen=True)
class ServerStatus:
    """A local server, as its live process shows it.

    Args:
        pid: also of a server that is starting, or of a process of a killed server that still listens.
        started: also of a server that is starting; ISO 8601, UTC.
    """

    name: str
    running: bool
    pid: int | None
    url: str
    store: str
    artifacts: str
    log: str
    mlflow_version: str | None
    launcher: str | None
    started: str | None

    def to_json(self) -> dict[str, Any]:
        own = ("name", "running", "pid", "url", "store", "artifacts", "log", "mlflow_version", "launcher", "started")
        return pick(self, *own)


@dataclass(frozen=True)
class ServersResult:
    """Local servers."""

    servers: tuple[ServerStatus, ...]

    def to_json(self) -> dict[str, Any]:
        return {"servers": [server.to_json() for server in self.servers]}


@dataclass(frozen=True)
class LogsResult:
    """The last lines of a server's log."""

    server: ServerStatus
    lines: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {"servers": [self.server.to_json()], "lines": list(self.lines)}


@dataclass(frozen=True)
class BackupResult:
    """A backup of a server's runs.

    Args:
        file: the archive.
        size: of the archive, in bytes.
        artifacts: number of files of runs in it.
        artifacts_elsewhere: number of runs whose files are outside of the server's store, and so not in it.
    """

    server: ServerStatus
    file: str
    size: int
    runs: int
    artifacts: int
    artifacts_elsewhere: int

    def to_json(self) -> dict[str, Any]:
        return {
            "servers": [self.server.to_json()],
            "file": self.file,
            "bytes": self.size,
            **pick(self, "runs", "artifacts", "artifacts_elsewhere"),
        }


@dataclass(frozen=True)
class RestoreResult:
    """Runs that were put into an empty store, from `file`; `restored` says in words what it held."""

    server: ServerStatus
    file: str
    restored: str

    def to_json(self) -> dict[str, Any]:
        return {"servers": [self.server.to_json()], "file": self.file, "restored": self.restored}


def _recommendation_json(recommendation: Recommendation) -> dict[str, Any]:
    alternatives = [alternative.to_json() for alternative in recommendation.alternatives]
    return {"recommendation": recommendation.to_json(), "alternatives": alternatives}


def _steps_json(steps: Sequence[StepResult]) -> list[dict[str, Any]]:
    return [step.to_json() for step in steps]
