"""How method "local" is set up: the steps from an empty machine to a server with a saved connection."""

from __future__ import annotations

import shlex
from dataclasses import asdict, replace
from pathlib import Path

from quickstart.errors import QuickstartError
from quickstart.methods import common_steps
from quickstart.methods.base import Setup
from quickstart.methods.local import NAME
from quickstart.models import Connection, Plan, Step
from quickstart.runtime import install
from quickstart.runtime.find import managed_folder
from quickstart.server import processes, records, store
from quickstart.server.backup import check_empty
from quickstart.server.launcher import database_uri, mlflow_arguments
from quickstart.server.manager import ServerOptions, plan_port, settings
from quickstart.server.store import exists

REQUIREMENT = "mlflow"


def plan(setup: Setup) -> Plan:
    """Return the steps: an environment and MLflow where they are missing, then the server and its connection."""
    runtime = setup.runtime
    steps = []
    if runtime.mlflow is None:
        install.check_installable(runtime, REQUIREMENT)
        if not runtime.exists:
            steps.append(common_steps.create_environment())
        steps.append(common_steps.install_step(runtime, REQUIREMENT, "850 MB, about a minute"))
    wish = _wanted(setup)
    started = server_steps(wish, use=True)
    if setup.source:
        started = (*restore_steps(wish, Path(setup.source)), *started[1:])
    return Plan(NAME, NAME, (*steps, *started))


def connection(name: str) -> Connection:
    """Return the connection to a server as it runs now; raise Fault "unknown-server" where there is none."""
    server = records.load(name)
    if server is None:
        raise QuickstartError("unknown-server", name=name, known="none")
    return connection_to(server)


def manual_commands(setup: Setup) -> tuple[str, ...]:
    """Return the commands that do the same without quickstart."""
    server, _ = plan_port(_wanted(setup))
    python = str(setup.runtime.python)
    made = () if setup.runtime.exists else (f"python3 -m venv {shlex.quote(str(managed_folder()))}",)
    installed = () if setup.runtime.mlflow else (f"{shlex.quote(python)} -m pip install {REQUIREMENT}",)
    folder = f"mkdir -p {shlex.quote(server.store)}"
    settings = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}  # more processes do nothing for tracking
    if server.private:
        settings["MLFLOW_DISABLE_TELEMETRY"] = "true"
    start = shlex.join([*(f"{key}={value}" for key, value in settings.items()), python, "-m", "mlflow", "server"])
    clients = (f"export {key}={value}" for key, value in connection_to(server).variables().items())
    prepared = _prepared_by_hand(setup, server, shlex.quote(python))
    return (
        *made,
        *installed,
        folder,
        *prepared,
        f"{start} {shlex.join(mlflow_arguments(server))}",
        IN_ANOTHER,
        *clients,
    )


def _prepared_by_hand(setup: Setup, server: records.Server, python: str) -> tuple[str, ...]:
    """Return the commands that make runs which are there already fit for the server."""
    database, uri = shlex.quote(str(server.database)), shlex.quote(database_uri(server.database))
    if setup.source:
        holder = shlex.quote(str(Path(setup.source).parent))
        return (f"{python} -m mlflow migrate-filestore --source {holder} --target {uri}",)
    if upgrade_steps(server, _wanted(setup)):
        return (f"cp {database} {shlex.quote(f'{server.database}.before')}", f"{python} -m mlflow db upgrade {uri}")
    return ()


IN_ANOTHER = "# the server stays in that terminal; where your code runs:"


def _wanted(setup: Setup) -> ServerOptions:
    private = True if setup.machine.do_not_track else setup.privacy
    runtime = setup.runtime
    # Where MLflow is only about to be installed, it is where the other packages are.
    packages = str(runtime.mlflow_in or runtime.packages)
    return ServerOptions(
        NAME,
        str(runtime.python),
        store=setup.store,
        private=private,
        installed=runtime.mlflow,
        packages=packages,
    )


def connection_to(server: records.Server) -> Connection:
    """Return the connection that a server's clients use."""
    # With privacy chosen, clients are as silent about the person as the server is.
    env = {"MLFLOW_DISABLE_TELEMETRY": "true"} if server.private else {}
    return Connection(server.name, NAME, server.url, env, server.python)


