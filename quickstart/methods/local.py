"""Method "local": one's own MLflow server on this machine."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

from quickstart.errors import Fault
from quickstart.methods.base import Setup
from quickstart.model import Answers, Connection, Fit, Kind, Machine, Plan, Step
from quickstart.server import record
from quickstart.server.life import Wanted, plan_port, settings
from quickstart.state import Connections
from quickstart.target import install
from quickstart.target.find import managed_folder

REQUIREMENT = "mlflow"


class Local:
    """A tracking server of one's own, on the machine one sits at."""

    name = "local"
    kind: Kind = "local"
    title = "your own MLflow server on this machine"
    pros: tuple[str, ...] = (
        "your data stays with you",
        "no account, no quota",
        "works offline",
    )
    cons: tuple[str, ...] = (
        "you run and update it",
        "harder to share with a team",
        "no model serving",
    )

    def fits(self, answers: Answers, machine: Machine) -> Fit:
        """Fits whoever wants to keep data on machines they control."""
        here = machine.environment != "notebook"
        warnings = []
        if machine.shared:
            warnings.append("Other people have accounts on this machine and can read a server without a login.")
        if machine.environment == "container":
            warnings.append("When this container is deleted, so are your runs, unless the data folder is a volume.")
        reasons = ("you want to keep data on machines you control",) if answers.privacy else ("it needs no account",)
        against = "" if here else "a server inside a cloud notebook cannot be reached from your browser"
        return Fit(suitable=here, here=here, reasons=reasons, against=against, warnings=tuple(warnings))

    def plan(self, setup: Setup) -> Plan:
        """Return the steps: an environment and MLflow where they are missing, then the server and its connection."""
        target = setup.target
        steps = []
        if target.mlflow is None:
            install.check_first(target, REQUIREMENT)
            if not target.exists:
                steps.append(create_environment())
            steps.append(install_mlflow(setup))
        return Plan(self.name, self.name, (*steps, *server_steps(self._wanted(setup), use=True)))

    def connection(self, setup: Setup) -> Connection:
        """Return the connection to the server as it runs now."""
        server = record.load(self.name)
        if server is None:
            raise Fault("unknown-server", name=self.name, known="none")
        return connection_to(server)

    def _wanted(self, setup: Setup) -> Wanted:
        private = True if setup.machine.do_not_track else setup.privacy
        return Wanted(self.name, str(setup.target.python), private=private, installed=setup.target.mlflow)


LOCAL = Local()


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
        does="install mlflow (about 850 MB, about a minute)",
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
            does="keep runs in a database and a folder",
            where=server.store,
            undo="they stay, unless --delete-data",
            parameters={"store": server.store, "ours": ours},
            inverse={"kind": "remove-store", "parameters": {"store": server.store, "made": made, "name": name}},
        ),
        Step(
            id=f"start-server:{name}",
            kind="start-server",
            does="start a server, only reachable from this machine",
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
