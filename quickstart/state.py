"""What quickstart remembers, and where: folders, private files written atomically, locks, saved connections."""

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
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from quickstart.errors import ExitCode, Fault
from quickstart.model import Connection

APPLICATION = "mlflow-quickstart"
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


def data_folder() -> Path:
    """Return the folder of what a person would miss: recorded runs, the managed environment."""
    return _folder("data")


def state_folder() -> Path:
    """Return the folder of what quickstart needs for itself: connections, server records, journals, logs."""
    return _folder("state")


def unfinished_file() -> Path:
    """Return the file that keeps the answers of an interview that was cancelled."""
    return state_folder() / "unfinished.json"


def _folder(kind: str) -> Path:
    home = os.environ.get("QUICKSTART_HOME")
    if home:
        return Path(home).expanduser().absolute() / kind
    import platformdirs

    folder = platformdirs.user_data_dir if kind == "data" else platformdirs.user_state_dir
    path = Path(folder(APPLICATION, appauthor=False))
    # macOS and Windows have one folder for both kinds; keep the two apart everywhere.
    return path if sys.platform.startswith("linux") else path / kind


def checked_name(name: str) -> str:
    """Return `name` if it can name a server or connection, and so a file; raise Fault "bad-name" otherwise."""
    if not NAME.fullmatch(name):
        raise Fault("bad-name", ExitCode.USAGE, name=name)
    return name


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Make whatever the disk refuses while something is written to a path Fault "unwritable"."""
    try:
        yield
    except OSError as error:
        raise Fault("unwritable", path=str(path), detail=error.strerror or str(error)) from error


def private_folder(path: Path) -> Path:
    """Make a folder that only its owner can enter (0700), and return it; raise Fault "unwritable" if refused."""
    with writing(path):
        # mkdir(parents=True) would give the folders in between the usual mode.
        for folder in (*reversed(path.parents), path):
            if not folder.is_dir():
                folder.mkdir(mode=stat.S_IRWXU, exist_ok=True)
    return path


def private_opener(path: str, flags: int) -> int:
    """Open a file that only its owner can read, for open()'s `opener`."""
    return os.open(path, flags, stat.S_IRUSR | stat.S_IWUSR)


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Replace a file in one act, by what is written to one that only its owner can read (0600 from the first byte)."""
    private_folder(path.parent)
    with writing(path):
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
    """Replace a file by a text, in one act and for its owner only."""
    with replacing(path) as file:
        file.write(text.encode("utf-8"))


def read_json(path: Path) -> Any:
    """Return what a JSON file of ours holds, or None where there is none; raise Fault "state-damaged"."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except PermissionError as error:
        raise unreadable(path) from error
    except (OSError, ValueError) as error:
        raise Fault("state-damaged", path=str(path), detail=str(error)) from error


def unreadable(path: Path) -> Fault:
    """Return the fault of a file or folder of ours that belongs to somebody else, or that its owner locked."""
    for folder in (*reversed(path.parents), path):
        with suppress(OSError):
            if hasattr(os, "geteuid") and not os.access(folder, os.R_OK) and folder.stat().st_uid == os.geteuid():
                return Fault("state-locked", path=str(path), folder=str(folder))
    return Fault("state-unreadable", path=str(path), folder=str(state_folder()))


