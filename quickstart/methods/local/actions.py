"""What method "local" does: from an empty machine, or runs in the working directory, to a server and its connection."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path

from quickstart.errors import QuickstartError
from quickstart.methods import common_steps
from quickstart.methods.base import MethodActions, Offer, Setup
from quickstart.methods.local import NAME
from quickstart.methods.local.setup import connection_to, restore_steps, server_steps, upgrade_steps
from quickstart.models import Connection, Plan, Step
from quickstart.runtime.find import managed_folder
from quickstart.server import database, migrate, records
from quickstart.server.launcher import database_uri, mlflow_arguments
from quickstart.server.manager import ServerOptions, plan_port
from quickstart.system.machine import working_directory
from quickstart.system.shell import count_of
from quickstart.tracking.check import ConnectionCheck

REQUIREMENT = "mlflow"
ELSEWHERE = "Leave them alone, and start with none"


class Local(MethodActions):
    """An MLflow server of this user on this machine."""

    def offer(self, setup: Setup) -> Offer | None:
        """Offer the runs that MLflow left in the working directory, unless a server was set up before."""
        folder = working_directory()
        if folder is None or records.load(NAME):
            return None
        return _offer_database(setup, folder) or _offer_mlruns(setup, folder)

    def plan(self, setup: Setup) -> Plan:
        installed: tuple[Step, ...] = ()
        if setup.runtime.mlflow is None:
            installed = common_steps.package_steps(setup.runtime, REQUIREMENT, "850 MB, about a minute")
        options = _server_options(setup)
        started = server_steps(options, use=True)
        if setup.source:
            started = (*restore_steps(options, Path(setup.source)), *started[1:])
        return Plan(NAME, NAME, (*installed, *started))

    def connection(self, setup: Setup) -> Connection:
        """Return the connection to the server as it runs now, or raise "unknown-server"."""
        server = records.load(self.method.name)
        if server is None:
            raise QuickstartError("unknown-server", name=self.method.name, known="none")
        return connection_to(server)

    def manual_commands(self, setup: Setup) -> tuple[str, ...]:
        server, _ = plan_port(_server_options(setup))
        python = shlex.quote(str(setup.runtime.python))
        settings = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}  # more processes do nothing for tracking
        if server.private:
            settings["MLFLOW_DISABLE_TELEMETRY"] = "true"
        variables = (f"{key}={value}" for key, value in settings.items())
        start = shlex.join([*variables, str(setup.runtime.python), "-m", "mlflow", "server"])
        return (
            *(() if setup.runtime.exists else (f"python3 -m venv {shlex.quote(str(managed_folder()))}",)),
            *(() if setup.runtime.mlflow else (f"{python} -m pip install {REQUIREMENT}",)),
            f"mkdir -p {shlex.quote(server.store)}",
            *_manual_import(setup, server, python),
            f"{start} {shlex.join(mlflow_arguments(server))}",
            "# the server stays in that terminal; where your code runs:",
            *(f"export {key}={value}" for key, value in connection_to(server).variables().items()),
        )

    def check(
        self, uri: str, saved: Connection | None, experiment: str | None, python: str | None = None
    ) -> ConnectionCheck:
        return ConnectionCheck(uri, experiment)


def _server_options(setup: Setup) -> ServerOptions:
    runtime = setup.runtime
    return ServerOptions(
        NAME,
        str(runtime.python),
        store=setup.store,
        private=True if setup.machine.do_not_track else setup.privacy,
        installed=runtime.mlflow,
        # MLflow that is not installed yet will be beside the other packages.
        packages=str(runtime.mlflow_in or runtime.packages),
    )


def _manual_import(setup: Setup, server: records.Server, python: str) -> tuple[str, ...]:
    """Return the commands that prepare existing runs for the server."""
    uri = shlex.quote(database_uri(server.database))
    if setup.source:
        holder = shlex.quote(str(Path(setup.source).parent))
        return (f"{python} -m mlflow migrate-filestore --source {holder} --target {uri}",)
    if upgrade_steps(server, _server_options(setup)):
        copy = shlex.join(["cp", str(server.database), f"{server.database}.before"])
        return (copy, f"{python} -m mlflow db upgrade {uri}")
    return ()


def _offer_database(setup: Setup, folder: Path) -> Offer | None:
    found = database.count_experiments_and_runs(folder / "mlflow.db") if (folder / "mlflow.db").exists() else None
    if not found or not found[1]:
        return None
    return Offer(
        text="Use the runs that are here?",
        why=f"mlflow.db in this folder holds {count_of(found[1], 'run')}. "
        "The server can work on that file where it is.",
        choices=(("Yes, use them", replace(setup, store=str(folder))), (ELSEWHERE, setup)),
    )


def _offer_mlruns(setup: Setup, folder: Path) -> Offer | None:
    source = migrate.find_mlruns(folder)
    runs = migrate.count_runs(source).runs if source else 0
    runtime = setup.runtime
    possible = runtime.mlflow_in is None or migrate.can_migrate(runtime.mlflow_in)
    if source is None or not runs or not possible or (records.default_store(NAME) / "mlflow.db").exists():
        return None
    return Offer(
        text="Bring in the runs that are here?",
        why=f"mlruns in this folder holds {count_of(runs, 'run')} in files, as older MLflows kept them; newer ones "
        "refuse that. A copy of the records is migrated; the folder stays as it is, with the files that the runs made.",
        choices=(("Yes, bring them in", replace(setup, source=str(source))), (ELSEWHERE, setup)),
    )
