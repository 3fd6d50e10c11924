"""Asking the classroom for a seat, and telling its board how it went."""

from __future__ import annotations

import base64
import os
import random
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, TypeVar

from quickstart.diagnosis import known_secrets
from quickstart.diagnosis.redact import Mask
from quickstart.errors import QuickstartError
from quickstart.events import Progress, no_progress
from quickstart.models import Secret
from quickstart.net.http import Answer
from quickstart.system import machine, signals
from quickstart.workshop.join_code import Invitation
from quickstart.workshop.participant.connection import WorkshopConnection

T = TypeVar("T")
JOIN, REPORT = "/quickstart/join", "/quickstart/report"
PAUSES = (0.5, 1.5, 4.0)  # seconds: a server that was killed is there again within them
LONGEST_WAIT = 5.0  # seconds that we wait on our own where the server asks to be left alone
LOST = ("room-no-answer", "room-broke-off", "room-closed")
UNCLEAR = (*LOST, "room-odd-answer")  # after these nobody knows whether there is a seat
BUSY = (502, 503, 504)
LONGEST_NAME = 80  # characters; the board shows fewer
HEADLINE = 200  # characters


@dataclass(frozen=True)
class Seat:
    """A seat in a class, and what its holder needs.

    Args:
        seat: its number.
        username: to log in by.
        password: to log in by.
        name: of its holder, as the board shows it.
        again: whether this machine had it before.
        title: of the class.
        experiment: id and name of the seat's own.
        class_experiment: id and name of the one for all, where there is one.
        shared: what the seat may do there: "read", "edit" or "none".
        mlflow: version of the server.
    """

    seat: int
    username: str
    password: Secret
    name: str
    again: bool
    title: str
    experiment: Mapping[str, str]
    class_experiment: Mapping[str, str] | None
    shared: str
    mlflow: str

    def headers(self) -> dict[str, str]:
        """Return the header that logs the seat in."""
        pair = base64.b64encode(f"{self.username}:{self.password.value}".encode()).decode("ascii")
        return {"Authorization": f"Basic {pair}"}


def ask_for_seat(
    wire: WorkshopConnection, invitation: Invitation, device: str, name: str | None, progress: Progress = no_progress
) -> Seat:
    """Ask for a seat; a device that had one gets the same, so that a lost answer loses nothing.

    Args:
        wire: to the classroom.
        invitation: with the secret of the class.
        device: 32 hexadecimal digits by which the classroom knows this machine again.
        name: of the participant; None leaves it as it was.
        progress: told what is at work.

    Returns:
        The seat; from now on the wire is logged in as it.

    Raises:
        Fault: what the class says no by, see _refusals(), "room-odd-answer", or what Wire.request() raises.
    """
    asked = {"secret": invitation.code.secret, "device": device, "name": name and plain(name)}
    progress("asking for a seat", invitation.address)
    for pause in (*PAUSES, None):
        signals.raise_if_stopped()
        try:
            answer = wire.request("POST", JOIN, json=asked)
            wait = _wait(answer)
        except QuickstartError as fault:
            if fault.code not in LOST or pause is None:
                raise
            wait = 0.0
        else:
            if wait is None or pause is None:
                break
        # Not all at the same moment again.
        progress("asking for a seat", "no answer yet; once more")
        time.sleep(max(wait or 0.0, (pause or 0.0) * random.uniform(0.8, 1.2)))  # noqa: S311 - no secret comes of it
    seat = _seat(invitation, answer)
    wire.authorize(seat.headers())
    return seat


def report(wire: WorkshopConnection, *, state: str, code: str | None, headline: str, seconds: float | None) -> bool:
    """Tell the board how it went; return whether it was told.

    Args:
        wire: logged in as the seat.
        state: "proven" or "trouble".
        code: of the fault; None where there is none.
        headline: for the helper who looks at the board, without secrets and paths.
        seconds: that joining and the proof took.
    """
    told = {"state": state, "code": code, "headline": headline[:HEADLINE], "seconds": seconds}
    with suppress(QuickstartError):
        return wire.request("POST", REPORT, json=told).status in (200, 204)
    return False


def plain(name: str) -> str:
    """Return a name as it can be shown in one line."""
    signs = "".join(sign if sign.isprintable() else " " for sign in name)
    return re.sub(r"\s+", " ", signs).strip()[:LONGEST_NAME]


