"""Where quickstart keeps its files."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from quickstart.errors import ExitCode, QuickstartError

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
