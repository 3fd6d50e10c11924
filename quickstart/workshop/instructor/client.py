"""Steering a class and looking at it: HTTP to its server on this machine, which must show the class's certificate."""

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

LOOK = 0.5  # seconds between two looks at what changed
PATIENCE = 20.0  # seconds; a room that joins at once keeps a server busy
STATE = "/quickstart/state"
STEER = "/quickstart/steer"


class WorkshopClient:
    """The running server of a class.

    Args:
        workshop: the class.

    Raises:
        Fault: "workshop-not-running" where its server does not run.
    """

    def __init__(self, workshop: Workshop) -> None:
        server = records.load(workshop.name)
        if server is None or not server.classroom or processes.find_root(server) is None:
            raise QuickstartError("workshop-not-running", name=workshop.name)
        self.workshop = workshop
        self._http = Http(server.url, read_timeout=PATIENCE, direct=True, fingerprint=server.fingerprint)
        self._http.authorize({"Authorization": f"Bearer {workshop.steering_token}"})

    def __enter__(self) -> WorkshopClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def state(self) -> Mapping[str, Any]:
        """Return the class as it is now: seats, counts, and whether it can be joined.

        Raises:
            Fault: "workshop-refused" where it says no, or what Http raises.
        """
        return self._said(self._http.request("GET", STATE))

    def steer(self, do: str, **what: Any) -> Mapping[str, Any]:
        """Change something about the class, and return its state then.

        Args:
            do: "lock", "unlock", "free", "remove", "seats", "expire" or "rename".
            what: which seat, how many, until when.

        Raises:
            Fault: "no-such-seat", "seats-taken", "workshop-refused", or what Http raises.
        """
        body = json.dumps({"do": do, **what})
        return self._said(
            self._http.request("POST", STEER, data=body, headers={"Content-Type": "application/json"}), **what
        )

    def watch(self) -> Iterator[Mapping[str, Any]]:
        """Yield the state now, and again each time that it has changed, until the caller has seen enough."""
        seen = None
        while True:
            signals.raise_if_stopped()
            now = self.state()
            if now["version"] != seen:
                seen = now["version"]
                yield now
            time.sleep(LOOK)

    def _said(self, answer: Answer, **what: Any) -> Mapping[str, Any]:
        said = answer.json()
        if answer.status == 200 and isinstance(said, dict) and "seats" in said:
            return said
        error = said.get("error") if isinstance(said, dict) else None
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
    """What came of steering a class.

    Args:
        workshop: the class, as it is remembered now.
        state: as its server tells it now.
        was: the state of the seat that was meant before; "" where the whole class was.
    """

    workshop: Workshop
    state: Mapping[str, Any]
    was: str = ""


def steer(workshop: Workshop, do: str, seat: int | None = None, hours: float | None = None) -> SteeringResult:
    """Change something about a class, and remember what its next start has to know.

    Args:
        workshop: the class.
        do: "lock", "unlock", "free" or "remove".
        seat: which; None where the whole class is meant.
        hours: for "unlock", how long the class can be joined from now on; None for as long as it was meant to be, or,
            where that is over, for the usual time.

    Raises:
        Fault: what Classroom raises.
    """
    with locks.lock(f"workshop-{workshop.name}"), WorkshopClient(workshop) as classroom:
        if seat is not None:
            return _of_seat(classroom, do, seat)
        more: dict[str, Any] = {}
        if do == "unlock" and (hours or workshop.expires <= time.time()):
            more = {"expires": time.time() + (hours or HOURS) * 3600}
        told = classroom.steer(do, **more)
        return SteeringResult(record.save(replace(workshop, locked=do == "lock", **more)), told)


def _of_seat(classroom: WorkshopClient, do: str, seat: int) -> SteeringResult:
    before = classroom.state()
    was = next((str(one["state"]) for one in before["seats"] if one["seat"] == seat), "")
    if was == {"free": "free", "remove": "removed"}[do]:
        return SteeringResult(classroom.workshop, before, was)
    return SteeringResult(classroom.workshop, classroom.steer(do, seat=seat), was)
