"""What can be recommended, and what flags can say. It stands apart from model.py, for which --help need not wait."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from quickstart.model import Answers, Machine

Kind = Literal["local", "free-hosted", "production"]
EnvironmentKind = Literal["laptop", "notebook", "vm", "container"]
Audience = Literal["me", "team", "class"]
Keeps = Literal["here", "own", "provider"]  # data: on this machine, on the person's own machines, or with a provider
UNDECIDED = "undecided"  # as an answer about the platform: the rules choose


@dataclass(frozen=True)
class Candidate:
    """What rules.py needs to know of a method.

    Args:
        name: as flags and files have it.
        kind: which of the three ways it is.
        title: what it is, for a headline.
        short: what it is, for a list.
        keeps: where runs, parameters and models are kept.
        pros: what speaks for it.
        cons: what speaks against it.
        traces: what on a machine shows that it is in use there: an environment variable, which may end in *, or a
            path that begins with ~/.
    """

    name: str
    kind: Kind
    title: str
    short: str
    keeps: Keeps
    pros: tuple[str, ...]
    cons: tuple[str, ...]
    traces: tuple[str, ...] = ()

    def warnings(self, answers: Answers, machine: Machine) -> tuple[str, ...]:
        """Return what the person should know of it before they say yes. Pure."""
        return ()
