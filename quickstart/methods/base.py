"""What every method declares."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from quickstart.models import MethodInfo

if TYPE_CHECKING:
    from pathlib import Path

    from quickstart.errors import QuickstartError
    from quickstart.events import Progress
    from quickstart.models import Answers, Connection, Machine, Plan, Status, Step, Verification
    from quickstart.prompts.fields import Field, Flag, Given
    from quickstart.runtime.find import Runtime
    from quickstart.state.journal import Handler
    from quickstart.tracking.check import ConnectionCheck, Found


@dataclass(frozen=True)
class Setup:
    """What a plan is made from.

    Args:
        answers: what the person wants.
        machine: where they are.
        runtime: the interpreter where MLflow lives, or will.
        privacy: the answer if it was given, None if it is only the default: what was set up before then stays.
        store: folder of runs that are there already, to be worked on; None for the method's own.
        source: older runs that are to be brought in first; None for none.
        login: what the method's login() came to; None before it, and for methods without one.
    """

    answers: Answers
    machine: Machine
    runtime: Runtime
    privacy: bool | None = None
    store: str | None = None
    source: str | None = None
    login: Any = None


class LoginUI(Protocol):
    """Where somebody logs in: how they are told things, and what can be done there.

    Args:
        progress: told what is at work.
        interactive: whether there is a person.
    """

    progress: Progress
    interactive: bool

    def tell(self, status: Status, text: str) -> None:
        """Show one line."""

    def link(self, words: str, url: str, *, open_it: bool) -> None:
        """Show an address that the person must open in a browser, and open it for them if wished."""

    def ask(self, need: Field) -> Any:
        """Ask for one more thing; raise Fault "answer-needed" where nobody can be asked."""

    def install(self, steps: tuple[Step, ...]) -> None:
        """Install what the login itself needs, after asking; raise KeyboardInterrupt where the answer is no."""


class Login(ABC):
    """One login, from what is known to what works. Nothing is saved by it."""

    @abstractmethod
    def next_field(self, given: Given) -> Field | None:
        """Return what is missing next, or None where it can be tried."""

    @abstractmethod
    def set(self, key: str, value: Any, given: Given) -> Given:
        """Return what is given with one more value, checked.

        Raises:
            Fault: it cannot be that.
        """

    @abstractmethod
    def authenticate(self, given: Given) -> Any:
        """Log in, and return what a plan is made from.

        Raises:
            Fault: "login-refused", or why it could not be tried.
        """

    @abstractmethod
    def fields_to_retry(self, fault: QuickstartError) -> tuple[str, ...]:
        """Return which of the given a fault puts in doubt, so that a person is asked for it again; () for none."""


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
class Method(MethodInfo, ABC):
    """One way to track experiments: what the rules judge by, and how it is set up."""

    @property
    def implied_answers(self) -> Mapping[str, Any]:
        """Answers that are settled once the person has asked for it."""
        privacy = {"privacy": False} if self.data_location == "provider" else {}
        production = self.kind == "production"
        return {**privacy, "production": production, **({"platform": self.name} if production else {})}

    @property
    def script_name(self) -> str:
        """What the example script is called."""
        from quickstart.snippets import SCRIPT_NAME

        return SCRIPT_NAME

    @property
    def guide(self) -> str:
        """The guide that tells more of it."""
        return self.login_name or "local"

    @property
    def login_name(self) -> str:
        """The method after which `quickstart login` calls it; "" where there is nothing to log in to."""
        return ""

    @property
    def login_flags(self) -> tuple[Flag, ...]:
        """Options of `quickstart login` for it."""
        return ()

    def login(self, setup: Setup, scene: LoginUI) -> Login | None:
        """Return the login that goes before the plan, or None where there is none."""
        return None

    def login_steps(self, setup: Setup) -> tuple[Step, ...]:
        """Return the steps that keep a login and remember the connection, without what else set-up does."""
        return ()

    def handlers(self) -> Mapping[str, Handler]:
        """Return what runs the kinds of steps that only this method has."""
        return {}

    def handles_uri(self, uri: str) -> bool:
        """Tell whether a tracking URI is of its own kind, which MLflow does not call as it stands."""
        return False

    def check(
        self, uri: str, saved: Connection | None, experiment: str | None, python: str | None = None
    ) -> ConnectionCheck:
        """Return the foo/bar check for it.

        Args:
            uri: the tracking URI.
            saved: the connection, where it is a saved one.
            experiment: name of the experiment; by default the one that fits the place.
            python: the runtime's interpreter, where the person named one.
        """
        from quickstart.tracking.check import ConnectionCheck

        return ConnectionCheck(uri, experiment)

    def next_steps(self, verification: Verification) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Return what a person can do there now, each thing with a label; beside what all methods have."""
        return ()

    def conflicting_variables(self, connection: Connection) -> tuple[str, ...]:
        """Return the variables of this shell that would beat a connection, if they stayed set."""
        return ()

    def login_problem(
        self, uri: str, saved: Connection | None, environment: Mapping[str, str]
    ) -> QuickstartError | None:
        """Return what is wrong with the login that a shell is set to, before anybody is asked; None where nothing is.

        Args:
            uri: the tracking URI, for a person.
            saved: the connection, where it is a saved one.
            environment: of the shell.
        """
        return None

    def secret_files(self, environment: Mapping[str, str]) -> tuple[Path, ...]:
        """Return the files in which logins to it are kept, whether they are there or not; beside quickstart's own."""
        return ()

    def client_check(self, connection: Connection, runtime: Runtime) -> Callable[[ConnectionCheck], Found] | None:
        """Return one more stage that set-up ends with: the same by MLflow's own client; None where there is none."""
        return None

    def offer(self, setup: Setup) -> Offer | None:
        """Return what the person should choose before the plan, or None where there is nothing to choose."""
        return None

    @abstractmethod
    def plan(self, setup: Setup) -> Plan:
        """Return the steps that set it up. Reads what is there, writes nothing.

        Raises:
            Fault: what stands in its way.
        """

    @abstractmethod
    def connection(self, setup: Setup) -> Connection:
        """Return the connection that the plan's steps have made."""

    @abstractmethod
    def manual_commands(self, setup: Setup) -> tuple[str, ...]:
        """Return the commands that do the same without quickstart; <...> is for the person to fill in."""
