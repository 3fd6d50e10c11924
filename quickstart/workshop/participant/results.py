"""The result of `quickstart join`, as the contract shows it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from quickstart.models import Connection, Secret, StepResult, Verification, pick


@dataclass(frozen=True)
class Seat:
    """A seat in a workshop.

    Args:
        name: of the participant, as the board shows it.
        again: whether this machine had it before.
        title: of the workshop.
        experiment: id and name of the seat's own experiment.
        class_experiment: id and name of the shared experiment; None if there is none.
        shared: the seat's permission there: "read", "edit" or "none".
        mlflow: version of the server.
    """

    seat: int
    username: str
    password: Secret
    name: str
    again: bool
    title: str
    experiment: Mapping[str, str]
    class_experiment: Mapping[str, str] | None
    shared: str
    mlflow: str

    def to_json(self) -> dict[str, Any]:
        return pick(self, "seat", "name", "username", "title", "again", "experiment", "class_experiment", "shared")

    def headers(self) -> dict[str, str]:
        pair = base64.b64encode(f"{self.username}:{self.password.value}".encode()).decode("ascii")
        return {"Authorization": f"Basic {pair}"}


@dataclass(frozen=True)
class ClientStatus:
    """Whether a participant's Python environment has an MLflow client; `install` is the command that installs one."""

    python: str
    installed: bool
    install: str = ""

    def to_json(self) -> dict[str, Any]:
        return pick(self, "python", "installed", "install")


@dataclass(frozen=True)
class JoinResult:
    """What `quickstart join` did; None for what it did not get to. `steps` are shown only if it failed."""

    seat: Seat | None = None
    connection: Connection | None = None
    verification: Verification | None = None
    client: ClientStatus | None = None
    steps: tuple[StepResult, ...] = ()

    @property
    def is_proven(self) -> bool:
        """Whether a run was logged and read back, even if something failed afterwards."""
        return self.verification is not None and self.verification.failed is None

    def to_json(self) -> dict[str, Any]:
        return {
            **({"seat": self.seat.to_json()} if self.seat else {}),
            **({"connection": self.connection.to_json()} if self.connection else {}),
            **({"verification": self.verification.to_json()} if self.verification else {}),
            **({"client": self.client.to_json()} if self.client else {}),
            **({"steps": [step.to_json() for step in self.steps]} if self.steps else {}),
        }
