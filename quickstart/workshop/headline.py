"""What the board says of somebody's trouble: everybody in the room reads it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from quickstart import machine
from quickstart.diagnosis import confidential
from quickstart.diagnosis.masking import Mask

# A path from its root, and not what follows the host in an address.
PATH = re.compile(r"(?<![\w.:/\\~-])(?:~|[A-Za-z]:)?[/\\](?:[^\s/\\:'\",;<>|()]+[/\\])+([^\s/\\:'\",;<>|()]*)")


def headline(what: str, facts: Mapping[str, Any]) -> str:
    """Return what happened, without secrets, names of users, and folders.

    Args:
        what: as the participant reads it.
        facts: of the fault.
    """
    folder = machine.working_directory()
    known = confidential.found(os.environ, folder or Path.home())
    return Mask(known).everything(without_folders(what, facts))


def without_folders(what: str, facts: Mapping[str, Any]) -> str:
    """Return a text whose paths are the names of files alone. Pure.

    Args:
        what: the text.
        facts: that stand in it; of these even paths with blanks are known.
    """
    for value in sorted((one for one in facts.values() if isinstance(one, str)), key=len, reverse=True):
        if PurePosixPath(value).is_absolute() or PureWindowsPath(value).is_absolute():
            what = what.replace(value, PureWindowsPath(value).name)
    return PATH.sub(r"\1", what)
