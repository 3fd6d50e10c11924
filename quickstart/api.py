"""The wizard in the cell of a notebook, or called from a script: it asks there, and sets the running interpreter."""

from __future__ import annotations

import html
import importlib
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from quickstart import explain
from quickstart.diagnosis import command as doctors
from quickstart.errors import ExitCode, Explanation, QuickstartError
from quickstart.methods.catalog import TRACES, check_for
from quickstart.models import Connection, Machine, Recommendation, Verification, to_json
from quickstart.output import draw
from quickstart.output.console import Screen, Working
from quickstart.output.diagnosis import Diagnosis as Diagnosis
from quickstart.output.diagnosis import to_diagnosis
from quickstart.output.join import draw_join, is_proven
from quickstart.output.reporter import ConsoleReporter
from quickstart.prompts.base import Prompter
from quickstart.prompts.choose import choose
from quickstart.prompts.notebook import ArgumentPrompter, NotebookPrompter
from quickstart.results import Outcome
from quickstart.state.connections import Connections
from quickstart.state.secrets import all_variables
from quickstart.system import machine
from quickstart.system.shell import reachable, ssh_line
from quickstart.tracking.check import verify as check
from quickstart.tracking.uri import resolve
from quickstart.wizard import flow, menu
from quickstart.wizard.flow import SetupOptions
from quickstart.wizard.verify import uri_in_use


class SetupError(Exception):
    """What stopped it, explained.

    Args:
        error: what happened, why, and what mends it.
    """

    def __init__(self, error: Explanation) -> None:
        fix = "  ".join(filter(None, (error.command, error.note)))
        super().__init__(f"{error.what}\n  {error.why}\n  Fix: {fix}\n  More: {error.docs}")
        self.error = error

    def _render_traceback_(self) -> list[str]:
        """Return what a notebook shows: the explanation alone, since no line of the person's code is to blame."""
        return [f"SetupError: {self}"]


class Stopped(KeyboardInterrupt):
    """It was cancelled; a notebook shows this line in place of the way through our own code."""

    def _render_traceback_(self) -> list[str]:
        return ["Cancelled: the cells below this one do not run."]


def setup(
    method: str | None = None,
    *,
    privacy: bool | None = None,
    environment: str | None = None,
    audience: str | None = None,
    production: bool | None = None,
    platform: str | None = None,
    answers: str | os.PathLike[str] | None = None,
    python: str | os.PathLike[str] | None = None,
    yes: bool = False,
    host: str | None = None,
    profile: str | None = None,
    session_only: bool = False,
) -> Connection | None:
    """Walk the wizard's road here: ask what is missing, set it up, prove it, and set this interpreter.

    Afterwards MLFLOW_TRACKING_URI and what else MLflow needs is in os.environ, and mlflow, if it is imported
    already, has its tracking URI set. Where it was taken back, this interpreter forgets the tracking URI, too.

    Args:
        method: skips the recommendation, such as "local" or "databricks-free".
        privacy: whether data must stay on machines you control.
        environment: "laptop", "notebook", "vm" or "container".
        audience: "me", "team" or "class".
        production: whether a model will be served or deployed, or this is for a company.
        platform: "databricks", "azureml", "sagemaker", "server" or "undecided".
        answers: path of a TOML file of answers, as `quickstart --save-answers` writes it.
        python: the interpreter for MLflow; in a notebook the kernel's own unless given.
        yes: take every default without asking.
        host: address of a workspace, for methods that have one. Secrets are asked for, or read from Colab's store.
        profile: name of the profile that the login is saved as.
        session_only: log in for this process alone, and save nothing.

    Returns:
        The connection; None where it was taken back.

    Raises:
        SetupError: with what happened, why, and what mends it.
        KeyboardInterrupt: it was cancelled.
    """
    cell = kernel()
    wish = SetupOptions(
        answers=_given(
            privacy=privacy, environment=environment, audience=audience, production=production, platform=platform
        ),
        answers_file=None if answers is None else Path(answers),
        method=method,
        python=sys.executable if python is None and cell else None if python is None else os.fspath(python),
        python_is="this notebook's own Python" if python is None and cell else None,
        # In a cell the link stands below, and a file that appears beside the notebook is nobody's wish.
        open_it=False,
        write_script=False,
        login=_given(host=host, profile=profile, session=session_only or None),
    )
    screen = Screen("never", everything=sys.stdout)
    prompter: Prompter = (
        ArgumentPrompter() if yes else NotebookPrompter() if cell else choose(yes=False, no_input=False)
    )
    before = Connections().in_use()
    with screen.working() as working:
        outcome = menu.start(wish, prompter, ConsoleReporter(screen, working))
    _end(screen, working, outcome)
    if outcome.command == "undo":
        forget_connection(before)
        return None
    connection = _made(outcome)
    if connection is None:
        return None
    use_connection(all_variables(connection))
    print_link(_where(outcome), outcome, connection.tracking_uri)
    return connection


