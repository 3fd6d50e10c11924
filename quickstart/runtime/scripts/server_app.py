"""Run `mlflow server` in one process, inside the interpreter that has MLflow.

Usage: python server_app.py LAUNCHER HOST PORT -- ARGUMENT...

LAUNCHER is "auto" or "mlflow-server"; the arguments are those of `mlflow server`.

MLflow's own command does all the work: it checks the arguments, creates the database and prepares the
environment of its web server. Only its last step, starting a second interpreter that imports MLflow again,
is replaced by running uvicorn here: half the start-up time and 40 % less memory. If this MLflow does not
hand over a plain uvicorn command, it starts its server as always ("mlflow-server").

Standard library, MLflow and uvicorn only; it runs on every Python that MLflow supports.
"""

from __future__ import annotations

import gc
import importlib
import importlib.util
import json
import os
import socket
import sys
from collections.abc import Callable
from typing import Any

ONE_PROCESS = "one-process"
MLFLOW_SERVER = "mlflow-server"
BACKLOG = 2048  # uvicorn's own default: participants who connect at once are queued
MANY = 10240  # files; what macOS allows at most
PORT_TAKEN = 98  # exit status; any number that Python and MLflow do not use themselves
NO_WORKSHOP = 97
CLASSROOM = "QUICKSTART_CLASSROOM"  # names the file of workshop/classroom/server.py, if the server runs a workshop


def log_json(**facts: str) -> None:
    """Write one JSON line into the log, for the process that started this one."""
    print(json.dumps({"quickstart": facts}), flush=True)


def listen(host: str, port: int) -> socket.socket:
    """Take the port before the slow imports, so that a conflict shows at once and no other program gets it.

    IPPROTO_TCP is named because asyncio sets TCP_NODELAY only then: without it each answer on a kept-alive
    connection waits some 40 ms for a delayed acknowledgement.
    """
    family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, socket.IPPROTO_TCP)
    # On Windows SO_REUSEADDR would let two servers share the port.
    if sys.platform == "win32":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
    else:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(address)
    listener.listen(BACKLOG)
    return listener


def app_of(command: list[str]) -> tuple[str, bool] | None:
    """Return (application, is a factory) of a plain uvicorn command, None for any other command."""
    if command[1:3] != ["-m", "uvicorn"] or ":" not in command[-1]:
        return None
    return command[-1], "--factory" in command


def option(command: list[str], name: str) -> str | None:
    return command[command.index(name) + 1] if name in command else None


class ThisProcess:
    """This process in place of the one that MLflow expects to have started."""

    pid = os.getpid()

    def __init__(self, server: Any, listener: socket.socket) -> None:
        self.server = server
        self.listener = listener

    def poll(self) -> int | None:
        """Return None while it runs, as subprocess.Popen does."""
        return 0 if self.server.should_exit else None

    def send_signal(self, signum: int) -> None:
        """Ask the server to end; a signal sent to this process would only come back here."""
        self.server.should_exit = True

    def wait(self) -> int:
        if not self.server.config.loaded:
            self.server.config.load()
        # The objects of the imports and the schema stay for good: the collector need not check them.
        gc.freeze()
        gc.enable()
        self.server.run(sockets=[self.listener])
        return 0


def load_workshop(module: str) -> Any:
    """Import a module of quickstart/workshop/classroom, which is on no import path here."""
    name = "quickstart_classroom"
    if name not in sys.modules:
        here = os.path.dirname(os.path.abspath(__file__))
        folder = os.path.join(os.path.dirname(os.path.dirname(here)), "workshop", "classroom")
        path = os.path.join(folder, "__init__.py")
        spec = importlib.util.spec_from_file_location(name, path, submodule_search_locations=[folder])
        assert spec is not None  # noqa: S101 - None is for unknown kinds of files
        sys.modules[name] = importlib.util.module_from_spec(spec)
    return importlib.import_module(f"{name}.{module}")


