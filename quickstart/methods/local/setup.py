"""The steps of a local server: its folder, its database, its start, and its connection."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

from quickstart.errors import QuickstartError
from quickstart.methods import common_steps
from quickstart.methods.local import NAME
from quickstart.models import Connection, Step
from quickstart.server import processes, records, store
from quickstart.server.backup import check_empty
from quickstart.server.manager import ServerOptions, plan_port, settings

UPGRADE = "upgrade-database"


def connection_to(server: records.Server) -> Connection:
    """Return the connection for a server's clients; with privacy, they send no telemetry either."""
    env = {"MLFLOW_DISABLE_TELEMETRY": "true"} if server.private else {}
    return Connection(server.name, NAME, server.url, env, server.python)


def server_steps(options: ServerOptions, *, use: bool) -> tuple[Step, ...]:
    """Return the steps from an empty folder to a saved connection to a running server.

    Args:
        use: whether the connection replaces another that is in use.

    Raises:
        QuickstartError: "public-bind", "port-taken", or "database-newer" or "database-damaged" if the database cannot
            be opened: before anything is done.
    """
    server, holder = plan_port(options)
    name = server.name
    asked = settings(options)
    moved = f" (port {asked.port} is held by {holder})" if holder else ""
    return (
        _create_store(server),
        *(() if processes.find_root(server) else upgrade_steps(server, options)),
        Step(
            id=f"start-server:{name}",
            kind="start-server",
            does="Start a server that only this machine can reach",
            where=server.url + moved,
            undo="stops it",
            parameters=asdict(replace(options, store=asked.store if options.store else None)),
            inverse={"kind": "stop-server", "parameters": {"name": name}},
        ),
        common_steps.save_server(name, use=use),
    )


def _create_store(server: records.Server) -> Step:
    """Return the step that makes the folder of a server's runs."""
    name, folder = server.name, Path(server.store)
    made = not store.exists(folder)
    # A folder that holds other files is the person's, and undo keeps it.
    default = folder == records.default_store(name)
    ours = made or default or not _holds_anything(folder)
    return Step(
        # A server may have had several stores; each is undone by itself.
        id=f"create-store:{name}" if default else f"create-store:{name}:{folder}",
        kind="create-store",
        does="Store runs",
        where=server.store,
        undo="not removed",
        parameters={"store": server.store, "ours": ours},
        inverse={"kind": "remove-store", "parameters": {"store": server.store, "made": made, "name": name}},
    )


def restore_steps(options: ServerOptions, source: Path) -> tuple[Step, ...]:
    """Return the steps that import a backup, or an `mlruns` folder, into a server's empty store.

    Raises:
        QuickstartError: "server-running" or "store-not-empty", before anything is done.
    """
    server = settings(options)
    store.check_store_access(server)
    check_empty(server)
    created = _create_store(server)
    made = (created.inverse or {})["parameters"]["made"]
    step = Step(
        id=f"restore-store:{server.name}",
        kind="restore-store",
        does=f"Import the runs of {source}" + (", by MLflow's own migration of a copy" if source.is_dir() else ""),
        where=server.store,
        undo="not removed",
        parameters={**asdict(options), "store": server.store, "source": str(source), "made": made},
    )
    return created, step


def _holds_anything(folder: Path) -> bool:
    """Tell whether a folder has entries; raise "unwritable" if it cannot be read."""
    try:
        return any(folder.iterdir())
    except OSError as error:
        detail = error.strerror or str(error)
        raise QuickstartError("unwritable", path=str(folder), detail=detail, act="read") from error


def upgrade_steps(server: records.Server, options: ServerOptions) -> tuple[Step, ...]:
    """Return the step that upgrades a server's database to the MLflow in `options`; none if it is up to date.

    Raises:
        QuickstartError: "database-newer" or "database-damaged".
    """
    packages = Path(options.packages) if options.packages else None
    try:
        store.check_schema(server, packages)
    except QuickstartError as error:
        if error.code != "database-older":
            raise
        made_by = error.facts["made_by"]
    else:
        return ()
    return (
        Step(
            id=f"{UPGRADE}:{server.name}",
            kind=UPGRADE,
            does=f"Copy the database of {made_by}, then upgrade it to MLflow {options.installed}",
            where=str(server.database),
            undo="not reversed; the copy is kept",
            parameters={
                "name": server.name,
                "store": server.store,
                "python": options.python,
                "packages": str(packages),
                "made_by": made_by,
            },
        ),
    )
