"""Programs that run in the runtime: its scripts, which talk in lines of JSON, MLflow's commands and installers."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import psutil

from quickstart.errors import QuickstartError
from quickstart.system import signals

SCRIPTS = Path(__file__).parent / "scripts"
AFTER_AN_ANSWER = 30.0  # seconds
TICK = 0.1  # seconds between two checks whether the person stopped us


def clean_environment(**more: str) -> dict[str, str]:
    """The environment for a process in the runtime, without variables meant for another interpreter or server.

    PYTHON... would make it import other modules or stop at a warning; MLFLOW_* and DATABRICKS_* of the shell would
    decide where a server keeps its data or a client sends it.
    """
    foreign = ("MLFLOW_", "_MLFLOW_", "DATABRICKS_", "UVICORN_")
    # Another application may need prometheus_multiproc_dir; with it MLflow imports a package that may be missing.
    alone = {"WEB_CONCURRENCY", "FORWARDED_ALLOW_IPS", "PROMETHEUS_MULTIPROC_DIR"}
    harmless = {"PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX"}

    def passes(name: str) -> bool:
        is_python = re.match("PYTHON[A-Z]", name) and name not in harmless
        return not is_python and name.upper() not in alone and not name.startswith(foreign)

    return {**{key: value for key, value in os.environ.items() if passes(key)}, "PYTHONUTF8": "1", **more}


def start(
    command: list[str],
    folder: Path | str | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    stdin: int = subprocess.DEVNULL,
    stderr: int = subprocess.STDOUT,
) -> subprocess.Popen[str]:
    """Start a program whose output is read as text; the default environment is a clean_environment()."""
    return subprocess.Popen(  # noqa: S603 - the person's own interpreter, pip or uv
        command,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        encoding="utf-8",
        errors="replace",
        cwd=folder,
        env=clean_environment(PYTHONUNBUFFERED="1") if environment is None else dict(environment),
    )


def read_lines(child: subprocess.Popen[str], seconds: float, end: Callable[[], None]) -> Iterator[str]:
    """Yield the lines of a program's output until it closes its output; after `seconds`, call `end`."""
    assert child.stdout is not None  # noqa: S101 - start() asks for a pipe
    alarm = threading.Timer(seconds, end)
    alarm.daemon = True
    alarm.start()
    try:
        with child.stdout:
            yield from child.stdout
    finally:
        alarm.cancel()


