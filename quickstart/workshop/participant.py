"""`quickstart join`: a seat in a class, kept as the connection in use, proven, and told to the board."""

from __future__ import annotations

import ipaddress
import os
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from quickstart import machine
from quickstart.diagnosis import explain
from quickstart.errors import ExitCode, Fault, QuickstartError
from quickstart.interview.prompter import Prompter
from quickstart.journal import Journal
from quickstart.methods import class_steps, connecting
from quickstart.methods.steps import HANDLERS
from quickstart.methods.team_server import versions
from quickstart.model import Connection, Machine, Outcome, Plan, Stage, Verification, public
from quickstart.running import run
from quickstart.target.find import Target, find
from quickstart.tcp import is_loopback
from quickstart.watching import Watcher
from quickstart.workshop import code, joining, proof, reaching
from quickstart.workshop.code import Invitation
from quickstart.workshop.joining import Seat
from quickstart.workshop.pinning import Pinned, pin
from quickstart.workshop.wire import Wire

LOCAL_NAMES = (".local", ".lan", ".home", ".internal", ".home.arpa")


@dataclass(frozen=True)
class Wish:
    """What a participant said.

    Args:
        text: address and code, as typed or pasted.
        name: theirs, for the board; None leaves it to the class.
        python: the target interpreter, where they named one.
        python_is: why that one, in words; None where they named it.
    """

    text: str
    name: str | None = None
    python: str | None = None
    python_is: str | None = None


@dataclass
class Progressed:
    """What was reached until now.

    Args:
        data: what the outcome tells.
        steps: what was done on this machine.
        wire: to the class, logged in once there is a seat.
        seat: in the class.
        begun: when it was begun, by the monotonic clock.
    """

    data: dict[str, Any] = field(default_factory=dict)
    steps: dict[str, Any] = field(default_factory=dict)
    wire: Wire | None = None
    seat: Seat | None = None
    begun: float = field(default_factory=time.monotonic)


def join(wish: Wish, prompter: Prompter, watcher: Watcher) -> Outcome:
    """Join a class.

    Args:
        wish: what the participant said.
        prompter: who asks whether MLflow's client may be installed.
        watcher: shown what happens.

    Returns:
        The outcome of the command "join"; what was reached before a failure is in it.
    """
    so_far = Progressed()
    error: QuickstartError | None = None
    try:
        invitation = code.read(wish.text)
        check_reach(invitation, machine.detect())
        looking = Looking(wish)
        verification = _seated(invitation, wish, looking, watcher, so_far)
        error, status = explain.verdict(verification)
        if error is None:
            _bring_client(looking.target(), so_far, prompter, watcher)
        _tell(so_far, error, watcher)
    except Fault as fault:
        error, status = explain.explain(fault), fault.exit_code
        _tell(so_far, error, watcher)
    except KeyboardInterrupt:
        error, status = None, ExitCode.CANCELLED
    if so_far.wire:
        so_far.wire.close()
    return Outcome("join", so_far.data if status is ExitCode.OK else {**so_far.data, **so_far.steps}, error, status)


def _seated(invitation: Invitation, wish: Wish, looking: Looking, watcher: Watcher, so_far: Progressed) -> Verification:
    """Get a seat, keep it, and prove it."""
    pinned, first = pin(invitation, watcher.progress)
    wire = so_far.wire = Wire(pinned, first)
    if pinned.passed_by:
        watcher.told("warn", f"the proxy {pinned.passed_by.shown} does not get there; the class is reached without it")
    fingerprint = invitation.code.fingerprint
    name = class_steps.free_name(fingerprint)
    asked = time.monotonic()
    seat = so_far.seat = _asked(wire, wish.name, name, watcher, so_far)
    took = time.monotonic() - asked
    so_far.data["seat"] = shown(seat)
    watcher.told("ok", f"{seat.title}: seat {seat.seat}{', as before' if seat.again else ''}")

    made = _connection(name, pinned, seat, looking)
    keep = class_steps.login_steps(made, seat.username, seat.password, fingerprint, pinned.pem)
    run(_plan(name, *keep), watcher, so_far.steps)
    so_far.data["connection"] = public(made)
    if beaten := " ".join(class_steps.rivals(made)):
        watcher.told("warn", f"in this shell MLflow would not log in as the seat: unset {beaten}")

    stages = (
        Stage("tls", "ok", pinned.seconds, f"{invitation.address} has the certificate that the code means"),
        Stage("auth", "ok", took, f"seat {seat.seat}, logged in as {seat.username}"),
    )
    verification = proof.prove(wire, seat.experiment, stages, watcher.progress)
    watcher.verified(verification)
    so_far.data["verification"] = explain.shown(verification)
    return verification


def _asked(wire: Wire, participant: str | None, name: str, watcher: Watcher, so_far: Progressed) -> Seat:
    """Ask for a seat; this machine remembers beforehand who it is, so that a lost answer does not cost a second one."""
    invitation = wire.pinned.invitation
    fingerprint = invitation.code.fingerprint
    before = class_steps.membership(fingerprint)
    run(_plan(name, class_steps.join_step(fingerprint, invitation.url, name)), watcher, so_far.steps)
    known = class_steps.membership(fingerprint)
    assert known is not None  # noqa: S101 - the step before this one made it
    try:
        return joining.ask_for_seat(wire, invitation, known.device, participant, watcher.progress)
    except Fault as fault:
        if before is None and fault.code not in joining.UNCLEAR:
            # There is no seat to be remembered.
            list(Journal(name).undo(HANDLERS, watcher.progress, {}, explain.in_words))
            so_far.steps.clear()
        raise


