"""What every method declares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from quickstart.model import Answers, Connection, Kind, Machine, Plan
from quickstart.server.life import Wanted
from quickstart.target.find import Target


@dataclass(frozen=True)
class Fit:
    """How well a method fits the answers on a machine.

    Args:
        suitable: whether it does what the person wants.
        here: whether it can be set up on this machine.
        reasons: why it fits, each naming an answer.
        against: what speaks against it.
        warnings: what the person should know before saying yes.
    """

    suitable: bool
    here: bool = True
    reasons: tuple[str, ...] = ()
    against: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Setup:
    """What a plan is made from besides the answers: where MLflow lives and how the server is wanted."""

    answers: Answers
    machine: Machine
    target: Target
    wanted: Wanted


class Method(Protocol):
    """One way to track experiments."""

    name: str
    kind: Kind
    title: str
    pros: tuple[str, ...]
    cons: tuple[str, ...]

    def fits(self, answers: Answers, machine: Machine) -> Fit:
        """Judge how well it fits. Pure."""

    def plan(self, setup: Setup) -> Plan:
        """Return the steps that set it up. Reads what is there, writes nothing."""

    def connection(self, setup: Setup) -> Connection:
        """Return the connection that the plan's steps have made."""
