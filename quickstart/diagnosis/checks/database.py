"""Diagnostics on databases: whether MLflow can open the one at hand, or has the driver for another."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from quickstart.diagnosis.context import Context
from quickstart.diagnosis.models import Check, CheckResult, ok, skip, warn
from quickstart.diagnosis.store_location import DATABASES, Place, kind_of, packages_of, place_of
from quickstart.errors import QuickstartError
from quickstart.runtime.versions import installed_versions, matches
from quickstart.server import processes, store
from quickstart.server.launcher import database_uri
from quickstart.server.schema import SchemaStatus, schema_status

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
    """Find out whether the MLflow that is to open a database can."""
    place = place_of(context)
    if place is None or place.database is None:
        return skip("there is no SQLite database on this machine to look at")
    packages = packages_of(context, place.server)
    judged = store.check_schema(place.server, packages) if place.server else schema_status(place.database, packages)
    if judged.state == "missing":
        return _missing(place)
    if place.server is None:
        _by_client(context, place.database, judged, packages)
    if judged.state == "unfinished":
        return _unfinished(place)
    known = f"of MLflow {judged.release}" if judged.release else f"of schema {judged.revision}"
    return ok(f"{place.database.name} is {known}" + (", as it must be" if judged.state == "current" else ""))


def _missing(place: Place) -> CheckResult:
    server = place.server
    if server is None or server.served_by is None:
        return ok("it is made at the first run")
    facts: dict[str, Any] = {"name": server.name, "database": str(server.database), "version": server.served_by}
    if processes.find_root(server):
        raise QuickstartError("store-gone", **facts)
    return warn("store-gone", **facts)


def _unfinished(place: Place) -> CheckResult:
    if place.server:
        return ok("its making was broken off; the next start makes it anew")
    return warn("store-unfinished", database=str(place.database))


def _by_client(context: Context, database: Path, judged: SchemaStatus, packages: Path | None) -> None:
    """Raise the Fault of a database that MLflow's client in the runtime cannot open."""
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
    """Find out whether the driver is installed that a database's URI needs."""
    kind = kind_of(context) if context.is_store else ""
    if kind not in DATABASES:
        return skip("no database needs a driver")
    runtime = context.runtime
    if runtime.client is None:
        return skip("there is no MLflow to use one")
    name = urlsplit(context.tidy).scheme.partition("+")[2]
    if not name:
        version = installed_versions(runtime, "sqlalchemy")["sqlalchemy"] or ""
        modern = kind == "postgresql" and not matches(version, "<2.1")
        name = SINCE_2_1 if modern else USUAL[kind]
    brings = DRIVERS.get(name)
    if brings is None:
        return skip(f"{name} is a driver that quickstart does not know")
    found = installed_versions(runtime, *(one.partition("[")[0] for one in brings))
    if any(found.values()):
        return ok(f"{name} is installed")
    easier = EASIER.get(name)
    other = f"   or install {easier}, and write {kind}+{easier}:// in the address" if easier else ""
    raise QuickstartError("no-driver", python=str(runtime.python), kind=kind, package=f'"{brings[0]}"', other=other)


DRIVER = Check(
    "driver", "settings", "the driver of a database is installed", driver, symptoms=(41,), needs=("store-kind",)
)
DATABASE = Check(
    "database",
    "settings",
    "MLflow can open the database",
    look,
    symptoms=(13, 34),
    needs=("store",),
    seconds=7.5,  # 5 s of which it waits for whoever writes
)
