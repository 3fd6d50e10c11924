"""Ask a workshop for a seat, and report the result to its board."""

from __future__ import annotations

import base64
import random
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from quickstart.errors import QuickstartError
from quickstart.events import Progress, no_progress
from quickstart.models import Secret
from quickstart.net.http import Answer
from quickstart.system import signals
from quickstart.tracking.http_status import GATEWAY, classify, retry_after
from quickstart.workshop.join_code import Invitation
from quickstart.workshop.participant.connection import WorkshopConnection
from quickstart.workshop.participant.routes import facts_of

T = TypeVar("T")
JOIN, REPORT = "/quickstart/join", "/quickstart/report"
PAUSES = (0.5, 1.5, 4.0)  # seconds: a server that was killed is up again within them
MAX_WAIT = 5.0  # seconds to wait without asking the participant, if the server asks for it
LOST = ("room-no-answer", "room-broke-off", "room-closed")
UNCLEAR = (*LOST, "room-odd-answer")  # after these it is unknown whether a seat was assigned
MAX_NAME = 80  # characters; the board shows fewer


@dataclass(frozen=True)
class Seat:
    """A seat in a workshop.

    Args:
        seat: its number.
        username: of its MLflow account.
        password: of its MLflow account.
        name: of the participant, as the board shows it.
        again: whether this machine had it before.
        title: of the workshop.
        experiment: id and name of the seat's own experiment.
        class_experiment: id and name of the shared experiment; None if there is none.
        shared: the seat's permission there: "read", "edit" or "none".
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

    def to_json(self) -> dict[str, Any]:
        """Return what the contract shows of it: not its password."""
        return {
            "seat": self.seat,
            "name": self.name,
            "username": self.username,
            "title": self.title,
            "again": self.again,
            "experiment": self.experiment,
            "class_experiment": self.class_experiment,
            "shared": self.shared,
        }

    def headers(self) -> dict[str, str]:
        """Return the headers that authenticate the seat."""
        pair = base64.b64encode(f"{self.username}:{self.password.value}".encode()).decode("ascii")
        return {"Authorization": f"Basic {pair}"}


def ask_for_seat(
    http: WorkshopConnection, invitation: Invitation, device: str, name: str | None, progress: Progress = no_progress
) -> Seat:
    """Ask for a seat; a device that had one gets it again, so that a lost answer loses nothing.

    Args:
        http: connection to the workshop; authorized as the seat afterwards.
        invitation: address and join code.
        device: 32 hexadecimal digits that identify this machine to the workshop.
        name: of the participant; None leaves it as it was.
        progress: reports what is going on.

    Raises:
        QuickstartError: a refusal by the workshop, "room-odd-answer", or what http.request() raises.
    """
    body = {"secret": invitation.code.secret, "device": device, "name": name and plain(name)}
    progress("asking for a seat", invitation.address)
    for pause in (*PAUSES, None):
        signals.raise_if_stopped()
        try:
            answer = http.request("POST", JOIN, json=body)
            wait = _retry_after(answer)
        except QuickstartError as error:
            if error.code not in LOST or pause is None:
                raise
            wait = 0.0
        else:
            if wait is None or pause is None:
                break
        # Spread the participants, so that they do not all retry at the same moment.
        progress("asking for a seat", "no answer yet; retrying")
        time.sleep(max(wait or 0.0, (pause or 0.0) * random.uniform(0.8, 1.2)))  # noqa: S311 - not for secrets
    seat = _seat(invitation, answer)
    http.authorize(seat.headers())
    return seat


def report(http: WorkshopConnection, code: str | None, seconds: float | None) -> bool:
    """Report a seat's result to the board; return whether the board has it.

    Args:
        http: authorized as the seat.
        code: of the error; None if the seat is proven.
        seconds: that joining and the verification took.
    """
    result = {"state": "trouble" if code else "proven", "code": code, "seconds": seconds}
    with suppress(QuickstartError):
        return http.request("POST", REPORT, json=result).status in (200, 204)
    return False


def plain(name: str) -> str:
    """Return text from the network as one printable line of limited length."""
    text = "".join(char if char.isprintable() else " " for char in name)
    return re.sub(r"\s+", " ", text).strip()[:MAX_NAME]


def _retry_after(answer: Answer) -> float | None:
    """Return the seconds after which to ask again; None if that does not help."""
    if answer.status in GATEWAY:
        return 0.0
    after = answer.headers.get("retry-after", "")
    if classify(answer.status) == "busy" and after.isdecimal() and int(after) <= MAX_WAIT:
        return float(after)
    return None


def _seat(invitation: Invitation, answer: Answer) -> Seat:
    value = answer.json()
    if answer.status != 200 or not isinstance(value, dict):
        raise _refusal(invitation, answer, value)
    try:
        return Seat(
            seat=_typed(int, value["seat"]),
            username=_typed(str, value["username"]),
            password=Secret(_typed(str, value["password"])),
            name=plain(_typed(str, value["name"] or "")),
            again=bool(value["again"]),
            title=plain(_typed(str, value["title"])),
            experiment=_experiment(value["experiment"]),
            class_experiment=_experiment(value["class_experiment"]) if value.get("class_experiment") else None,
            shared=_typed(str, value["shared"]),
            mlflow=_typed(str, value["mlflow"]),
        )
    except (KeyError, TypeError) as error:
        raise QuickstartError(
            "room-odd-answer", **facts_of(invitation), seen=f"{type(error).__name__} {error}"
        ) from error


def _experiment(value: Any) -> dict[str, str]:
    return {"id": str(value["id"]), "name": str(value["name"])}


def _typed(kind: type[T], value: Any) -> T:
    if not isinstance(value, kind):
        raise TypeError(f"{type(value).__name__} instead of {kind.__name__}")
    return value


def _refusal(invitation: Invitation, answer: Answer, value: Any) -> QuickstartError:
    error = value.get("error") if isinstance(value, dict) else None
    error = error if isinstance(error, dict) else {}
    detail = plain(str(error.get("detail", "")))
    facts = facts_of(invitation)
    refusals = (
        QuickstartError("bad-join", **facts, detail=detail),
        QuickstartError("class-full", **facts),
        QuickstartError("join-expired", **facts),
        QuickstartError("join-locked", **facts),
        QuickstartError("not-ready", **facts),
        QuickstartError("seat-removed", **facts),
        QuickstartError("too-many-tries", **facts, seconds=retry_after(answer.headers.get("retry-after", ""))),
        QuickstartError("wrong-code", **facts),
    )
    seen = f"{answer.status} {detail or plain(answer.text[:60])}".strip()
    odd = QuickstartError("room-odd-answer", **facts, seen=seen)
    return next((one for one in refusals if one.code == error.get("code")), odd)
