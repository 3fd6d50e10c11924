"""What travels along the road: one frozen dataclass for each hand-off. Imports only what stands below it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from quickstart.errors import ExitCode, Explanation

SCHEMA = 1  # of the JSON document; a change to its keys bumps it

Status = Literal["ok", "warn", "fail", "skip"]


@dataclass(frozen=True)
class Machine:
    """What this machine is, and what on it matters to MLflow.

    Args:
        system: "Linux", "Darwin" or "Windows", as platform.system() names it.
        environment: the kind of place this is.
        evidence: what that was concluded from, in words.
        python: version of the wizard's own interpreter, such as "3.11.7".
        ssh: (user, server address, server port) when the person sits at the other end of an ssh session.
        browser: whether a browser could be opened here.
        shared: whether other people have accounts here, as far as can be seen.
        do_not_track: whether DO_NOT_TRACK is set.
        network: whether anything beyond this machine can be reached at all, as far as its interfaces tell.
        traces: which of the traces that were asked for are here, such as "~/.databrickscfg" or "AWS_PROFILE".
        runs_here: what MLflow may have kept runs in, in the working directory: "mlflow.db", "mlruns".
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


@dataclass(frozen=True)
class Answers:
    """What the person wants: asked, given by flag, or the default.

    Args:
        privacy: whether data, models and tech stack must stay on machines the person controls.
        environment: where they develop.
        audience: who will look at the runs.
        production: whether a model is to be served or deployed, or this is for a company.
        platform: name of the method they named as their production platform; None where they have none yet.
    """

    privacy: bool = True
    environment: EnvironmentKind = "laptop"
    audience: Audience = "me"
    production: bool = False
    platform: str | None = None


@dataclass(frozen=True)
class Alternative:
    """A method that was not recommended, and what speaks against it. `suitable` if no answer rules it out."""

    kind: Kind
    method: str
    title: str
    suitable: bool
    why: str


