"""`quickstart join`: get a seat in a workshop, save its connection, verify it, and report to the board."""

from __future__ import annotations

import ipaddress
import os
import shlex
import threading
import time
from dataclasses import dataclass, field, replace
from typing import Any

from quickstart import explain
from quickstart.errors import ExitCode, Explanation, QuickstartError
from quickstart.events import Events
from quickstart.methods import common_steps
from quickstart.methods.server import credentials, membership, probe
from quickstart.models import Machine, Plan, Stage, StepResult, Verification
from quickstart.net.tcp import is_loopback, no_proxy
from quickstart.prompts.base import Prompter
from quickstart.results import Outcome
from quickstart.runtime.find import Runtime, find_runtime
from quickstart.runtime.install import install_command
from quickstart.state.journal import Journal
from quickstart.steps.handlers import HANDLERS
from quickstart.system import machine
from quickstart.system.shell import quoted
from quickstart.wizard.execute import execute_plan
from quickstart.workshop.participant import join_code, seats
from quickstart.workshop.participant.connection import WorkshopConnection, pin
from quickstart.workshop.participant.join_code import Invitation
from quickstart.workshop.participant.results import ClientStatus, JoinResult, Seat
from quickstart.workshop.participant.routes import facts_of

MISTYPED = ("wrong-code", "too-many-tries")  # the same command would fail again
LOCAL_NAMES = (".local", ".lan", ".home", ".internal", ".home.arpa")


@dataclass(frozen=True)
class JoinOptions:
    """The options of `quickstart join`.

    Args:
        text: address and code, as typed or pasted.
        name: of the participant; None leaves it to the workshop.
        python_is: why this interpreter, in words; None if the participant named it.
    """

    text: str
    name: str | None = None
    python: str | None = None
    python_is: str | None = None

    @property
    def python_option(self) -> tuple[str, ...]:
        """The --python option that was given; empty if none was."""
        return ("--python", quoted(self.python)) if self.python and not self.python_is else ()


@dataclass
class JoinProgress:
    """What a join has reached so far.

    Args:
        connection: authorized as soon as there is a seat.
        start: by the monotonic clock.
        command: joins the workshop.
        again: the same with all options.
        is_reported: whether the board has the result.
    """

    result: JoinResult = field(default_factory=JoinResult)
    steps: list[StepResult] = field(default_factory=list)
    connection: WorkshopConnection | None = None
    seat: Seat | None = None
    start: float = field(default_factory=time.monotonic)
    command: str = ""
    again: str = ""
    is_reported: bool = False


class ClientLookup:
    """The search for the Python environment that has MLflow, in parallel to the join; see JoinOptions."""

    def __init__(self, python: str | None, python_is: str | None) -> None:
        self._named = (python, python_is)
        self._result: Runtime | QuickstartError | None = None
        self._thread = threading.Thread(target=self._find, daemon=True)
        self._thread.start()

    def _find(self) -> None:
        try:
            self._result = find_runtime(*self._named)
        except QuickstartError as error:
            self._result = error

    def runtime(self) -> Runtime:
        """Return the Python environment; raise the error of one that does not run."""
        self._thread.join()
        if isinstance(self._result, QuickstartError):
            raise self._result
        assert self._result is not None  # noqa: S101 - one of both is set
        return self._result

    @property
    def python(self) -> str:
        """The path of its interpreter; "" if it does not run, which is reported later: the seat comes first."""
        try:
            return str(self.runtime().python)
        except QuickstartError:
            return ""


