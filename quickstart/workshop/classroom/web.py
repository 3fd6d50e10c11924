"""HTTP for the workshop's own pages: request bodies within limits, responses whose headers let a page only show."""

from __future__ import annotations

import asyncio
import json
import os
import zlib
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from .roster import RequestRefused

SAFE = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "cross-origin-resource-policy": "same-origin",
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
}
CLOSE = {"connection": "close"}
SMALL = 4096  # bytes of a request to the workshop itself
BODY_TIMEOUT = 10.0  # seconds for such a body as a whole
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


def json_response(value: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(json.dumps(value), status, {**SAFE, **(headers or {})}, "application/json")


def file_response(content: bytes, media_type: str, status: int = 200) -> Response:
    return Response(content, status, SAFE, media_type)


async def refuse(request: Request, refusal: Exception) -> Response:
    """Return why a request is refused; "retry_after" (seconds) becomes the header as well."""
    if isinstance(refusal, HTTPException):
        refusal = RequestRefused(404, "no-such-page", "this page does not exist")
    assert isinstance(refusal, RequestRefused)  # noqa: S101 - app.py registers this for no other exception
    error = {"code": refusal.code, "detail": refusal.detail, **refusal.facts}
    # Otherwise the unread rest of a request's body would be read as the next request.
    headers = dict(CLOSE)
    if "retry_after" in refusal.facts:
        headers["retry-after"] = str(refusal.facts["retry_after"])
    return json_response({"error": error}, refusal.status, headers)


def single_header(headers: Headers, name: str) -> str | None:
    """Return a request's header; None if it is missing, or ambiguous because it comes twice."""
    values = headers.getlist(name)
    return values[0] if len(values) == 1 else None


def announced_length(headers: Headers) -> int:
    length = single_header(headers, "content-length")
    return int(length) if length is not None and length.isdecimal() else 0


async def read_json(request: Request) -> dict[str, Any]:
    """Return the JSON object of a small request; raises "too-large", "too-slow" or "bad-request"."""
    if announced_length(request.headers) > SMALL:
        raise RequestRefused(413, "too-large", f"at most {SMALL} bytes")
    try:
        value = json.loads(await asyncio.wait_for(_read(request), BODY_TIMEOUT))
    except asyncio.TimeoutError as error:  # noqa: UP041 - another one before Python 3.11
        raise RequestRefused(408, "too-slow", f"the request took more than {BODY_TIMEOUT:.0f} s") from error
    except ClientDisconnect as error:
        raise RequestRefused(400, "bad-request", "the request ended early") from error
    except (ValueError, RecursionError) as error:
        raise RequestRefused(400, "bad-request", "the body is not valid JSON") from error
    if not isinstance(value, dict):
        raise RequestRefused(400, "bad-request", "the body is not a JSON object")
    return value


async def _read(request: Request) -> bytes:
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > SMALL:
            raise RequestRefused(413, "too-large", f"at most {SMALL} bytes")
    return bytes(content)


def decompress(headers: Iterable[tuple[bytes, bytes]], content: bytes, limit: int) -> tuple[Any, bytes]:
    """Return a request's headers and body without compression, because MLflow would inflate a few bytes to any size.

    Raises:
        RequestRefused: "too-large" or "bad-request".
    """
    encodings = [value.lower() for name, value in headers if name == b"content-encoding"]
    others = [pair for pair in headers if pair[0] != b"content-encoding"]
    if len(encodings) > 1 or not {*encodings} <= {b"", b"identity", b"gzip", b"deflate"}:
        raise RequestRefused(400, "bad-request", "send spans plain, or compressed with gzip or deflate")
    if {*encodings} & {b"gzip", b"deflate"}:
        inflater = zlib.decompressobj(zlib.MAX_WBITS | 32)  # both formats, recognized by their first bytes
        try:
            content = inflater.decompress(content, limit + 1)
        except zlib.error as error:
            raise RequestRefused(400, "bad-request", "the body cannot be decompressed") from error
        if len(content) > limit:
            raise RequestRefused(413, "too-large", f"at most {limit} bytes once decompressed", limit=limit)
        if not inflater.eof:
            raise RequestRefused(400, "bad-request", "the compressed body ends too early")
    length = str(len(content)).encode()
    return [(name, length if name == b"content-length" else value) for name, value in others], content


def read_file(name: str) -> bytes:
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
        while True:
            await self.stale.wait()
            self.stale.clear()
            self.publish()
            await asyncio.sleep(PAUSE)

    def publish(self) -> None:
        self.encoded += 1
        state = {**self.state(), **CLOSED} if self.ended else self.state()
        self.frame = b"data: " + json.dumps(state, ensure_ascii=False, separators=(",", ":")).encode() + b"\n\n"
        previous, self.fresh = self.fresh, asyncio.Event()
        previous.set()

    def end(self) -> None:
        """Tell all viewers that the workshop is closed and release them: the server waits for them before it ends."""
        if not self.ended:
            self.ended = True
            self.publish()

    def watch(self) -> Response:
        if self.viewers >= VIEWERS:
            return PlainTextResponse("too many boards are open", 503, {**SAFE, "retry-after": "10"})
        return Watching(self)

    async def events(self) -> AsyncIterator[bytes]:
        """Yield states; a slow viewer gets the newest once it is ready for it."""
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
