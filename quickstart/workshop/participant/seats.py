"""Ask a workshop for a seat, verify it, and report the result to its board."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar

from quickstart.errors import QuickstartError
from quickstart.events import Progress, no_progress
from quickstart.models import Secret, Stage, Verification
from quickstart.net.http import Answer, Conversation
from quickstart.system import signals
from quickstart.tracking.check import LOGGED, ConnectionCheck, Found, verify
from quickstart.tracking.rest import GATEWAY, classify, retry_after
from quickstart.tracking.uri import resolve
from quickstart.workshop.participant.connection import WorkshopConnection
from quickstart.workshop.participant.join_code import Invitation
from quickstart.workshop.participant.results import Seat
from quickstart.workshop.participant.routes import facts_of

T = TypeVar("T")
JOIN, REPORT = "/quickstart/join", "/quickstart/report"
PAUSES = (0.5, 1.5, 4.0)  # seconds: a server that was killed is up again within them
MAX_WAIT = 5.0  # seconds to wait without asking the participant, if the server asks for it
LOST = ("room-no-answer", "room-broke-off", "room-closed")
UNCLEAR = (*LOST, "room-odd-answer")  # after these it is unknown whether a seat was assigned
MAX_NAME = 80  # characters; the board shows fewer


def ask_for_seat(
    http: WorkshopConnection, invitation: Invitation, device: str, name: str | None, progress: Progress = no_progress
) -> Seat:
    """Ask for a seat; a device that had one gets it again, so that a lost answer loses nothing.

    Args:
        http: authorized as the seat afterwards.
        device: 32 hexadecimal digits that identify this machine to the workshop.
        name: of the participant; None leaves it as it was.

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


class SeatCheck(ConnectionCheck):
    """The check of a seat: server, certificate and credentials are known to be right; what remains is MLflow."""

    def __init__(self, conversation: Conversation, experiment: Mapping[str, str]) -> None:
        super().__init__(conversation.base, experiment["name"])
        self.resolved = resolve(conversation.base)
        self.seat_experiment = self.experiment = dict(experiment)
        self._over = conversation

    @property
    def _conversation(self) -> Conversation:
        return self._over

    def stages(self) -> Sequence[tuple[str, Callable[[], Found]]]:
        return (("write", self.write), ("read", self.read))

    def write(self) -> Found:
        """Create a run in the seat's own experiment, log foo and bar in one call, and finish it."""
        now = int(time.time() * 1000)
        tags = [{"key": "mlflow.source.name", "value": "quickstart"}, {"key": "mlflow.source.type", "value": "LOCAL"}]
        experiment_id = self.seat_experiment["id"]
        created = self.rest.call("POST", "runs/create", experiment_id=experiment_id, start_time=now, tags=tags)
        info = created["run"]["info"]
        self.run = {"id": info["run_id"], "name": info.get("run_name", ""), "url": self.run_url(info["run_id"])}
        metrics = [{"key": key, "value": value, "timestamp": now, "step": 0} for key, value in LOGGED.items()]
        self.rest.call("POST", "runs/log-batch", run_id=info["run_id"], metrics=metrics)
        end = int(time.time() * 1000)
        self.rest.call("POST", "runs/update", run_id=info["run_id"], status="FINISHED", end_time=end)
        return "ok", f"run {self.run['name']}"

    def read(self) -> Found:
        assert self.run is not None  # noqa: S101 - stages run in order
        facts: dict[str, Any] = {"url": self.place.uri, "run_id": self.run["id"]}
        run = self.rest.call("GET", "runs/get", run_id=self.run["id"])["run"]
        read = {one["key"]: float(one["value"]) for one in run.get("data", {}).get("metrics", [])}
        self.metrics = {key: read[key] for key in LOGGED if key in read}
        if self.metrics != LOGGED:
            raise QuickstartError("read-mismatch", **facts, logged=LOGGED, read=read)
        if (other := str(run["info"]["experiment_id"])) != self.seat_experiment["id"]:
            raise QuickstartError("run-elsewhere", **facts, name=self.seat_experiment["name"], other=other)
        return "ok", " ".join(f"{key}={value:g}" for key, value in self.metrics.items())


def verify_seat(
    conversation: Conversation,
    experiment: Mapping[str, str],
    before: Sequence[Stage] = (),
    progress: Progress = no_progress,
) -> Verification:
    """Log foo=1 and bar=2 as a seat, read them back, and compare; `before` are the stages of joining."""
    verification = verify(SeatCheck(conversation, experiment), progress)
    seconds = verification.seconds + sum(stage.seconds for stage in before)
    return replace(verification, stages=(*before, *verification.stages), seconds=seconds)


def report(http: WorkshopConnection, code: str | None, seconds: float | None) -> bool:
    """Report a seat's result to the board; return whether the board has it.

    Args:
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