def join(options: JoinOptions, prompter: Prompter, events: Events) -> Outcome:
    """Join a workshop; after a failure, the outcome contains what was reached before."""
    so_far = JoinProgress()
    explanation: Explanation | None = None
    try:
        invitation = join_code.read(options.text)
        so_far.command = join_command(invitation, options.name)
        so_far.again = " ".join((so_far.command, *options.python_option))
        check_reach(invitation, machine.detect())
        lookup = ClientLookup(options.python, options.python_is)
        verification = _take_seat(invitation, options, lookup, events, so_far)
        explanation, status = explain.explain_verification(verification, again=so_far.again)
        so_far.result = replace(so_far.result, verification=verification.explained(explanation))
        _report(so_far, explanation, events)
        if explanation is None:
            so_far.again += " --yes"
            _install_client(lookup, so_far, prompter, events)
    except QuickstartError as error:
        error = with_retry(error, so_far.command, so_far.again)
        explanation, status = explain.explain(error), error.exit_code
        _report(so_far, explanation, events)
    except KeyboardInterrupt:
        explanation, status = None, ExitCode.CANCELLED
    if so_far.connection:
        so_far.connection.close()
    steps = () if status is ExitCode.OK else tuple(so_far.steps)
    return Outcome("join", replace(so_far.result, steps=steps), explanation, status)


def _take_seat(
    invitation: Invitation, options: JoinOptions, lookup: ClientLookup, events: Events, so_far: JoinProgress
) -> Verification:
    start = time.monotonic()
    pinned, first = pin(invitation, events.progress)
    pinned_at = time.monotonic()
    http = so_far.connection = WorkshopConnection(pinned, first)
    if proxy := pinned.failed_proxy:
        events.on_message("warn", f"the proxy {proxy.display} cannot reach the workshop; connected without it")
    fingerprint = invitation.code.fingerprint
    name = membership.free_name(fingerprint)
    seat = so_far.seat = _ask_for_seat(http, options.name, name, events, so_far)
    stages = (
        Stage("tls", "ok", pinned_at - start, f"{invitation.address} has the certificate that the join code names"),
        Stage("auth", "ok", time.monotonic() - pinned_at, f"seat {seat.seat}, logged in as {seat.username}"),
    )
    so_far.result = replace(so_far.result, seat=seat)
    events.on_message("ok", f"{seat.title}: seat {seat.seat}{', same as before' if seat.again else ''}")

    ca_file = str(membership.certificate_file(fingerprint)) if pinned.pem else ""
    excluded = no_proxy(os.environ, invitation.host) if pinned.failed_proxy else ""
    connection = membership.connection(name, invitation.url, seat.experiment["name"], ca_file, excluded, lookup.python)
    steps = membership.login_steps(connection, seat.username, seat.password, fingerprint, pinned.pem)
    execute_plan(_plan(name, *steps), events, so_far.steps)
    so_far.result = replace(so_far.result, connection=connection)
    if conflicts := " ".join(credentials.conflicting_variables(connection, os.environ)):
        events.on_message("warn", f"variables of this shell override the seat's credentials: unset {conflicts}")

    verification = seats.verify_seat(http, seat.experiment, stages, events.progress)
    events.on_verification(verification)
    return verification


def _ask_for_seat(
    http: WorkshopConnection, participant: str | None, name: str, events: Events, so_far: JoinProgress
) -> Seat:
    """Ask for a seat; this machine saves its identity first, so that a lost answer does not cost a second seat."""
    invitation = http.pinned.invitation
    fingerprint = invitation.code.fingerprint
    before = membership.membership(fingerprint)
    execute_plan(_plan(name, membership.join_step(fingerprint, invitation.url, name)), events, so_far.steps)
    known = membership.membership(fingerprint)
    assert known is not None  # noqa: S101 - the step saved it
    try:
        return seats.ask_for_seat(http, invitation, known.device, participant, events.progress)
    except QuickstartError as error:
        if before and error.code == "wrong-code":
            raise QuickstartError("class-reopened", url=invitation.url, address=invitation.address) from error
        if before is None and error.code not in seats.UNCLEAR:
            # No seat was assigned, so there is nothing to remember.
            list(Journal(name).undo(HANDLERS, events.progress, {}, explain.one_line))
            so_far.steps.clear()
        raise


def _plan(name: str, *steps: Any) -> Plan:
    return Plan(name, membership.METHOD, steps)