def refuse_workshop(why: object) -> int:
    log_json(failed="no-classroom", detail=str(why))
    return NO_WORKSHOP


def serve_here(
    start_process: Callable[..., Any], listener: socket.socket, settings: str | None = None
) -> Callable[..., Any]:
    """Return a replacement for mlflow.server._exec_cmd that runs a uvicorn command in this process.

    Args:
        listener: already bound to the port.
        settings: the settings file of the workshop that it serves.
    """

    def exec_here(command: list[str], extra_env: Any = None, synchronous: bool = True, **options: Any) -> Any:
        target = app_of(command)
        if target is None and settings:
            raise SystemExit(refuse_workshop(f"this MLflow runs another web server: {command[:3]}"))
        if target is None:
            listener.close()
            gc.enable()
            log_json(launcher=MLFLOW_SERVER)
            return start_process(command, extra_env=extra_env, synchronous=synchronous, **options)
        import uvicorn

        os.environ.update(extra_env or {})
        log = option(command, "--log-config") or uvicorn.config.LOGGING_CONFIG
        options = {"factory": target[1], "workers": 1, "log_config": log, "backlog": BACKLOG}
        config = uvicorn.Config(target[0], **options)
        listening = listener
        if settings:
            app, server = load_workshop("app").load(target[0], settings), load_workshop("server")
            config = uvicorn.Config(app, **{**options, "factory": False}, **server.options(settings))
            config.load()
            listening = server.harden(config, listener)
        log_json(launcher=ONE_PROCESS)
        process = ThisProcess(uvicorn.Server(config), listening)
        if settings:
            app.should_exit = lambda: process.poll() is not None
        return process.wait() if synchronous else process

    return exec_here


def open_many_files() -> None:
    """Raise the limit for open files as far as allowed: each client and each connection takes one."""
    try:
        import resource

        now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        number = MANY if most == resource.RLIM_INFINITY else min(most, MANY)
        if now != resource.RLIM_INFINITY and now < number:
            resource.setrlimit(resource.RLIMIT_NOFILE, (number, most))
    except (ImportError, OSError, ValueError):  # Windows has no such limit; macOS does not allow everything
        pass


def main(launcher: str, host: str, port: int, arguments: list[str]) -> int:
    # Never import from the folder of scripts.
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != here]
    open_many_files()
    settings = os.environ.get(CLASSROOM)
    if settings:
        try:
            load_workshop("server").check()
            arguments = [*arguments, *load_workshop("server").prepare(settings)]
        except (OSError, ValueError, TypeError, load_workshop("server").WorkshopUnavailable) as error:
            return refuse_workshop(error)
    listener = None
    if launcher == "auto":
        try:
            listener = listen(host, port)
        except OSError as error:
            log_json(failed="port-taken", detail=str(error))
            return PORT_TAKEN
        # Importing MLflow and creating the schema make long-lived objects only: collecting garbage
        # meanwhile costs a quarter of the start-up time and finds nothing.
        gc.disable()

    # Imported first: MLflow installs its Host and CORS checks only if a web server is loaded.
    importlib.import_module("uvicorn")
    from mlflow.cli import cli

    if listener is None:
        log_json(launcher=MLFLOW_SERVER)
    else:
        import mlflow.server

        if hasattr(mlflow.server, "_exec_cmd"):
            mlflow.server._exec_cmd = serve_here(mlflow.server._exec_cmd, listener, settings)
        else:
            if settings:
                return refuse_workshop("this MLflow cannot be served in one process")
            listener.close()
            log_json(launcher=MLFLOW_SERVER)
    try:
        cli.main(args=["server", *arguments], prog_name="mlflow")
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(bool(stop.code))
    return 0


if __name__ == "__main__":
    status = main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[5:])
    sys.stdout.flush()
    sys.stderr.flush()
    # Taking down a hundred thousand imported objects one by one would cost a second of every stop.
    os._exit(status)
