"""A program that is read line by line while it works, such as an installer."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from quickstart.target.find import clean_environment


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