class ScriptProcess:
    """A script in the runtime: lines of JSON both ways, with a deadline, and no secret in its arguments.

    Args:
        script: file name in runtime/scripts.
        request: its first line.
        seconds: until it is killed.
        environment: all of its variables; by default clean_environment().
    """

    def __init__(
        self,
        python: Path,
        script: str,
        request: Mapping[str, Any],
        seconds: float,
        *,
        environment: Mapping[str, str] | None = None,
        folder: Path = SCRIPTS,
    ) -> None:
        self._python, self._script = str(python), script
        self._seconds = seconds
        self._deadline = time.monotonic() + seconds
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._last = {"stdout": "", "stderr": ""}
        command = [str(python), str(SCRIPTS / script)]
        pipe = subprocess.PIPE
        try:
            self._child = start(command, folder, environment=environment, stdin=pipe, stderr=pipe)
        except OSError as error:
            raise QuickstartError("python-broken", python=str(python), detail=error.strerror or str(error)) from error
        self._readers = [
            threading.Thread(target=self._read, args=(name, getattr(self._child, name)), daemon=True)
            for name in self._last
        ]
        for reader in self._readers:
            reader.start()
        self._write(request)

    def __enter__(self) -> ScriptProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._child.poll() is None:
            self._child.kill()
        self._child.wait()

    def _read(self, name: str, stream: IO[str]) -> None:
        for line in stream:
            if name == "stdout":
                self._lines.put(line)
            if line.strip():
                self._last[name] = line.strip()  # a traceback ends with what happened
        if name == "stdout":
            self._lines.put(None)

    def send(self, value: Mapping[str, Any]) -> None:
        """Send one line; answer() raises if the script has ended."""
        # The time that a person took to answer does not count.
        self._deadline = max(self._deadline, time.monotonic() + AFTER_AN_ANSWER)
        self._write(value)

    def _write(self, value: Mapping[str, Any]) -> None:
        assert self._child.stdin is not None  # noqa: S101 - __init__() asks for a pipe
        with contextlib.suppress(BrokenPipeError):
            self._child.stdin.write(json.dumps(value) + "\n")
            self._child.stdin.flush()

    def answer(self) -> dict[str, Any]:
        """Return the next JSON object.

        Raises:
            QuickstartError: "script-silent" at the deadline, "script-failed" if it ends without an answer.
        """
        answer = self._next()
        if answer is None:
            raise self._failure()
        return answer

    def last_answer(self) -> dict[str, Any]:
        """Send no more, wait until it ends, and return its last JSON object.

        Raises:
            QuickstartError: "script-silent" at the deadline, "script-failed" if it fails or has no answer.
        """
        assert self._child.stdin is not None  # noqa: S101 - __init__() asks for a pipe
        with contextlib.suppress(BrokenPipeError):
            self._child.stdin.close()
        try:
            answers = list(iter(self._next, None))
        except BaseException:
            self._kill_children()
            raise
        if self._wait() or not answers:
            raise self._failure()
        return answers[-1]

    def _wait(self) -> int:
        try:
            return self._child.wait(max(0.0, self._deadline - time.monotonic()))
        except subprocess.TimeoutExpired as error:
            raise self._silence() from error

    def _next(self) -> dict[str, Any] | None:
        while True:
            signals.raise_if_stopped()
            if time.monotonic() > self._deadline:
                raise self._silence()
            with contextlib.suppress(queue.Empty):
                line = self._lines.get(timeout=TICK)
                if line is None:
                    return None
                with contextlib.suppress(ValueError):
                    if line.startswith("{"):
                        return dict(json.loads(line))

    def _silence(self) -> QuickstartError:
        return QuickstartError("script-silent", python=self._python, script=self._script, seconds=self._seconds)

    def _failure(self) -> QuickstartError:
        status = self._wait()
        for reader in self._readers:
            reader.join(timeout=1.0)
        detail = self._last["stderr"] or self._last["stdout"] or "no output"
        return QuickstartError("script-failed", python=self._python, script=self._script, detail=detail, status=status)

    def _kill_children(self) -> None:
        """Kill what it started: an interpreter may be a script that started another one."""
        with contextlib.suppress(psutil.Error):
            for child in psutil.Process(self._child.pid).children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    child.kill()


def run_script(
    python: Path,
    script: str,
    *,
    request: Mapping[str, Any] | None = None,
    timeout: float,
    environment: Mapping[str, str] | None = None,
    folder: Path = SCRIPTS,
) -> dict[str, Any]:
    """Run a script to its end and return its last JSON object; the arguments are those of ScriptProcess.

    Raises:
        QuickstartError: "script-failed", with the last line it printed, "script-silent" at the deadline, or
            "python-broken" if it cannot be started.
    """
    with ScriptProcess(python, script, request or {}, timeout, environment=environment, folder=folder) as process:
        return process.last_answer()


def run_mlflow(python: Path, *arguments: str, timeout: float) -> None:
    """Run a command of MLflow's own command line in the runtime, such as "db", "upgrade", "sqlite:////runs/mlflow.db".

    Raises:
        QuickstartError: "script-failed" with MLflow's message, or what run_script() raises.
    """
    answer = run_script(python, "mlflow_command.py", request={"arguments": arguments}, timeout=timeout)
    if answer["error"]:
        command = f"mlflow {arguments[0]}"
        raise QuickstartError("script-failed", python=str(python), script=command, detail=answer["error"], status=1)
