"""The data that the parts of quickstart hand each other: frozen dataclasses, each with the JSON the contract shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from quickstart.errors import Explanation

Status = Literal["ok", "warn", "fail", "skip"]
Kind = Literal["local", "free-hosted", "production"]
EnvironmentKind = Literal["laptop", "notebook", "vm", "container"]
Audience = Literal["me", "team", "class"]
Keeps = Literal["here", "own", "provider"]  # data: on this machine, on the person's own machines, or with a provider
UNDECIDED = "undecided"  # as an answer about the platform: the rules choose


def pick(item: object, *names: str) -> dict[str, Any]:
    """Return the named fields of a result for its JSON object, which shows no field that is not named."""
    return {name: getattr(item, name) for name in names}


@dataclass(frozen=True)
class Machine:
    """This machine, as far as it matters to MLflow.

    Args:
        system: "Linux", "Darwin" or "Windows", as platform.system() names it.
        environment: what kind of machine it is.
        evidence: what `environment` was concluded from, in words.
        python: version of quickstart's own interpreter, such as "3.11.7".
        ssh: (user, server address, server port) in an ssh session.
        browser: whether a browser can be opened here.
        shared: whether other users seem to have accounts here.
        do_not_track: whether DO_NOT_TRACK is set.
        network: whether a network interface other than loopback is up.
        traces: which of the methods' traces exist here, such as "~/.databrickscfg" or "AWS_PROFILE".
        runs_here: files of MLflow in the working directory: "mlflow.db", "mlruns".
    """

    system: str
    environment: EnvironmentKind
    evidence: str
    python: str
    ssh: tuple[str, str, int] | None = None
    browser: bool = False
    shared: bool = False
    do_not_track: bool = False
    network: bool = True
    traces: tuple[str, ...] = ()
    runs_here: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        own = ("system", "environment", "evidence", "python", "ssh", "browser", "shared", "do_not_track", "network")
        return pick(self, *own, "traces", "runs_here")


@dataclass(frozen=True)
class Answers:
    """The answers to the wizard's questions: typed, given by flag, or the default.

    Args:
        privacy: whether data, models and tech stack must stay on machines the person controls.
        production: whether a model will be served or deployed, or this is for a company.
        platform: name of the method they named as their production platform; None if they have none yet.
    """

    privacy: bool = True
    environment: EnvironmentKind = "laptop"
    audience: Audience = "me"
    production: bool = False
    platform: str | None = None

    def to_json(self) -> dict[str, Any]:
        return pick(self, "privacy", "environment", "audience", "production", "platform")


@dataclass(frozen=True)
class Alternative:
    """A method that was not recommended, and why. `suitable` if no answer rules it out."""

    kind: Kind
    method: str
    title: str
    suitable: bool
    why: str

    def to_json(self) -> dict[str, Any]:
        return pick(self, "kind", "method", "suitable", "why")


@dataclass(frozen=True)
class Recommendation:
    """The recommended method, the reasons, and whether it can be set up on this machine (`here`).

    Args:
        rule: name of the rule that decided, of wizard.recommend.RULES.
    """

    kind: Kind
    method: str
    title: str
    here: bool
    reasons: tuple[str, ...]
    pros: tuple[str, ...]
    cons: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    rule: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return it without its alternatives, which the documents list beside it."""
        return pick(self, "kind", "method", "here", "reasons", "pros", "cons", "warnings")


