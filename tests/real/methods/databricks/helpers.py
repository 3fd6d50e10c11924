"""What the tests of Databricks share: a person's file of profiles, and their login."""

from __future__ import annotations

import configparser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.conftest import Home
from tests.standins.databricks import Workspace

BAD = "dapi" + "0bad" * 8
GOOD_NEIGHBOUR = "[DEFAULT]\nhost = https://mine.invalid\ntoken = dapimine\n"


def config(home: Home) -> Path:
    """Return the file of profiles of a home."""
    return home.path / "home" / ".databrickscfg"


def has_profiles(home: Home, text: str, mode: int = 0o600) -> bytes:
    """Write a home's file of profiles, and return what it holds."""
    config(home).write_bytes(text.encode())
    config(home).chmod(mode)
    return config(home).read_bytes()


def profiles(path: Path) -> dict[str, dict[str, str]]:
    """Return the profiles in a file, as a plain configparser reads them; [DEFAULT] is one."""
    parser = configparser.ConfigParser(interpolation=None, default_section="none of them")
    assert parser.read(path) == [str(path)]
    return {name: dict(parser[name]) for name in parser.sections()}


def log_in(
    home: Home, place: Workspace, *arguments: str, token: str | None = None, status: int = 0, **environment: str
) -> dict[str, Any]:
    """Log in with a token on stdin, and return the document."""
    line = ("login", "databricks", "--host", place.url, "--token-stdin", *arguments)
    return home.json(*line, status=status, stdin=token or place.token, **environment)


def stages(document: Mapping[str, Any]) -> dict[str, str]:
    """Return the stages of a login's verification, each with its status."""
    return {stage["id"]: stage["status"] for stage in document["data"]["verification"]["stages"]}


def connections(home: Home) -> list[str]:
    """Return the names of the saved connections."""
    return [connection["name"] for connection in home.json("list")["data"]["connections"]]


def files_with(secret: str, home: Home, *but: Path) -> list[Path]:
    """Return the files of a home that hold a secret, except those that shall."""
    files = [path for path in home.path.rglob("*") if path.is_file() and path not in but]
    return [path for path in files if secret.encode() in path.read_bytes()]


def silent(home: Home, secret: str, *texts: str) -> None:
    """See that a secret is nowhere: not in what was shown, and in no file."""
    assert not [text for text in texts if secret in text]
    assert not files_with(secret, home)
