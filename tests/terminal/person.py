"""A person at a real pseudo-terminal."""

from __future__ import annotations

import importlib
import re
import signal
import sys
import time
from typing import Any

import pytest

from tests.conftest import Home

ESCAPE = "\x1b"
STYLES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
CTRL_C = "\x03"
PATIENCE = 20  # seconds; a server is up after three, on a busy machine after ten


class Person:
    """Somebody who types `quickstart` at a terminal of 80 x 24, and reads what comes.

    Args:
        home: whose machine it is.
        arguments: of the command line.
        environment: further variables.
    """

    def __init__(self, home: Home, *arguments: str, **environment: str) -> None:
        pexpect: Any = importlib.import_module("pexpect")
        self._ends = pexpect.EOF
        self._too_slow = pexpect.TIMEOUT
        without = {"ACCESSIBLE", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "DISPLAY", "WAYLAND_DISPLAY"}
        kept = {key: value for key, value in home.environment.items() if key not in without}
        # The pseudo-terminal does not answer where its cursor is; prompt_toolkit need not wait for that.
        here = {"TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1"}
        self._child = pexpect.spawn(
            sys.executable,
            ["-m", "quickstart", *arguments],
            env={**kept, **here, **environment},
            cwd=str(home.cwd),
            dimensions=(24, 80),
            encoding="utf-8",
            timeout=PATIENCE,
        )
        self.raw = ""

    def reads(self, text: str) -> None:
        """Wait until a text is on the screen."""
        found = self._child.expect_exact([text, self._ends, self._too_slow])
        self.raw += self._child.before
        if found != 0:
            self._child.close(force=True)
            pytest.fail(f"{text!r} did not come:\n{self.screen}")
        self.raw += self._child.after

    def types(self, text: str) -> None:
        """Press keys."""
        self._child.send(text)

    def leaves(self) -> int:
        """Wait until the command has ended; return its exit status."""
        if self._child.expect([self._ends, self._too_slow]) != 0:
            self.raw += self._child.before
            self._child.close(force=True)
            pytest.fail(f"it did not end:\n{self.screen}")
        self.raw += self._child.before
        # The terminal is closed a moment before the process has ended; close() would hang up on it.
        deadline = time.monotonic() + PATIENCE
        while self._child.isalive() and time.monotonic() < deadline:
            time.sleep(0.01)
        self._child.close()
        if self._child.signalstatus == signal.SIGINT:
            # What a shell shows of it. Python ends that way, even after the interrupt was handled, where it came
            # just while source text was executed, as namedtuple() does (_Py_UnhandledKeyboardInterrupt).
            return 128 + signal.SIGINT
        assert self._child.signalstatus is None, f"it was killed by signal {self._child.signalstatus}"
        return int(self._child.exitstatus)

    @property
    def screen(self) -> str:
        """What was shown, without escape codes."""
        return STYLES.sub("", self.raw)
