"""From the start of the command to its first question on a terminal, detection included."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import termios
import time

from tests.benchmarks.sides import console_script
from tests.conftest import PATIENCE, Home

QUESTION = b"Must your data"
CTRL_C = b"\x03"


def first_question(home: Home) -> float:
    """Start the wizard in a real pseudo-terminal, and return the seconds until its first question is there."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    # The pseudo-terminal does not answer where its cursor is; a real one does so at once.
    environment = {**home.environment, "TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1"}
    begun = time.perf_counter()
    with subprocess.Popen(
        [console_script("quickstart")],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment,
        cwd=home.cwd,
        start_new_session=True,
    ) as child:
        os.close(theirs)
        seen = b""
        while QUESTION not in seen:
            seen += os.read(ours, 65536)
        seconds = time.perf_counter() - begun
        os.write(ours, CTRL_C)
        _drain(ours)
        child.wait(timeout=PATIENCE)
    os.close(ours)
    return seconds


def _drain(terminal: int) -> None:
    """Read what is still written, so that nobody waits to be read."""
    try:
        while os.read(terminal, 65536):
            pass
    except OSError:  # EIO: the last writer closed the terminal
        return
