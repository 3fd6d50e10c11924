"""MLflow's own application behind the classroom: who may reach what of it, how much may be sent, and how fast."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, MutableMapping
from typing import Any

from . import access, requests, responses
from .passwords import INSTRUCTOR, Passwords
from .responses import Receive, Scope, Send
from .roster import RequestRefused
from .settings import Settings

# Calls of MLflow's API at once. They compete for one interpreter and one database: 6 instead of 40 threads take a tenth
# less time for 100 participants, and one seat that floods the server leaves places to the others.
AT_ONCE, OF_ONE, AT_LEAST = 6, 3, 2
FILES_OF_ONE = 2  # uploads and downloads of one seat; what leaves by /get-artifact is in memory whole
PAGES_OF_ONE = 8  # parts of MLflow's pages
PIECE = 64 * 1024  # bytes of an answer that leave at once; the next ones wait until the client has read
STALL = 30.0  # seconds without a byte of a request's body, or without a client's reading of an answer
DRAIN = 5.0  # seconds that the rest of a refused body is read
LOGIN_PAGE = b"This is a class's MLflow server. Joining gave you a name (seat-07) and a password."
CLOSE = (b"connection", b"close")


class MlflowProxy:
    """Passes requests on to MLflow, within what seats may reach and send.

    Args:
        settings: the class.
        passwords: who may come in.
    """

    def __init__(self, settings: Settings, passwords: Passwords) -> None:
        self.settings, self.passwords = settings, passwords
        self.inner: Any = None
        self.at_once = asyncio.Semaphore(AT_ONCE)
        self.turns: dict[tuple[str, str], asyncio.Semaphore] = {}

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let MLflow answer, within what seats may reach and send."""
        path, method = scope["path"], scope["method"]
        user = self.passwords.user_of(responses.header(scope, b"authorization"))
        open_to_all = path == "/health" and method in ("GET", "HEAD")
        if user is None and not open_to_all:
            await responses.body(send, 401, "text/plain; charset=utf-8", LOGIN_PAGE, [responses.ASK, CLOSE])
            return
        if user != INSTRUCTOR and not access.is_open(path):
            await responses.refusal(send, 403, "closed-for-seats", "seats may not do this; ask the instructor")
            return
        if access.is_upload(method, path):
            self.leave_room()
        limit = access.limit_of(method, path, self.settings.upload_limit) if user else 0
        told = responses.header(scope, b"content-length")
        body = Body(receive, limit)
        if told is not None and told.isdigit() and int(told) > limit:
            await body.drain()
            raise RequestRefused(413, "too-large", f"at most {limit} bytes", limit=limit)
        with contextlib.suppress(NotRead):
            if access.is_call(path):
                await self.call(user or "", scope, body, send)
            else:
                await self.passed(user or "", scope, body, send)

    def leave_room(self) -> None:
        """Refuse uploads while the disk is nearly full: what is recorded, and who joins, still needs some."""
        if shutil.disk_usage(self.settings.folder).free < self.settings.reserve:
            raise RequestRefused(507, "disk-full", "the server's disk is nearly full; tell the instructor")

    def turn(self, user: str, kind: str, most: int) -> asyncio.Semaphore:
        """Return what lets a user have this many requests of a kind at once; the others wait."""
        return self.turns.setdefault((user, kind), asyncio.Semaphore(most))

    async def passed(self, user: str, scope: Scope, body: Body, send: Send) -> None:
        """Pass a page or a file on, both ways as it comes.

        Raises:
            NotRead: the client stopped reading.
        """
        path = scope["path"]
        is_file = access.is_artifact(path)
        started = Started(send, path, body)
        async with self.turn(user, "files", FILES_OF_ONE) if is_file else self.turn(user, "pages", PAGES_OF_ONE):
            try:
                await self.inner(_same_origin(scope), body.receive, started.send)
            except Exception:  # a refusal comes back wrapped by MLflow's middlewares
                if body.refused is None and not started.stuck:
                    raise
        if body.refused and not started.begun:
            await body.drain()
            raise body.refused

    @contextlib.asynccontextmanager
    async def slowed(self) -> AsyncIterator[None]:
        """Leave calls few places meanwhile: those who wait for a seat to be made go before those who have one."""
        for _ in range(AT_ONCE - AT_LEAST):
            await self.at_once.acquire()
        try:
            yield
        finally:
            for _ in range(AT_ONCE - AT_LEAST):
                self.at_once.release()

    async def call(self, user: str, scope: Scope, body: Body, send: Send) -> None:
        """Let MLflow answer a call of its API.

        The body is here before and the answer leaves after MLflow works on it, so that a slow client holds none of the
        few places; and of one seat no more bodies and answers are in memory than it may have calls at once.

        Raises:
            Refused: what seats may not do, or too much of it.
            NotRead: the client stopped reading.
        """
        answer: list[MutableMapping[str, Any]] = []

        async def keep(message: MutableMapping[str, Any]) -> None:
            answer.append(message)

        async with self.turn(user, "calls", OF_ONE):
            content = await body.whole()
            looked_into = user != INSTRUCTOR and access.is_inspected(scope["method"], scope["path"])
            if looked_into and (why := access.access_problem(scope["path"], content)):
                raise RequestRefused(403, "closed-for-seats", why)
            if scope["path"] == access.SPANS:
                scope, content = requests.decompress(scope, content, access.BODY_OF_SPANS)
            async with self.at_once:
                await self.inner(_same_origin(scope), _again(content, body.receive), keep)
            for message in answer:
                await _in_pieces(send, message)


