"""Where runs are kept on this machine, and checks on databases: MLflow can open one, or has its driver."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from quickstart.diagnosis.context import Context
from quickstart.diagnosis.models import Check, CheckResult, ok, skip, warn
from quickstart.errors import QuickstartError
from quickstart.runtime import find
from quickstart.runtime.find import installed_versions, matches
from quickstart.server import processes, store
from quickstart.server.database import SchemaStatus, schema_status
from quickstart.server.launcher import database_uri
from quickstart.server.records import Server

DATABASES = ("postgresql", "mysql", "mssql")  # beside SQLite; source: mlflow.store.db.db_types of 3.17


@dataclass(frozen=True)
class Place:
    """Where runs are kept on this machine.

    Args:
        database: SQLite file; None if runs are files.
        server: the local server that uses it; None if MLflow's client opens it itself.
    """

    folder: Path
    database: Path | None
    server: Server | None = None


def place_of(context: Context) -> Place | None:
    """Return where the runs are; None if that is elsewhere, or nowhere."""
    if not context.is_store:
        server = context.server
        return Place(Path(server.store), server.database, server) if server else None
    kind = kind_of(context)
    if kind == "sqlite":
        file = sqlite_file(context)
        return Place(file.parent, file) if file else None
    return Place(folder_of(context), None) if kind in ("", "file") else None


def kind_of(context: Context) -> str:
    """Return the scheme of a URI without its driver, as MLflow distinguishes stores."""
    scheme = urlsplit(context.tidy).scheme.partition("+")[0]
    return "" if len(scheme) == 1 else scheme  # C:\... is a path


def sqlite_file(context: Context) -> Path | None:
    """Return the file that a SQLite URI names; None for a database in memory, or if it names none."""
    _, slashes, path = context.uri.strip().partition(":///")
    path = path.partition("?")[0]
    if not slashes or not path or path.startswith((":memory:", "file:")):
        return None
    return context.folder / path


def folder_of(context: Context) -> Path:
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


# SQLAlchemy's name of a driver: the distributions that bring it, the first being what one installs.
DRIVERS = {
    "psycopg2": ("psycopg2-binary", "psycopg2"),
    "psycopg": ("psycopg[binary]", "psycopg"),
    "pg8000": ("pg8000",),
    "mysqldb": ("mysqlclient",),
    "pymysql": ("pymysql",),
    "mysqlconnector": ("mysql-connector-python",),
    "pyodbc": ("pyodbc",),
    "pymssql": ("pymssql",),
}
# What SQLAlchemy takes where a URI names no driver; since 2.1 psycopg for PostgreSQL.
USUAL = {"postgresql": "psycopg2", "mysql": "mysqldb", "mssql": "pyodbc"}
SINCE_2_1 = "psycopg"
# Easier to install than what is usual, but then the URI has to name it.
EASIER = {"mysqldb": "pymysql", "pyodbc": "pymssql"}


def look(context: Context) -> CheckResult:
    """Check whether the MLflow that is to open a database can."""
    place = place_of(context)
    if place is None or place.database is None:
        return skip("no SQLite database on this machine is used")
    packages = packages_of(context, place.server)
    judged = store.check_schema(place.server, packages) if place.server else schema_status(place.database, packages)
    if judged.state == "missing":
        return _missing(place)
    if place.server is None:
        _by_client(context, place.database, judged, packages)
    if judged.state == "unfinished":
        return _unfinished(place)
    known = f"of MLflow {judged.release}" if judged.release else f"of schema {judged.revision}"
    return ok(f"{place.database.name} is {known}" + (", up to date" if judged.state == "current" else ""))


def _missing(place: Place) -> CheckResult:
    server = place.server
    if server is None or server.served_by is None:
        return ok("the first run creates it")
    facts: dict[str, Any] = {"name": server.name, "database": str(server.database), "version": server.served_by}
    if processes.find_root(server):
        raise QuickstartError("store-gone", **facts)
    return warn("store-gone", **facts)


def _unfinished(place: Place) -> CheckResult:
    if place.server:
        return ok("its creation was interrupted; the next start creates it again")
    return warn("store-unfinished", database=str(place.database))


def _by_client(context: Context, database: Path, judged: SchemaStatus, packages: Path | None) -> None:
    made_by = f"MLflow {judged.release}" if judged.release else f"an MLflow of schema {judged.revision}"
    python = str(context.runtime.python) if packages else ""
    facts: dict[str, Any] = {"database": str(database), "made_by": made_by, "python": python}
    if judged.state == "older":
        raise QuickstartError("store-older", **facts, uri=database_uri(database))
    if judged.state == "newer":
        raise QuickstartError(
            "database-newer", **facts, requirement=f"mlflow>={judged.release}" if judged.release else "mlflow"
        )


def driver(context: Context) -> CheckResult:
    kind = kind_of(context) if context.is_store else ""
    if kind not in DATABASES:
        return skip("no database driver is needed")
    runtime = context.runtime
    if runtime.client is None:
        return skip("MLflow is not installed")
    name = urlsplit(context.tidy).scheme.partition("+")[2]
    if not name:
        version = installed_versions(runtime, "sqlalchemy")["sqlalchemy"] or ""
        modern = kind == "postgresql" and not matches(version, "<2.1")
        name = SINCE_2_1 if modern else USUAL[kind]
    brings = DRIVERS.get(name)
    if brings is None:
        return skip(f"{name} is a driver that quickstart does not check")
    found = installed_versions(runtime, *(one.partition("[")[0] for one in brings))
    if any(found.values()):
        return ok(f"{name} is installed")
    easier = EASIER.get(name)
    other = f"Or install {easier} and write {kind}+{easier}:// in the URI." if easier else ""
    raise QuickstartError("no-driver", python=str(runtime.python), kind=kind, package=f'"{brings[0]}"', other=other)


CHECKS: tuple[Check, ...] = (
    Check("driver", "settings", "the database driver is installed", driver, symptoms=(41,), needs=("store-kind",)),
    Check(
        "database",
        "settings",
        "MLflow can open the database",
        look,
        symptoms=(13, 34),
        needs=("store",),
        seconds=7.5,  # 5 s of which it waits for other writers
    ),
)
