"""The board's data: the state, encoded once for all who watch, at most ten times a second."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from typing import Any

from . import qr
from .responses import SAFE, Receive, Send, body

PAUSE = 0.1  # seconds between two states
HEARTBEAT = 5.0  # seconds after which a comment tells that the line is alive; board.js waits for three
VIEWERS = 100
# A comment keeps the line open, and an event beside it tells the page so: browsers hide comments from it.
ALIVE = b": still here\nevent: alive\ndata:\n\n"
CLOSED = {"closed": True, "open": False, "join_line": None}  # the last state that a board is told
FILES = {
    "/board/board.css": "text/css; charset=utf-8",
    "/board/board.js": "text/javascript; charset=utf-8",
    "/board/fit.js": "text/javascript; charset=utf-8",
    "/board/icon.svg": "image/svg+xml",
}
HERE = os.path.dirname(os.path.abspath(__file__))


def file(name: str) -> bytes:
    """Return one of the board's own files."""
    with open(os.path.join(HERE, name), "rb") as opened:
        return opened.read()


class Board:
    """Who watches, and what they see.

    Args:
        state: returns what to show.
    """

    def __init__(self, state: Callable[[], dict[str, Any]]) -> None:
        self.state = state
        self.frame = b""
        self.viewers = 0
        self.encoded = 0
        self.ended = False
        self.stale = asyncio.Event()
        self.fresh = asyncio.Event()

    def changed(self) -> None:
        """Note that there is something else to show."""
        self.stale.set()

    async def run(self) -> None:
        """Encode for ever what changed."""
        while True:
            await self.stale.wait()
            self.stale.clear()
            self.publish()
            await asyncio.sleep(PAUSE)

    def publish(self) -> None:
        """Encode the state and wake who waits for it."""
        self.encoded += 1
        state = {**self.state(), **CLOSED} if self.ended else self.state()
        self.frame = b"data: " + json.dumps(state, ensure_ascii=False, separators=(",", ":")).encode() + b"\n\n"
        woken, self.fresh = self.fresh, asyncio.Event()
        woken.set()

    def end(self) -> None:
        """Tell all viewers that the class is closed and let them go: the server ends, and would wait for them."""
        if not self.ended:
            self.ended = True
            self.publish()

    async def watch(self, receive: Receive, send: Send) -> None:
        """Send states to one viewer until it goes; a slow one gets the newest when it is ready for it."""
        if self.viewers >= VIEWERS:
            await body(send, 503, "text/plain", b"too many boards are open", [(b"retry-after", b"10")])
            return
        if not self.frame:
            self.publish()
        self.viewers += 1
        gone = asyncio.ensure_future(_gone(receive))
        headers = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"x-accel-buffering", b"no"), *SAFE]
        try:
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b"retry: 1000\n\n", "more_body": True})
            part = self.frame
            while not gone.done() and not self.ended:
                fresh = self.fresh
                await send({"type": "http.response.body", "body": part, "more_body": True})
                if self.fresh is not fresh:
                    part = self.frame
                    continue
                waiting = asyncio.ensure_future(fresh.wait())
                await asyncio.wait({waiting, gone}, timeout=HEARTBEAT, return_when=asyncio.FIRST_COMPLETED)
                waiting.cancel()
                part = self.frame if fresh.is_set() else ALIVE
            await send({"type": "http.response.body", "body": self.frame if self.ended else b""})
        finally:
            gone.cancel()
            self.viewers -= 1


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def picture(text: str) -> bytes:
    """Return the QR code of a text as SVG."""
    return qr.svg(text).encode()
