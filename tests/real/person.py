"""A person at a real pseudo-terminal."""

from __future__ import annotations

import importlib
import json
import re
import signal
import sys
import time
from contextlib import suppress
from typing import Any

import pytest

from tests.conftest import Home

ESCAPE = "\x1b"
STYLES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])[;m]")  # an SGR code for one, before or behind
ENTER, LEFT, UP, DOWN = "\r", "\x1b[D", "\x1b[A", "\x1b[B"
CTRL_C, CTRL_D = "\x03", "\x04"
QUESTIONS = ("1 of 4", "2 of 4", "3 of 4", "4 of 4")
MENU = "Set it up?"
PATIENCE = 20  # seconds; a server is up after three, on a busy machine after ten


class Person:
    """Somebody who types `quickstart` at a terminal of 80 x 24, and reads what comes.

    Args:
        home: whose machine it is.
        arguments: of the command line.
        environment: further variables.
    """

    columns = 80

    def __init__(self, home: Home, *arguments: str, **environment: str) -> None:
        pexpect: Any = importlib.import_module("pexpect")
        self._ends = pexpect.EOF
        self._not_at_once = pexpect.ExceptionPexpect
        self._too_slow = pexpect.TIMEOUT
        without = {"ACCESSIBLE", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "DISPLAY", "WAYLAND_DISPLAY"}
        inherited = {key: value for key, value in home.environment.items() if key not in without}
        # The pseudo-terminal does not answer where its cursor is; prompt_toolkit need not wait for that.
        here = {"TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1"}
        self._child = pexpect.spawn(
            sys.executable,
            ["-m", "quickstart", *arguments],
            env={**inherited, **here, **environment},
            cwd=str(home.cwd),
            dimensions=(24, self.columns),
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

    def sees(self, question: str, *keys: str) -> None:
        """Wait for a question, then press keys."""
        self.reads(question)
        for key in keys:
            self.types(key)

    def answers(self, *keys: str, first: int = 1) -> None:
        """Answer questions, each with its keys, from a question on."""
        for question, key in zip(QUESTIONS[first - 1 :], keys, strict=False):
            self.sees(question, key)

    def resizes(self, columns: int) -> None:
        """Make the terminal wider or narrower; the command gets the signal."""
        self._child.setwinsize(24, columns)

    def hangs_up(self) -> None:
        """Close the terminal, as somebody does who closes its window."""
        with suppress(self._not_at_once):  # it may take its time to clean up: what is left then, the test looks at
            self._child.close(force=False)

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
        return self.plain(self.raw)

    @staticmethod
    def plain(sent: str) -> str:
        """Return what was sent without escape codes."""
        return STYLES.sub("", sent)

    @property
    def words(self) -> str:
        """What was shown, each line break and each run of blanks as one blank."""
        return " ".join(self.screen.split())


def kept(home: Home) -> dict[str, Any]:
    """Return the answers that a home has kept for the next start; none where there are none."""
    file = home.quickstart_home / "state" / "unfinished.json"
    return dict(json.loads(file.read_text(encoding="utf-8"))["answers"]) if file.exists() else {}


def below(home: Home) -> set[str]:
    """Return the path of everything that is in a home."""
    return {path.relative_to(home.path).as_posix() for path in home.path.rglob("*")}