class NotRead(Exception):
    """A client that does not read its answer."""


async def _in_time(send: Send, message: MutableMapping[str, Any]) -> None:
    try:
        await asyncio.wait_for(send(message), STALL)
    except asyncio.TimeoutError as error:  # noqa: UP041 - another one before Python 3.11
        raise NotRead from error


async def _in_pieces(send: Send, message: MutableMapping[str, Any]) -> None:
    """Send a part of an answer so that little of it is in the connection's own buffer, which has no limit."""
    content = message.get("body", b"")
    for first in range(0, len(content) - PIECE, PIECE):
        await _in_time(send, {**message, "body": content[first : first + PIECE], "more_body": True})
    await _in_time(send, {**message, "body": content[(len(content) - 1) // PIECE * PIECE :]} if content else message)


class Started:
    """Passes an answer on, and knows whether it has begun.

    Args:
        send: ASGI's.
        path: what was asked for.
        body: the request's; once that is refused, MLflow's own answer to it is not wanted.
    """

    def __init__(self, send: Send, path: str, body: Body) -> None:
        self.onward, self.path, self.body = send, path, body
        self.begun = self.stuck = False

    async def send(self, message: MutableMapping[str, Any]) -> None:
        """Send a part, with an artifact's headers changed so that no browser runs it."""
        if self.body.refused and not self.begun:
            return
        if message["type"] == "http.response.start":
            self.begun = True
            if access.is_artifact(self.path):
                message = {**message, "headers": access.response_headers(self.path, list(message.get("headers", [])))}
        try:
            await _in_time(self.onward, message)
        except NotRead:
            self.stuck = True
            raise


class Body:
    """A request's body, refused where it grows too large or stands still.

    Args:
        receive: ASGI's.
        limit: bytes.
    """

    def __init__(self, receive: Receive, limit: int) -> None:
        self.source, self.limit, self.seen, self.over = receive, limit, 0, False
        self.refused: RequestRefused | None = None

    async def receive(self) -> MutableMapping[str, Any]:
        """Return the next part.

        Raises:
            Refused: "too-large" or "too-slow".
        """
        if self.over:  # MLflow waits here for a client that goes away
            return await self.source()
        try:
            message = await asyncio.wait_for(self.source(), STALL)
        except asyncio.TimeoutError as error:  # noqa: UP041 - another one before Python 3.11
            self.refused = RequestRefused(408, "too-slow", f"nothing came for {STALL:.0f} s")
            raise self.refused from error
        self.seen += len(message.get("body", b""))
        if self.seen > self.limit:
            self.refused = RequestRefused(413, "too-large", f"at most {self.limit} bytes", limit=self.limit)
            raise self.refused
        self.over = not message.get("more_body", False)
        return message

    async def drain(self) -> None:
        """Read on for a while without keeping anything: a client that sends first and reads then would see the
        connection break, and never the reason.
        """
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._drain(), DRAIN)

    async def _drain(self) -> None:
        while not self.over:
            message = await self.source()
            self.over = not message.get("more_body", False)

    async def whole(self) -> bytes:
        """Return all of it."""
        parts: list[bytes] = []
        while not self.over:
            parts.append((await self.receive()).get("body", b""))
        return b"".join(parts)


def _again(content: bytes, receive: Receive) -> Receive:
    """Return what gives a body that was read already."""
    parts = [content]

    async def again() -> MutableMapping[str, Any]:
        if parts:
            return {"type": "http.request", "body": parts.pop(), "more_body": False}
        return await receive()

    return again


def _same_origin(scope: Scope) -> Scope:
    """Return a request without its Origin where that is this server itself.

    MLflow takes every https origin for a stranger's, also that of its own pages.
    """
    origin, host = responses.header(scope, b"origin"), responses.header(scope, b"host")
    if origin is None or host is None or origin != b"https://" + host:
        return scope
    return {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"origin"]}
