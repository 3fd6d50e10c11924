"""MLflow's own application behind the workshop's pages: who may reach what of it, how much may be sent, how fast."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from . import access, web
from .passwords import INSTRUCTOR, Passwords
from .roster import RequestRefused
from .server import Settings

# Calls of MLflow's API at once. They compete for one interpreter and one database: 6 instead of 40 threads take a tenth
# less time for 100 participants, and one seat that floods the server leaves places to the others.
AT_ONCE, OF_ONE, AT_LEAST = 6, 3, 2
FILES_OF_ONE = 2  # uploads and downloads of one seat; what leaves by /get-artifact is in memory whole
PAGES_OF_ONE = 8  # parts of MLflow's pages
PIECE = 64 * 1024  # bytes of an answer that leave at once; the next ones wait until the client has read
STALL = 30.0  # seconds without a byte of a request's body, or without a client's reading of an answer
DRAIN = 5.0  # seconds that the rest of a refused body is read
LOGIN_PAGE = "This is a workshop's MLflow server. Joining gave you a username (seat-07) and a password."
LOGIN_HEADERS = {**web.SAFE, **web.CLOSE, "www-authenticate": 'Basic realm="mlflow"'}
CLOSED = "closed-for-seats"


class MlflowProxy:
    """Passes requests on to MLflow, within what seats may reach and send."""

    def __init__(self, settings: Settings, passwords: Passwords) -> None:
        self.settings, self.passwords = settings, passwords
        self.mlflow_app: Any = None
        self.at_once = asyncio.Semaphore(AT_ONCE)
        self.limits: dict[tuple[str, str], asyncio.Semaphore] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let MLflow answer a request; raises RequestRefused for what seats may not do, or for too much of it."""
        path, method, headers = scope["path"], scope["method"], Headers(scope=scope)
        user = self.passwords.user_of(web.single_header(headers, "authorization"))
        if user is None and not (path == "/health" and method in ("GET", "HEAD")):
            await PlainTextResponse(LOGIN_PAGE, 401, LOGIN_HEADERS)(scope, receive, send)
            return
        if user != INSTRUCTOR and not access.is_open(path):
            raise RequestRefused(403, CLOSED, "seats may not do this; ask the instructor")
        if access.is_upload(method, path):
            self.check_disk()
        limit = access.limit_of(method, path, self.settings.upload_limit) if user else 0
        body = Body(receive, limit)
        if web.announced_length(headers) > limit:
            await body.drain()
            raise RequestRefused(413, "too-large", f"at most {limit} bytes", limit=limit)
        with contextlib.suppress(ClientStalled):
            if access.is_call(path):
                await self.call(user or "", _without_own_origin(scope, headers), body, send)
            else:
                await self.stream(user or "", _without_own_origin(scope, headers), body, send)

    def check_disk(self) -> None:
        """Refuse uploads while the disk is nearly full: records and joins still need some of it."""
        if shutil.disk_usage(self.settings.folder).free < self.settings.reserve:
            raise RequestRefused(507, "disk-full", "the server's disk is nearly full; tell the instructor")

    def limit(self, user: str, kind: str, most: int) -> asyncio.Semaphore:
        """Return what lets a user have this many requests of a kind at once; the others wait."""
        return self.limits.setdefault((user, kind), asyncio.Semaphore(most))

    async def stream(self, user: str, scope: Scope, body: Body, send: Send) -> None:
        """Pass a page or a file on as it arrives, in both directions; raises ClientStalled."""
        path = scope["path"]
        is_file = access.is_artifact(path)
        answer = StreamedAnswer(send, is_file, body)
        async with self.limit(user, "files", FILES_OF_ONE) if is_file else self.limit(user, "pages", PAGES_OF_ONE):
            try:
                await self.mlflow_app(scope, body.receive, answer.send)
            except Exception:  # a refusal comes back wrapped by MLflow's middlewares
                if body.refusal is None and not answer.stalled:
                    raise
        if body.refusal and not answer.started:
            await body.drain()
            raise body.refusal

    @contextlib.asynccontextmanager
    async def limit_calls(self) -> AsyncIterator[None]:
        """Leave calls few places meanwhile: making seats is more urgent than serving those that exist."""
        for _ in range(AT_ONCE - AT_LEAST):
            await self.at_once.acquire()
        try:
            yield
        finally:
            for _ in range(AT_ONCE - AT_LEAST):
                self.at_once.release()

    async def call(self, user: str, scope: Scope, body: Body, send: Send) -> None:
        """Let MLflow answer a call of its API; raises RequestRefused or ClientStalled.

        The body is read before MLflow works on it and the answer leaves after, so that a slow client holds none of the
        few places; and one seat has no more bodies and answers in memory than it may have calls at once.
        """
        answer: list[Message] = []

        async def keep(message: Message) -> None:
            answer.append(message)

        path = scope["path"]
        async with self.limit(user, "calls", OF_ONE):
            content = await body.read_all()
            is_inspected = user != INSTRUCTOR and access.is_inspected(scope["method"], path)
            if is_inspected and (why := access.access_problem(path, content)):
                raise RequestRefused(403, CLOSED, why)
            if path == access.SPANS:
                headers, content = web.decompress(scope["headers"], content, access.BODY_OF_SPANS)
                scope = {**scope, "headers": headers}
            async with self.at_once:
                await self.mlflow_app(scope, _replay(content, body.receive), keep)
            for message in answer:
                await _send_in_pieces(send, message)


