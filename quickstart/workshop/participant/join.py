"""`quickstart join`: a seat in a class, kept as the connection in use, proven, and told to the board."""

from __future__ import annotations

import ipaddress
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from quickstart import explain
from quickstart.errors import ExitCode, Explanation, QuickstartError
from quickstart.events import Events
from quickstart.methods.server import membership
from quickstart.models import Connection, Machine, Plan, Stage, Step, Verification, to_json
from quickstart.net.tcp import is_loopback
from quickstart.prompts.base import Prompter
from quickstart.results import Outcome
from quickstart.state.journal import Journal
from quickstart.steps.handlers import HANDLERS
from quickstart.system import machine
from quickstart.system.shell import quoted
from quickstart.wizard.execute import execute_plan
from quickstart.workshop import join_code
from quickstart.workshop.join_code import Invitation
from quickstart.workshop.participant import check, routes, seats
from quickstart.workshop.participant.connection import WorkshopConnection
from quickstart.workshop.participant.mlflow_client import ClientLookup, install_client
from quickstart.workshop.participant.seats import Seat
from quickstart.workshop.participant.tls import Pinned, pin

TO_BE_READ_AGAIN = ("wrong-code", "too-many-tries")  # what was typed is likely to be wrong
LOCAL_NAMES = (".local", ".lan", ".home", ".internal", ".home.arpa")


@dataclass(frozen=True)
class JoinOptions:
    """What a participant said.

    Args:
        text: address and code, as typed or pasted.
        name: theirs, for the board; None leaves it to the class.
        python: the runtime's interpreter, where they named one.
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
class JoinProgress:
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
    wire: WorkshopConnection | None = None
    seat: Seat | None = None
    begun: float = field(default_factory=time.monotonic)
    line: str = ""
    again: str = ""
    told: bool = False


def join(wish: JoinOptions, prompter: Prompter, events: Events) -> Outcome:
    """Join a class.

    Args:
        wish: what the participant said.
        prompter: who asks whether MLflow's client may be installed.
        events: shown what happens.

    Returns:
        The outcome of the command "join"; what was reached before a failure is in it.
    """
    so_far = JoinProgress()
    error: Explanation | None = None
    try:
        invitation = join_code.read(wish.text)
        so_far.line = line(invitation, wish.name)
        so_far.again = " ".join((so_far.line, *wish.chosen))
        check_reach(invitation, machine.detect())
        looking = ClientLookup(wish.python, wish.python_is)
        verification = _seated(invitation, wish, looking, events, so_far)
        error, status = explain.explain_verification(verification, again=so_far.again)
        _tell(so_far, error, verification.failed.facts if verification.failed else {}, events)
        if error is None:
            so_far.again += " --yes"
            _bring_client(looking, so_far, prompter, events)
    except QuickstartError as fault:
        fault = with_retry(fault, so_far.line, so_far.again)
        error, status = explain.explain(fault), fault.exit_code
        _tell(so_far, error, fault.facts, events)
    except KeyboardInterrupt:
        error, status = None, ExitCode.CANCELLED
    if so_far.wire:
        so_far.wire.close()
    return Outcome("join", so_far.data if status is ExitCode.OK else {**so_far.data, **so_far.steps}, error, status)


def _seated(
    invitation: Invitation, wish: JoinOptions, looking: ClientLookup, events: Events, so_far: JoinProgress
) -> Verification:
    """Get a seat, keep it, and prove it."""
    pinned, first = pin(invitation, events.progress)
    wire = so_far.wire = WorkshopConnection(pinned, first)
    if pinned.passed_by:
        events.on_message(
            "warn", f"the proxy {pinned.passed_by.shown} does not get there; the class is reached without it"
        )
    fingerprint = invitation.code.fingerprint
    name = membership.free_name(fingerprint)
    asked = time.monotonic()
    seat = so_far.seat = _asked(wire, wish.name, name, events, so_far)
    took = time.monotonic() - asked
    so_far.data["seat"] = seat_json(seat)
    events.on_message("ok", f"{seat.title}: seat {seat.seat}{', as before' if seat.again else ''}")

    made = _connection(name, pinned, seat, looking)
    keep = membership.login_steps(made, seat.username, seat.password, fingerprint, pinned.pem)
    execute_plan(_plan(name, *keep), events, so_far.steps)
    so_far.data["connection"] = to_json(made)
    if beaten := " ".join(membership.conflicting_variables(made)):
        events.on_message("warn", f"in this shell MLflow would not log in as the seat: unset {beaten}")

    stages = (
        Stage("tls", "ok", pinned.seconds, f"{invitation.address} has the certificate that the code means"),
        Stage("auth", "ok", took, f"seat {seat.seat}, logged in as {seat.username}"),
    )
    verification = check.verify_seat(wire, seat.experiment, stages, events.progress)
    events.on_verification(verification)
    so_far.data["verification"] = explain.describe_verification(verification)
    return verification


def _asked(wire: WorkshopConnection, participant: str | None, name: str, events: Events, so_far: JoinProgress) -> Seat:
    """Ask for a seat; this machine remembers beforehand who it is, so that a lost answer does not cost a second one."""
    invitation = wire.pinned.invitation
    fingerprint = invitation.code.fingerprint
    before = membership.membership(fingerprint)
    execute_plan(_plan(name, membership.join_step(fingerprint, invitation.url, name)), events, so_far.steps)
    known = membership.membership(fingerprint)
    assert known is not None  # noqa: S101 - the step before this one made it
    try:
        return seats.ask_for_seat(wire, invitation, known.device, participant, events.progress)
    except QuickstartError as fault:
        if before and fault.code == "wrong-code":
            raise QuickstartError("class-reopened", url=invitation.url, address=invitation.address) from fault
        if before is None and fault.code not in seats.UNCLEAR:
            # There is no seat to be remembered.
            list(Journal(name).undo(HANDLERS, events.progress, {}, explain.one_line))
            so_far.steps.clear()
        raise


def _plan(name: str, *steps: Any) -> Plan:
    return Plan(name, membership.METHOD, steps)


def _connection(name: str, pinned: Pinned, seat: Seat, looking: ClientLookup) -> Connection:
    """Return the connection to the class."""
    ca_file = str(membership.certificate_file(pinned.invitation.code.fingerprint)) if pinned.pem else ""
    no_proxy = routes.no_proxy(pinned.invitation.host, os.environ) if pinned.passed_by else ""
    python = looking.python
    return membership.connection(name, pinned.invitation.url, seat.experiment["name"], ca_file, no_proxy, python)


def _bring_client(looking: ClientLookup, so_far: JoinProgress, prompter: Prompter, events: Events) -> None:
    """Bring MLflow's client; whatever comes of that, the seat is kept and proven."""
    assert so_far.seat is not None  # noqa: S101 - the seat comes first
    name = so_far.data["connection"]["name"]

    def install(steps: tuple[Step, ...]) -> None:
        execute_plan(_plan(name, *steps), events, so_far.steps)

    install_client(looking.runtime(), so_far.seat.mlflow, so_far.again, so_far.data, install, prompter, events)


