"""Locks that keep two quickstart processes of one user apart."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from quickstart.errors import QuickstartError
from quickstart.state.files import private_folder, private_opener, wrap_write_errors
from quickstart.state.paths import state_folder


def _try_lock(file: IO[bytes]) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 - not on every operating system

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 - not on every operating system

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextmanager
def lock(name: str, patience: float = 150.0, waiting: Callable[[], None] | None = None) -> Iterator[None]:
    """Hold a lock against other quickstarts of this user.

    The operating system drops the lock when its holder ends, even by a kill.

    Args:
        patience: seconds to wait for another holder.
        waiting: called once if there is another holder.

    Raises:
        QuickstartError: "busy" after `patience`.
    """
    path = private_folder(state_folder()) / f"{name}.lock"
    deadline = time.monotonic() + patience
    with wrap_write_errors(path):
        file = open(path, "a+b", opener=private_opener)  # noqa: SIM115 - Path.open() takes no opener
    with file:
        while not _try_lock(file):
            if waiting:
                waiting()
                waiting = None
            if time.monotonic() > deadline:
                raise QuickstartError("busy", name=name, seconds=patience)
            time.sleep(0.05)
        yield


@contextmanager
def lock_file(path: Path) -> Iterator[None]:
    """Hold a lock on a file, which is created if necessary; raise BlockingIOError if another process holds it."""
    with open(path, "a+b", opener=private_opener) as file:
        if not _try_lock(file):
            raise BlockingIOError(f"{path} is locked")
        yield