def _plan(name: str, *steps: Any) -> Plan:
    return Plan(name, class_steps.METHOD, steps)


def _connection(name: str, pinned: Pinned, seat: Seat, looking: Looking) -> Connection:
    """Return the connection to the class."""
    ca_file = str(class_steps.certificate_file(pinned.invitation.code.fingerprint)) if pinned.pem else ""
    no_proxy = reaching.no_proxy(pinned.invitation.host, os.environ) if pinned.passed_by else ""
    python = looking.python
    return class_steps.connection(name, pinned.invitation.url, seat.experiment["name"], ca_file, no_proxy, python)


class Looking:
    """The search for the target interpreter, which goes on beside the calls.

    Args:
        wish: may name it.
    """

    def __init__(self, wish: Wish) -> None:
        self._wish = wish
        self._found: Target | Fault | None = None
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        try:
            self._found = find(self._wish.python, self._wish.python_is)
        except Fault as fault:
            self._found = fault

    def target(self) -> Target:
        """Return the target; raise the Fault of one that does not run."""
        self._thread.join()
        if isinstance(self._found, Fault):
            raise self._found
        assert self._found is not None  # noqa: S101 - one of both is found
        return self._found

    @property
    def python(self) -> str:
        """The path of the target's interpreter; "" where it does not run, which is told later: the seat comes first."""
        try:
            return str(self.target().python)
        except Fault:
            return ""


def _bring_client(target: Target, so_far: Progressed, prompter: Prompter, watcher: Watcher) -> None:
    """Install MLflow's light client where there is none; tell where the one that is there does not fit the server.

    Raises:
        Fault: what stands in its way; the seat is kept all the same.
    """
    assert so_far.seat is not None  # noqa: S101 - the seat comes first
    if target.client:
        if words := unfit(target.client, so_far.seat.mlflow):
            watcher.told("warn", words)
        return
    steps = connecting.client_steps(target, enough=False)
    watcher.asking()
    question = f"MLflow is missing in {target.python}. Install {connecting.CLIENT} ({connecting.CLIENT_SIZE})"
    if not prompter.confirm(question, default=True, flag="join ADDRESS/CODE --yes"):
        watcher.told("warn", f"MLflow is still missing: {target.python} -m pip install {connecting.CLIENT}")
        return
    run(_plan(so_far.data["connection"]["name"], *steps), watcher, so_far.steps)


def unfit(client: str, server: str) -> str:
    """Return in words how a client's MLflow and a server's do not go together; "" where they do. Pure."""
    own, theirs = versions.release(client), versions.release(server)
    if own is None or theirs is None or own == theirs:
        return ""
    if lost := versions.missing(client, server):
        return f"MLflow {client} is newer than the class's {server}, where these will not work: {', '.join(lost)}"
    if own[0] < theirs[0]:
        return f"MLflow {client} is older than the class's {server}: what is new there cannot be used from here"
    return ""


def _tell(so_far: Progressed, error: QuickstartError | None, watcher: Watcher) -> None:
    """Tell the board how it went."""
    if so_far.wire is None or so_far.seat is None:
        return
    seconds = round(time.monotonic() - so_far.begun, 3)
    state, code, headline = ("trouble", error.code, confidential_free(error.what)) if error else ("proven", None, "")
    if not joining.report(so_far.wire, state=state, code=code, headline=headline, seconds=seconds):
        watcher.told("warn", "the board could not be told how it went")


def confidential_free(text: str) -> str:
    """Return a text that everybody in the room may read: without secrets, names of users and home folders."""
    # It is needed in trouble alone.
    from quickstart.diagnosis import confidential
    from quickstart.diagnosis.masking import Mask

    folder = machine.working_directory()
    return Mask(confidential.found(os.environ, folder or Path.home())).everything(text)


def check_reach(invitation: Invitation, where: Machine) -> None:
    """Raise Fault "room-out-of-reach" where a notebook in somebody's cloud is to reach an address of the room. Pure."""
    # A JupyterHub may stand in the same house.
    in_a_cloud = where.environment == "notebook" and not where.evidence.startswith("JUPYTERHUB")
    if in_a_cloud and is_private(invitation.host):
        what = where.evidence.rpartition(": ")[2]
        raise Fault("room-out-of-reach", url=invitation.url, address=invitation.address, what=what)


def is_private(host: str) -> bool:
    """Tell whether a host can be reached inside of one network alone. Pure."""
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        return not is_loopback(host) and ("." not in host or host.endswith(LOCAL_NAMES))
    return ip.is_private and not ip.is_loopback


def shown(seat: Seat) -> dict[str, Any]:
    """Return what the contract shows of a seat; its password is none of it."""
    keys = ("seat", "name", "username", "title", "again", "experiment", "class_experiment", "shared")
    return {key: getattr(seat, key) for key in keys}
