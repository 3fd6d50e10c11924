"""How method "local" is set up: the steps from an empty machine to a server with a saved connection."""

from __future__ import annotations

import shlex
from dataclasses import asdict, replace
from pathlib import Path

from quickstart.errors import Fault
from quickstart.methods.base import Setup
from quickstart.methods.local import LOCAL
from quickstart.model import Connection, Plan, Step
from quickstart.server import record
from quickstart.server.launch import served
from quickstart.server.life import Wanted, plan_port, settings
from quickstart.state import Connections
from quickstart.target import install
from quickstart.target.find import managed_folder

REQUIREMENT = "mlflow"


def plan(setup: Setup) -> Plan:
    """Return the steps: an environment and MLflow where they are missing, then the server and its connection."""
    target = setup.target
    steps = []
    if target.mlflow is None:
        install.check_first(target, REQUIREMENT)
        if not target.exists:
            steps.append(create_environment())
        steps.append(install_mlflow(setup))
    return Plan(LOCAL.name, LOCAL.name, (*steps, *server_steps(_wanted(setup), use=True)))


def connection(name: str) -> Connection:
    """Return the connection to a server as it runs now; raise Fault "unknown-server" where there is none."""
    server = record.load(name)
    if server is None:
        raise Fault("unknown-server", name=name, known="none")
    return connection_to(server)


def by_hand(setup: Setup) -> tuple[str, ...]:
    """Return the commands that do the same without quickstart."""
    server, _ = plan_port(_wanted(setup))
    python = str(setup.target.python)
    made = () if setup.target.exists else (f"python3 -m venv {shlex.quote(str(managed_folder()))}",)
    installed = () if setup.target.mlflow else (f"{shlex.quote(python)} -m pip install {REQUIREMENT}",)
    folder = f"mkdir -p {shlex.quote(server.store)}"
    settings = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}  # more processes do nothing for tracking
    if server.private:
        settings["MLFLOW_DISABLE_TELEMETRY"] = "true"
    start = shlex.join([*(f"{key}={value}" for key, value in settings.items()), python, "-m", "mlflow", "server"])
    clients = (f"export {key}={value}" for key, value in connection_to(server).variables().items())
    return (*made, *installed, folder, f"{start} {shlex.join(served(server))}", IN_ANOTHER, *clients)


IN_ANOTHER = "# the server stays in that terminal; where your code runs:"


def _wanted(setup: Setup) -> Wanted:
    private = True if setup.machine.do_not_track else setup.privacy
    return Wanted(LOCAL.name, str(setup.target.python), private=private, installed=setup.target.mlflow)


def connection_to(server: record.Server) -> Connection:
    """Return the connection that a server's clients use."""
    # With privacy chosen, clients are as silent about the person as the server is.
    env = {"MLFLOW_DISABLE_TELEMETRY": "true"} if server.private else {}
    return Connection(server.name, LOCAL.name, server.url, env, server.python)


def create_environment() -> Step:
    """Return the step that makes the managed environment."""
    folder = str(managed_folder())
    return Step(
        id="create-environment",
        kind="create-environment",
        does="make a Python environment for MLflow",
        where=folder,
        undo="deleted",
        parameters={"folder": folder},
        inverse={"kind": "delete-environment", "parameters": {"folder": folder}},
    )


def install_mlflow(setup: Setup) -> Step:
    """Return the step that installs MLflow into the target."""
    target = setup.target
    undo = "deleted with the environment" if target.managed else "it stays; packages are yours"
    return Step(
        id="install-mlflow",
        kind="install",
        does="install mlflow, 850 MB, about a minute",
        where=f"{target.python.parent.parent} ({target.origin})",
        undo=undo,
        parameters={"python": str(target.python), "requirement": REQUIREMENT},
    )


def server_steps(wish: Wanted, *, use: bool) -> tuple[Step, ...]:
    """Return the steps from an empty folder to a saved connection to a running server.

    Args:
        wish: how the server is wanted.
        use: whether the connection becomes the one in use even where another is.

    Raises:
        Fault: "public-bind" or "port-taken", before anything is done.
    """
    server, holder = plan_port(wish)
    name = server.name
    in_use = Connections().in_use()
    asked = settings(wish)
    wanted = asdict(replace(wish, store=asked.store if wish.store else None))
    store = Path(server.store)
    made = not store.exists()
    # A folder in which a person keeps something else is theirs, with what comes into it.
    default = store == record.default_store(name)
    ours = made or default or not any(store.iterdir())
    moved = f" (port {asked.port} is held by {holder})" if holder else ""
    return (
        Step(
            # A name may have had several stores; each is taken back, or kept, by itself.
            id=f"create-store:{name}" if default else f"create-store:{name}:{store}",
            kind="create-store",
            does="keep runs",
            where=server.store,
            undo="they stay",
            parameters={"store": server.store, "ours": ours},
            inverse={"kind": "remove-store", "parameters": {"store": server.store, "made": made, "name": name}},
        ),
        Step(
            id=f"start-server:{name}",
            kind="start-server",
            does="start a server for this machine only",
            where=server.url + moved,
            undo="stopped",
            parameters=wanted,
            inverse={"kind": "stop-server", "parameters": {"name": name}},
        ),
        Step(
            id=f"save-connection:{name}",
            kind="save-connection",
            does=f'remember it as the connection "{name}"',
            where=str(Connections().path),
            undo="forgotten",
            parameters={"server": name, "use": use},
            inverse={
                "kind": "forget-connection",
                "parameters": {"name": name, "previous": in_use.name if in_use and in_use.name != name else None},
            },
        ),
    )