def server_steps(wish: ServerOptions, *, use: bool) -> tuple[Step, ...]:
    """Return the steps from an empty folder to a saved connection to a running server.

    Args:
        wish: how the server is wanted.
        use: whether the connection becomes the one in use even where another is.

    Raises:
        Fault: "public-bind", "port-taken", or for a database that cannot be opened "database-newer" or
            "database-damaged": before anything is done.
    """
    server, holder = plan_port(wish)
    name = server.name
    asked = settings(wish)
    wanted = asdict(replace(wish, store=asked.store if wish.store else None))
    moved = f" (port {asked.port} is held by {holder})" if holder else ""
    return (
        create_store(server),
        *(() if processes.find_root(server) else upgrade_steps(server, wish)),
        Step(
            id=f"start-server:{name}",
            kind="start-server",
            does="Start a server that only this machine can reach",
            where=server.url + moved,
            undo="stops it",
            parameters=wanted,
            inverse={"kind": "stop-server", "parameters": {"name": name}},
        ),
        common_steps.save_server(name, use=use),
    )


def create_store(server: records.Server) -> Step:
    """Return the step that makes the folder of a server's runs."""
    name, folder = server.name, Path(server.store)
    made = not exists(folder)
    # A folder in which a person keeps something else is theirs, with what comes into it.
    default = folder == records.default_store(name)
    ours = made or default or not _holds_anything(folder)
    return Step(
        # A name may have had several stores; each is taken back, or kept, by itself.
        id=f"create-store:{name}" if default else f"create-store:{name}:{folder}",
        kind="create-store",
        does="Store runs",
        where=server.store,
        undo="not removed",
        parameters={"store": server.store, "ours": ours},
        inverse={"kind": "remove-store", "parameters": {"store": server.store, "made": made, "name": name}},
    )


def restore_steps(wish: ServerOptions, source: Path) -> tuple[Step, ...]:
    """Return the steps that put recorded runs into a server's empty store.

    Args:
        wish: how the server is wanted; its store may be named.
        source: a backup, or an `mlruns` folder.

    Raises:
        Fault: "server-running" or "store-not-empty", before anything is done.
    """
    server = settings(wish)
    store.check_store_access(server)
    check_empty(server)
    migrated = source.is_dir()
    created = create_store(server)
    made = (created.inverse or {})["parameters"]["made"]
    step = Step(
        id=f"restore-store:{server.name}",
        kind="restore-store",
        does=f"Import the runs of {source}" + (", by MLflow's own migration of a copy" if migrated else ""),
        where=server.store,
        undo="not removed",
        parameters={**asdict(wish), "store": server.store, "source": str(source), "made": made},
    )
    return created, step


def _holds_anything(folder: Path) -> bool:
    """Tell whether something is in a folder; raise Fault "unwritable" where nobody may look."""
    try:
        return any(folder.iterdir())
    except OSError as error:
        detail = error.strerror or str(error)
        raise QuickstartError("unwritable", path=str(folder), detail=detail, act="read") from error


def upgrade_steps(server: records.Server, wish: ServerOptions) -> tuple[Step, ...]:
    """Return the step that brings a server's database up to date, or none where it need not be.

    Args:
        server: whose database.
        wish: names the MLflow that is to open it.

    Raises:
        Fault: "database-newer" or "database-damaged".
    """
    packages = Path(wish.packages) if wish.packages else None
    try:
        store.check_schema(server, packages)
    except QuickstartError as fault:
        if fault.code != "database-older":
            raise
        made_by = fault.facts["made_by"]
    else:
        return ()
    return (
        Step(
            id=f"{UPGRADE}:{server.name}",
            kind=UPGRADE,
            does=f"Copy the database of {made_by}, then upgrade it to MLflow {wish.installed}",
            where=str(server.database),
            undo="not reversed; the copy is kept",
            parameters={
                "name": server.name,
                "store": server.store,
                "python": wish.python,
                "packages": str(packages),
                "made_by": made_by,
            },
        ),
    )


UPGRADE = "upgrade-database"
