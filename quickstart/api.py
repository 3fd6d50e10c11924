"""The wizard in a notebook's cell or a script: it asks there, and configures the running interpreter."""

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
from quickstart.diagnosis.models import DoctorResult
from quickstart.errors import ExitCode, Explanation, QuickstartError
from quickstart.methods.catalog import TRACES, check_for
from quickstart.models import Connection, Machine, Recommendation, Verification
from quickstart.output import draw
from quickstart.output.console import Screen
from quickstart.output.doctor import Diagnosis as Diagnosis
from quickstart.output.doctor import to_diagnosis
from quickstart.output.reporter import ConsoleReporter
from quickstart.prompts.base import Prompter
from quickstart.prompts.plain import ArgumentPrompter, NotebookPrompter, choose
from quickstart.results import Outcome, SetupResult, UndoResult
from quickstart.state.connections import Connections, all_variables
from quickstart.system import machine
from quickstart.system.shell import reachable, ssh_line
from quickstart.tracking.check import verify as check
from quickstart.tracking.uri import resolve
from quickstart.wizard import flow, menu
from quickstart.wizard.execute import uri_in_use
from quickstart.wizard.flow import SetupOptions
from quickstart.workshop.participant.results import JoinResult


class SetupError(Exception):
    """What stopped a call.

    Args:
        error: what happened, why, and how to fix it.
    """

    def __init__(self, error: Explanation) -> None:
        fix = "  ".join(filter(None, (error.command, error.note)))
        super().__init__(f"{error.what}\n  {error.why}\n  Fix: {fix}\n  More: {error.docs}")
        self.error = error

    def _render_traceback_(self) -> list[str]:
        """Return what a notebook shows: the explanation without the traceback of our code."""
        return [f"SetupError: {self}"]


class Stopped(KeyboardInterrupt):
    """The person cancelled; a notebook shows one line instead of a traceback of our code."""

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
    """Set up tracking: ask for what is missing, verify the connection, and configure this interpreter.

    It sets MLFLOW_TRACKING_URI and the other variables of MLflow in os.environ. If mlflow is imported already, it sets
    its tracking URI too. After an undo, this interpreter no longer uses the tracking URI.

    Args:
        method: use this method instead of the recommended one, such as "local" or "databricks-free".
        privacy: whether data must stay on machines you control.
        environment: "laptop", "notebook", "vm" or "container".
        audience: "me", "team" or "class".
        production: whether a model will be served or deployed, or this is for a company.
        platform: "databricks", "azureml", "sagemaker", "server" or "undecided".
        answers: path of a TOML file of answers, as `quickstart --save-answers` writes it.
        python: the interpreter for MLflow; in a notebook, the kernel's own by default.
        yes: accept every default without asking.
        host: workspace URL, for methods with a workspace. Secrets are prompted for, or read from Colab's secrets.
        profile: name of the profile to save the credentials as.
        session_only: log in for this process only, and save nothing.

    Returns:
        The connection; None after an undo.

    Raises:
        SetupError: with what happened, why, and how to fix it.
        KeyboardInterrupt: it was cancelled.
    """
    cell = in_notebook()
    options = SetupOptions(
        answers=_options(
            privacy=privacy, environment=environment, audience=audience, production=production, platform=platform
        ),
        answers_file=None if answers is None else Path(answers),
        method=method,
        python=sys.executable if python is None and cell else None if python is None else os.fspath(python),
        python_is="this notebook's own Python" if python is None and cell else None,
        # A cell shows the link, and a notebook needs no script beside it.
        open_it=False,
        write_script=False,
        login=_options(host=host, profile=profile, session=session_only or None),
    )
    screen = Screen("never", everything=sys.stdout)
    before = Connections().in_use()
    with screen.working() as working:
        outcome = menu.start(options, _prompter(yes=yes, cell=cell), ConsoleReporter(screen, working))
    _end(screen, outcome)
    if isinstance(outcome.result, UndoResult):
        forget_connection(before)
        return None
    connection = _connection_of(outcome)
    if connection is None:
        return None
    use_connection(all_variables(connection))
    print_link(_machine_of(outcome), outcome, connection.tracking_uri)
    return connection


