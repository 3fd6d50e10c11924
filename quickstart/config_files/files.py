"""Other tools' files: read with limits, and replaced atomically if no other program changed them."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from quickstart.errors import QuickstartError
from quickstart.state import files

LIMIT = 1_000_000  # bytes; no credentials file is larger
LOCK = "credentials"


def load(path: Path) -> bytes:
    """Return the content of a file, b"" if it does not exist.

    Raises:
        QuickstartError: "profiles-unreadable" if it cannot be read, is not a regular file, or is larger than LIMIT.
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
    """Change a file while holding a lock against other quickstarts; return its content before and after.

    Args:
        change: returns the new content; must not edit or remove a file itself.
        keep_mode: for a file without credentials; otherwise only its owner can read it afterward.

    Raises:
        QuickstartError: as load() and replace(), "busy", and what `change` raises, with the path added.
    """
    with files.lock(LOCK):
        before = load(path)
        try:
            after = change(before)
        except QuickstartError as fault:
            raise fault.with_defaults(path=str(path)) from None
        if after != before:
            replace(path, before, after, keep_mode=keep_mode)
    return before, after


def replace(path: Path, old: bytes, new: bytes, *, keep_mode: bool = False) -> None:
    """Replace a file atomically with one that only its owner can read (0600 from the first byte); links stay links.

    Raises:
        QuickstartError: "profiles-changed" if its content is not `old` anymore, "unwritable", or as load().
    """
    real = Path(os.path.realpath(path))
    with files.replace_file(real) as file:
        _keep_owner(file.fileno(), real)
        if keep_mode and hasattr(os, "fchmod"):
            with suppress(FileNotFoundError):
                os.fchmod(file.fileno(), real.stat().st_mode & 0o7777)
        file.write(new)
        # On disk before the check, so that only the renaming is left to do.
        file.flush()
        os.fsync(file.fileno())
        _check_unchanged(path, old)


def remove(path: Path, old: bytes) -> None:
    """Remove a file that quickstart created, or its target if it is a link; raise "profiles-changed"."""
    with files.lock(LOCK):
        _check_unchanged(path, old)
        real = Path(os.path.realpath(path))
        with files.wrap_write_errors(real):
            real.unlink(missing_ok=True)


def _without_waiting(path: str, flags: int) -> int:
    # Opening a FIFO would otherwise block until it has a writer.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _unreadable(path: Path, detail: str) -> QuickstartError:
    return QuickstartError("profiles-unreadable", path=str(path), detail=detail)


def _check_unchanged(path: Path, old: bytes) -> None:
    if load(path) != old:
        raise QuickstartError("profiles-changed", path=str(path))


def _keep_owner(descriptor: int, path: Path) -> None:
    """Keep the owner of the replaced file if permitted: root must not take over a person's file."""
    if hasattr(os, "fchown"):
        with suppress(OSError):
            before = path.stat()
            os.fchown(descriptor, before.st_uid, before.st_gid)
