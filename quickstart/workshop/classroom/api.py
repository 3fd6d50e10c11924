"""Where participants join and report, and the instructor steers: the classroom's own requests, decided."""

from __future__ import annotations

import asyncio
import math
import re
import secrets
import time
from collections.abc import Callable
from typing import Any

from .passwords import Passwords, digest, same
from .provisioning import Provisioner
from .rate_limit import Bucket, WrongTries, network
from .responses import Scope, header
from .roster import FREE, PROVEN, REMOVED, TROUBLE, RequestRefused, Roster, Seat, counts, now
from .settings import Settings
from .text import LINE, clean

DEVICE = re.compile(r"[0-9a-f]{32}")
HEX = re.compile(r"[0-9a-f]{64}")
CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
MOST = 500  # seats
PATIENCE = 20.0  # seconds that a join waits for its seat to be made; making one takes a few hundredths of one


class WorkshopApi:
    """All that the classroom decides.

    Args:
        settings: the class.
        path: the settings' file, where steering's changes go.
        roster: the seats.
        passwords: who may come in.
        changed: told whenever the board has to show something else.
    """

    def __init__(
        self, settings: Settings, path: str, roster: Roster, passwords: Passwords, changed: Callable[[], None]
    ) -> None:
        self.settings, self.path, self.roster, self.passwords = settings, path, roster, passwords
        self.changed = changed
        self.wrong = WrongTries()
        # Who has a seat joins again, whatever others do; and what they get wrong takes no try from those who have none.
        self.wrong_again = WrongTries(together=False)
        self.reports: dict[int, Bucket] = {}
        self.maker: Provisioner | None = None
        self.wanted = asyncio.Event()  # set: there are seats to make
        self.mlflow = ""
        self.version = 0
        self.acts: dict[str, Callable[[dict[str, Any]], None]] = {
            "lock": self._lock,
            "unlock": self._unlock,
            "free": lambda asked: self._vacate(asked, self.roster.free),
            "remove": lambda asked: self._vacate(asked, self.roster.remove),
            "seats": self._seats,
            "expire": self._expire,
            "rename": self._rename,
        }
        for seat in roster.seats.values():
            passwords.put(seat.username, roster.passwords(seat))

    # What anybody may ask.

    def ready(self) -> dict[str, Any]:
        """Return what tells whether joining works yet."""
        made = sum(seat.experiment is not None for seat in self.roster.seats.values())
        return {
            "mlflow": self.mlflow,
            "seats": len(self.roster.seats),
            "made": made,
            "joinable": bool(made) and self.open(),
        }

    def open(self) -> bool:
        """Tell whether somebody new may join."""
        return not self.settings.locked and not self.expired() and self.settings.secret_digest is not None

    def expired(self) -> bool:
        """Tell whether the join code's time is over."""
        return self.settings.expires is not None and time.time() >= self.settings.expires

    async def join(self, address: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Give a participant a seat.

        Args:
            address: where the request came from.
            asked: the secret, the device and the name.

        Raises:
            Refused: as in the protocol.
        """
        secret, device = asked.get("secret"), asked.get("device")
        if not isinstance(secret, str) or not isinstance(device, str) or not DEVICE.fullmatch(device):
            raise RequestRefused(400, "bad-join", 'a join has "secret" (text) and "device" (32 hex digits)')
        known = device in self.roster.by_device
        wrong, who = (self.wrong_again, device) if known else (self.wrong, network(address))
        if wait := wrong.wait(who):
            raise RequestRefused(429, "too-many-tries", "too many wrong codes", retry_after=max(1, math.ceil(wait)))
        if not same(secret, self.settings.secret_digest):
            wrong.note(who)
            raise RequestRefused(403, "wrong-code", "this is not the code of this class")
        if self.expired():
            raise RequestRefused(403, "join-expired", "the code of this class has expired")
        password = secrets.token_hex(16)
        seat, again = await self._take(device, clean(asked.get("name")), digest(password))
        self.passwords.put(seat.username, self.roster.passwords(seat))
        if again and self.maker:
            await asyncio.get_running_loop().run_in_executor(None, self.maker.fix, seat)
        self.news()
        return {
            "seat": seat.seat,
            "username": seat.username,
            "password": password,
            "name": seat.name,
            "again": again,
            "title": self.settings.title,
            "url": self.settings.url,
            "experiment": {"id": seat.experiment, "name": seat.username},
            "class_experiment": self.maker.class_experiment if self.maker else None,
            "shared": self.settings.shared,
            "mlflow": self.mlflow,
        }

    async def _take(self, device: str, name: str, password_digest: str) -> tuple[Seat, bool]:
        """Take a seat; where the next is still being made, wait for it rather than send its holder away."""
        begun = time.monotonic()
        while True:
            try:
                return self.roster.take(device, name, password_digest, only_again=self.settings.locked)
            except RequestRefused as refused:
                if refused.code != "not-ready" or time.monotonic() - begun > PATIENCE:
                    raise
            await asyncio.sleep(0.1)

    # What a seat may tell.

    def report(self, username: str, asked: dict[str, Any]) -> None:
        """Note how a seat fares.

        Raises:
            Refused: "bad-report" or "too-many-reports".
        """
        seat = self.roster.get(int(username.rpartition("-")[2]))
        state, code, seconds = asked.get("state"), asked.get("code"), asked.get("seconds")
        if state not in (PROVEN, TROUBLE) or not (code is None or (isinstance(code, str) and CODE.fullmatch(code))):
            raise RequestRefused(
                400, "bad-report", 'a report has "state" (proven or trouble) and "code" (such as proxy-auth)'
            )
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 <= seconds < 1e6:
            seconds = None
        bucket = self.reports.setdefault(seat.seat, Bucket(10, 0.5))
        if wait := bucket.wait():
            raise RequestRefused(429, "too-many-reports", "one report every two seconds", retry_after=math.ceil(wait))
        bucket.take()
        if self.roster.report(seat, state, code, clean(asked.get("headline"), LINE), seconds):
            self.news()

    # What the instructor may do.

    def may_steer(self, scope: Scope) -> bool:
        """Tell whether a request carries the steering token."""
        given = header(scope, b"authorization") or b""
        kind, _, token = given.decode("latin-1").partition(" ")
        return same(token.strip(), self.settings.steer_digest) and kind.lower() == "bearer"

    async def steer(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Do what the instructor asks and return the state.

        Raises:
            Refused: "no-such-seat", "seats-taken" or "bad-steer".
        """
        act = self.acts.get(str(asked.get("do")))
        if act is None:
            raise RequestRefused(400, "bad-steer", f'"do" is one of {", ".join(self.acts)}')
        act(asked)
        await asyncio.get_running_loop().run_in_executor(None, self.settings.save, self.path)
        self.news()
        return self.state()

    def _lock(self, asked: dict[str, Any]) -> None:
        self.settings.locked = True

    def _unlock(self, asked: dict[str, Any]) -> None:
        """Open joining, with another code where one comes along."""
        other, line = asked.get("secret_digest"), asked.get("join_line")
        if other is not None:
            if not isinstance(other, str) or not HEX.fullmatch(other):
                raise RequestRefused(400, "bad-steer", '"secret_digest" is a sha256 in hex')
            self.settings.secret_digest = other
        if isinstance(line, str):
            self.settings.join_line = line
        self.settings.locked = False
        if "expires" in asked:
            self._expire(asked)

    def _expire(self, asked: dict[str, Any]) -> None:
        expires = asked.get("expires", time.time())
        if isinstance(expires, bool) or not isinstance(expires, (int, float, type(None))):
            raise RequestRefused(400, "bad-steer", '"expires" is in unix seconds')
        self.settings.expires = expires

    def _seats(self, asked: dict[str, Any]) -> None:
        number = asked.get("seats")
        if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= MOST:
            raise RequestRefused(400, "bad-steer", f'"seats" is a number from 1 to {MOST}')
        self.roster.shrink(number)
        self.roster.grow(number)
        self.settings.seats = number
        self.wanted.set()

    def _vacate(self, asked: dict[str, Any], how: Callable[[Seat], None]) -> None:
        seat = self.roster.get(asked.get("seat"))
        how(seat)
        self.reports.pop(seat.seat, None)
        self.passwords.put(seat.username, ())
        self.wanted.set()

    def _rename(self, asked: dict[str, Any]) -> None:
        self.roster.rename(self.roster.get(asked.get("seat")), clean(asked.get("name")))

    # What is shown.

    def news(self) -> None:
        """Say that there is something else to show."""
        self.version += 1
        self.changed()

    def state(self) -> dict[str, Any]:
        """Return what the board and the instructor's terminal show."""
        seats = sorted(self.roster.seats.values(), key=lambda seat: seat.seat)
        return {
            "title": self.settings.title,
            "url": self.settings.url,
            "open": self.open(),
            "locked": self.settings.locked,
            "expires": self.settings.expires,
            "install_line": self.settings.install_line,
            "join_line": self.settings.join_line if self.open() else None,
            "seats": [_shown(seat) for seat in seats],
            "counts": counts(seats),
            "wrong_codes": self.wrong.total + self.wrong_again.total,
            "now": now(),
            "version": self.version,
        }


def _shown(seat: Seat) -> dict[str, Any]:
    trouble = {"code": seat.code, "headline": seat.headline} if seat.state == TROUBLE else None
    name = "" if seat.state == FREE else seat.name
    at = None if seat.state == FREE else seat.at
    shown = {"seat": seat.seat, "name": name, "state": seat.state, "trouble": trouble, "at": at}
    return shown if seat.state == REMOVED else {**shown, "seconds": seat.seconds}
