"""What every method declares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from quickstart.model import Answers, Candidate, Connection, Machine, Plan
from quickstart.target.find import Target


@dataclass(frozen=True)
class Setup:
    """What a plan is made from.

    Args:
        answers: what the person wants.
        machine: where they are.
        target: the interpreter where MLflow lives, or will.
        privacy: the answer if it was given, None if it is only the default: what was set up before then stays.
    """

    answers: Answers
    machine: Machine
    target: Target
    privacy: bool | None = None


class Method(Candidate, Protocol):
    """One way to track experiments: what the rules judge by, and how it is set up."""

    def plan(self, setup: Setup) -> Plan:
        """Return the steps that set it up. Reads what is there, writes nothing."""

    def connection(self, setup: Setup) -> Connection:
        """Return the connection that the plan's steps have made."""
