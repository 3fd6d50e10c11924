"""The seats and who holds them: classroom.db, written before a request is answered, and the same in memory."""

from __future__ import annotations

import sqlite3
import threading
import time
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timezone

FREE, JOINED, PROVEN, TROUBLE, REMOVED = "free", "joined", "proven", "trouble", "removed"
TAKEN = (JOINED, PROVEN, TROUBLE)
KEPT = 4  # passwords of one seat: a notebook that runs goes on after its owner joined again
NAME, HEADLINE = 40, 200  # characters
EXAMINED = 16  # times as many characters are examined; the rest of a giant text is dropped
SPACE = {"Zs", "Zl", "Zp"}
# Control, format (bidi overrides, zero width), surrogate, private, unassigned; marks could pile up on others' lines.
DROPPED = {"Cc", "Cf", "Cs", "Co", "Cn", "Me"}
MARKS = 2  # combining marks in a row; scripts that need them use no more
SCHEMA = """
CREATE TABLE IF NOT EXISTS seats (
    seat INTEGER PRIMARY KEY, state TEXT NOT NULL, experiment TEXT, device TEXT UNIQUE, name TEXT NOT NULL DEFAULT '',
    code TEXT, headline TEXT, seconds REAL, at TEXT);
CREATE TABLE IF NOT EXISTS passwords (digest TEXT PRIMARY KEY, seat INTEGER NOT NULL, issued REAL NOT NULL);
CREATE TABLE IF NOT EXISTS removed (device TEXT PRIMARY KEY);
"""
COLUMNS = "seat, state, experiment, device, name, code, headline, seconds, at"
_SET = ", ".join(f"{column} = excluded.{column}" for column in COLUMNS.split(", ")[1:])
PUT = f"INSERT INTO seats ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (seat) DO UPDATE SET {_SET}"  # noqa: S608


@dataclass
class Seat:
    """One seat: its number, its experiment's id once made, and who holds it."""

    seat: int
    state: str = FREE
    experiment: str | None = None
    device: str | None = None
    name: str = ""
    code: str | None = None
    headline: str | None = None
    seconds: float | None = None
    at: str | None = None  # since when it is in this state; None: no participant ever had its experiment

    @property
    def username(self) -> str:
        """The seat's user in MLflow, and the name of its experiment."""
        return f"seat-{self.seat:02d}"


class RequestRefused(Exception):
    """A request that is not granted: HTTP status, code and the reason for its sender."""

    def __init__(self, status: int, code: str, detail: str, **facts: object) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail
        self.facts = facts


def now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")  # noqa: UP017 - Python 3.10 runs this too