def _tell(so_far: JoinProgress, error: Explanation | None, facts: Mapping[str, Any], events: Events) -> None:
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
        events.on_message("warn", "the board could not be told how it went")


def line(invitation: Invitation, name: str | None) -> str:
    """Return the line that joins a class, as the participant typed it. Pure."""
    return f"{invitation.line} --name {quoted(name)}" if name else invitation.line


def with_retry(fault: QuickstartError, line: str, again: str) -> QuickstartError:
    """Return a fault whose mend joins once more, where what was typed may be right. Pure.

    Args:
        fault: that stopped it.
        line: that joins; "" where what was typed is no such line.
        again: the same, with what else was said.
    """
    if not line:
        return fault
    # Where the wizard would be called, it is this that was meant.
    fault = fault.replace(instead=f"{line} --yes")
    return fault if fault.code in TO_BE_READ_AGAIN else fault.replace(again=again)


def check_reach(invitation: Invitation, where: Machine) -> None:
    """Raise Fault "room-out-of-reach" where a notebook in somebody's cloud is to reach an address of the room. Pure."""
    # A JupyterHub may stand in the same house.
    in_a_cloud = where.environment == "notebook" and not where.evidence.startswith("JUPYTERHUB")
    if in_a_cloud and is_private(invitation.host):
        what = where.evidence.rpartition(": ")[2]
        raise QuickstartError("room-out-of-reach", url=invitation.url, address=invitation.address, what=what)


def is_private(host: str) -> bool:
    """Tell whether a host can be reached inside of one network alone. Pure."""
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        return not is_loopback(host) and ("." not in host or host.endswith(LOCAL_NAMES))
    return ip.is_private and not ip.is_loopback


def seat_json(seat: Seat) -> dict[str, Any]:
    """Return what the contract shows of a seat; its password is none of it."""
    keys = ("seat", "name", "username", "title", "again", "experiment", "class_experiment", "shared")
    return {key: getattr(seat, key) for key in keys}
