"""The workshop's settings: one JSON file that `workshop open` writes and steering changes, so that a restart knows."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, fields
from typing import Any

MB = 1024 * 1024


@dataclass
class Settings:
    """A workshop; see the fields' comments for the units."""

    title: str
    seats: int
    folder: str  # for classroom.db, basic_auth.db and auth.ini; 0700
    certificate: str
    key: str
    url: str  # for participants
    install_line: str
    join_line: str
    secret_digest: str | None  # SHA-256, hex; None: joining is impossible
    expires: float | None  # unix seconds
    locked: bool
    board_key: str
    steer_digest: str
    instructor_digest: str
    experiment: str | None  # the shared experiment's name
    shared: str  # what seats may do in it: read, edit or none
    join_qr: str = ""  # SVG of join_line's QR code
    upload_limit: int = 200 * MB  # bytes of one artifact
    reserve: int = 500 * MB  # bytes of the disk that uploads leave free

    @classmethod
    def load(cls, path: str) -> Settings:
        """Read the settings, without unknown keys; raises OSError, ValueError, or TypeError for a missing key."""
        with open(path, encoding="utf-8") as file:
            content = json.load(file)
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in content.items() if name in known})

    def save(self, path: str) -> None:
        """Write what steering changed atomically, and keep the file's unknown keys."""
        with open(path, encoding="utf-8") as file:
            content: dict[str, Any] = json.load(file)
        content.update(asdict(self))
        temporary = f"{path}.new"
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(content, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
