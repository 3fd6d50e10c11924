"""Which prompter fits where quickstart runs: a terminal, a plain one, or none."""

from __future__ import annotations

import os
import re
import sys
from typing import IO

from quickstart.prompts.base import DefaultPrompter, NoPrompter, Prompter, in_kernel

# Git Bash's terminal is a pair of pipes to a Windows program unless winpty is between them.
# The names that MSYS2 and Cygwin give to the pipes of a pseudo-terminal.
PIPE = re.compile(r"\\(msys|cygwin)-[0-9a-f]+-pty\d+-(from|to)-master(-nat)?")


def choose(*, yes: bool, no_input: bool, colour: bool = True) -> Prompter:
    """Return the prompter that fits: one that never asks without a terminal, so that piped text cannot answer.

    Args:
        yes: whether to take every default.
        no_input: whether never to prompt.
        colour: whether prompts may have colours.
    """
    if yes:
        return DefaultPrompter()
    if no_input or in_kernel() or not _terminal():
        return NoPrompter()
    helpless = sys.platform != "win32" and os.environ.get("TERM", "") in {"", "dumb", "unknown"}
    if helpless or os.environ.get("ACCESSIBLE") or not sys.stdin.isatty():
        from quickstart.prompts.plain import PlainPrompter  # noqa: PLC0415 - start-up: only one prompter is needed

        return PlainPrompter()
    from quickstart.prompts.terminal import TerminalPrompter  # noqa: PLC0415 - start-up: it loads questionary

    return TerminalPrompter(colour=colour)


def _terminal() -> bool:
    """Tell whether a person sits at both ends: a terminal, or Git Bash's, which Windows sees as a pipe."""
    if not sys.stdin or not sys.stderr:
        return False
    if is_mintty(sys.stdin) and is_mintty(sys.stderr):
        return True
    return sys.stdin.isatty() and sys.stderr.isatty()


def names_terminal(pipe: str) -> bool:
    """Tell whether a pipe's name is that of Git Bash's pseudo-terminal."""
    return PIPE.fullmatch(pipe) is not None


def is_mintty(stream: IO[str]) -> bool:
    """Tell whether a stream leads to Git Bash's terminal; always false elsewhere than on Windows.

    Args:
        stream: stdin or stderr. Its pipe's name tells, which GetFileInformationByHandleEx returns (FileNameInfo).
    """
    if sys.platform != "win32":
        return False
    import ctypes
    import msvcrt

    size = 1024
    buffer = ctypes.create_string_buffer(size)
    try:
        handle = msvcrt.get_osfhandle(stream.fileno())
    except (OSError, ValueError):
        return False
    file_name_info = 2
    if not ctypes.windll.kernel32.GetFileInformationByHandleEx(ctypes.c_void_p(handle), file_name_info, buffer, size):
        return False
    length = int.from_bytes(buffer.raw[:4], "little")
    return names_terminal(buffer.raw[4 : 4 + length].decode("utf-16-le", "replace"))
