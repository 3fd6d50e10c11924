"""Git Bash's own terminal, which a Windows program sees as a pair of pipes unless winpty is between them."""

from __future__ import annotations

import re
import sys
from typing import IO

# The names that MSYS2 and Cygwin give to the pipes of a pseudo-terminal.
PIPE = re.compile(r"\\(msys|cygwin)-[0-9a-f]+-pty\d+-(from|to)-master(-nat)?")


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