def _wait(answer: Answer) -> float | None:
    """Return how long to wait before asking again; None where that is of no use."""
    if answer.status in BUSY:
        return 0.0
    after = answer.headers.get("retry-after", "")
    if answer.status == 429 and after.isdecimal() and int(after) <= LONGEST_WAIT:
        return float(after)
    return None


def _seat(invitation: Invitation, answer: Answer) -> Seat:
    value = answer.json()
    if answer.status != 200 or not isinstance(value, dict):
        raise _refusal(invitation, answer, value)
    try:
        return Seat(
            seat=_is(int, value["seat"]),
            username=_is(str, value["username"]),
            password=Secret(_is(str, value["password"])),
            name=plain(_is(str, value["name"] or "")),
            again=bool(value["again"]),
            title=plain(_is(str, value["title"])),
            experiment=_experiment(value["experiment"]),
            class_experiment=_experiment(value["class_experiment"]) if value.get("class_experiment") else None,
            shared=_is(str, value["shared"]),
            mlflow=_is(str, value["mlflow"]),
        )
    except (KeyError, TypeError) as error:
        raise _odd(invitation, f"{type(error).__name__} {error}") from error


def _experiment(value: Any) -> dict[str, str]:
    return {"id": str(value["id"]), "name": str(value["name"])}


def _is(kind: type[T], value: Any) -> T:
    if not isinstance(value, kind):
        raise TypeError(f"a {type(value).__name__} in the place of a {kind.__name__}")
    return value


def _refusal(invitation: Invitation, answer: Answer, value: Any) -> QuickstartError:
    said = value.get("error") if isinstance(value, dict) else None
    said = said if isinstance(said, dict) else {}
    if fault := _refusals(invitation, answer, plain(str(said.get("detail", "")))).get(str(said.get("code"))):
        return fault
    return _odd(invitation, f"{answer.status} {plain(str(said.get('detail') or answer.text[:60]))}".strip())


def _refusals(invitation: Invitation, answer: Answer, detail: str) -> dict[str, QuickstartError]:
    """Return what a class can say no by, by the code that it says."""
    after = answer.headers.get("retry-after", "")
    seconds = after if after.isdecimal() else "60"
    facts: dict[str, Any] = {"url": invitation.url, "address": invitation.address, "again": _again(invitation)}
    return {
        fault.code: fault
        for fault in (
            QuickstartError("bad-join", **facts, detail=detail),
            QuickstartError("class-full", **facts),
            QuickstartError("join-expired", **facts),
            QuickstartError("join-locked", **facts),
            QuickstartError("not-ready", **facts),
            QuickstartError("seat-removed", **facts),
            QuickstartError("too-many-tries", **facts, seconds=seconds),
            QuickstartError("wrong-code", **facts),
        )
    }


def _odd(invitation: Invitation, seen: str) -> QuickstartError:
    facts: dict[str, Any] = {"url": invitation.url, "address": invitation.address, "again": _again(invitation)}
    return QuickstartError("room-odd-answer", **facts, seen=seen)


def _again(invitation: Invitation) -> str:
    return f"quickstart join {invitation.address}/CODE"


# A path from its root, and not what follows the host in an address.
PATH = re.compile(r"(?<![\w.:/\\~-])(?:~|[A-Za-z]:)?[/\\](?:[^\s/\\:'\",;<>|()]+[/\\])+([^\s/\\:'\",;<>|()]*)")


def headline(what: str, facts: Mapping[str, Any]) -> str:
    """Return what happened, without secrets, names of users, and folders.

    Args:
        what: as the participant reads it.
        facts: of the fault.
    """
    folder = machine.working_directory()
    known = known_secrets.found(os.environ, folder or Path.home())
    return Mask(known).everything(without_folders(what, facts))


def without_folders(what: str, facts: Mapping[str, Any]) -> str:
    """Return a text whose paths are the names of files alone. Pure.

    Args:
        what: the text.
        facts: that stand in it; of these even paths with blanks are known.
    """
    for value in sorted((one for one in facts.values() if isinstance(one, str)), key=len, reverse=True):
        if PurePosixPath(value).is_absolute() or PureWindowsPath(value).is_absolute():
            what = what.replace(value, PureWindowsPath(value).name)
    return PATH.sub(r"\1", what)
