"""Files of other tools: read with limits, and replaced in one act if no other program changed them."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from quickstart.errors import QuickstartError
from quickstart.state import files, locks

LIMIT = 1_000_000  # bytes; what is larger is no file of credentials
LOCK = "credentials"


def load(path: Path) -> bytes:
    """Return what a file holds, nothing where there is none.

    Raises:
        Fault: "profiles-unreadable" where it may not be read, is no regular file, or is larger than LIMIT.
    """
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise _unreadable(path, "not a regular file")
            data = file.read(LIMIT + 1)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from error
    if len(data) > LIMIT:
        raise _unreadable(path, f"larger than {LIMIT // 10**6} MB")
    return data


def edit(path: Path, change: Callable[[bytes], bytes], *, keep_mode: bool = False) -> tuple[bytes, bytes]:
    """Change a file while no other quickstart does.

    Args:
        path: the file; it is made where it is not there, and not touched where nothing changes.
        change: given what the file holds, returns what it shall hold; must not edit or remove a file itself.
        keep_mode: whether its mode stays, for a file that is no login's; else only its owner can read it afterwards.

    Returns:
        What it held before and what it holds now.

    Raises:
        Fault: as `load` and `replace` do, "busy", and whatever `change` raises, with the path added.
    """
    with locks.lock(LOCK):
        before = load(path)
        try:
            after = change(before)
        except QuickstartError as fault:
            raise fault.with_defaults(path=str(path)) from None
        if after != before:
            replace(path, before, after, keep_mode=keep_mode)
    return before, after


def replace(path: Path, old: bytes, new: bytes, *, keep_mode: bool = False) -> None:
    """Replace a file in one act by one only its owner can read (0600 from the first byte); a link to it stays a link.

    Args:
        path: the file.
        old: what it held when it was read.
        new: what it shall hold.
        keep_mode: whether it gets the mode of the one that it replaces.

    Raises:
        Fault: "profiles-changed" where it does not hold `old` any more, "unwritable", or as `load` does.
    """
    real = Path(os.path.realpath(path))
    with files.replace_file(real) as file:
        _keep_owner(file.fileno(), real)
        if keep_mode and hasattr(os, "fchmod"):
            with suppress(FileNotFoundError):
                os.fchmod(file.fileno(), real.stat().st_mode & 0o7777)
        file.write(new)
        # On disk before the file is looked at, so that only the renaming is left to do.
        file.flush()
        os.fsync(file.fileno())
        _check_unchanged(path, old)


def remove(path: Path, old: bytes) -> None:
    """Remove a file that we made, or what a link leads to, if it holds `old`; raise Fault "profiles-changed" if not."""
    with locks.lock(LOCK):
        _check_unchanged(path, old)
        real = Path(os.path.realpath(path))
        with files.wrap_write_errors(real):
            real.unlink(missing_ok=True)


def _without_waiting(path: str, flags: int) -> int:
    # Opening a FIFO would otherwise wait for a writer for ever.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _unreadable(path: Path, detail: str) -> QuickstartError:
    return QuickstartError("profiles-unreadable", path=str(path), detail=detail)


def _check_unchanged(path: Path, old: bytes) -> None:
    if load(path) != old:
        raise QuickstartError("profiles-changed", path=str(path))


def _keep_owner(descriptor: int, path: Path) -> None:
    """Give a new file the owner of the one it replaces, where we may: root must not take a person's own file away."""
    if hasattr(os, "fchown"):
        with suppress(OSError):
            before = path.stat()
            os.fchown(descriptor, before.st_uid, before.st_gid)
