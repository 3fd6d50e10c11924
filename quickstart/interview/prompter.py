"""What asking means, whoever asks."""

from __future__ import annotations

import os
import sys
from typing import Protocol

from quickstart.errors import ExitCode, Fault


class Prompter(Protocol):
    """Asks a person; raises KeyboardInterrupt when they cancel."""

    def confirm(self, question: str, *, default: bool, flag: str) -> bool:
        """Ask for yes or no.

        Args:
            question: without a question mark's helpers such as [y/N].
            default: what Enter means, and what --yes takes.
            flag: what gives the same answer without asking.
        """


class Defaults:
    """Takes every default, for --yes."""

    def confirm(self, question: str, *, default: bool, flag: str) -> bool:
        """Return the default."""
        return default


class Nobody:
    """Stands where nobody can be asked: a missing answer ends the road at once, naming the flag."""

    def confirm(self, question: str, *, default: bool, flag: str) -> bool:
        """Raise Fault "answer-needed"."""
        raise Fault("answer-needed", ExitCode.ANSWER_NEEDED, question=question, flag=flag)


def choose(*, yes: bool, no_input: bool) -> Prompter:
    """Return who asks: nobody where there is no terminal, for piped text must not answer by accident."""
    if yes:
        return Defaults()
    if no_input or not (sys.stdin and sys.stdin.isatty() and sys.stderr.isatty()):
        return Nobody()
    helpless = sys.platform != "win32" and os.environ.get("TERM", "") in {"", "dumb", "unknown"}
    if helpless or os.environ.get("ACCESSIBLE"):
        from quickstart.interview.plain import Plain

        return Plain()
    from quickstart.interview.terminal import Terminal

    return Terminal()
