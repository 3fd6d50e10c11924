"""Where the runs that are examined are kept on this machine, if they are."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from quickstart.diagnosis.context import Context
from quickstart.errors import QuickstartError
from quickstart.runtime import find
from quickstart.server.records import Server

DATABASES = ("postgresql", "mysql", "mssql")  # beside SQLite; source: mlflow.store.db.db_types of 3.17


@dataclass(frozen=True)
class Place:
    """Where runs are kept on this machine.

    Args:
        folder: that holds them.
        database: SQLite file; None where runs are files.
        server: of one's own that works on it; None where MLflow's client opens it itself.
    """

    folder: Path
    database: Path | None
    server: Server | None = None


def place_of(context: Context) -> Place | None:
    """Return where the runs are; None where that is elsewhere, or nowhere."""
    if not context.is_store:
        server = context.server
        return Place(Path(server.store), server.database, server) if server else None
    kind = kind_of(context)
    if kind == "sqlite":
        file = sqlite_file(context)
        return Place(file.parent, file) if file else None
    return Place(folder_of(context), None) if kind in ("", "file") else None


def kind_of(context: Context) -> str:
    """Return the scheme of a URI without the driver in it, as MLflow tells kinds of stores apart."""
    scheme = urlsplit(context.tidy).scheme.partition("+")[0]
    return "" if len(scheme) == 1 else scheme  # C:\... is a path


def sqlite_file(context: Context) -> Path | None:
    """Return the file that a SQLite URI names; None for a database in memory, and where it names none."""
    _, slashes, path = context.uri.strip().partition(":///")
    path = path.partition("?")[0]
    if not slashes or not path or path.startswith((":memory:", "file:")):
        return None
    return context.folder / path


def folder_of(context: Context) -> Path:
    """Return the folder that a path or a file URI names."""
    if kind_of(context) == "file":
        return context.folder / url2pathname(unquote(urlsplit(context.tidy).path))
    return context.folder / context.tidy


def packages_of(context: Context, server: Server | None) -> Path | None:
    """Return the folder of the MLflow that opens a store: that of its server, else the runtime's; None if unknown."""
    with suppress(QuickstartError):  # an interpreter that does not run has a row of its own
        if server and Path(server.python) != context.runtime.python:
            return find.find_runtime(server.python).mlflow_in
        return context.runtime.mlflow_in
    return None
