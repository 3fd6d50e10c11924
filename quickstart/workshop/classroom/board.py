"""The board's data: the state, encoded once for all viewers, at most ten times a second."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from typing import Any

from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from .web import SAFE

PAUSE = 0.1  # seconds between two states
HEARTBEAT = 5.0  # seconds after which a comment shows that the connection is alive; board.js waits for three
VIEWERS = 100
# A comment keeps the connection open, and an event beside it tells the page so: browsers hide comments from it.
ALIVE = b": still here\nevent: alive\ndata:\n\n"
CLOSED = {"closed": True, "open": False, "join_line": None}  # of the last state that a board gets
FILES = {
    "board.css": "text/css",
    "board.js": "text/javascript",
    "fit.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
HERE = os.path.dirname(os.path.abspath(__file__))


def read(name: str) -> bytes:
    """Return one of the board's own files."""
    with open(os.path.join(HERE, name), "rb") as file:
        return file.read()


class Board:
    """The viewers and what they see."""

    def __init__(self, state: Callable[[], dict[str, Any]]) -> None:
        self.state = state
        self.frame = b""
        self.viewers = 0
        self.encoded = 0
        self.ended = False
        self.stale = asyncio.Event()
        self.fresh = asyncio.Event()

    def mark_changed(self) -> None:
        self.stale.set()

    async def run(self) -> None:
        """Encode for ever what changed."""
        while True:
            await self.stale.wait()
            self.stale.clear()
            self.publish()
            await asyncio.sleep(PAUSE)

    def publish(self) -> None:
        """Encode the state and wake the viewers."""
        self.encoded += 1
        state = {**self.state(), **CLOSED} if self.ended else self.state()
        self.frame = b"data: " + json.dumps(state, ensure_ascii=False, separators=(",", ":")).encode() + b"\n\n"
        previous, self.fresh = self.fresh, asyncio.Event()
        previous.set()

    def end(self) -> None:
        """Tell all viewers that the workshop is closed and let them go: the server ends, and would wait for them."""
        if not self.ended:
            self.ended = True
            self.publish()

    def watch(self) -> Response:
        """Return the states as they come, for one viewer."""
        if self.viewers >= VIEWERS:
            return PlainTextResponse("too many boards are open", 503, {**SAFE, "retry-after": "10"})
        return Watching(self)

    async def events(self) -> AsyncIterator[bytes]:
        """Yield states; a slow viewer gets the newest when it is ready for it."""
        if not self.frame:
            self.publish()
        yield b"retry: 1000\n\n"
        part = self.frame
        while not self.ended:
            fresh = self.fresh
            yield part
            is_idle = self.fresh is fresh and not await _is_set(fresh)
            part = ALIVE if is_idle else self.frame
        yield self.frame


async def _is_set(event: asyncio.Event) -> bool:
    """Wait for an event, and tell whether it came before the next heartbeat is due."""
    try:
        return await asyncio.wait_for(event.wait(), HEARTBEAT)
    except asyncio.TimeoutError:  # noqa: UP041 - another one before Python 3.11
        return False


class Watching(StreamingResponse):
    """The stream of one viewer, counted for as long as it is open."""

    def __init__(self, board: Board) -> None:
        super().__init__(board.events(), headers={**SAFE, "x-accel-buffering": "no"}, media_type="text/event-stream")
        self.board = board

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.board.viewers += 1
        try:
            await super().__call__(scope, receive, send)
        finally:
            self.board.viewers -= 1
