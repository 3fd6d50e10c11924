"""What a method is, as data, and what it does, as one class of hooks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from quickstart.models import MethodInfo
from quickstart.snippets import SCRIPT_NAME

if TYPE_CHECKING:
    from pathlib import Path

    from quickstart.errors import QuickstartError
    from quickstart.events import Progress
    from quickstart.models import Answers, Connection, Machine, Plan, Status, Step, Verification
    from quickstart.prompts.fields import Field, Given
    from quickstart.runtime.find import Runtime
    from quickstart.state.journal import Handler
    from quickstart.tracking.check import ConnectionCheck, Found


@dataclass(frozen=True)
class Setup:
    """What a plan is made from.

    Args:
        runtime: the Python environment that has MLflow, or will have it.
        privacy: the answer if it was given; None keeps what was set up before.
        store: folder of existing runs to use; None for the method's own.
        source: older runs to import first.
        login: result of the method's login; None before it, and for methods without one.
    """

    answers: Answers
    machine: Machine
    runtime: Runtime
    privacy: bool | None = None
    store: str | None = None
    source: str | None = None
    login: Any = None


class LoginUI(Protocol):
    """What a login shows and asks.

    Args:
        progress: reports what is being done.
        interactive: whether a person can answer.
    """

    progress: Progress
    interactive: bool

    def tell(self, status: Status, text: str) -> None:
        """Show one line."""

    def link(self, text: str, url: str, *, open_it: bool) -> None:
        """Show a URL that the person must open in a browser, and open it for them on request."""

    def ask(self, field: Field) -> Any:
        """Ask for one more field; raise QuickstartError "answer-needed" if prompting is impossible."""

    def install(self, steps: tuple[Step, ...]) -> None:
        """Install what the login itself needs, after asking; raise KeyboardInterrupt if the answer is no."""


class Login(ABC):
    """One login, from what is given to credentials that work. It saves nothing."""

    @abstractmethod
    def next_field(self, given: Given) -> Field | None:
        """Return the next missing field; None if the login can be tried."""

    @abstractmethod
    def set(self, key: str, value: Any, given: Given) -> Given:
        """Return what is given with one more value, checked.

        Raises:
            QuickstartError: the value is invalid.
        """

    @abstractmethod
    def authenticate(self, given: Given) -> Any:
        """Log in, and return what a plan is made from.

        Raises:
            QuickstartError: "login-refused", or why it could not be tried.
        """

    @abstractmethod
    def fields_to_retry(self, error: QuickstartError) -> tuple[str, ...]:
        """Return the keys of the fields that an error puts in doubt, to be asked again; () for none."""


@dataclass(frozen=True)
class Offer:
    """A choice about something found on the machine, before a plan is made.

    Args:
        text: the question.
        why: what was found, and what each choice means.
        choices: the text of each, and the setup it leads to; the first is the default.
    """

    text: str
    why: str
    choices: tuple[tuple[str, Setup], ...]


@dataclass(frozen=True, kw_only=True)
class Method(MethodInfo):
    """One way to track experiments, as data; what it does is imported when it is used.

    Args:
        implementation: the class of its MethodActions, as "module:Class".
        login_name: METHOD in `quickstart login METHOD`; "" if there is nothing to log in to.
        script_name: file name of the example script.
        uri_pattern: matches the beginning of tracking URIs of its own kind; "" if there are none.
        any_url: whether it accepts every other URL of a server.
    """

    implementation: str
    login_name: str = ""
    script_name: str = SCRIPT_NAME
    uri_pattern: str = ""
    any_url: bool = False

    @cached_property
    def actions(self) -> MethodActions:
        module, _, name = self.implementation.partition(":")
        actions: MethodActions = getattr(import_module(module), name)(self)
        return actions

    @cached_property
    def login_fields(self) -> tuple[Field, ...]:
        """The fields that the options of its login set: LOGIN_FIELDS of `fields` beside the implementation."""
        if not self.login_name:
            return ()
        package = self.implementation.partition(":")[0].rpartition(".")[0]
        fields: tuple[Field, ...] = import_module(f"{package}.fields").LOGIN_FIELDS
        return fields

    @property
    def implied_answers(self) -> Mapping[str, Any]:
        """Answers that are settled once the person has chosen it."""
        privacy = {"privacy": False} if self.data_location == "provider" else {}
        production = self.kind == "production"
        return {**privacy, "production": production, **({"platform": self.name} if production else {})}

    @property
    def guide(self) -> str:
        return self.login_name or self.name


class MethodActions(ABC):
    """What a method does: log in, plan, connect, verify. Methods override the hooks they need.

    Args:
        method: whose actions they are; one class may serve several.
    """

    def __init__(self, method: Method) -> None:
        self.method = method

    @abstractmethod
    def plan(self, setup: Setup) -> Plan:
        """Return the steps that set it up. Reads the machine, writes nothing.

        Raises:
            QuickstartError: what prevents it.
        """

    @abstractmethod
    def connection(self, setup: Setup) -> Connection:
        """Return the connection that the plan's steps have made."""

    @abstractmethod
    def manual_commands(self, setup: Setup) -> tuple[str, ...]:
        """Return the commands that do the same without quickstart; <...> is for the person to fill in."""

    @abstractmethod
    def check(
        self, uri: str, saved: Connection | None, experiment: str | None, python: str | None = None
    ) -> ConnectionCheck:
        """Return the foo/bar check for it.

        Args:
            uri: the tracking URI.
            saved: the connection, if it is a saved one.
            experiment: name of the experiment; None for the one that fits the place.
            python: the runtime's interpreter, if the person named one.
        """

    def login(self, setup: Setup, ui: LoginUI) -> Login | None:
        """Return the login that goes before the plan; None if there is none."""
        return None

    def login_steps(self, setup: Setup) -> tuple[Step, ...]:
        """Return the steps that save the credentials and the connection, without the rest of the plan."""
        return ()

    def offer(self, setup: Setup) -> Offer | None:
        """Return what the person should choose before the plan; None if there is nothing to choose."""
        return None

    def handlers(self) -> Mapping[str, Handler]:
        """Return the handlers of the kinds of steps that only this method has."""
        return {}

    def client_check(self, connection: Connection, runtime: Runtime) -> Callable[[ConnectionCheck], Found] | None:
        """Return the last stage of set-up, a run logged by MLflow's own client; None if there is none."""
        return None

    def next_steps(self, verification: Verification) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Return what can be done there now, each with a label, besides what all methods have."""
        return ()

    def conflicting_variables(self, connection: Connection) -> tuple[str, ...]:
        """Return the variables of this shell that would override a connection."""
        return ()

    def login_problem(
        self, uri: str, saved: Connection | None, environment: Mapping[str, str]
    ) -> QuickstartError | None:
        """Return what is wrong with the credentials in a shell's environment, before a request is sent.

        Args:
            uri: the tracking URI, for a person.
            saved: the connection, if it is a saved one.
        """
        return None

    def secret_files(self, environment: Mapping[str, str]) -> tuple[Path, ...]:
        """Return the files that hold credentials for it, whether they exist or not, besides quickstart's own."""
        return ()