def _install_client(lookup: ClientLookup, so_far: JoinProgress, prompter: Prompter, events: Events) -> None:
    """Install MLflow's light client if there is none; warn if the installed one does not fit the server.

    If that fails, the seat is saved and proven all the same.
    """
    seat, connection, runtime = so_far.seat, so_far.result.connection, lookup.runtime()
    assert seat is not None and connection is not None  # noqa: S101, PT018 - the connection was verified
    status = ClientStatus(str(runtime.python), installed=True)
    if runtime.client:
        so_far.result = replace(so_far.result, client=status)
        if warning := client_mismatch(runtime.client, seat.mlflow):
            events.on_message("warn", warning)
        return
    command = shlex.join(install_command(runtime.python, common_steps.CLIENT)) if runtime.exists else so_far.again
    so_far.result = replace(so_far.result, client=replace(status, installed=False, install=command))
    steps = common_steps.client_steps(runtime, enough=False)
    if _confirm_install(runtime, prompter, events):
        execute_plan(_plan(connection.name, *steps), events, so_far.steps)
        so_far.result = replace(so_far.result, client=status)


def _confirm_install(runtime: Runtime, prompter: Prompter, events: Events) -> bool:
    """Ask whether the client may be installed; no terminal means no, because the seat works without it."""
    events.on_prompt()
    question = f"MLflow is missing in {runtime.python}. Install {common_steps.CLIENT} ({common_steps.CLIENT_SIZE})"
    try:
        return prompter.confirm(question, default=True, flag="join ADDRESS/CODE --yes")
    except QuickstartError as error:
        if error.exit_code is not ExitCode.ANSWER_NEEDED:
            raise
        return False


def client_mismatch(client: str, server: str) -> str:
    """Return a warning if a client's and a server's MLflow do not fit; "" if they do."""
    own, theirs = probe.release_of(client), probe.release_of(server)
    if own is None or theirs is None or own == theirs:
        return ""
    if lost := probe.missing_features(client, server):
        return f"MLflow {client} is newer than the workshop's {server}; these will not work: {', '.join(lost)}"
    if own[0] < theirs[0]:
        return f"MLflow {client} is older than the workshop's {server}; its new features are not available"
    return ""


def _report(so_far: JoinProgress, error: Explanation | None, events: Events) -> None:
    """Report the result to the board, once: what happens after the verification stays private."""
    if so_far.connection is None or so_far.seat is None or so_far.is_reported:
        return
    so_far.is_reported = True
    seconds = round(time.monotonic() - so_far.start, 3)
    if not seats.report(so_far.connection, error.code if error else None, seconds):
        events.on_message("warn", "could not report the result to the board")


def join_command(invitation: Invitation, name: str | None) -> str:
    """Return the command that joins a workshop, as the participant typed it."""
    return f"{invitation.line} --name {quoted(name)}" if name else invitation.line


def with_retry(error: QuickstartError, command: str, again: str) -> QuickstartError:
    """Return an error whose fix joins again, unless what was typed is wrong.

    Args:
        command: joins; "" if what was typed is not a join code.
        again: the same with all options.
    """
    if not command:
        return error
    # Fixes that call the wizard are meant for this command.
    error = error.replace(instead=f"{command} --yes")
    return error if error.code in MISTYPED else error.replace(again=again)


def check_reach(invitation: Invitation, where: Machine) -> None:
    """Raise "room-out-of-reach" if a notebook in a cloud is to reach a private address."""
    # A JupyterHub may run in the same building.
    is_in_cloud = where.environment == "notebook" and not where.evidence.startswith("JUPYTERHUB")
    if is_in_cloud and is_private(invitation.host):
        what = where.evidence.rpartition(": ")[2]
        raise QuickstartError("room-out-of-reach", **facts_of(invitation), what=what)


def is_private(host: str) -> bool:
    """Tell whether a host is reachable from one network only."""
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        return not is_loopback(host) and ("." not in host or host.endswith(LOCAL_NAMES))
    return ip.is_private and not ip.is_loopback
