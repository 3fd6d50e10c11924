"""What the workshop's requests do: participants join and report, the instructor steers."""

from __future__ import annotations

import asyncio
import math
import re
import secrets
import time
from collections.abc import Callable
from typing import Any

from .limits import Bucket, WrongTries, network
from .passwords import Passwords, digest, matches
from .provisioning import Provisioner
from .roster import FREE, HEADLINE, PROVEN, REMOVED, TROUBLE, RequestRefused, Roster, Seat, clean, counts, now
from .server import Settings

DEVICE = re.compile(r"[0-9a-f]{32}")
HEX = re.compile(r"[0-9a-f]{64}")
CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
MOST = 500  # seats
SEAT_TIMEOUT = 20.0  # seconds that a join waits for its seat to be made; that takes a few hundredths of a second


class WorkshopApi:
    """Joining, reports and steering."""

    def __init__(
        self, settings: Settings, path: str, roster: Roster, passwords: Passwords, on_change: Callable[[], None]
    ) -> None:
        self.settings, self.path, self.roster, self.passwords = settings, path, roster, passwords
        self.on_change = on_change
        self.wrong = WrongTries()
        # Devices that have a seat are limited one by one: others' wrong codes don't keep them from joining again,
        # and their own wrong codes use up no one else's tries.
        self.wrong_again = WrongTries(together=False)
        self.reports: dict[int, Bucket] = {}
        self.provisioner: Provisioner | None = None
        self.seats_missing = asyncio.Event()  # set: there are seats to make
        self.mlflow = ""
        self.version = 0
        self.actions: dict[str, Callable[[dict[str, Any]], None]] = {
            "lock": self._lock,
            "unlock": self._unlock,
            "free": lambda request: self._vacate(request, self.roster.free),
            "remove": lambda request: self._vacate(request, self.roster.remove),
            "seats": self._seats,
            "expire": self._expire,
            "rename": self._rename,
        }
        for seat in roster.seats.values():
            passwords.put(seat.username, roster.passwords(seat))

    def ready(self) -> dict[str, Any]:
        made = sum(seat.experiment is not None for seat in self.roster.seats.values())
        return {
            "mlflow": self.mlflow,
            "seats": len(self.roster.seats),
            "made": made,
            "joinable": bool(made) and self.is_open(),
        }

    def is_open(self) -> bool:
        """Tell whether new participants may join."""
        return not self.settings.locked and not self.is_expired() and self.settings.secret_digest is not None

    def is_expired(self) -> bool:
        return self.settings.expires is not None and time.time() >= self.settings.expires

    async def join(self, address: str, request: dict[str, Any]) -> dict[str, Any]:
        """Give a participant a seat; raises RequestRefused with any code of the protocol."""
        secret, device = request.get("secret"), request.get("device")
        if not isinstance(secret, str) or not isinstance(device, str) or not DEVICE.fullmatch(device):
            raise RequestRefused(400, "bad-join", 'a join needs "secret" (text) and "device" (32 hex digits)')
        known = device in self.roster.by_device
        wrong, client = (self.wrong_again, device) if known else (self.wrong, network(address))
        if wait := wrong.wait(client):
            raise RequestRefused(429, "too-many-tries", "too many wrong codes", retry_after=max(1, math.ceil(wait)))
        if not matches(secret, self.settings.secret_digest):
            wrong.record(client)
            raise RequestRefused(403, "wrong-code", "this is not the join code of this workshop")
        if self.is_expired():
            raise RequestRefused(403, "join-expired", "the join code of this workshop has expired")
        password = secrets.token_hex(16)
        seat, again = await self._take(device, clean(request.get("name")), digest(password))
        self.passwords.put(seat.username, self.roster.passwords(seat))
        if again and self.provisioner:
            await asyncio.get_running_loop().run_in_executor(None, self.provisioner.repair, seat)
        self.publish()
        return {
            "seat": seat.seat,
            "username": seat.username,
            "password": password,
            "name": seat.name,
            "again": again,
            "title": self.settings.title,
            "url": self.settings.url,
            "experiment": {"id": seat.experiment, "name": seat.username},
            "class_experiment": self.provisioner.class_experiment if self.provisioner else None,
            "shared": self.settings.shared,
            "mlflow": self.mlflow,
        }

    async def _take(self, device: str, name: str, password_digest: str) -> tuple[Seat, bool]:
        """Take a seat; if the next one is still being made, wait for it."""
        started = time.monotonic()
        while True:
            try:
                return self.roster.take(device, name, password_digest, only_again=self.settings.locked)
            except RequestRefused as refused:
                if refused.code != "not-ready" or time.monotonic() - started > SEAT_TIMEOUT:
                    raise
            await asyncio.sleep(0.1)

    def report(self, username: str, request: dict[str, Any]) -> None:
        """Record how a seat is doing; raises "bad-report" or "too-many-reports"."""
        seat = self.roster.get(int(username.rpartition("-")[2]))
        state, code, seconds = request.get("state"), request.get("code"), request.get("seconds")
        if state not in (PROVEN, TROUBLE) or not (code is None or (isinstance(code, str) and CODE.fullmatch(code))):
            raise RequestRefused(
                400, "bad-report", 'a report needs "state" (proven or trouble) and "code" (such as proxy-auth)'
            )
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 <= seconds < 1e6:
            seconds = None
        bucket = self.reports.setdefault(seat.seat, Bucket(10, 0.5))
        if wait := bucket.wait():
            raise RequestRefused(429, "too-many-reports", "one report every two seconds", retry_after=math.ceil(wait))
        bucket.take()
        if self.roster.report(seat, state, code, clean(request.get("headline"), HEADLINE), seconds):
            self.publish()

    async def steer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Run the instructor's action and return the state; raises "no-such-seat", "seats-taken" or "bad-steer"."""
        action = self.actions.get(str(request.get("do")))
        if action is None:
            raise RequestRefused(400, "bad-steer", f'"do" is one of {", ".join(self.actions)}')
        action(request)
        await asyncio.get_running_loop().run_in_executor(None, self.settings.save, self.path)
        self.publish()
        return self.state()

    def _lock(self, request: dict[str, Any]) -> None:
        self.settings.locked = True

    def _unlock(self, request: dict[str, Any]) -> None:
        """Open joining, with a new code if the request has one."""
        secret_digest, line, qr_code = (request.get(key) for key in ("secret_digest", "join_line", "join_qr"))
        if secret_digest is not None:
            if not isinstance(secret_digest, str) or not HEX.fullmatch(secret_digest):
                raise RequestRefused(400, "bad-steer", '"secret_digest" is a SHA-256 in hex')
            self.settings.secret_digest = secret_digest
        if isinstance(line, str):
            self.settings.join_line = line
            self.settings.join_qr = qr_code if isinstance(qr_code, str) else ""
        self.settings.locked = False
        if "expires" in request:
            self._expire(request)

    def _expire(self, request: dict[str, Any]) -> None:
        expires = request.get("expires", time.time())
        if isinstance(expires, bool) or not isinstance(expires, (int, float, type(None))):
            raise RequestRefused(400, "bad-steer", '"expires" is in unix seconds')
        self.settings.expires = expires

    def _seats(self, request: dict[str, Any]) -> None:
        number = request.get("seats")
        if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= MOST:
            raise RequestRefused(400, "bad-steer", f'"seats" is a number from 1 to {MOST}')
        self.roster.shrink(number)
        self.roster.grow(number)
        self.settings.seats = number
        self.seats_missing.set()

    def _vacate(self, request: dict[str, Any], vacate: Callable[[Seat], None]) -> None:
        seat = self.roster.get(request.get("seat"))
        vacate(seat)
        self.reports.pop(seat.seat, None)
        self.passwords.put(seat.username, ())
        self.seats_missing.set()

    def _rename(self, request: dict[str, Any]) -> None:
        self.roster.rename(self.roster.get(request.get("seat")), clean(request.get("name")))

    def publish(self) -> None:
        self.version += 1
        self.on_change()

    def state(self) -> dict[str, Any]:
        """Return what the board and the instructor's terminal show."""
        seats = sorted(self.roster.seats.values(), key=lambda seat: seat.seat)
        return {
            "title": self.settings.title,
            "url": self.settings.url,
            "open": self.is_open(),
            "locked": self.settings.locked,
            "expires": self.settings.expires,
            "install_line": self.settings.install_line,
            "join_line": self.settings.join_line if self.is_open() else None,
            "seats": [_seat_state(seat) for seat in seats],
            "counts": counts(seats),
            "wrong_codes": self.wrong.total + self.wrong_again.total,
            "now": now(),
            "version": self.version,
        }


def _seat_state(seat: Seat) -> dict[str, Any]:
    trouble = {"code": seat.code, "headline": seat.headline} if seat.state == TROUBLE else None
    name = "" if seat.state == FREE else seat.name
    at = None if seat.state == FREE else seat.at
    state = {"seat": seat.seat, "name": name, "state": seat.state, "trouble": trouble, "at": at}
    return state if seat.state == REMOVED else {**state, "seconds": seat.seconds}
