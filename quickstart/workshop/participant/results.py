"""The result of `quickstart join`, as the contract shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from quickstart.models import Connection, StepResult, Verification

if TYPE_CHECKING:
    from quickstart.workshop.participant.seats import Seat


@dataclass(frozen=True)
class ClientStatus:
    """Whether a participant's Python environment has an MLflow client; `install` is the command that installs one."""

    python: str
    installed: bool
    install: str = ""

    def to_json(self) -> dict[str, Any]:
        return {"python": self.python, "installed": self.installed, "install": self.install}


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
