"""Method "server": an MLflow server that somebody runs, by its URL. What --help needs not is imported later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quickstart.errors import register_messages
from quickstart.methods.base import Method
from quickstart.prompts.fields import Flag

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from quickstart.errors import QuickstartError
    from quickstart.methods.base import Login, LoginUI, Setup
    from quickstart.models import Connection, Plan, Step
    from quickstart.runtime.find import Runtime
    from quickstart.state.journal import Handler
    from quickstart.tracking.check import ConnectionCheck, Found

register_messages(f"{__name__}.messages")


class TeamServer(Method):
    """A server by its URL. What is asked: login.py; what answers there: probe.py."""

    @property
    def script_name(self) -> str:
        """What the example script is called."""
        return "log_mlflow_with_server.py"

    @property
    def login_name(self) -> str:
        """What `quickstart login` calls it."""
        return self.name

    @property
    def login_flags(self) -> tuple[Flag, ...]:
        """Options of `quickstart login server`."""
        return FLAGS

    def login(self, setup: Setup, scene: LoginUI) -> Login | None:
        """Return the login, which asks for what the server needs and nothing else."""
        from quickstart.methods.server.login import Servers

        return Servers(setup, scene)

    def login_steps(self, setup: Setup) -> tuple[Step, ...]:
        """Return the steps that keep a login."""
        from quickstart.methods.server import setup as setting_up

        return setting_up.login_steps(setup)

    def plan(self, setup: Setup) -> Plan:
        """Return the steps that set it up."""
        from quickstart.methods.server import setup as setting_up

        return setting_up.plan(setup)

    def connection(self, setup: Setup) -> Connection:
        """Return the connection to the server."""
        from quickstart.methods.server import setup as setting_up

        return setting_up.connection(setup)

    def manual_commands(self, setup: Setup) -> tuple[str, ...]:
        """Return the commands that do the same without quickstart."""
        from quickstart.methods.server import setup as setting_up

        return setting_up.manual_commands(setup)

    def handlers(self) -> Mapping[str, Handler]:
        """Return what logs a session in."""
        from quickstart.methods.server.setup import HANDLERS

        return HANDLERS

    def check(
        self, uri: str, saved: Connection | None, experiment: str | None, python: str | None = None
    ) -> ConnectionCheck:
        """Return the foo/bar check of a server, with the login that it may need."""
        from quickstart.methods.server.check import ServerCheck

        return ServerCheck(uri, experiment, saved)

    def conflicting_variables(self, connection: Connection) -> tuple[str, ...]:
        """Return the variables of this shell that would go before the login of a connection."""
        import os

        from quickstart.methods.server.credentials import conflicting_variables

        return conflicting_variables(connection, os.environ)

    def login_problem(
        self, uri: str, saved: Connection | None, environment: Mapping[str, str]
    ) -> QuickstartError | None:
        """Return what MLflow would make of the variables otherwise than whoever set them may think."""
        from quickstart.methods.server.credentials import credentials_problem

        return credentials_problem(uri, saved, environment)

    def secret_files(self, environment: Mapping[str, str]) -> tuple[Path, ...]:
        """Return MLflow's own file of credentials."""
        from quickstart.methods.server.credentials import credentials_file

        return (credentials_file(),)

    def client_check(self, connection: Connection, runtime: Runtime) -> Callable[[ConnectionCheck], Found] | None:
        """Return the proof by MLflow's own client, where the runtime has one."""
        from quickstart.methods.server.setup import client_check

        return client_check(connection, runtime)


FLAGS = (
    Flag("URL", "host", "Its address; any form that a browser shows will do."),
    Flag("--username", "username", "Your user name there.", metavar="U"),
    Flag("--password-stdin", "password", "Its password, from stdin.", stdin=True),
    Flag("--token-stdin", "token", "A token, from stdin.", stdin=True),
    Flag("--ca-file", "ca_file", "Certificates (PEM) of your company's own authority.", metavar="FILE"),
    Flag("--allow-http", "allow_http", "Also without encryption, where others can listen."),
    Flag(
        "--write-mlflow-credentials",
        "write_credentials",
        "Also into ~/.mlflow/credentials, which MLflow sends to every server.",
    ),
    Flag("--match-version", "client", "Use an MLflow of the server's version, apart from yours.", gives="matching"),
    Flag("--name", "name", "How you call the connection (server).", metavar="NAME"),
)

TEAM_SERVER = TeamServer(
    name="server",
    kind="production",
    title="an MLflow server of your team's or company's own",
    short="A team server",
    data_location="own",
    pros=("data stays on your machines", "easy to share", "no account with a provider", "no quota"),
    cons=("somebody has to run and update it", "serving models is yours to build"),
)
