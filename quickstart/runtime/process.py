"""A conversation with a script in the runtime: lines of JSON both ways, with a deadline, and no secret in argv."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from quickstart.errors import QuickstartError
from quickstart.runtime.find import SCRIPTS, clean_environment
from quickstart.system import signals

AFTER_AN_ANSWER = 30.0  # seconds
TICK = 0.1  # seconds between two looks whether we were told to stop


class ScriptProcess:
    """A script that runs until this ends.

    Args:
        python: the runtime's interpreter.
        script: file name below runtime/scripts.
        request: its first line.
        seconds: until it has to be done.
        environment: variables to set.
    """

    def __init__(
        self, python: Path, script: str, request: Mapping[str, Any], seconds: float, **environment: str
    ) -> None:
        self._python, self._script = str(python), script
        self._seconds = seconds
        self._deadline = time.monotonic() + seconds
        self._said: queue.Queue[str | None] = queue.Queue()
        self._words = ""
        try:
            self._child = subprocess.Popen(  # noqa: S603 - the person's own interpreter
                [str(python), str(SCRIPTS / script)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                errors="replace",
                cwd=SCRIPTS,
                env=clean_environment(**environment),
            )
        except OSError as error:
            raise QuickstartError("python-broken", python=str(python), detail=error.strerror or str(error)) from error
        for stream in (self._child.stdout, self._child.stderr):
            threading.Thread(target=self._read, args=(stream,), daemon=True).start()
        self.send(request)

    def __enter__(self) -> ScriptProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._child.poll() is None:
            self._child.kill()
        self._child.wait()

    def _read(self, stream: IO[str]) -> None:
        answers = stream is self._child.stdout
        for line in stream:
            if answers:
                self._said.put(line)
            elif line.strip():
                self._words = line.strip()  # a traceback ends with what happened
        if answers:
            self._said.put(None)

    def send(self, value: Mapping[str, Any]) -> None:
        """Send one line; a script that has ended is noticed by answer()."""
        assert self._child.stdin is not None  # noqa: S101 - asked for above
        # What a person took to answer is no time that the script took.
        self._deadline = max(self._deadline, time.monotonic() + AFTER_AN_ANSWER)
        with suppress(BrokenPipeError):
            self._child.stdin.write(json.dumps(value) + "\n")
            self._child.stdin.flush()

    def answer(self) -> dict[str, Any]:
        """Return the next JSON object that it says.

        Raises:
            Fault: "script-silent" when the time is up, "script-failed" where it ended without an answer.
        """
        while True:
            signals.raise_if_stopped()
            try:
                line = self._said.get(timeout=TICK)
            except queue.Empty:
                if time.monotonic() > self._deadline:
                    raise QuickstartError(
                        "script-silent", python=self._python, script=self._script, seconds=self._seconds
                    ) from None
                continue
            if line is None:
                status = self._child.wait()
                words = self._words or "no output"
                raise QuickstartError(
                    "script-failed", python=self._python, script=self._script, detail=words, status=status
                )
            with suppress(ValueError):
                if line.startswith("{"):
                    return dict(json.loads(line))


def start(command: list[str], folder: Path | str | None = None, **environment: str) -> subprocess.Popen[str]:
    """Start a program whose output, errors too, is read as text; raise OSError where it cannot be.

    Args:
        command: with a fixed list of arguments.
        folder: that it works in; this one unless given.
        environment: variables to set, beside those of the shell.
    """
    return subprocess.Popen(  # noqa: S603 - pip or uv, with a fixed argument list
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        cwd=folder,
        env=clean_environment(PYTHONUNBUFFERED="1", **environment),
    )


def lines(child: subprocess.Popen[str], seconds: float, end: Callable[[], None]) -> Iterator[str]:
    """Yield the lines of a program's output until it closes it.

    Args:
        child: as returned by start().
        seconds: after which it is ended.
        end: how.
    """
    assert child.stdout is not None  # noqa: S101 - asked for in start()
    alarm = threading.Timer(seconds, end)
    alarm.daemon = True
    alarm.start()
    try:
        with child.stdout:
            yield from child.stdout
    finally:
        alarm.cancel()
