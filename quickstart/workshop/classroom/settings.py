"""The classroom's settings: one JSON file that `workshop open` writes and steering changes, so that a restart knows."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, fields
from typing import Any

MB = 1024 * 1024


@dataclass
class Settings:
    """What a class is; see the fields' comments for the units."""

    title: str
    seats: int
    folder: str  # for classroom.db, basic_auth.db and auth.ini; 0700
    certificate: str
    key: str
    url: str  # what the room uses
    install_line: str
    join_line: str
    secret_digest: str | None  # sha256, hex; None: nobody can join
    expires: float | None  # unix seconds
    locked: bool
    board_key: str
    steer_digest: str
    instructor_digest: str
    experiment: str | None  # the class experiment's name
    shared: str  # what seats may do in it: read, edit or none
    upload_limit: int = 200 * MB  # bytes of one artifact
    reserve: int = 500 * MB  # bytes of the disk that uploads leave free

    @classmethod
    def load(cls, path: str) -> Settings:
        """Read the settings; what this version does not know is left alone.

        Args:
            path: the JSON file.

        Raises:
            OSError, ValueError, TypeError: it cannot be read, is no JSON, or lacks something.
        """
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in found.items() if name in known})

    def save(self, path: str) -> None:
        """Write what steering changed, whole or not at all, and keep what others wrote beside it."""
        with open(path, encoding="utf-8") as file:
            found: dict[str, Any] = json.load(file)
        found.update(asdict(self))
        beside = f"{path}.new"
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(found, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
