"""Build a file or folder beside its destination, so that it appears whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from quickstart.errors import QuickstartError
from quickstart.state import files

MARK = ".quickstart-staging-"


@contextmanager
def staging(parent: Path, name: str) -> Iterator[Path]:
    """Yield a temporary folder beside the result, on the same disk; remove it and those of killed processes.

    A process locks the folder that it works in; the operating system drops the lock with the process.
    """
    files.private_folder(parent)
    clear(parent)
    with files.wrap_write_errors(parent / name):
        fresh = Path(tempfile.mkdtemp(prefix=".quickstart-", dir=parent))
    folder = parent / f".{name[:100]}{MARK}{fresh.name.rpartition('-')[2]}"
    try:
        with files.lock_file(fresh / "lock"):
            fresh.rename(folder)  # clear() finds it from now on, and finds it locked
            yield folder
    except QuickstartError as fault:
        if fault.code == "unwritable" and Path(fault.facts["path"]).is_relative_to(folder):
            # The person does not know the temporary folder.
            raise QuickstartError("unwritable", path=str(parent / name), detail=fault.facts["detail"]) from fault
        raise
    except OSError as error:
        raise QuickstartError("unwritable", path=str(parent / name), detail=error.strerror or str(error)) from error
    finally:
        for path in (fresh, folder):
            shutil.rmtree(path, ignore_errors=True)


def clear(parent: Path) -> None:
    for left in parent.glob(f".*{MARK}*"):
        with suppress(OSError):
            with files.lock_file(left / "lock"):
                pass
            shutil.rmtree(left)


def files_below(folder: Path, above: tuple[str, ...] = ()) -> Iterator[Path]:
    """Yield the files below a folder, sorted by name, through links; one deleted in the meantime is skipped.

    Args:
        above: its parents, so that a link to one of them does not loop.
    """
    here = os.path.realpath(folder)
    if here in above:
        return
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if entry.is_dir():
                yield from files_below(Path(entry.path), (*above, here))
            elif entry.is_file():
                yield Path(entry.path)