@dataclass(frozen=True)
class Recommendation:
    """One method, why, what it costs, and whether it can be set up on this machine.

    Args:
        rule: name of the rule that decided, of rules.RULES.
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


@dataclass(frozen=True)
class Step:
    """One act as data: what it will do, where, and how it is taken back.

    Args:
        id: unique within a connection's journal, such as "start-server:local".
        kind: which handler runs it (methods/steps.py).
        does: for a person, such as "start a server".
        where: the folder, address or file it touches.
        undo: for a person, what taking it back means.
        parameters: JSON values for the handler. Never a secret.
        inverse: kind and parameters of the act that takes it back; None where nothing can or need be.
    """

    id: str
    kind: str
    does: str
    where: str
    undo: str
    parameters: Mapping[str, Any]
    inverse: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Plan:
    """The steps that set one connection up, in order."""

    connection: str
    method: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class StepResult:
    """What came of a step, or of taking one back. `status` is "skip" where it was so already."""

    id: str
    status: Status
    detail: str
    seconds: float = 0.0


@dataclass(frozen=True)
class Connection:
    """A way to reach a tracking server, as saved.

    Args:
        name: how the person calls it.
        method: the method that made it.
        tracking_uri: what MLFLOW_TRACKING_URI is set to.
        env: further environment variables that a shell or script needs. Never a secret.
        python: the interpreter that holds MLflow for it.
        folder: where experiments go, at a place whose experiments have paths for names; "" elsewhere.
    """

    name: str
    method: str
    tracking_uri: str
    env: Mapping[str, str] = field(default_factory=dict)
    python: str = ""
    folder: str = ""

    def variables(self) -> dict[str, str]:
        """All environment variables that make MLflow use this connection."""
        return {"MLFLOW_TRACKING_URI": self.tracking_uri, **self.env}


@dataclass(frozen=True)
class ConnectionStatus:
    """What a saved connection leads to, as far as it is known without asking anybody.

    Args:
        connection: the saved one.
        running: whether its server runs; None where it is not ours to know.
        since: when it was started, ISO 8601, UTC.
        experiments: how many experiments hold a run; None where unknown.
        runs: how many runs there are; None where unknown.
    """

    connection: Connection
    running: bool | None = None
    since: str | None = None
    experiments: int | None = None
    runs: int | None = None


@dataclass(frozen=True)
class Stage:
    """One stage of the foo/bar check. `seconds` is its duration; `code` names the fault where it failed."""

    id: str
    status: Status
    seconds: float
    detail: str = ""
    code: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Verification:
    """The foo/bar check, stage by stage: what was logged, and what was read back."""

    tracking_uri: str
    stages: tuple[Stage, ...]
    seconds: float
    experiment: Mapping[str, str] | None = None
    run: Mapping[str, str] | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)

    @property
    def failed(self) -> Stage | None:
        """The first stage that failed, or None where all went well."""
        return next((stage for stage in self.stages if stage.status == "fail"), None)


@dataclass(frozen=True)
class Outcome:
    """The end of the road: drawn for a person, or as JSON.

    Args:
        command: its name in the contract.
        data: what the contract shows of it.
        error: what stopped it, explained.
        exit_code: the exit status.
        again: for a person alone: the line that does the same without a question.
        error_told: for a person alone: whether they have read the error already.
        answers_kept: for a person alone: whether a cancelled interview can be gone on with.
        next_steps: for a person alone: what else they can do there now, each thing with a label.
    """

    command: str
    data: Mapping[str, Any]
    error: Explanation | None = None
    exit_code: ExitCode = ExitCode.OK
    again: str = ""
    error_told: bool = False
    answers_kept: bool = False
    next_steps: Sequence[tuple[str, tuple[str, ...]]] = ()


def to_json(value: Any) -> Any:
    """Return a dataclass as the JSON object that the contract shows of it."""
    if isinstance(value, Stage):
        return {"id": value.id, "status": value.status, "seconds": round(value.seconds, 4), "detail": value.detail}
    if isinstance(value, StepResult):
        return {"id": value.id, "status": value.status, "detail": value.detail}
    if isinstance(value, Step):
        return {"id": value.id, "does": value.does, "where": value.where, "undo": value.undo}
    if isinstance(value, Verification):
        return {
            "tracking_uri": value.tracking_uri,
            "experiment": value.experiment,
            "run": value.run,
            "metrics": dict(value.metrics),
            "stages": [to_json(stage) for stage in value.stages],
            "seconds": round(value.seconds, 4),
        }
    if isinstance(value, Connection):
        return {
            "name": value.name,
            "method": value.method,
            "tracking_uri": value.tracking_uri,
            "env": value.variables(),
        }
    if isinstance(value, Recommendation):
        keys = ("kind", "method", "here", "reasons", "pros", "cons", "warnings")
        return {key: getattr(value, key) for key in keys}
    if isinstance(value, Alternative):
        return {key: getattr(value, key) for key in ("kind", "method", "suitable", "why")}
    return asdict(value)


Kind = Literal["local", "free-hosted", "production"]
EnvironmentKind = Literal["laptop", "notebook", "vm", "container"]
Audience = Literal["me", "team", "class"]
Keeps = Literal["here", "own", "provider"]  # data: on this machine, on the person's own machines, or with a provider
UNDECIDED = "undecided"  # as an answer about the platform: the rules choose


@dataclass(frozen=True)
class MethodInfo:
    """What rules.py needs to know of a method.

    Args:
        name: as flags and files have it.
        kind: which of the three ways it is.
        title: what it is, for a headline.
        short: what it is, for a list.
        data_location: where runs, parameters and models are kept.
        pros: what speaks for it.
        cons: what speaks against it.
        traces: what on a machine shows that it is in use there: an environment variable, which may end in *, or a
            path that begins with ~/.
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