@dataclass(frozen=True)
class Step:
    """One step of a plan, as data.

    Args:
        id: unique within a connection's journal, such as "start-server:local".
        kind: which handler runs it (steps/handlers.py).
        does: for a person, such as "start a server".
        where: the folder, URL or file it touches.
        undo: for a person, what undoing it does.
        parameters: JSON values for the handler. Never a secret.
        inverse: kind and parameters of the step that undoes it; None if there is nothing to undo.
    """

    id: str
    kind: str
    does: str
    where: str
    undo: str
    parameters: Mapping[str, Any]
    inverse: Mapping[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        return pick(self, "id", "does", "where", "undo")


@dataclass(frozen=True)
class Plan:
    """The steps that set one connection up, in order."""

    connection: str
    method: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class StepResult:
    """How a step went, or undoing one. `status` is "skip" if there was nothing to do; `seconds` is its duration."""

    id: str
    status: Status
    detail: str
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        return pick(self, "id", "status", "detail")


@dataclass(frozen=True)
class Connection:
    """A saved way to reach a tracking server.

    Args:
        name: what the person calls it.
        method: the method that made it.
        tracking_uri: the value of MLFLOW_TRACKING_URI.
        env: further environment variables that a shell or script needs. Never a secret.
        python: the interpreter that has MLflow for it.
        folder: parent folder of experiments, on platforms that name experiments by path; "" elsewhere.
    """

    name: str
    method: str
    tracking_uri: str
    env: Mapping[str, str] = field(default_factory=dict)
    python: str = ""
    folder: str = ""

    def variables(self) -> dict[str, str]:
        return {"MLFLOW_TRACKING_URI": self.tracking_uri, **self.env}

    def to_json(self) -> dict[str, Any]:
        return {**pick(self, "name", "method", "tracking_uri"), "env": self.variables()}


@dataclass(frozen=True)
class ConnectionStatus:
    """What this machine knows of a connection without sending a request.

    Args:
        connection: the saved connection.
        running: whether its server runs; None if the server is not on this machine.
        since: when the server was started, ISO 8601, UTC.
        experiments: number of experiments with a run; None if unknown.
        runs: number of runs; None if unknown.
    """

    connection: Connection
    running: bool | None = None
    since: str | None = None
    experiments: int | None = None
    runs: int | None = None


@dataclass(frozen=True)
class Stage:
    """One stage of a verification. `seconds` is its duration; `code` and `facts` are of the error if it failed."""

    id: str
    status: Status
    seconds: float
    detail: str = ""
    code: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {"id": self.id, "status": self.status, "seconds": round(self.seconds, 4), "detail": self.detail}


@dataclass(frozen=True)
class Verification:
    """The verification of a connection: foo=1 and bar=2 logged and read back, stage by stage."""

    tracking_uri: str
    stages: tuple[Stage, ...]
    seconds: float
    experiment: Mapping[str, str] | None = None
    run: Mapping[str, str] | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)

    @property
    def failed(self) -> Stage | None:
        return next((stage for stage in self.stages if stage.status == "fail"), None)

    def explained(self, error: Explanation | None) -> Verification:
        """Return a copy whose failed stage says what happened, in the words of its error."""
        if error is None:
            return self
        stages = (replace(stage, detail=error.what) if stage.status == "fail" else stage for stage in self.stages)
        return replace(self, stages=tuple(stages))

    def to_json(self) -> dict[str, Any]:
        return {
            "tracking_uri": self.tracking_uri,
            "experiment": self.experiment,
            "run": self.run,
            "metrics": dict(self.metrics),
            "stages": [stage.to_json() for stage in self.stages],
            "seconds": round(self.seconds, 4),
        }


@dataclass(frozen=True)
class MethodInfo:
    """What the recommendation needs to know of a method.

    Args:
        title: for a headline.
        short: for a list.
        data_location: where runs, parameters and models are kept.
        traces: what shows that it is in use on a machine: an environment variable, which may end in *, or a path that
            begins with ~/.
        warnings: returns what the person should know before they choose it. Pure.
    """

    name: str
    kind: Kind
    title: str
    short: str
    data_location: Keeps
    pros: tuple[str, ...]
    cons: tuple[str, ...]
    traces: tuple[str, ...] = ()
    warnings: Callable[[Answers, Machine], tuple[str, ...]] = lambda answers, machine: ()


@dataclass(frozen=True)
class Secret:
    """A secret held in memory; no repr, log or traceback shows it."""

    value: str

    def __repr__(self) -> str:
        return f"<secret {self.masked}>"

    __str__ = __repr__

    @property
    def masked(self) -> str:
        """What can be shown of it, so that a person knows which one is meant."""
        return f"{self.value[:4]}...{self.value[-4:]}" if len(self.value) >= 20 else "..."