class Roster:
    """All seats. Each change is on disk before a method returns; the lock makes two at once impossible."""

    def __init__(self, path: str, seats: int) -> None:
        self.lock = threading.RLock()
        self.database = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=30)
        # With a write-ahead log NORMAL survives the end of this process at any moment. What a power cut could lose is
        # the last joins, whose owners join again: the seat of such a one is free then, so none is given twice.
        self.database.execute("PRAGMA journal_mode=WAL")
        self.database.execute("PRAGMA synchronous=NORMAL")
        self.database.executescript(SCHEMA)
        self.seats = {row[0]: Seat(*row) for row in self.database.execute(f"SELECT {COLUMNS} FROM seats")}  # noqa: S608
        self.by_device = {seat.device: seat for seat in self.seats.values() if seat.device}
        self.removed = {row[0] for row in self.database.execute("SELECT device FROM removed")}
        self.grow(seats)

    def close(self) -> None:
        self.database.close()

    def grow(self, seats: int) -> None:
        with self.lock:
            for number in range(1, seats + 1):
                if number not in self.seats:
                    self._put(Seat(number))

    def shrink(self, seats: int) -> None:
        """Drop the seats above this number; raises "seats-taken" if a participant has one of them."""
        with self.lock:
            above = [seat for seat in self.seats.values() if seat.seat > seats]
            if taken := [seat.seat for seat in above if seat.state in TAKEN]:
                raise RequestRefused(409, "seats-taken", f"seat {taken[0]} is taken: free it first", seats=taken)
            for seat in above:
                self._forget_passwords(seat)
                self.database.execute("DELETE FROM seats WHERE seat = ?", (seat.seat,))
                del self.seats[seat.seat]

    def get(self, number: object) -> Seat:
        seat = self.seats.get(number) if isinstance(number, int) else None
        if seat is None:
            raise RequestRefused(404, "no-such-seat", f"this seat does not exist: the workshop has {len(self.seats)}")
        return seat

    def seats_to_make(self) -> list[Seat]:
        with self.lock:
            return sorted((s for s in self.seats.values() if s.experiment is None), key=lambda s: s.seat)

    def set_experiment(self, seat: Seat, experiment: str) -> None:
        """Record a seat's experiment: from now on it can be taken."""
        with self.lock:
            if seat.seat in self.seats:
                seat.experiment = experiment
                self._put(seat)

    def take(self, device: str, name: str, password_digest: str, *, only_again: bool) -> tuple[Seat, bool]:
        """Give a device its seat: the one it has, else the lowest free one; and tell whether it had it before.

        With `only_again`, new devices are refused.

        Raises:
            RequestRefused: "seat-removed", "class-full", "not-ready" or, with only_again, "join-locked".
        """
        with self.lock:
            if device in self.removed:
                raise RequestRefused(403, "seat-removed", "the instructor removed this machine from the workshop")
            seat = self.by_device.get(device)
            again = seat is not None
            if seat is None:
                if only_again:
                    raise RequestRefused(403, "join-locked", "joining is closed")
                seat = self._free()
            self.database.execute("BEGIN IMMEDIATE")
            try:
                if not again:
                    seat.state, seat.device, seat.at = JOINED, device, now()
                    seat.code = seat.headline = seat.seconds = None
                seat.name = name or seat.name
                self._put(seat)
                self._issue(seat, password_digest)
                self.database.execute("COMMIT")
            except sqlite3.Error:
                self.database.execute("ROLLBACK")
                if not again:
                    seat.state, seat.device = FREE, None
                raise
            self.by_device[device] = seat
            return seat, again

    def report(self, seat: Seat, state: str, code: str | None, headline: str, seconds: float | None) -> bool:
        """Record how a seat is doing, and tell whether anything changed."""
        with self.lock:
            if seat.state in (FREE, REMOVED):
                return False
            before = (seat.state, seat.code, seat.headline)
            trouble = (code, headline) if state == TROUBLE else (None, None)
            if before == (state, *trouble):
                return False
            seat.state, (seat.code, seat.headline), seat.seconds, seat.at = state, trouble, seconds, now()
            self._put(seat)
            return True

    def rename(self, seat: Seat, name: str) -> None:
        with self.lock:
            seat.name = name
            self._put(seat)

    def free(self, seat: Seat) -> None:
        """Take a seat from its holder; it can be taken again, with a fresh experiment if the old one was used."""
        self._vacate(seat, Seat(seat.seat, experiment=None if seat.at else seat.experiment))

    def remove(self, seat: Seat) -> None:
        """Take a seat from its holder for good, and keep that machine out; its runs stay."""
        with self.lock:
            if seat.device:
                self.database.execute("INSERT OR IGNORE INTO removed VALUES (?)", (seat.device,))
                self.removed.add(seat.device)
            at = now() if seat.at else None
            self._vacate(seat, Seat(seat.seat, REMOVED, seat.experiment, name=seat.name, at=at))

    def passwords(self, seat: Seat) -> list[str]:
        """Return the digests of a seat's passwords."""
        with self.lock:
            rows = self.database.execute("SELECT digest FROM passwords WHERE seat = ?", (seat.seat,))
            return [row[0] for row in rows]

    def _free(self) -> Seat:
        free = [seat for seat in self.seats.values() if seat.state == FREE]
        ready = [seat for seat in free if seat.experiment]
        if ready:
            return min(ready, key=lambda seat: seat.seat)
        if free:
            raise RequestRefused(503, "not-ready", "the seats are being made; try again in a moment", retry_after=1)
        raise RequestRefused(409, "class-full", f"all {len(self.seats)} seats are taken", seats=len(self.seats))

    def _vacate(self, seat: Seat, after: Seat) -> None:
        with self.lock:
            self._forget_passwords(seat)
            if seat.device:
                self.by_device.pop(seat.device, None)
            self._put(after)
            vars(seat).update(vars(after))

    def _forget_passwords(self, seat: Seat) -> None:
        self.database.execute("DELETE FROM passwords WHERE seat = ?", (seat.seat,))

    def _issue(self, seat: Seat, password_digest: str) -> None:
        self.database.execute("INSERT INTO passwords VALUES (?, ?, ?)", (password_digest, seat.seat, time.time()))
        self.database.execute(
            "DELETE FROM passwords WHERE seat = ? AND digest NOT IN"
            " (SELECT digest FROM passwords WHERE seat = ? ORDER BY rowid DESC LIMIT ?)",
            (seat.seat, seat.seat, KEPT),
        )

    def _put(self, seat: Seat) -> None:
        self.database.execute(PUT, tuple(vars(seat).values()))
        self.seats.setdefault(seat.seat, seat)


def counts(seats: Iterable[Seat]) -> dict[str, int]:
    """Return how many seats are in each state; removed ones count nowhere."""
    result = dict.fromkeys((FREE, *TAKEN), 0)
    for seat in seats:
        if seat.state in result:
            result[seat.state] += 1
    return result


def clean(raw: object, limit: int = NAME) -> str:
    """Make a participant's text harmless for projectors, terminals and files: one line of at most `limit` characters.

    What is not text becomes "".
    """
    if not isinstance(raw, str):
        return ""
    characters: list[str] = []
    marks = 0
    for character in unicodedata.normalize("NFC", raw[: limit * EXAMINED]):
        category = unicodedata.category(character)
        marks = marks + 1 if category == "Mn" else 0
        if category in SPACE or character in "\t\r\n":
            characters.append(" ")
        elif category not in DROPPED and marks <= MARKS and (category != "Mn" or characters):
            characters.append(character)
    return " ".join("".join(characters).split())[:limit].strip()