def join(
    code: str, name: str | None = None, *, python: str | os.PathLike[str] | None = None, yes: bool = False
) -> Connection:
    """Join a class, prove that runs arrive, and set this interpreter, as setup() does.

    Args:
        code: address and code, as the board of the class shows them; the whole line will do.
        name: yours, for the board.
        python: the interpreter for MLflow; in a notebook the kernel's own unless given.
        yes: install MLflow's light client without asking where there is none.

    Returns:
        The connection.

    Raises:
        SetupError: with what happened, why, and what mends it.
        KeyboardInterrupt: it was cancelled.
    """
    from quickstart.workshop.participant import (
        join as participant,  # whoever sets something else up need not wait for it
    )

    cell = kernel()
    own = python is None and cell
    path = sys.executable if own else None if python is None else os.fspath(python)
    wish = participant.JoinOptions(str(code), name, path, "this notebook's own Python" if own else None)
    screen = Screen("never", everything=sys.stdout)
    prompter: Prompter = (
        ArgumentPrompter() if yes else NotebookPrompter() if cell else choose(yes=False, no_input=False)
    )
    with screen.working() as working:
        outcome = participant.join(wish, prompter, ConsoleReporter(screen, working))
    if not is_proven(outcome.data):
        _end(screen, working, outcome)
    made = Connections().all()[outcome.data["connection"]["name"]]
    use_connection(all_variables(made))
    draw_join(screen, outcome, cell=cell)
    if outcome.error:  # such as that MLflow's client could not be installed
        raise SetupError(outcome.error)
    if outcome.exit_code is ExitCode.CANCELLED:
        raise Stopped
    print_link(machine.detect(), outcome, made.tracking_uri)
    return made


def _made(outcome: Outcome) -> Connection | None:
    """Return the connection that was made; one for this session alone is saved nowhere."""
    made = outcome.data.get("connection")
    saved = Connections().all().get(made["name"]) if made else Connections().in_use()
    # One for this session alone may have the name, and even the address, of a saved one.
    if not made or (saved and to_json(saved) == made):
        return saved
    variables = {key: value for key, value in made["env"].items() if key != "MLFLOW_TRACKING_URI"}
    return Connection(made["name"], made["method"], made["tracking_uri"], variables)


def _given(**said: bool | str | None) -> dict[str, Any]:
    return {key: value for key, value in said.items() if value is not None}


def _end(screen: Screen, working: Working, outcome: Outcome) -> None:
    """Raise what stopped it; draw what else there is to say."""
    if outcome.exit_code is ExitCode.CANCELLED:
        draw.draw(screen, outcome)
        raise Stopped
    if outcome.error:
        raise SetupError(outcome.error)
    if outcome.command != "quickstart":
        draw.draw(screen, outcome)


def _where(outcome: Outcome) -> Machine:
    """Return the machine: what the person answered about it counts for more than what was found."""
    found = machine.detect(traces=TRACES)
    return replace(found, environment=outcome.data.get("answers", {}).get("environment", found.environment))


def recommend(
    *,
    privacy: bool | None = None,
    environment: str | None = None,
    audience: str | None = None,
    production: bool | None = None,
    platform: str | None = None,
) -> Recommendation:
    """Recommend a way to track experiments; what is not given has its default. Nothing is asked or written.

    Args:
        privacy: whether data must stay on machines you control.
        environment: "laptop", "notebook", "vm" or "container"; detected unless given.
        audience: "me", "team" or "class".
        production: whether a model will be served or deployed, or this is for a company.
        platform: "databricks", "azureml", "sagemaker", "server" or "undecided".

    Returns:
        The method, why, what speaks for and against it, and the alternatives.

    Raises:
        SetupError: for a value that is not allowed; in a cloud notebook, where privacy has no default, without it.
    """
    said = _given(privacy=privacy, environment=environment, audience=audience, production=production, platform=platform)
    try:
        return flow.ask_and_recommend(SetupOptions(answers=said), ArgumentPrompter(), machine.detect(traces=TRACES))[1]
    except QuickstartError as fault:
        raise SetupError(explain.explain(fault)) from None


