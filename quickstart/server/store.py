"""The store of a server: its folders, and what its database is to the MLflow that is to open it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from quickstart.errors import QuickstartError
from quickstart.server import access, processes, records
from quickstart.server import database as db
from quickstart.server.access import exists
from quickstart.server.records import Server
from quickstart.server.schema import SchemaStatus, release_of, schema_status
from quickstart.server.staging import MARK, clear
from quickstart.state import files

BEFORE = "before-"  # how the copy of a database from before its upgrade is named


def prepare(server: Server, packages: Path | None) -> SchemaStatus:
    """Make a store ready for a server's start; whatever somebody recorded is left as it is.

    Args:
        server: that is to work on it.
        packages: the folder that its MLflow is installed in, where known.

    Returns:
        What its database was: "missing" and "unfinished" ones are made by the server's start.

    Raises:
        Fault: "store-in-use", "unwritable", or what fit() raises.
    """
    for other in records.load_all():
        if other.name != server.name and same_folder(other.store, server.store) and processes.find_root(other):
            raise QuickstartError("store-in-use", store=server.store, other=other.name, url=other.url)
    for folder in (Path(server.store), server.artifacts):
        files.private_folder(folder)
    clear(Path(server.store))  # MLflow makes the folder anew that a migration was to work in whose wizard was killed
    judged = check_schema(server, packages)
    if judged.state == "unfinished":
        # MLflow makes its schema in seventy steps, and cannot go on where a kill broke it off: half of such databases
        # refuse to be opened ever after. Nothing is in it, so it is made anew.
        refuse_if_open(server.name, server.database)
        remove_database(server.database)
    return judged


def refuse_if_open(name: str, database: Path) -> None:
    """Raise Fault "database-open" where another process has a database open."""
    if holder := processes.find_holder(database):
        raise QuickstartError(
            "database-open", database=str(database), holder=f"{holder.name()} (pid {holder.pid})", name=name
        )


def check_schema(server: Server, packages: Path | None) -> SchemaStatus:
    """Judge a server's database by the MLflow that is to open it.

    Raises:
        Fault: "database-newer" or "database-older" where that cannot; "unwritable" where nobody of this user's can.
    """
    access.check_store_access(server)
    judged = schema_status(server.database, packages)
    if judged.state == "newer":
        raise newer_schema(server, judged, packages)
    if judged.state == "older":
        made_by, database = _words(judged), str(server.database)
        facts: dict[str, Any] = {"name": server.name, "store": server.store, "python": server.python}
        raise QuickstartError("database-older", **facts, database=database, made_by=made_by)
    return judged


def newer_schema(server: Server, judged: SchemaStatus, packages: Path | None) -> QuickstartError:
    """Return the fault of a database that only a newer MLflow can open, with the release that can."""
    needed = judged.release or server.served_by
    return QuickstartError(
        "database-newer",
        name=server.name,
        database=str(server.database),
        made_by=_words(judged) if judged.release or not needed else f"MLflow {needed}",
        python=server.python,
        requirement=f"mlflow>={needed}" if needed else "mlflow",
    )


def _words(judged: SchemaStatus) -> str:
    release = release_of(judged.revision)
    return f"MLflow {release}" if release else f"an MLflow of schema {judged.revision}"


def store_files(folder: Path) -> list[Path]:
    """Return all that servers and quickstart keep in a store, as far as it is there; the rest is a person's.

    Raises:
        Fault: "unwritable" where the store cannot be entered.
    """
    database = folder / "mlflow.db"
    kept = [*db.database_files(database), *folder.glob(f"{database.name}.{BEFORE}*"), *folder.glob(f".*{MARK}*")]
    return [path for path in (*kept, records.artifacts_in(folder)) if exists(path)]


def may_hold_runs(folder: Path) -> bool:
    """Tell whether runs are in a store; in one that nobody may look into there may be."""
    try:
        return exists(folder / "mlflow.db")
    except QuickstartError:
        return True


def same_folder(one: str, other: str) -> bool:
    """Tell whether two paths lead to the same folder."""
    return Path(one).resolve() == Path(other).resolve()


def remove_database(database: Path) -> None:
    """Remove a database with everything that SQLite keeps beside it."""
    for file in db.database_files(database):
        file.unlink(missing_ok=True)