def join(
    code: str, name: str | None = None, *, python: str | os.PathLike[str] | None = None, yes: bool = False
) -> Connection:
    """Join a workshop, verify that runs arrive, and configure this interpreter as setup() does.

    Args:
        code: the join code that the board shows; the whole join command works too.
        name: your name, for the board.
        python: the interpreter for MLflow; in a notebook, the kernel's own by default.
        yes: install MLflow's light client, if it is missing, without asking.

    Returns:
        The connection.

    Raises:
        SetupError: with what happened, why, and how to fix it.
        KeyboardInterrupt: it was cancelled.
    """
    from quickstart.output.workshop import draw_join  # noqa: PLC0415 - setup() need not wait for it
    from quickstart.workshop.participant import join as participant  # noqa: PLC0415 - setup() need not wait for it

    cell = in_notebook()
    own = python is None and cell
    path = sys.executable if own else None if python is None else os.fspath(python)
    options = participant.JoinOptions(str(code), name, path, "this notebook's own Python" if own else None)
    screen = Screen("never", everything=sys.stdout)
    with screen.working() as working:
        outcome = participant.join(options, _prompter(yes=yes, cell=cell), ConsoleReporter(screen, working))
    result = outcome.result
    if not isinstance(result, JoinResult) or not result.is_proven or result.connection is None:
        _end(screen, outcome)
        raise AssertionError(outcome)  # without a proven seat there is an error, or it was cancelled
    connection = Connections().all()[result.connection.name]
    use_connection(all_variables(connection))
    draw_join(screen, result, outcome, cell=cell)
    if outcome.error:  # for example, MLflow's client could not be installed
        raise SetupError(outcome.error)
    if outcome.exit_code is ExitCode.CANCELLED:
        raise Stopped
    print_link(machine.detect(), outcome, connection.tracking_uri)
    return connection


def _options(**values: bool | str | None) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _prompter(*, yes: bool, cell: bool) -> Prompter:
    if yes:
        return ArgumentPrompter()
    return NotebookPrompter() if cell else choose(yes=False, no_input=False)


def _connection_of(outcome: Outcome) -> Connection | None:
    """Return the connection of an outcome; the saved one, if it was saved."""
    made = outcome.result.connection if isinstance(outcome.result, SetupResult) else None
    if made is None:
        return Connections().in_use()
    saved = Connections().all().get(made.name)
    # A connection for this session alone can have the name, and even the URL, of a saved one.
    return saved if saved and saved.to_json() == made.to_json() else made


def _end(screen: Screen, outcome: Outcome) -> None:
    """Raise what stopped a command, or draw its outcome."""
    if outcome.exit_code is ExitCode.CANCELLED:
        draw.draw(screen, outcome)
        raise Stopped
    if outcome.error:
        raise SetupError(outcome.error)
    if outcome.command != "quickstart":
        draw.draw(screen, outcome)


def _machine_of(outcome: Outcome) -> Machine:
    """Return the machine; the person's answer about it overrides what was detected."""
    detected = machine.detect(traces=TRACES)
    answers = outcome.result.answers if isinstance(outcome.result, SetupResult) else None
    return replace(detected, environment=answers.environment) if answers else detected


def recommend(
    *,
    privacy: bool | None = None,
    environment: str | None = None,
    audience: str | None = None,
    production: bool | None = None,
    platform: str | None = None,
) -> Recommendation:
    """Recommend a way to track experiments, without asking or writing anything.

    Args:
        privacy: whether data must stay on machines you control.
        environment: "laptop", "notebook", "vm" or "container"; detected by default.
        audience: "me", "team" or "class".
        production: whether a model will be served or deployed, or this is for a company.
        platform: "databricks", "azureml", "sagemaker", "server" or "undecided".

    Returns:
        The method, the reasons, its advantages and disadvantages, and the alternatives.

    Raises:
        SetupError: for an invalid value; in a cloud notebook, also without `privacy`, which has no default there.
    """
    answers = _options(
        privacy=privacy, environment=environment, audience=audience, production=production, platform=platform
    )
    try:
        return flow.ask_and_recommend(SetupOptions(answers=answers), ArgumentPrompter(), machine.detect(traces=TRACES))[
            1
        ]
    except QuickstartError as error:
        raise SetupError(explain.explain(error)) from None


