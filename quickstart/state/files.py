"""quickstart's own files: where they are, private, written atomically, locked, and removed when no longer needed."""

from __future__ import annotations

import json
import os
import re
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from quickstart.errors import ExitCode, QuickstartError


@contextmanager
def wrap_write_errors(path: Path) -> Iterator[None]:
    """Raise an OSError while a path is written as "unwritable"."""
    try:
        yield
    except OSError as error:
        raise QuickstartError("unwritable", path=str(path), detail=error.strerror or str(error)) from error


def private_folder(path: Path) -> Path:
    """Create a folder that only its owner can enter (0700); raise "unwritable" if that fails."""
    with wrap_write_errors(path):
        # mkdir(parents=True) would create the parents with the default mode.
        for folder in (*reversed(path.parents), path):
            if not folder.is_dir():
                folder.mkdir(mode=stat.S_IRWXU, exist_ok=True)
    return path


def private_opener(path: str, flags: int) -> int:
    """The `opener` of open() for a file that only its owner can read."""
    return os.open(path, flags, stat.S_IRUSR | stat.S_IWUSR)


@contextmanager
def replace_file(path: Path) -> Iterator[IO[bytes]]:
    """Yield a file that only its owner can read (0600 from the first byte) and that replaces `path` in the end."""
    private_folder(path.parent)
    with wrap_write_errors(path):
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        temporary = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def write_private(path: Path, text: str) -> None:
    with replace_file(path) as file:
        file.write(text.encode("utf-8"))


def read_json(path: Path) -> Any:
    """Return None if the file does not exist; raise "state-damaged", "state-locked" or "state-unreadable"."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except PermissionError as error:
        raise unreadable(path) from error
    except (OSError, ValueError) as error:
        raise QuickstartError("state-damaged", path=str(path), detail=str(error)) from error


def unreadable(path: Path) -> QuickstartError:
    """Return the error of a file or folder that belongs to another user or whose mode denies access."""
    for folder in (*reversed(path.parents), path):
        with suppress(OSError):
            if hasattr(os, "geteuid") and not os.access(folder, os.R_OK) and folder.stat().st_uid == os.geteuid():
                return QuickstartError("state-locked", path=str(path), folder=str(folder))
    return QuickstartError("state-unreadable", path=str(path), folder=str(state_folder()))


def list_names(folder: Path, suffix: str) -> list[str]:
    """Return the names, without the suffix, of quickstart's files in a folder; raise "state-unreadable"."""
    try:
        return sorted(path.stem for path in folder.glob(f"*{suffix}")) if folder.exists() else []
    except PermissionError as error:
        raise unreadable(folder) from error


def write_json(path: Path, value: Any) -> None:
    write_private(path, json.dumps(value, indent=1) + "\n")


def remove_leftovers() -> None:
    """Remove the logs, the empty folders and the file of connections when nothing is set up anymore.

    Recorded runs stay, and so do lock files: another process may be waiting for one.
    """
    home = state_folder()
    for path in (home / "connections.json", unfinished_file(), *(home / "logs").glob("*.log*")):
        path.unlink(missing_ok=True)
    remove_if_empty(home / "logs", home / "journal", home / "servers", home, data_folder())


def remove_if_empty(*folders: Path) -> None:
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


APPLICATION = "mlflow-quickstart"
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


def data_folder() -> Path:
    """For recorded runs and managed environments."""
    return _folder("data")


def state_folder() -> Path:
    """For connections, server records, journals and logs."""
    return _folder("state")


def unfinished_file() -> Path:
    """The answers of an interview that was canceled."""
    return state_folder() / "unfinished.json"


def _folder(kind: str) -> Path:
    home = os.environ.get("QUICKSTART_HOME")
    if home:
        return Path(home).expanduser().absolute() / kind
    import platformdirs  # noqa: PLC0415 - start-up: only this function needs it

    folder = platformdirs.user_data_dir if kind == "data" else platformdirs.user_state_dir
    path = Path(folder(APPLICATION, appauthor=False))
    # macOS and Windows have one folder for both kinds.
    return path if sys.platform.startswith("linux") else path / kind


def validate_name(name: str) -> str:
    """Return the name of a server or connection; raise "bad-name" if it is invalid."""
    if not NAME.fullmatch(name):
        raise QuickstartError("bad-name", ExitCode.USAGE, name=name)
    return name


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
