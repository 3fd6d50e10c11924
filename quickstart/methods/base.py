"""What every method declares."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from quickstart.candidate import Candidate

if TYPE_CHECKING:
    from quickstart.model import Answers, Connection, Machine, Plan
    from quickstart.target.find import Target


@dataclass(frozen=True)
class Setup:
    """What a plan is made from.

    Args:
        answers: what the person wants.
        machine: where they are.
        target: the interpreter where MLflow lives, or will.
        privacy: the answer if it was given, None if it is only the default: what was set up before then stays.
        store: folder of runs that are there already, to be worked on; None for the method's own.
        source: older runs that are to be brought in first; None for none.
    """

    answers: Answers
    machine: Machine
    target: Target
    privacy: bool | None = None
    store: str | None = None
    source: str | None = None


@dataclass(frozen=True)
class Offer:
    """A choice that what is found on the machine gives before a plan is made.

    Args:
        text: the question.
        why: what was found, and what each choice means.
        choices: how each reads, with the set-up that it leads to; the first is the default.
    """

    text: str
    why: str
    choices: tuple[tuple[str, Setup], ...]


@dataclass(frozen=True)
class Method(Candidate, ABC):
    """One way to track experiments: what the rules judge by, and how it is set up."""

    @property
    def implies(self) -> Mapping[str, Any]:
        """Answers that are settled once the person has asked for it."""
        privacy = {"privacy": False} if self.keeps == "provider" else {}
        production = self.kind == "production"
        return {**privacy, "production": production, **({"platform": self.name} if production else {})}

    @property
    def built(self) -> bool:
        """Whether it can be set up by this version."""
        return True

    def offer(self, setup: Setup) -> Offer | None:
        """Return what the person should choose before the plan, or None where there is nothing to choose."""
        return None

    @abstractmethod
    def plan(self, setup: Setup) -> Plan:
        """Return the steps that set it up. Reads what is there, writes nothing.

        Raises:
            Fault: "not-built" by a method that has no set-up yet, or what stands in its way.
        """

    @abstractmethod
    def connection(self, setup: Setup) -> Connection:
        """Return the connection that the plan's steps have made."""

    @abstractmethod
    def by_hand(self, setup: Setup) -> tuple[str, ...]:
        """Return the commands that do the same without quickstart; <...> is for the person to fill in."""


@dataclass(frozen=True)
class Declared(Method):
    """A method that the rules know, but whose set-up does not exist yet: it says so where a plan is asked for.

    Args:
        install: what pip installs for it.
        settings: environment variables that MLflow needs, with placeholders for what only the person knows.
        find: where a person finds what the placeholders stand for.
    """

    install: str = ""
    settings: tuple[tuple[str, str], ...] = ()
    find: str = ""

    @property
    def built(self) -> bool:
        """Whether it can be set up by this version: not yet."""
        return False

    def plan(self, setup: Setup) -> Plan:
        """Raise Fault "not-built"."""
        self._not_built()

    def connection(self, setup: Setup) -> Connection:
        """Raise Fault "not-built"."""
        self._not_built()

    def _not_built(self) -> NoReturn:
        from quickstart.errors import ExitCode, Fault

        raise Fault("not-built", ExitCode.ANSWER_NEEDED, method=self.name, title=self.short)

    def by_hand(self, setup: Setup) -> tuple[str, ...]:
        """Return the commands that do the same without quickstart; <...> is for the person to fill in."""
        import shlex

        python = shlex.quote(str(setup.target.python))
        lines = tuple(f'export {key}="{value}"' for key, value in self.settings)
        return (f"{python} -m pip install {self.install}", f"# {self.find}", *lines)
