"""Which tracking URI MLflow would use in this shell and folder, and where it is set."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from quickstart.errors import QuickstartError
from quickstart.models import Connection
from quickstart.tracking.uri import resolve, without_secret

Source = Literal["argument", "variable", "connection", "dotenv", "default"]
VARIABLE = "MLFLOW_TRACKING_URI"
OLD_RUNS = "mlruns"  # MLflow goes on with the folder of its former default where that holds an experiment
DATABASE_FILE = "mlflow.db"
MOST_OF_DOTENV = 100_000  # bytes that are looked at


@dataclass(frozen=True)
class EffectiveUri:
    """A tracking URI as it is written, and where it is set.

    Args:
        words: the source, for a person.
        saved: the saved connection with this URI, no matter how the URI was given.
    """

    uri: str
    source: Source
    words: str
    saved: Connection | None = None

    @property
    def shown(self) -> str:
        """The URI without what may be secret in it."""
        return without_secret(self.uri)


def find_effective_uri(
    named: str | None,
    environment: Mapping[str, str],
    folder: Path,
    connections: Mapping[str, Connection],
    in_use: Connection | None,
) -> EffectiveUri:
    """Find the tracking URI to check.

    `named`, from the command line, precedes everything. A variable of this shell precedes the connection in use,
    because MLflow uses it; a .env file and MLflow's default follow.
    """
    if named:
        return EffectiveUri(named, "argument", "from the command line", _of(named, connections, in_use))
    if variable := environment.get(VARIABLE):
        saved = _of(variable, connections, in_use)
        return EffectiveUri(variable, "variable", f"{VARIABLE} in this shell", saved)
    if in_use:
        return EffectiveUri(in_use.tracking_uri, "connection", f'the connection in use, "{in_use.name}"', in_use)
    if written := dotenv(folder).get(VARIABLE):
        words = f"{VARIABLE} in {folder / '.env'}, for programs that read that file"
        return EffectiveUri(written, "dotenv", words, _of(written, connections, in_use))
    return EffectiveUri(default_uri(folder), "default", "MLflow's default in this folder; nothing else is set")


def _of(uri: str, connections: Mapping[str, Connection], in_use: Connection | None) -> Connection | None:
    """Return the saved connection with a URI; the one in use if there are several."""
    candidates = (*([in_use] if in_use else []), *connections.values())
    return next((one for one in candidates if one.tracking_uri == uri.strip().rstrip("/")), None)


def same_uri(one: str, other: str) -> bool:
    """Return whether two tracking URIs lead to the same place, under any name of this machine."""
    try:
        first, second = resolve(one), resolve(other)
    except QuickstartError:  # no address of a server
        return one.strip() == other.strip()
    if first.local and second.local:
        return (first.port, urlsplit(first.uri).path) == (second.port, urlsplit(second.uri).path)
    return first.uri == second.uri


def default_uri(folder: Path) -> str:
    """Return what MLflow uses if nothing is set.

    Source: mlflow.tracking._tracking_service.utils of 3.17; before 3.7 it was always the mlruns folder.
    """
    if holds_experiments(folder / OLD_RUNS):
        return (folder / OLD_RUNS).as_uri()
    return f"sqlite:///{(folder / DATABASE_FILE).as_posix()}"


def holds_experiments(mlruns: Path) -> bool:
    """Return whether a folder holds runs in the form of MLflow's former default."""
    try:
        return any(one.name.isdigit() and (one / "meta.yaml").exists() for one in mlruns.iterdir())
    except OSError:
        return False


def dotenv(folder: Path) -> dict[str, str]:
    """Return what a .env file sets for MLflow or Databricks; {} if it cannot be read."""
    found: dict[str, str] = {}
    path = folder / ".env"
    try:
        if not path.is_file():  # a pipe of that name would never end
            return found
        with path.open("rb") as file:
            data = file.read(MOST_OF_DOTENV)
    except OSError:
        return found
    for name, value in read_lines(data):
        # Only the program that reads the file knows the value of ${...}.
        if name.startswith(("MLFLOW_", "DATABRICKS_")) and "${" not in value:
            found[name] = value
    return found


# Not python-dotenv: only the Python that has MLflow may have it, and that may be missing or broken.
LINE = re.compile(
    rb"\s*(?:export\s+)?(?P<name>[\w.-]+)\s*=[ \t]*"
    rb"(?:(?P<quote>['\"])(?P<quoted>.*?)(?P=quote)(?=\s*(?:#|$))|(?P<plain>.*?)(?=\s*$|\s+#)).*",
    re.DOTALL,
)


def read_lines(data: bytes) -> Iterator[tuple[str, str]]:
    for line in data.splitlines():
        if found := LINE.match(line):
            value = found["quoted"] if found["quote"] else found["plain"]
            yield found["name"].decode("ascii", "replace"), value.decode("utf-8", "replace")


def working_folder() -> Path:
    """Return the working directory, even if it was deleted."""
    try:
        return Path.cwd()
    except OSError:
        return Path(os.environ.get("PWD", "/"))