def verify(uri: str | None = None) -> Verification:
    """Log foo=1 and bar=2, read them back, and compare.

    Args:
        uri: the tracking URI; the connection in use, or MLFLOW_TRACKING_URI, unless given.

    Returns:
        The check, stage by stage, with the run it made.

    Raises:
        SetupError: a stage failed; with what happened, why, and what mends it.
    """
    try:
        saved = Connections().in_use()
        verification = check(check_for(uri or uri_in_use(saved), saved))
    except QuickstartError as fault:
        raise SetupError(explain.explain(fault)) from None
    error, _ = explain.explain_verification(verification)
    if error:
        raise SetupError(error)
    return verification


def doctor(uri: str | None = None, *, deep: bool = False, write: bool = False) -> Diagnosis:
    """Find out why MLflow cannot connect, and what mends it. Whatever is found, nothing is raised for it.

    Args:
        uri: the tracking URI; unless given, what MLflow would use in this very Python, or the connection in use.
        deep: also import MLflow, and ask pip.
        write: also log a run, and send a file; without it nothing is written.

    Returns:
        What was found, check by check.

    Raises:
        SetupError: for what is no address at all.
        KeyboardInterrupt: it was cancelled.
    """
    try:
        if uri is not None and not isinstance(uri, str):
            raise QuickstartError("bad-uri", ExitCode.USAGE, uri=str(uri), detail="it is no text")
        python = sys.executable if kernel() else None
        examined = doctors.doctor(uri, python=python, deep=deep, write=write)
    except QuickstartError as fault:
        raise SetupError(explain.explain(fault)) from None
    except KeyboardInterrupt:
        raise Stopped from None
    return to_diagnosis(doctors.outcome(examined))


ELSEWHERE = "Forward its port to your machine, for example by ssh -N -L, or run quickstart on your own machine."


def kernel() -> bool:
    """Tell whether we run inside a notebook's kernel."""
    shell = sys.modules.get("IPython")
    return shell is not None and hasattr(shell.get_ipython(), "kernel")


def use_connection(variables: Mapping[str, str]) -> None:
    """Make this interpreter use a connection; mlflow is not imported for it."""
    os.environ.update(variables)
    mlflow = sys.modules.get("mlflow")
    if mlflow is not None:
        mlflow.set_tracking_uri(variables["MLFLOW_TRACKING_URI"])


def forget_connection(connection: Connection | None) -> None:
    """Make this interpreter forget what is no more; the address of another server, which somebody set, stays."""
    uri = connection.tracking_uri if connection else None
    if uri and os.environ.get("MLFLOW_TRACKING_URI") == uri:
        del os.environ["MLFLOW_TRACKING_URI"]
    mlflow = sys.modules.get("mlflow")
    if mlflow is not None and mlflow.get_tracking_uri() == uri:
        mlflow.set_tracking_uri(None)


def print_link(where: Machine, outcome: Outcome, uri: str) -> None:
    """Show where to look: a link that can be clicked, but never one that leads to the wrong machine."""
    print(f"This Python now logs to {uri}")  # noqa: T201 - a cell's output is what print() writes
    url = str((outcome.data.get("verification", {}).get("run") or {}).get("url", uri))
    server = resolve(uri) if uri.startswith("http") else None
    if server and server.local and not reachable(where):
        tunnel = ssh_line(where.ssh, server.port)
        how = f"Type this on your own machine, then open the address there:\n  {tunnel}" if tunnel else ELSEWHERE
        print(f"The server is on the kernel's machine, not on the one with your browser. {how}")  # noqa: T201
    elif kernel():
        shown: Any = importlib.import_module("IPython.display")
        address = html.escape(url, quote=True)
        shown.display(shown.HTML(f'<a href="{address}" target="_blank" rel="noopener">Look at the run in MLflow</a>'))
    else:
        print(f"Look at it: {url}")  # noqa: T201
