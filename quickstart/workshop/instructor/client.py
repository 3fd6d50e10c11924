"""Manage and watch a workshop: HTTP to its server on this machine, with its certificate pinned."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any

from quickstart.errors import ExitCode, QuickstartError
from quickstart.net.http import Answer, Http
from quickstart.server import processes, records
from quickstart.state import locks
from quickstart.system import signals
from quickstart.workshop.instructor import record
from quickstart.workshop.instructor.options import HOURS
from quickstart.workshop.instructor.record import Workshop

POLL_INTERVAL = 0.5  # seconds
READ_TIMEOUT = 20.0  # seconds; the server is busy when all participants join at once
STATE = "/quickstart/state"
STEER = "/quickstart/steer"


class WorkshopClient:
    """A client of a workshop's running server.

    Args:
        workshop: the workshop.

    Raises:
        QuickstartError: "workshop-not-running".
    """

    def __init__(self, workshop: Workshop) -> None:
        server = records.load(workshop.name)
        if server is None or not server.classroom or processes.find_root(server) is None:
            raise QuickstartError("workshop-not-running", name=workshop.name)
        self.workshop = workshop
        self._http = Http(server.url, read_timeout=READ_TIMEOUT, direct=True, fingerprint=server.fingerprint)
        self._http.authorize({"Authorization": f"Bearer {workshop.steering_token}"})

    def __enter__(self) -> WorkshopClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def state(self) -> Mapping[str, Any]:
        """Return the state of the workshop: seats, counts, and whether it can be joined.

        Raises:
            QuickstartError: "workshop-refused", or what Http raises.
        """
        return self._state_of(self._http.request("GET", STATE))

    def steer(self, do: str, **what: Any) -> Mapping[str, Any]:
        """Change the workshop and return its new state.

        Args:
            do: "lock", "unlock", "free", "remove", "seats", "expire" or "rename".
            what: "seat", "seats" or "expires".

        Raises:
            QuickstartError: "no-such-seat", "seats-taken", "workshop-refused", or what Http raises.
        """
        body = json.dumps({"do": do, **what})
        return self._state_of(
            self._http.request("POST", STEER, data=body, headers={"Content-Type": "application/json"}), **what
        )

    def watch(self) -> Iterator[Mapping[str, Any]]:
        """Yield the state now and whenever it changes."""
        seen = None
        while True:
            signals.raise_if_stopped()
            now = self.state()
            if now["version"] != seen:
                seen = now["version"]
                yield now
            time.sleep(POLL_INTERVAL)

    def _state_of(self, answer: Answer, **what: Any) -> Mapping[str, Any]:
        value = answer.json()
        if answer.status == 200 and isinstance(value, dict) and "seats" in value:
            return value
        error = value.get("error") if isinstance(value, dict) else None
        code = error.get("code") if isinstance(error, dict) else None
        name = self.workshop.name
        if code == "no-such-seat":
            raise QuickstartError(
                "no-such-seat", ExitCode.USAGE, name=name, seat=what.get("seat"), seats=self.workshop.seats
            )
        if code == "seats-taken":
            raise QuickstartError("seats-taken", ExitCode.USAGE, name=name, seats=what.get("seats"))
        detail = error.get("detail") if isinstance(error, dict) else answer.text[:200]
        raise QuickstartError("workshop-refused", name=name, status=answer.status, detail=detail)


@dataclass(frozen=True)
class SteeringResult:
    """The result of changing a workshop.

    Args:
        workshop: as it is saved now.
        state: as its server returned it.
        was: the seat's state before; "" if the change was not about a seat.
    """

    workshop: Workshop
    state: Mapping[str, Any]
    was: str = ""


def steer(workshop: Workshop, do: str, seat: int | None = None, hours: float | None = None) -> SteeringResult:
    """Change a workshop, and save what its next start needs.

    Args:
        workshop: the workshop.
        do: "lock", "unlock", "free" or "remove".
        seat: for "free" and "remove", its number.
        hours: for "unlock", until the join code expires; None keeps the expiry, or renews an expired code for the
            default time.

    Raises:
        QuickstartError: what WorkshopClient raises.
    """
    with locks.lock(f"workshop-{workshop.name}"), WorkshopClient(workshop) as classroom:
        if seat is not None:
            return _steer_seat(classroom, do, seat)
        more: dict[str, Any] = {}
        if do == "unlock" and (hours or workshop.expires <= time.time()):
            more = {"expires": time.time() + (hours or HOURS) * 3600}
        state = classroom.steer(do, **more)
        return SteeringResult(record.save(replace(workshop, locked=do == "lock", **more)), state)


def _steer_seat(classroom: WorkshopClient, do: str, seat: int) -> SteeringResult:
    before = classroom.state()
    was = next((str(one["state"]) for one in before["seats"] if one["seat"] == seat), "")
    if was == {"free": "free", "remove": "removed"}[do]:
        return SteeringResult(classroom.workshop, before, was)
    return SteeringResult(classroom.workshop, classroom.steer(do, seat=seat), was)
