"""What all tests share: a home of their own, the real command, and one real server for whoever only reads or logs."""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from quickstart.server.processes import TOKEN

PATIENCE = 180  # seconds; no command of a test may take longer


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what takes longest first, an order that --no-loadscope-reorder keeps: last, all others would wait for it."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@dataclass(frozen=True)
class Ran:
    """What a command did: its exit status, and what it wrote."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one JSON document on stdout."""
        value: dict[str, Any] = json.loads(self.out)
        return value


@dataclass(frozen=True)
class Home:
    """A person's machine in a temporary folder, and the command they type."""

    path: Path
    cwd: Path
    environment: dict[str, str]

    def run(self, *arguments: str, status: int | None = 0, stdin: str | None = None, **environment: str) -> Ran:
        """Run `quickstart` as a person would, without a terminal.

        Args:
            arguments: of the command line.
            status: the exit status that is expected; None where the caller looks.
            stdin: text that is piped in.
            environment: further variables.
        """
        done = subprocess.run(
            [sys.executable, "-m", "quickstart", *arguments],
            input=stdin if stdin is not None else "",
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=PATIENCE,
            cwd=self.cwd,
            env={**self.environment, **environment},
            check=False,
        )
        ran = Ran(done.returncode, done.stdout, done.stderr)
        if status is not None:
            assert ran.status == status, f"{arguments} ended with {ran.status}\n{ran.out}\n{ran.err}"
        return ran

    def json(self, *arguments: str, status: int = 0, **environment: str) -> dict[str, Any]:
        """Run a command with --json and return its document."""
        return self.run(*arguments, "--json", status=status, **environment).json

    @property
    def quickstart_home(self) -> Path:
        """The folder that QUICKSTART_HOME names."""
        return Path(self.environment["QUICKSTART_HOME"])


def new_home(path: Path) -> Home:
    """Return a home below a temporary folder, cut off from the developer's own settings."""
    foreign: tuple[str, ...] = (
        "MLFLOW_",
        "DATABRICKS_",
        "QUICKSTART_",
        "VIRTUAL_ENV",
        "CONDA_",
        "SSH_",
        "PYTHONPATH",
        "DO_NOT_TRACK",
    )
    # Where no bytecode is written, each import of MLflow takes 5 s longer.
    foreign = (*foreign, "PYTHONDONTWRITEBYTECODE")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(foreign)}
    cwd = path / "work"
    cwd.mkdir(parents=True)
    environment |= {
        "HOME": str(path / "home"),
        "USERPROFILE": str(path / "home"),
        "QUICKSTART_HOME": str(path / "quickstart"),
        "QUICKSTART_PYTHON": sys.executable,
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "PYTHONIOENCODING": "utf-8",
    }
    (path / "home").mkdir()
    return Home(path, cwd, environment)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A home of its own for one test; whatever server it leaves is ended, and leaving one open is no fault."""
    made = new_home(tmp_path)
    yield made
    end_servers(made)


def end_servers(made: Home) -> None:
    """End every server and workshop of a home; a home without a record of one is not asked, which takes a process."""
    if not any((made.quickstart_home / "state" / "servers").glob("*")):
        return
    for server in made.json("server", "status")["data"]["servers"]:
        if (made.quickstart_home / "state" / "workshops" / server["name"]).exists():
            made.run("workshop", "close", server["name"], "--yes")
        else:
            made.run("server", "stop", "--name", server["name"])


@dataclass(frozen=True)
class Shared:
    """A real MLflow server that tests may log to, but not stop."""

    home: Home
    uri: str


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    """One real server for the whole run."""
    made = new_home(tmp_path_factory.mktemp("shared"))
    port = free_port()
    made.run("server", "start", "--port", str(port))
    yield Shared(made, f"http://127.0.0.1:{port}")
    end_servers(made)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def lasting_port() -> int:
    """Return a free port that the system gives to no outgoing connection (Linux: from 32768 on).

    Whoever calls a port of those while nobody listens may be connected to himself, which holds the port.
    """
    for port in random.sample(range(20_000, 32_000), 100):
        with socket.socket() as free, suppress(OSError):
            free.bind(("127.0.0.1", port))
            return port
    raise OSError("no port is free")


def ours(home: Path) -> list[psutil.Process]:
    """Return the live server processes that belong to a home, or to one of the homes below a folder."""
    found = []
    for process in psutil.process_iter():
        try:
            environment = process.environ()
        except (psutil.Error, OSError):
            continue
        if TOKEN in environment and Path(environment.get("QUICKSTART_HOME", "/")).is_relative_to(home):
            found.append(process)
    return found


@pytest.fixture(scope="session", autouse=True)
def nothing_leaks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """After the last test, no server that a test started is alive."""
    yield
    assert not ours(tmp_path_factory.getbasetemp())


@pytest.fixture
def taken_port() -> Iterator[Callable[..., int]]:
    """Hand out ports that a stranger holds: one that answers every request with the given bytes, or never."""
    import threading

    listeners: list[socket.socket] = []

    def take(answer: bytes | None = None) -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def serve() -> None:
            held = []
            while True:
                try:
                    caller, _ = listener.accept()
                except OSError:
                    return
                held.append(caller)
                if answer is not None:
                    caller.settimeout(2)
                    with caller:
                        try:
                            caller.recv(65536)
                            caller.sendall(answer)
                        except OSError:
                            continue

        threading.Thread(target=serve, daemon=True).start()
        return int(listener.getsockname()[1])

    yield take
    for listener in listeners:
        listener.close()
