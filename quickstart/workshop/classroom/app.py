"""The workshop's server on one port: its own pages in front of MLflow's auth app, as one ASGI application."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import os
from collections.abc import AsyncIterator, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from . import passwords, provisioning, web
from .api import WorkshopApi
from .passwords import INSTRUCTOR, Passwords
from .proxy import MlflowProxy
from .roster import RequestRefused, Roster, Seat
from .server import Settings
from .web import Board


class WorkshopApp:
    """The ASGI application."""

    def __init__(self, path: str, mlflow: str) -> None:
        self.settings = Settings.load(path)
        self.roster = Roster(os.path.join(self.settings.folder, "classroom.db"), self.settings.seats)
        self.passwords = Passwords(self.settings.instructor_digest)
        passwords.use(self.passwords)
        self.board = Board(lambda: self.api.state())
        self.api = WorkshopApi(self.settings, path, self.roster, self.passwords, self.board.mark_changed)
        self.api.mlflow = mlflow
        self.mlflow_app: Any = None
        self.ended = False
        self.should_exit: Callable[[], bool] = bool  # tells whether the server was asked to end
        self.proxy = MlflowProxy(self.settings, self.passwords)
        # No matching at "/" by a route: it would change the scope that MLflow sees.
        self.web = Starlette(
            routes=self.routes(), exception_handlers={RequestRefused: web.refuse, HTTPException: web.refuse}
        )
        self.web.router.redirect_slashes = False
        self.web.router.default = self.proxy

    def routes(self) -> list[Route | Mount]:
        """Return the workshop's own pages; all other paths are MLflow's."""
        return [
            Route("/version", self.version),
            Route("/version", self.proxy),  # by other methods than GET it is MLflow's
            Mount(
                "/quickstart",
                _router(
                    Route("/ready", self.ready),
                    Route("/join", self.join, methods=["POST"]),
                    Route("/report", self.report, methods=["POST"]),
                    Route("/steer", self.steer, methods=["POST"]),
                    Route("/state", self.state),
                    Route("/events", self.events),
                ),
            ),
            Mount("/board", _router(Route("/qr.svg", self.qr_code), Route("/{name}", self.board_file))),
            Route("/board", self.board_page),
        ]

    def wrap(self, mlflow_app: ASGIApp) -> WorkshopApp:
        """Stand in front of MLflow's application, whose stores exist by now."""
        self.mlflow_app = self.proxy.mlflow_app = mlflow_app
        provisioning.restrict_admin()
        provisioning.protect()
        provisioning.speed_up()
        self.api.provisioner = provisioning.Provisioner(self.settings, self.roster)
        self.api.provisioner.start()
        return self

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            async with self.background_tasks():
                await self.mlflow_app(scope, receive, send)
        else:
            await self.web(scope, receive, send)

    @contextlib.asynccontextmanager
    async def background_tasks(self) -> AsyncIterator[None]:
        work = (self.board.run(), self.make_seats(), self.watch_clock())
        tasks = [asyncio.ensure_future(task) for task in work]
        try:
            yield
        finally:
            self.ended = True
            for task in tasks:
                task.cancel()
            provisioning.merge_logs()
            self.roster.close()

    async def make_seats(self) -> None:
        """Make the missing seats; one that fails, because the database was busy, is tried again."""
        loop, provisioner = asyncio.get_running_loop(), self.api.provisioner
        assert provisioner is not None  # noqa: S101 - wrap() made it
        shared = loop.run_in_executor(None, provisioner.share)
        while not self.ended:
            self.api.seats_missing.clear()
            async with self.proxy.limit_calls():
                for seat in self.roster.seats_to_make():
                    if await loop.run_in_executor(None, _make, provisioner, seat):
                        self.api.publish()
                    else:
                        self.api.seats_missing.set()
                        await asyncio.sleep(0.5)
            await shared
            await self.api.seats_missing.wait()

    async def watch_clock(self) -> None:
        """Tell the board when the join code expires, and end it when the server ends."""
        was_open = self.api.is_open()
        while True:
            await asyncio.sleep(0.2)
            if self.should_exit():
                self.board.end()
            if self.api.is_open() != was_open:
                was_open = not was_open
                self.api.publish()

    # The pages.

    async def version(self, request: Request) -> Response:
        return PlainTextResponse(self.api.mlflow, headers=web.SAFE)

    async def ready(self, request: Request) -> Response:
        return web.json_response(self.api.ready())

    async def join(self, request: Request) -> Response:
        address = request.client.host if request.client else "local"
        return web.json_response(await self.api.join(address, await web.read_json(request)))

    async def report(self, request: Request) -> Response:
        user = self.passwords.user_of(web.single_header(request.headers, "authorization"))
        if user is None or user == INSTRUCTOR:
            raise RequestRefused(401, "not-a-seat", "a report needs a seat's username and password")
        self.api.report(user, await web.read_json(request))
        return Response(None, 204, web.SAFE)

    async def steer(self, request: Request) -> Response:
        if not self.may_steer(request):
            raise RequestRefused(401, "not-the-instructor", "steering needs the instructor's token")
        return web.json_response(await self.api.steer(await web.read_json(request)))

    async def state(self, request: Request) -> Response:
        if not self.may_steer(request):
            self.require_key(request)
        return web.json_response(self.api.state())

    async def events(self, request: Request) -> Response:
        self.require_key(request)
        return self.board.watch()

    async def qr_code(self, request: Request) -> Response:
        self.require_key(request)
        if not self.api.is_open():
            raise RequestRefused(404, "join-locked", "joining is closed")
        return web.file_response(self.settings.join_qr.encode(), "image/svg+xml")

    async def board_page(self, request: Request) -> Response:
        has_key = self.has_key(request)
        page = web.read_file("board.html" if has_key else "closed.html")
        return web.file_response(page, "text/html", 200 if has_key else 403)

    async def board_file(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in web.FILES:
            raise HTTPException(404)
        return web.file_response(web.read_file(name), web.FILES[name])

    def may_steer(self, request: Request) -> bool:
        kind, _, token = (web.single_header(request.headers, "authorization") or "").partition(" ")
        return passwords.matches(token.strip(), self.settings.steer_digest) and kind.lower() == "bearer"

    def has_key(self, request: Request) -> bool:
        key = request.query_params.get("key", "")
        return passwords.matches(key, passwords.digest(self.settings.board_key))

    def require_key(self, request: Request) -> None:
        if not self.has_key(request):
            why = "the board's URL contains a key: `quickstart workshop status` prints it"
            raise RequestRefused(403, "no-key", why)


def _router(*routes: Route) -> Router:
    return Router(routes, redirect_slashes=False)


def _make(provisioner: provisioning.Provisioner, seat: Seat) -> bool:
    """Make a seat and tell whether it succeeded. Whatever MLflow's stores raise, the other seats are still made."""
    try:
        provisioner.make(seat)
    except Exception as error:
        print(f"seat {seat.seat} is not made yet: {error}", flush=True)
        return False
    return True


def load(application: str, path: str) -> WorkshopApp:
    """Return the workshop around the application that MLflow's command line names ("module:factory")."""
    import mlflow

    app = WorkshopApp(path, str(mlflow.__version__))
    module, _, factory = application.partition(":")
    return app.wrap(getattr(importlib.import_module(module), factory)())
