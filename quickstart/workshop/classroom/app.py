"""The whole room on one port: the classroom's own pages in front of MLflow's auth app, as one ASGI application."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import os
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import parse_qs

from . import auth, board, provisioning, requests, responses
from .api import WorkshopApi
from .board import Board
from .passwords import INSTRUCTOR, Passwords, digest, same
from .proxy import MlflowProxy
from .responses import Receive, Scope, Send
from .roster import RequestRefused, Roster, Seat
from .settings import Settings


class WorkshopApp:
    """The ASGI application.

    Args:
        path: the settings' file.
        mlflow: the version of MLflow.
    """

    def __init__(self, path: str, mlflow: str) -> None:
        self.settings = Settings.load(path)
        self.roster = Roster(os.path.join(self.settings.folder, "classroom.db"), self.settings.seats)
        self.passwords = Passwords(self.settings.instructor_digest)
        auth.use(self.passwords)
        self.board = Board(lambda: self.desk.state())
        self.desk = WorkshopApi(self.settings, path, self.roster, self.passwords, self.board.changed)
        self.desk.mlflow = mlflow
        self.inner: Any = None
        self.ending = False
        self.leaving: Callable[[], bool] = bool  # tells whether the server was asked to end
        self.tracking = MlflowProxy(self.settings, self.passwords)

    def around(self, inner: Any) -> WorkshopApp:
        """Stand in front of MLflow's application; its stores are there from now on."""
        self.inner = self.tracking.inner = inner
        provisioning.instructor_only()
        provisioning.protect()
        provisioning.speed_up()
        self.desk.maker = provisioning.Provisioner(self.settings, self.roster)
        self.desk.maker.start()
        return self

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI wants it."""
        if scope["type"] == "lifespan":
            async with self.at_work():
                await self.inner(scope, receive, send)
        elif scope["type"] == "http":
            await self.http(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1000})

    @contextlib.asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Keep the board fresh and make seats for as long as the server runs."""
        tasks = [asyncio.ensure_future(self.board.run()), asyncio.ensure_future(self.make_seats())]
        tasks.append(asyncio.ensure_future(self.watch_the_clock()))
        try:
            yield
        finally:
            self.ending = True
            for task in tasks:
                task.cancel()
            provisioning.remove_unfinished()
            self.roster.close()

    async def make_seats(self) -> None:
        """Make seats while there are any without an experiment; what fails is tried again, it was a busy database."""
        loop, maker = asyncio.get_running_loop(), self.desk.maker
        assert maker is not None  # noqa: S101 - around() made it
        shared = loop.run_in_executor(None, maker.share)
        while not self.ending:
            self.desk.wanted.clear()
            async with self.tracking.slowed():
                for seat in self.roster.unmade():
                    if await loop.run_in_executor(None, _made, maker, seat):
                        self.desk.news()
                    else:
                        self.desk.wanted.set()
                        await asyncio.sleep(0.5)
            await shared
            await self.desk.wanted.wait()

    async def watch_the_clock(self) -> None:
        """Tell the board when the join code's time is over, and let it go when the server ends."""
        was = self.desk.open()
        while True:
            await asyncio.sleep(0.2)
            if self.leaving():
                self.board.end()
            if self.desk.open() != was:
                was = not was
                self.desk.news()

    async def http(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        path: str = scope["path"]
        try:
            if path == "/board" or path.startswith(("/quickstart/", "/board/")):
                await self.own(scope, receive, send)
            elif path == "/version" and scope["method"] == "GET":
                await responses.body(send, 200, "text/plain", self.desk.mlflow.encode())
            else:
                await self.tracking.answer(scope, receive, send)
        except RequestRefused as refused:
            await responses.refusal(send, refused.status, refused.code, refused.detail, **refused.facts)

    async def own(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer on the classroom's own paths."""
        method, path = scope["method"], scope["path"]
        if (method, path) == ("GET", "/quickstart/ready"):
            await responses.as_json(send, 200, self.desk.ready())
        elif (method, path) == ("POST", "/quickstart/join"):
            asked = await requests.small_json(scope, receive)
            await responses.as_json(send, 200, await self.desk.join(_address(scope), asked))
        elif (method, path) == ("POST", "/quickstart/report"):
            await self.report(scope, receive, send)
        elif (method, path) == ("POST", "/quickstart/steer"):
            if not self.desk.may_steer(scope):
                raise RequestRefused(401, "not-the-instructor", "steering needs the instructor's token")
            await responses.as_json(send, 200, await self.desk.steer(await requests.small_json(scope, receive)))
        elif method == "GET":
            await self.show(scope, receive, send)
        else:
            raise RequestRefused(404, "no-such-page", "there is nothing here")

    async def report(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a seat's report."""
        user = self.passwords.user_of(responses.header(scope, b"authorization"))
        if user is None or user == INSTRUCTOR:
            raise RequestRefused(401, "not-a-seat", "a report needs a seat's name and password")
        self.desk.report(user, await requests.small_json(scope, receive))
        await responses.nothing(send)

    async def show(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Show the board and what it consists of."""
        path = scope["path"]
        if path in board.FILES:
            await responses.body(send, 200, board.FILES[path], board.file(path.rpartition("/")[2]))
            return
        keyed = same(_key(scope), self.key_digest())
        if path == "/board":
            page = "board.html" if keyed else "closed.html"
            await responses.body(send, 200 if keyed else 403, "text/html; charset=utf-8", board.file(page))
        elif path == "/quickstart/state" and (keyed or self.desk.may_steer(scope)):
            await responses.as_json(send, 200, self.desk.state())
        elif path == "/quickstart/events" and keyed:
            await self.board.watch(receive, send)
        elif path == "/board/qr.svg" and keyed:
            if not self.desk.open():
                raise RequestRefused(404, "join-locked", "joining is closed")
            await responses.body(send, 200, "image/svg+xml", board.picture(self.settings.join_line))
        elif path in ("/quickstart/state", "/quickstart/events", "/board/qr.svg"):
            raise RequestRefused(403, "no-key", "the board's address has a key: `quickstart workshop status` prints it")
        else:
            raise RequestRefused(404, "no-such-page", "there is nothing here")

    def key_digest(self) -> str:
        """Return the digest of the board's key."""
        return digest(self.settings.board_key)


def _key(scope: Scope) -> str:
    """Return the key in a request's query."""
    try:
        return str(parse_qs(scope["query_string"].decode("ascii"), max_num_fields=5).get("key", [""])[0])
    except ValueError:
        return ""


def _address(scope: Scope) -> str:
    return str(scope["client"][0]) if scope.get("client") else "local"


def _made(maker: provisioning.Provisioner, seat: Seat) -> bool:
    """Make a seat; tell whether it went well. Whatever MLflow's stores raise, the others are made all the same."""
    try:
        maker.make(seat)
    except Exception as error:
        print(f"seat {seat.seat} is not made yet: {error}", flush=True)
        return False
    return True


def load(application: str, path: str) -> WorkshopApp:
    """Return the room around the application that MLflow's command line names ("module:factory").

    Args:
        application: MLflow's.
        path: the settings' file.
    """
    import mlflow

    room = WorkshopApp(path, str(mlflow.__version__))
    module, _, factory = application.partition(":")
    return room.around(getattr(importlib.import_module(module), factory)())
