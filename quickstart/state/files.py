"""quickstart's own files: private, written atomically, and removed when they are no longer needed."""

from __future__ import annotations

import json
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from quickstart.errors import QuickstartError
from quickstart.state.paths import data_folder, state_folder, unfinished_file


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
