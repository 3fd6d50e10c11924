"""Every message of quickstart's errors, and the fix of an error as one text."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from typing import Any

import quickstart
from quickstart.errors import Explanation, Message


def all_messages() -> dict[str, Message]:
    """Return the messages of all packages by their codes."""
    found: dict[str, Message] = {}
    for module in pkgutil.walk_packages(quickstart.__path__, "quickstart."):
        if module.name.endswith(".messages"):
            found |= importlib.import_module(module.name).MESSAGES
    return found


def fix_of(error: Explanation | Message | Mapping[str, Any]) -> str:
    """Return an error's command and note as one text."""
    parts = (
        (error.command, error.note) if isinstance(error, Explanation | Message) else (error["command"], error["note"])
    )
    return "   ".join(filter(None, parts))
