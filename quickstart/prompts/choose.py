"""Choose the prompter that fits this process: a terminal's, a plain one, or none."""

from __future__ import annotations

import os
import re
import sys
from typing import IO

from quickstart.prompts.base import DefaultPrompter, NoPrompter, Prompter, in_kernel

# The names of the pipes that are Git Bash's terminal (MSYS2, Cygwin) unless winpty is between.
MINTTY_PIPE = re.compile(r"\\(msys|cygwin)-[0-9a-f]+-pty\d+-(from|to)-master(-nat)?")


def choose(*, yes: bool, no_input: bool, colour: bool = True) -> Prompter:
    """Return the prompter for this process. Without a terminal nothing is asked: piped text is not an answer.

    Args:
        yes: whether to use the defaults.
        no_input: whether never to prompt.
        colour: whether prompts may have colors.
    """
    if yes:
        return DefaultPrompter()
    if no_input or in_kernel() or not _has_terminal():
        return NoPrompter()
    is_dumb = sys.platform != "win32" and os.environ.get("TERM", "") in {"", "dumb", "unknown"}
    if is_dumb or os.environ.get("ACCESSIBLE") or not sys.stdin.isatty():
        from quickstart.prompts.plain import PlainPrompter  # noqa: PLC0415 - only one of the two is needed

        return PlainPrompter()
    from quickstart.prompts.terminal import TerminalPrompter  # noqa: PLC0415 - questionary is slow to import

    return TerminalPrompter(colour=colour)


def _has_terminal() -> bool:
    """Tell whether stdin and stderr are a terminal, or Git Bash's, which Windows reports as a pipe."""
    if not sys.stdin or not sys.stderr:
        return False
    return (is_mintty(sys.stdin) and is_mintty(sys.stderr)) or (sys.stdin.isatty() and sys.stderr.isatty())


def is_mintty(stream: IO[str]) -> bool:
    """Tell whether a stream is Git Bash's terminal on Windows, by the name of its pipe (FileNameInfo)."""
    if sys.platform != "win32":
        return False
    import ctypes  # noqa: PLC0415 - Windows only
    import msvcrt  # noqa: PLC0415 - Windows only

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
    return is_mintty_pipe(buffer.raw[4 : 4 + length].decode("utf-16-le", "replace"))


def is_mintty_pipe(name: str) -> bool:
    """Tell whether a pipe of this name is Git Bash's terminal."""
    return MINTTY_PIPE.fullmatch(name) is not None
