"""Making a file or a folder aside, so that it is there whole or not at all, however its making ends."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from quickstart.errors import QuickstartError
from quickstart.state import files, locks

MARK = ".quickstart-staging-"


@contextmanager
def staging(parent: Path, name: str) -> Iterator[Path]:
    """Give a folder beside what is to be made, on the same disk, and remove it; those of the killed as well.

    Whoever works in one holds a lock on it, which the operating system drops with the process.

    Args:
        parent: the folder that the result will be in.
        name: of the result.

    Raises:
        Fault: "unwritable".
    """
    files.private_folder(parent)
    clear(parent)
    with files.wrap_write_errors(parent / name):
        fresh = Path(tempfile.mkdtemp(prefix=".quickstart-", dir=parent))
    folder = parent / f".{name[:100]}{MARK}{fresh.name.rpartition('-')[2]}"
    try:
        with locks.lock_file(fresh / "lock"):
            fresh.rename(folder)  # only now is it found by whoever clears up, who sees that it is held
            yield folder
    except QuickstartError as fault:
        if fault.code == "unwritable" and Path(fault.facts["path"]).is_relative_to(folder):
            # The folder is about to go: the person knows only the name of what was to be made.
            raise QuickstartError("unwritable", path=str(parent / name), detail=fault.facts["detail"]) from fault
        raise
    except OSError as error:
        raise QuickstartError("unwritable", path=str(parent / name), detail=error.strerror or str(error)) from error
    finally:
        for path in (fresh, folder):
            shutil.rmtree(path, ignore_errors=True)


def clear(parent: Path) -> None:
    """Remove what those left in a folder who were killed while they made something."""
    for left in parent.glob(f".*{MARK}*"):
        with suppress(OSError):
            with locks.lock_file(left / "lock"):
                pass
            shutil.rmtree(left)


def files_below(folder: Path, above: tuple[str, ...] = ()) -> Iterator[Path]:
    """Yield the files below a folder, by name, as those see them who read through links.

    Args:
        folder: where to look; whatever goes away meanwhile is passed over.
        above: the folders that it is in, so that a link to one of them does not lead round and round.
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
