"""How a command ends: its outcome, and the results of commands that no other module needs to know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from quickstart.errors import ExitCode, Explanation
from quickstart.models import Connection

SCHEMA = 1  # of the JSON document; bumped when its keys change


class Result(Protocol):
    """What a command returns; output/ draws it by its type."""

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object that the contract shows."""
        raise NotImplementedError


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
    result: Result | Mapping[str, Any] | None = None
    error: Explanation | None = None
    exit_code: ExitCode = ExitCode.OK
    again: str = ""
    error_shown: bool = False
    answers_kept: bool = False
    next_steps: NextSteps = ()

    @property
    def data(self) -> Mapping[str, Any]:
        return self.result if isinstance(self.result, Mapping) else {}

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
            "data": result if isinstance(result, Mapping) else result.to_json() if result else {},
            "error": {
                "code": error.code,
                "what": error.what,
                "why": error.why,
                "command": error.command,
                "note": error.note,
                "docs": error.docs,
            }
            if error
            else None,
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
                {
                    "name": connection.name,
                    "method": connection.method,
                    "tracking_uri": connection.tracking_uri,
                    "in_use": connection == self.in_use,
                }
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
