"""Who had which seat, read from the class's own database: also when its server does not run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quickstart.server import database as db
from quickstart.server.access import there

FILE = "classroom.db"
TAKEN = ("joined", "proven", "trouble")
STATES = ("free", *TAKEN)


@dataclass(frozen=True)
class Seat:
    """A seat, as the class's server last noted it.

    Args:
        seat: its number.
        name: of who holds it; "" where they gave none.
        state: "free", "joined", "proven", "trouble" or "removed".
        code: of what is wrong, in trouble.
        headline: what is wrong, in trouble.
        seconds: that joining and the proof took.
        at: when it came into that state, ISO 8601, UTC; None where it was always free.
        experiment: id of its experiment; None before it is made.
    """

    seat: int
    name: str
    state: str
    code: str | None = None
    headline: str | None = None
    seconds: float | None = None
    at: str | None = None
    experiment: str | None = None

    @property
    def trouble(self) -> dict[str, str] | None:
        """What is wrong, as the contract shows it; None where nothing is."""
        return {"code": self.code or "", "headline": self.headline or ""} if self.state == "trouble" else None


def seats(classroom: Path) -> list[Seat]:
    """Return the seats of a class, by number; none where nobody could ever join it.

    Args:
        classroom: the folder of its own database.

    Raises:
        Fault: "database-damaged" or "database-locked".
    """
    file = classroom / FILE
    if not there(file):
        return []
    with db.opened(file) as connection:
        if "seats" not in db.tables(connection):
            return []
        query = "SELECT seat, name, state, code, headline, seconds, at, experiment FROM seats ORDER BY seat"
        return [Seat(*row) for row in connection.execute(query)]


def counts(found: Iterable[Any]) -> dict[str, int]:
    """Return how many seats are in each state; those that were removed count nowhere."""
    states = [one.state for one in found]
    return {state: states.count(state) for state in STATES}