def verify(uri: str | None = None) -> Verification:
    """Log foo=1 and bar=2, read them back, and compare.

    Args:
        uri: the tracking URI; by default that of the connection in use, else MLFLOW_TRACKING_URI.

    Returns:
        The verification, stage by stage, with the run it made.

    Raises:
        SetupError: a stage failed; with what happened, why, and how to fix it.
    """
    try:
        saved = Connections().in_use()
        verification = check(check_for(uri or uri_in_use(saved), saved))
    except QuickstartError as error:
        raise SetupError(explain.explain(error)) from None
    failure, _ = explain.explain_verification(verification)
    if failure:
        raise SetupError(failure)
    return verification


def doctor(uri: str | None = None, *, deep: bool = False, write: bool = False) -> Diagnosis:
    """Find out why MLflow cannot connect, and how to fix it. A failed check raises nothing.

    Args:
        uri: the tracking URI; by default the one MLflow would use in this Python, else that of the connection in use.
        deep: also import MLflow, and run pip check.
        write: also log a run and upload a file; without it nothing is written.

    Returns:
        The result of each check.

    Raises:
        SetupError: for an invalid URI.
        KeyboardInterrupt: it was cancelled.
    """
    try:
        if uri is not None and not isinstance(uri, str):
            raise QuickstartError("bad-uri", ExitCode.USAGE, uri=str(uri), detail="not a string")
        python = sys.executable if in_notebook() else None
        examined = doctors.doctor(uri, python=python, deep=deep, write=write)
    except QuickstartError as error:
        raise SetupError(explain.explain(error)) from None
    except KeyboardInterrupt:
        raise Stopped from None
    result = doctors.outcome(examined).result
    assert isinstance(result, DoctorResult)  # noqa: S101 - an examination has no other
    return to_diagnosis(result)


ELSEWHERE = "Forward its port to your machine, for example with ssh -N -L, or run quickstart on your own machine."


def in_notebook() -> bool:
    shell = sys.modules.get("IPython")
    return shell is not None and hasattr(shell.get_ipython(), "kernel")


def use_connection(variables: Mapping[str, str]) -> None:
    """Make this interpreter use a connection, without importing mlflow."""
    os.environ.update(variables)
    mlflow = sys.modules.get("mlflow")
    if mlflow is not None:
        mlflow.set_tracking_uri(variables["MLFLOW_TRACKING_URI"])


def forget_connection(connection: Connection | None) -> None:
    """Make this interpreter stop using a connection, unless it was set to another server."""
    uri = connection.tracking_uri if connection else None
    if uri and os.environ.get("MLFLOW_TRACKING_URI") == uri:
        del os.environ["MLFLOW_TRACKING_URI"]
    mlflow = sys.modules.get("mlflow")
    if mlflow is not None and mlflow.get_tracking_uri() == uri:
        mlflow.set_tracking_uri(None)


def print_link(place: Machine, outcome: Outcome, uri: str) -> None:
    """Print where to see the run: a link, unless it would lead to the wrong machine."""
    print(f"This Python now logs to {uri}")  # noqa: T201 - a cell's output is what print() writes
    verification = outcome.result.verification if isinstance(outcome.result, SetupResult | JoinResult) else None
    url = verification.run["url"] if verification and verification.run else uri
    server = resolve(uri) if uri.startswith("http") else None
    if server and server.local and not reachable(place):
        tunnel = ssh_line(place.ssh, server.port)
        how = f"Run this on your own machine, then open the URL there:\n  {tunnel}" if tunnel else ELSEWHERE
        print(f"The server is on the kernel's machine, which your browser cannot reach. {how}")  # noqa: T201
    elif in_notebook():
        display: Any = importlib.import_module("IPython.display")
        link = html.escape(url, quote=True)
        display.display(display.HTML(f'<a href="{link}" target="_blank" rel="noopener">Open the run in MLflow</a>'))
    else:
        print(f"Open it: {url}")  # noqa: T201