def names_in(folder: Path, suffix: str) -> list[str]:
    """Return the names of the files in a folder of ours that end so, without that; raise Fault "state-unreadable"."""
    try:
        return sorted(path.stem for path in folder.glob(f"*{suffix}")) if folder.exists() else []
    except PermissionError as error:
        raise unreadable(folder) from error


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file of ours, atomically and for its owner only."""
    write_private(path, json.dumps(value, indent=1) + "\n")


def _try_lock(file: IO[bytes]) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextmanager
def lock(name: str, patience: float = 150.0, waiting: Callable[[], None] | None = None) -> Iterator[None]:
    """Keep other quickstarts of this person out of what `name` stands for.

    The operating system drops the lock when its holder dies, however it dies.

    Args:
        name: what is locked, such as "server-local".
        patience: seconds to wait for another holder before raising Fault "busy".
        waiting: called once if there is another holder.
    """
    path = private_folder(state_folder()) / f"{name}.lock"
    deadline = time.monotonic() + patience
    with writing(path):
        file = open(path, "a+b", opener=private_opener)  # noqa: SIM115 - Path.open() takes no opener
    with file:
        while not _try_lock(file):
            if waiting:
                waiting()
                waiting = None
            if time.monotonic() > deadline:
                raise Fault("busy", name=name, seconds=patience)
            time.sleep(0.05)
        yield


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold a lock on a file, which is made where it is not there; raise BlockingIOError where somebody else does."""
    with open(path, "a+b", opener=private_opener) as file:
        if not _try_lock(file):
            raise BlockingIOError(f"{path} is held")
        yield


class Connections:
    """The saved connections and which of them is in use; one JSON file."""

    def __init__(self) -> None:
        self.path = state_folder() / "connections.json"

    def _read(self) -> dict[str, Any]:
        value = read_json(self.path)
        value = {} if value is None else value
        try:
            # Whoever reads it relies on every entry, so all are looked at here.
            for entry in value.get("connections", {}).values():
                Connection(**entry)
            if not isinstance(value.get("in_use"), str | None):
                raise TypeError("in_use is no name")
            return {"in_use": value.get("in_use"), "connections": value.get("connections", {})}
        except (AttributeError, TypeError) as error:
            raise Fault("state-damaged", path=str(self.path), detail=str(error)) from error

    def all(self) -> dict[str, Connection]:
        """Return the saved connections by name, in the order in which they were made."""
        return {name: Connection(**value) for name, value in self._read()["connections"].items()}

    def in_use(self) -> Connection | None:
        """Return the connection in use, or None."""
        state = self._read()
        value = state["connections"].get(state["in_use"])
        return Connection(**value) if value else None

    def save(self, connection: Connection, *, use: bool) -> None:
        """Add or replace a connection; `use` makes it the one in use, as does being the only one."""
        with lock("connections"):
            state = self._read()
            state["connections"][connection.name] = asdict(connection)
            if use or state["in_use"] not in state["connections"]:
                state["in_use"] = connection.name
            write_json(self.path, state)

    def use(self, name: str) -> Connection:
        """Make a saved connection the one in use and return it; raise Fault "unknown-connection"."""
        with lock("connections"):
            state = self._read()
            if name not in state["connections"]:
                known = ", ".join(state["connections"]) or "none"
                raise Fault("unknown-connection", ExitCode.USAGE, name=name, known=known)
            state["in_use"] = name
            write_json(self.path, state)
            return Connection(**state["connections"][name])

    def forget(self, name: str, fall_back_to: str | None = None) -> bool:
        """Remove a connection; return whether it was there. If it was in use, `fall_back_to` is next, if saved."""
        with lock("connections"):
            state = self._read()
            found = state["connections"].pop(name, None) is not None
            if state["in_use"] == name:
                state["in_use"] = fall_back_to if fall_back_to in state["connections"] else None
            if found:
                write_json(self.path, state)
            return found


def clock(when: str) -> str:
    """Return a moment, in ISO 8601, as the person's own clock shows it; with the date where it was not today."""
    from datetime import datetime

    moment = datetime.fromisoformat(when).astimezone()
    today = moment.date() == datetime.now().astimezone().date()
    return f"{moment:%H:%M}" if today else f"{moment:%Y-%m-%d %H:%M}"


def forget_everything() -> None:
    """Remove what is left of us when nothing is set up any more: logs, empty folders, the file of connections.

    Recorded runs are not ours to remove; lock files stay, for somebody may be waiting at one.
    """
    home = state_folder()
    for path in (home / "connections.json", unfinished_file(), *(home / "logs").glob("*.log*")):
        path.unlink(missing_ok=True)
    remove_if_empty(home / "logs", home / "journal", home / "servers", home, data_folder())


def remove_if_empty(*folders: Path) -> None:
    """Remove folders of ours that hold nothing any more."""
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()
