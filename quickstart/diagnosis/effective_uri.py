"""Which tracking URI MLflow would use in this folder, with this interpreter, and where that comes from."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from quickstart.config_files.dotenv import read_settings
from quickstart.errors import QuickstartError
from quickstart.models import Connection
from quickstart.tracking.uri import resolve, without_secret

Source = Literal["argument", "variable", "connection", "dotenv", "default"]
VARIABLE = "MLFLOW_TRACKING_URI"
OLD_RUNS = "mlruns"  # MLflow goes on with the folder of its former default where that holds an experiment
DATABASE = "mlflow.db"
MOST_OF_DOTENV = 100_000  # bytes that are looked at


@dataclass(frozen=True)
class EffectiveUri:
    """A tracking URI, as it stands there, and where that is.

    Args:
        uri: as MLflow would get it.
        source: the kind of place it comes from.
        words: the same for a person.
        saved: the saved connection that it is of, whatever it was named by; None for none.
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
    """Find the tracking URI that is to be examined.

    A variable of this shell goes before the connection in use, since it is what MLflow goes by; a .env file and
    MLflow's own default count where neither is there.

    Args:
        named: on the command line; it goes before everything.
        environment: of this shell.
        folder: the working directory.
        connections: the saved ones, by name.
        in_use: the one in use.
    """
    if named:
        return EffectiveUri(named, "argument", "as you named it", _of(named, connections, in_use))
    if variable := environment.get(VARIABLE):
        saved = _of(variable, connections, in_use)
        return EffectiveUri(variable, "variable", f"from {VARIABLE} in this shell", saved)
    if in_use:
        return EffectiveUri(
            in_use.tracking_uri, "connection", f'the connection "{in_use.name}", which is in use', in_use
        )
    if written := dotenv(folder).get(VARIABLE):
        words = f"from {VARIABLE} in {folder / '.env'}, where the program that you run reads that"
        return EffectiveUri(written, "dotenv", words, _of(written, connections, in_use))
    return EffectiveUri(default_uri(folder), "default", "MLflow's own default in this folder: nothing else is set")


def _of(uri: str, connections: Mapping[str, Connection], in_use: Connection | None) -> Connection | None:
    """Return the saved connection that a URI is of; where there are several, the one in use."""
    candidates = (*([in_use] if in_use else []), *connections.values())
    return next((one for one in candidates if one.tracking_uri == uri.strip().rstrip("/")), None)


def same_uri(one: str, other: str) -> bool:
    """Tell whether two tracking URIs lead to the same place, by whatever name of this machine."""
    try:
        first, second = resolve(one), resolve(other)
    except QuickstartError:  # no address of a server
        return one.strip() == other.strip()
    if first.local and second.local:
        return (first.port, urlsplit(first.uri).path) == (second.port, urlsplit(second.uri).path)
    return first.uri == second.uri


def default_uri(folder: Path) -> str:
    """Return what MLflow uses where nothing is set.

    Source: mlflow.tracking._tracking_service.utils of 3.17; before 3.7 it was always the mlruns folder.
    """
    if holds_experiments(folder / OLD_RUNS):
        return (folder / OLD_RUNS).as_uri()
    return f"sqlite:///{(folder / DATABASE).as_posix()}"


def holds_experiments(mlruns: Path) -> bool:
    """Tell whether a folder holds runs in the form of MLflow's former default."""
    try:
        return any(one.name.isdigit() and (one / "meta.yaml").exists() for one in mlruns.iterdir())
    except OSError:
        return False


def dotenv(folder: Path) -> dict[str, str]:
    """Return what a .env file sets that is about MLflow or Databricks; {} where there is none that can be read."""
    found: dict[str, str] = {}
    path = folder / ".env"
    try:
        if not path.is_file():  # a pipe of that name would never end
            return found
        with path.open("rb") as file:
            data = file.read(MOST_OF_DOTENV)
    except OSError:
        return found
    for name, value in read_settings(data):
        # What ${...} stands for is known to the program that reads the file alone.
        if name.startswith(("MLFLOW_", "DATABRICKS_")) and "${" not in value:
            found[name] = value
    return found


def working_folder() -> Path:
    """Return the working directory, also one that was deleted."""
    try:
        return Path.cwd()
    except OSError:
        return Path(os.environ.get("PWD", "/"))
