"""MLflow's own application behind the classroom: who may reach what of it, how much may be sent, and how fast."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, MutableMapping
from typing import Any

from . import answers, guard
from .answers import Receive, Scope, Send
from .passwords import INSTRUCTOR, Passwords
from .roster import Refused
from .settings import Settings

# Calls of MLflow's API at once. They compete for one interpreter and one database: 6 instead of 40 threads take a tenth
# less time for 100 participants, and one seat that floods the server leaves places to the others.
AT_ONCE, OF_ONE, AT_LEAST = 6, 3, 2
STALL = 30.0  # seconds without a byte of a request's body
DRAIN = 5.0  # seconds that the rest of a refused body is read
LOGIN_PAGE = b"This is a class's MLflow server. Joining gave you a name (seat-07) and a password."
CLOSE = (b"connection", b"close")


class Tracking:
    """Passes requests on to MLflow, within what seats may reach and send.

    Args:
        settings: the class.
        passwords: who may come in.
    """

    def __init__(self, settings: Settings, passwords: Passwords) -> None:
        self.settings, self.passwords = settings, passwords
        self.inner: Any = None
        self.at_once = asyncio.Semaphore(AT_ONCE)
        self.turns: dict[str, asyncio.Semaphore] = {}

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let MLflow answer, within what seats may reach and send."""
        path, method = scope["path"], scope["method"]
        user = self.passwords.user_of(answers.header(scope, b"authorization"))
        if user is None and not path.startswith(("/static-files/", "/favicon")) and path != "/health":
            await answers.body(send, 401, "text/plain; charset=utf-8", LOGIN_PAGE, [answers.ASK, CLOSE])
            return
        if user != INSTRUCTOR and not guard.is_open(path):
            await answers.refusal(send, 403, "closed-for-seats", "seats may not do this; ask the instructor")
            return
        limit = guard.limit_of(method, path, self.settings.upload_limit)
        told = answers.header(scope, b"content-length")
        body = Body(receive, limit)
        if told is not None and told.isdigit() and int(told) > limit:
            await body.drain()
            raise Refused(413, "too-large", f"at most {limit} bytes", limit=limit)
        if guard.is_call(path):
            for message in await self.call(user or "", scope, body):
                await send(message)
            return
        started = Started(send, path, body)
        try:
            await self.inner(_same_origin(scope), body.receive, started.send)
        except Exception:  # a refusal comes back wrapped by MLflow's middlewares
            if body.refused is None:
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

    async def call(self, user: str, scope: Scope, body: Body) -> list[MutableMapping[str, Any]]:
        """Return MLflow's answer to a call of its API, whole.

        The body is here before and the answer leaves after MLflow works on it, so that a slow client holds none of the
        few places; and of one seat no more bodies are in memory than it may have calls at once.
        """
        answer: list[MutableMapping[str, Any]] = []

        async def keep(message: MutableMapping[str, Any]) -> None:
            answer.append(message)

        async with self.turns.setdefault(user, asyncio.Semaphore(OF_ONE)):
            content = await body.whole()
            places = user != INSTRUCTOR and guard.names_places(scope["method"], scope["path"])
            if places and not guard.is_harmless(content):
                raise Refused(403, "closed-for-seats", "seats may not choose where artifacts are kept")
            async with self.at_once:
                await self.inner(_same_origin(scope), _again(content, body.receive), keep)
        return answer


class Started:
    """Passes an answer on, and knows whether it has begun.

    Args:
        send: ASGI's.
        path: what was asked for.
        body: the request's; once that is refused, MLflow's own answer to it is not wanted.
    """

    def __init__(self, send: Send, path: str, body: Body) -> None:
        self.onward, self.path, self.body, self.begun = send, path, body, False

    async def send(self, message: MutableMapping[str, Any]) -> None:
        """Send a part, with an artifact's headers changed so that no browser runs it."""
        if self.body.refused and not self.begun:
            return
        if message["type"] == "http.response.start":
            self.begun = True
            if guard.is_artifact(self.path):
                message = {**message, "headers": guard.served(self.path, list(message.get("headers", [])))}
        await self.onward(message)


class Body:
    """A request's body, refused where it grows too large or stands still.

    Args:
        receive: ASGI's.
        limit: bytes.
    """

    def __init__(self, receive: Receive, limit: int) -> None:
        self.source, self.limit, self.seen, self.over = receive, limit, 0, False
        self.refused: Refused | None = None

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
            self.refused = Refused(408, "too-slow", f"nothing came for {STALL:.0f} s")
            raise self.refused from error
        self.seen += len(message.get("body", b""))
        if self.seen > self.limit:
            self.refused = Refused(413, "too-large", f"at most {self.limit} bytes", limit=self.limit)
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
    origin, host = answers.header(scope, b"origin"), answers.header(scope, b"host")
    if origin is None or host is None or origin != b"https://" + host:
        return scope
    return {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"origin"]}
