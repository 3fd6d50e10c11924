"""The two sides, each brought up in a fresh folder to a first foo/bar run, and taken down with all that it left."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psutil
import requests

from quickstart.snippets import SCRIPT_NAME, script
from tests.benchmarks import rest
from tests.conftest import PATIENCE, Home, end_servers, free_port, new_home


@dataclass(frozen=True)
class Up:
    """A server with one foo/bar run in it.

    Args:
        home: whose it is.
        uri: its tracking URI.
        pid: root of its process tree.
        seconds: from nothing to that run.
    """

    home: Home
    uri: str
    pid: int
    seconds: float


@contextlib.contextmanager
def ours(folder: Path) -> Iterator[Up]:
    """Run `quickstart --yes` in a new folder; it ends with 0 only when the run was read back."""
    with fresh(folder) as home:
        try:
            seconds = timed(home, console_script("quickstart"), "--yes")
            (server,) = home.json("server", "status")["data"]["servers"]
            yield Up(home, server["url"], server["pid"], seconds)
        finally:
            end_servers(home)


@contextlib.contextmanager
def stock(folder: Path) -> Iterator[Up]:
    """Run stock `mlflow ui` in a new folder, wait until it is healthy, and run the example script."""
    with fresh(folder) as home, contextlib.ExitStack() as cleanup:
        uri = f"http://127.0.0.1:{free_port()}"
        log = cleanup.enter_context((folder / "mlflow-ui.log").open("w+", encoding="utf-8", errors="replace"))
        begun = time.perf_counter()
        process = _start(home, log, uri)
        cleanup.callback(end_tree, process, home)
        _wait_until_healthy(process, uri, log)
        seeds_script(home, uri)
        yield Up(home, uri, process.pid, time.perf_counter() - begun)


@contextlib.contextmanager
def fresh(folder: Path) -> Iterator[Home]:
    """Make a home of its own in a folder, and remove it afterwards with all that is in it."""
    try:
        yield new_home(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _start(home: Home, log: IO[str], uri: str) -> subprocess.Popen[bytes]:
    """Start the stock server in a session of its own: a Ctrl-C must reach it through our cleaning up only."""
    options: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        options = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return subprocess.Popen(
        [console_script("mlflow"), "ui", "--port", uri.rpartition(":")[2]],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        cwd=home.cwd,
        env=home.environment,
        **options,
    )


def _wait_until_healthy(process: subprocess.Popen[bytes], uri: str, log: IO[str]) -> None:
    deadline = time.monotonic() + PATIENCE
    with rest.session() as client:
        while time.monotonic() < deadline and process.poll() is None:
            with contextlib.suppress(requests.RequestException):
                if client.get(f"{uri}/health", timeout=5).status_code == 200:
                    return
            time.sleep(0.02)
    log.seek(0)
    raise RuntimeError(f"stock mlflow ui did not become healthy:\n{log.read()[-3000:]}")


def seeds_script(home: Home, uri: str) -> float:
    """Run the example script as a process of its own, and return its seconds."""
    path = home.cwd / SCRIPT_NAME
    path.write_text(script(uri, rest.EXPERIMENT, {}), encoding="utf-8")
    return timed(home, sys.executable, str(path))


def console_script(name: str) -> str:
    """Return the path of a command that is installed beside this interpreter."""
    found = shutil.which(name, path=sysconfig.get_path("scripts"))
    if found is None:
        raise RuntimeError(f"{name} is not installed beside {sys.executable}")
    return found


def timed(home: Home, *command: str) -> float:
    """Run a command to its end, without a terminal, and return its seconds."""
    begun = time.perf_counter()
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=PATIENCE,
        cwd=home.cwd,
        env=home.environment,
        check=False,
    )
    seconds = time.perf_counter() - begun
    if done.returncode:
        raise RuntimeError(f"{command} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
    return seconds


def end_tree(process: subprocess.Popen[bytes], home: Home) -> None:
    """End a process and all that it started."""
    with contextlib.suppress(psutil.NoSuchProcess):
        root = psutil.Process(process.pid)
        tree = [root, *root.children(recursive=True)]
        # Politely to the root alone, which takes its workers with it; then whatever is left, one by one.
        process.terminate()
        _, alive = psutil.wait_procs(tree, timeout=8)
        _kill(alive)
    process.wait(timeout=8)
    # A server that is interrupted while it starts has a child just then, which nobody is the parent of afterwards.
    for _ in range(5):
        _kill(_living_in(home))


def _living_in(home: Home) -> list[psutil.Process]:
    """Return the processes that have this home, which no other process can have come by."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get("HOME") == home.environment["HOME"]:
                found.append(process)
    return found


def _kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(processes, timeout=8)
