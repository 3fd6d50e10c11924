"""`quickstart join`: a seat in a class, kept as the connection in use, proven, and told to the board."""

from __future__ import annotations

import ipaddress
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from quickstart import explain
from quickstart.errors import ExitCode, Fault, QuickstartError
from quickstart.events import Watcher
from quickstart.methods.server import membership
from quickstart.models import Connection, Machine, Outcome, Plan, Stage, Step, Verification, public
from quickstart.net.tcp import is_loopback
from quickstart.prompts.base import Prompter
from quickstart.state.journal import Journal
from quickstart.steps.handlers import HANDLERS
from quickstart.system import machine
from quickstart.system.shell import quoted
from quickstart.wizard.execute import run
from quickstart.workshop import join_code
from quickstart.workshop.join_code import Invitation
from quickstart.workshop.participant import check, routes, seats
from quickstart.workshop.participant.connection import Wire
from quickstart.workshop.participant.mlflow_client import Looking, bring
from quickstart.workshop.participant.seats import Seat
from quickstart.workshop.participant.tls import Pinned, pin

TO_BE_READ_AGAIN = ("wrong-code", "too-many-tries")  # what was typed is likely to be wrong
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

    @property
    def chosen(self) -> tuple[str, ...]:
        """How they named the interpreter; nothing where they did not."""
        return ("--python", quoted(self.python)) if self.python and not self.python_is else ()


@dataclass
class Progressed:
    """What was reached until now.

    Args:
        data: what the outcome tells.
        steps: what was done on this machine.
        wire: to the class, logged in once there is a seat.
        seat: in the class.
        begun: when it was begun, by the monotonic clock.
        line: that joins the class.
        again: the same, with what else was said.
        told: whether the board was told how it went.
    """

    data: dict[str, Any] = field(default_factory=dict)
    steps: dict[str, Any] = field(default_factory=dict)
    wire: Wire | None = None
    seat: Seat | None = None
    begun: float = field(default_factory=time.monotonic)
    line: str = ""
    again: str = ""
    told: bool = False


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
        invitation = join_code.read(wish.text)
        so_far.line = line(invitation, wish.name)
        so_far.again = " ".join((so_far.line, *wish.chosen))
        check_reach(invitation, machine.detect())
        looking = Looking(wish.python, wish.python_is)
        verification = _seated(invitation, wish, looking, watcher, so_far)
        error, status = explain.verdict(verification, again=so_far.again)
        _tell(so_far, error, verification.failed.facts if verification.failed else {}, watcher)
        if error is None:
            so_far.again += " --yes"
            _bring_client(looking, so_far, prompter, watcher)
    except Fault as fault:
        fault = once_more(fault, so_far.line, so_far.again)
        error, status = explain.explain(fault), fault.exit_code
        _tell(so_far, error, fault.facts, watcher)
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
    name = membership.free_name(fingerprint)
    asked = time.monotonic()
    seat = so_far.seat = _asked(wire, wish.name, name, watcher, so_far)
    took = time.monotonic() - asked
    so_far.data["seat"] = shown(seat)
    watcher.told("ok", f"{seat.title}: seat {seat.seat}{', as before' if seat.again else ''}")

    made = _connection(name, pinned, seat, looking)
    keep = membership.login_steps(made, seat.username, seat.password, fingerprint, pinned.pem)
    run(_plan(name, *keep), watcher, so_far.steps)
    so_far.data["connection"] = public(made)
    if beaten := " ".join(membership.rivals(made)):
        watcher.told("warn", f"in this shell MLflow would not log in as the seat: unset {beaten}")

    stages = (
        Stage("tls", "ok", pinned.seconds, f"{invitation.address} has the certificate that the code means"),
        Stage("auth", "ok", took, f"seat {seat.seat}, logged in as {seat.username}"),
    )
    verification = check.prove(wire, seat.experiment, stages, watcher.progress)
    watcher.verified(verification)
    so_far.data["verification"] = explain.shown(verification)
    return verification


def _asked(wire: Wire, participant: str | None, name: str, watcher: Watcher, so_far: Progressed) -> Seat:
    """Ask for a seat; this machine remembers beforehand who it is, so that a lost answer does not cost a second one."""
    invitation = wire.pinned.invitation
    fingerprint = invitation.code.fingerprint
    before = membership.membership(fingerprint)
    run(_plan(name, membership.join_step(fingerprint, invitation.url, name)), watcher, so_far.steps)
    known = membership.membership(fingerprint)
    assert known is not None  # noqa: S101 - the step before this one made it
    try:
        return seats.ask_for_seat(wire, invitation, known.device, participant, watcher.progress)
    except Fault as fault:
        if before and fault.code == "wrong-code":
            raise Fault("class-reopened", url=invitation.url, address=invitation.address) from fault
        if before is None and fault.code not in seats.UNCLEAR:
            # There is no seat to be remembered.
            list(Journal(name).undo(HANDLERS, watcher.progress, {}, explain.in_words))
            so_far.steps.clear()
        raise


def _plan(name: str, *steps: Any) -> Plan:
    return Plan(name, membership.METHOD, steps)


def _connection(name: str, pinned: Pinned, seat: Seat, looking: Looking) -> Connection:
    """Return the connection to the class."""
    ca_file = str(membership.certificate_file(pinned.invitation.code.fingerprint)) if pinned.pem else ""
    no_proxy = routes.no_proxy(pinned.invitation.host, os.environ) if pinned.passed_by else ""
    python = looking.python
    return membership.connection(name, pinned.invitation.url, seat.experiment["name"], ca_file, no_proxy, python)


def _bring_client(looking: Looking, so_far: Progressed, prompter: Prompter, watcher: Watcher) -> None:
    """Bring MLflow's client; whatever comes of that, the seat is kept and proven."""
    assert so_far.seat is not None  # noqa: S101 - the seat comes first
    name = so_far.data["connection"]["name"]

    def install(steps: tuple[Step, ...]) -> None:
        run(_plan(name, *steps), watcher, so_far.steps)

    bring(looking.target(), so_far.seat.mlflow, so_far.again, so_far.data, install, prompter, watcher)


def _tell(so_far: Progressed, error: QuickstartError | None, facts: Mapping[str, Any], watcher: Watcher) -> None:
    """Tell the board how it went, once: what comes after the proof is nobody else's business."""
    if so_far.wire is None or so_far.seat is None or so_far.told:
        return
    so_far.told = True
    state, code, words = "proven", None, ""
    if error:
        # It is needed in trouble alone.
        from quickstart.workshop.participant.seats import headline

        state, code, words = "trouble", error.code, headline(error.what, facts)
    seconds = round(time.monotonic() - so_far.begun, 3)
    if not seats.report(so_far.wire, state=state, code=code, headline=words, seconds=seconds):
        watcher.told("warn", "the board could not be told how it went")


def line(invitation: Invitation, name: str | None) -> str:
    """Return the line that joins a class, as the participant typed it. Pure."""
    return f"{invitation.line} --name {quoted(name)}" if name else invitation.line


def once_more(fault: Fault, line: str, again: str) -> Fault:
    """Return a fault whose mend joins once more, where what was typed may be right. Pure.

    Args:
        fault: that stopped it.
        line: that joins; "" where what was typed is no such line.
        again: the same, with what else was said.
    """
    if not line:
        return fault
    # Where the wizard would be called, it is this that was meant.
    fault = fault.but(instead=f"{line} --yes")
    return fault if fault.code in TO_BE_READ_AGAIN else fault.but(again=again)


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