class ClientStalled(Exception):
    """A client that does not read its answer."""


async def _send_in_time(send: Send, message: Message) -> None:
    try:
        await asyncio.wait_for(send(message), STALL)
    except asyncio.TimeoutError as error:  # noqa: UP041 - another one before Python 3.11
        raise ClientStalled from error


async def _send_in_pieces(send: Send, message: Message) -> None:
    """Send a part of an answer so that little of it is in the connection's own buffer, which has no limit."""
    content = message.get("body", b"")
    for first in range(0, len(content) - PIECE, PIECE):
        await _send_in_time(send, {**message, "body": content[first : first + PIECE], "more_body": True})
    last = {**message, "body": content[(len(content) - 1) // PIECE * PIECE :]} if content else message
    await _send_in_time(send, last)


class StreamedAnswer:
    """Passes an answer on, and knows whether it has started."""

    def __init__(self, send: Send, is_file: bool, body: Body) -> None:
        self.onward, self.is_file, self.body = send, is_file, body
        self.started = self.stalled = False

    async def send(self, message: Message) -> None:
        if self.body.refusal and not self.started:  # the refusal is the answer, in place of MLflow's own
            return
        if message["type"] == "http.response.start":
            self.started = True
            if self.is_file:
                message = {**message, "headers": access.response_headers(list(message.get("headers", [])))}
        try:
            await _send_in_time(self.onward, message)
        except ClientStalled:
            self.stalled = True
            raise


class Body:
    """A request's body, refused if it is larger than `limit` bytes or stalls."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self.source, self.limit, self.length, self.ended = receive, limit, 0, False
        self.refusal: RequestRefused | None = None

    async def receive(self) -> Message:
        """Return the next part; raises "too-large" or "too-slow"."""
        if self.ended:  # MLflow waits here for a client that disconnects
            return await self.source()
        try:
            message = await asyncio.wait_for(self.source(), STALL)
        except asyncio.TimeoutError as error:  # noqa: UP041 - another one before Python 3.11
            self.refusal = RequestRefused(408, "too-slow", f"nothing came for {STALL:.0f} s")
            raise self.refusal from error
        self.length += len(message.get("body", b""))
        if self.length > self.limit:
            self.refusal = RequestRefused(413, "too-large", f"at most {self.limit} bytes", limit=self.limit)
            raise self.refusal
        self.ended = not message.get("more_body", False)
        return message

    async def drain(self) -> None:
        """Read on for a while without keeping anything.

        Otherwise a client that sends everything before it reads would see the connection break, and never the reason.
        """
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._drain(), DRAIN)

    async def _drain(self) -> None:
        while not self.ended:
            self.ended = not (await self.source()).get("more_body", False)

    async def read_all(self) -> bytes:
        parts: list[bytes] = []
        while not self.ended:
            parts.append((await self.receive()).get("body", b""))
        return b"".join(parts)


def _replay(content: bytes, receive: Receive) -> Receive:
    parts = [content]

    async def replay() -> Message:
        if parts:
            return {"type": "http.request", "body": parts.pop(), "more_body": False}
        return await receive()

    return replay


def _without_own_origin(scope: Scope, headers: Headers) -> Scope:
    """Return a request without its Origin if that is this server: MLflow treats every https origin as foreign."""
    origin, host = web.single_header(headers, "origin"), web.single_header(headers, "host")
    if origin is None or host is None or origin != f"https://{host}":
        return scope
    return {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"origin"]}
