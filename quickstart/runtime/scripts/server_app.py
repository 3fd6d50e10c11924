"""Run `mlflow server` in one process, inside the interpreter that has MLflow.

Usage: python server_app.py LAUNCHER HOST PORT -- ARGUMENT...

LAUNCHER is "auto" or "mlflow-server"; the arguments are those of `mlflow server`.

MLflow's own command does all the work: it checks the arguments, creates the database and prepares the
environment of its web server. Only its last act, starting a second interpreter that imports MLflow again,
is replaced by running uvicorn here: half the start-up time and 40 % less memory. Where this MLflow does
not hand over a plain uvicorn command, it is left to do what it always does ("mlflow-server").

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
BACKLOG = 2048  # uvicorn's own default: a class that connects at once is queued, not refused
MANY = 10240  # files; what macOS allows at most
PORT_TAKEN = 98  # exit status; any number that Python and MLflow do not use themselves
NO_CLASSROOM = 97
CLASSROOM = "QUICKSTART_CLASSROOM"  # names the settings of a class that this server holds (classroom/settings.py)


def say(**facts: str) -> None:
    """Write one JSON line that whoever started us finds in the log."""
    print(json.dumps({"quickstart": facts}), flush=True)


def listen(host: str, port: int) -> socket.socket:
    """Take the port before the slow imports, so that a conflict shows at once and nobody can slip in.

    IPPROTO_TCP is named because asyncio sets TCP_NODELAY only where it is: without it each answer on a
    kept-alive connection waits some 40 ms for a delayed acknowledgement.
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
    """Return (application, is a factory) of a plain uvicorn command, or None for any other command."""
    if command[1:3] != ["-m", "uvicorn"] or ":" not in command[-1]:
        return None
    return command[-1], "--factory" in command


def option(command: list[str], name: str) -> str | None:
    """Return the value that follows an option on a command line."""
    return command[command.index(name) + 1] if name in command else None


class Here:
    """Stands where MLflow expects the process it just started; that process is this one."""

    pid = os.getpid()

    def __init__(self, server: Any, listener: socket.socket) -> None:
        self.server = server
        self.listener = listener

    def poll(self) -> int | None:
        """Tell whether it has ended, as subprocess.Popen does."""
        return 0 if self.server.should_exit else None

    def send_signal(self, signum: int) -> None:
        """Ask the server to end; a signal sent to ourselves would only come back here."""
        self.server.should_exit = True

    def wait(self) -> int:
        """Serve until asked to end."""
        if not self.server.config.loaded:
            self.server.config.load()
        # What the imports and the schema left behind stays for good: keep the collector away from it.
        gc.freeze()
        gc.enable()
        self.server.run(sockets=[self.listener])
        return 0


def classroom(module: str) -> Any:
    """Return a module of quickstart/workshop/classroom, which is on no import path here."""
    name = "quickstart_classroom"
    if name not in sys.modules:
        here = os.path.dirname(os.path.abspath(__file__))
        folder = os.path.join(os.path.dirname(os.path.dirname(here)), "workshop", "classroom")
        place = os.path.join(folder, "__init__.py")
        spec = importlib.util.spec_from_file_location(name, place, submodule_search_locations=[folder])
        assert spec is not None  # noqa: S101 - None is for unknown kinds of files
        sys.modules[name] = importlib.util.module_from_spec(spec)
    return importlib.import_module(f"{name}.{module}")


def no_classroom(why: object) -> int:
    """Say why there can be no class, and return the exit status for it."""
    say(failed="no-classroom", detail=str(why))
    return NO_CLASSROOM


def serve_here(
    start_process: Callable[..., Any], listener: socket.socket, room: str | None = None
) -> Callable[..., Any]:
    """Return a stand-in for mlflow.server._exec_cmd that runs a uvicorn command in this process.

    Args:
        start_process: what it stands in for.
        listener: the port, taken.
        room: the settings' file of the class that it serves.
    """

    def exec_here(command: list[str], extra_env: Any = None, synchronous: bool = True, **options: Any) -> Any:
        app = app_of(command)
        if app is None and room:
            raise SystemExit(no_classroom(f"MLflow runs another server here: {command[:3]}"))
        if app is None:
            listener.close()
            gc.enable()
            say(launcher=MLFLOW_SERVER)
            return start_process(command, extra_env=extra_env, synchronous=synchronous, **options)
        import uvicorn

        os.environ.update(extra_env or {})
        log = option(command, "--log-config") or uvicorn.config.LOGGING_CONFIG
        options = {"factory": app[1], "workers": 1, "log_config": log, "backlog": BACKLOG}
        config = uvicorn.Config(app[0], **options)
        if room:
            held = classroom("app").load(app[0], room)
            config = uvicorn.Config(held, **{**options, "factory": False}, **classroom("server").options(room))
            config.load()
            door = classroom("server").harden(config, listener)
        say(launcher=ONE_PROCESS)
        here = Here(uvicorn.Server(config), door if room else listener)
        if room:
            held.leaving = lambda: here.poll() is not None
        return here.wait() if synchronous else here

    return exec_here


def open_many_files() -> None:
    """Raise the number of files that may be open as far as we may: each client and each connection takes one."""
    try:
        import resource

        now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = MANY if most == resource.RLIM_INFINITY else min(most, MANY)
        if now != resource.RLIM_INFINITY and now < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
    except (ImportError, OSError, ValueError):  # Windows has no such limit; macOS does not allow everything
        pass


def main(launcher: str, host: str, port: int, arguments: list[str]) -> int:
    """Run `mlflow server` with these arguments and return its exit status."""
    # A folder of scripts is no place to import from, and neither is whatever holds a file named mlflow.py.
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != here]
    open_many_files()
    room = os.environ.get(CLASSROOM)
    if room:
        try:
            classroom("server").check()
            arguments = [*arguments, *classroom("server").prepare(room)]
        except (OSError, ValueError, TypeError, classroom("server").NoClassroom) as error:
            return no_classroom(error)
    listener = None
    if launcher == "auto":
        try:
            listener = listen(host, port)
        except OSError as error:
            say(failed="port-taken", detail=str(error))
            return PORT_TAKEN
        # Importing MLflow and creating the schema make long-lived objects only: collecting garbage
        # meanwhile costs a quarter of the start-up time and finds nothing.
        gc.disable()

    # Imported first: MLflow installs its Host and CORS checks only where it sees a web server loaded.
    importlib.import_module("uvicorn")
    from mlflow.cli import cli

    if listener is None:
        say(launcher=MLFLOW_SERVER)
    else:
        import mlflow.server

        if hasattr(mlflow.server, "_exec_cmd"):
            mlflow.server._exec_cmd = serve_here(mlflow.server._exec_cmd, listener, room)
        else:
            if room:
                return no_classroom("this MLflow cannot be served in one process")
            listener.close()
            say(launcher=MLFLOW_SERVER)
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
