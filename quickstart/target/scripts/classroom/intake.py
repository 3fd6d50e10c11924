"""What comes in, within limits: a request's body by size and by time, and connections that never say what they want."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import Any

from .answers import Receive, Scope, header
from .roster import Refused

SMALL = 4096  # bytes of a request to the classroom itself
PATIENCE = 10.0  # seconds for such a body as a whole, and for any request's head
WAITING = 600  # connections of one address that have not sent a request yet; a whole class behind one address is 200
OPEN = 3000  # connections of one address


async def small_json(scope: Scope, receive: Receive) -> dict[str, Any]:
    """Return a small request's JSON object.

    Raises:
        Refused: "too-large", "too-slow" or "bad-request".
    """
    told = header(scope, b"content-length")
    if told is not None and (not told.isdigit() or int(told) > SMALL):
        raise Refused(413, "too-large", f"at most {SMALL} bytes")
    try:
        content = await asyncio.wait_for(_read(receive), PATIENCE)
    except asyncio.TimeoutError as error:  # noqa: UP041 - another one before Python 3.11
        raise Refused(408, "too-slow", f"the request took more than {PATIENCE:.0f} s") from error
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Refused(400, "bad-request", "this is no JSON") from error
    if not isinstance(found, dict):
        raise Refused(400, "bad-request", "this is no JSON object")
    return found


async def _read(receive: Receive) -> bytes:
    content = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(400, "bad-request", "the request ended early")
        content += message.get("body", b"")
        if len(content) > SMALL:
            raise Refused(413, "too-large", f"at most {SMALL} bytes")
        if not message.get("more_body"):
            return bytes(content)


def patient_for_a_while(protocol: type[Any]) -> type[Any]:
    """Return a protocol of uvicorn's that closes connections without a request's head within PATIENCE.

    uvicorn waits for ever for a head that has begun. `cycle` is what both of its protocols set once a head is there.

    Args:
        protocol: the class that uvicorn chose.
    """
    waiting: Counter[str] = Counter()
    opened: Counter[str] = Counter()

    class Impatient(protocol):  # type: ignore[misc]
        """As its base, but not for ever, and not for any number of connections from one address."""

        alarm: asyncio.TimerHandle | None = None
        address: str | None = None

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            peer = transport.get_extra_info("peername")
            self.address = str(peer[0]) if peer else "local"
            opened[self.address] += 1
            self.wait()
            if waiting[self.address] > WAITING or opened[self.address] > OPEN:
                transport.abort()

        def connection_lost(self, exc: Exception | None) -> None:
            self.heard()
            if self.address is not None:
                opened[self.address] -= 1
                if not opened[self.address]:
                    del opened[self.address]
                self.address = None
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            if self.idle() and self.alarm is None:
                self.wait()
            super().data_received(data)
            if not self.idle():
                self.heard()

        def idle(self) -> bool:
            """Tell whether no request is being answered."""
            return self.cycle is None or bool(self.cycle.response_complete)

        def wait(self) -> None:
            """Begin to wait for a head."""
            waiting[str(self.address)] += 1
            self.alarm = asyncio.get_running_loop().call_later(PATIENCE, self.give_up)

        def heard(self) -> None:
            """Stop waiting."""
            if self.alarm is not None:
                self.alarm.cancel()
                self.alarm = None
                waiting[str(self.address)] -= 1
                if not waiting[str(self.address)]:
                    del waiting[str(self.address)]

        def give_up(self) -> None:
            """Close a connection that said nothing whole."""
            self.heard()
            if self.idle() and not self.transport.is_closing():
                self.transport.abort()

    return Impatient
