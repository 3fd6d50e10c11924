"""Methods "databricks" and "databricks-free": a workspace on Databricks. What --help needs not is imported later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quickstart.errors import register_messages
from quickstart.methods.base import Method
from quickstart.prompts.fields import Flag

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from quickstart.methods.base import Login, LoginUI, Setup
    from quickstart.models import Answers, Connection, Machine, Plan, Step, Verification
    from quickstart.runtime.find import Runtime
    from quickstart.state.journal import Handler
    from quickstart.tracking.check import ConnectionCheck, Found

register_messages(f"{__name__}.messages")

INSIDE = "DATABRICKS_RUNTIME_VERSION"  # set in every notebook and job of a workspace
SIGN_UP = "https://www.databricks.com/learn/free-edition"


class Workspace(Method):
    """A workspace on Databricks. Its address and API: workspace.py; logging in: login.py."""

    @property
    def script_name(self) -> str:
        """What the example script is called."""
        return "log_mlflow_with_databricks.py"

    @property
    def login_name(self) -> str:
        """What `quickstart login` calls it, both kinds."""
        return "databricks"

    @property
    def login_flags(self) -> tuple[Flag, ...]:
        """Options of `quickstart login databricks`."""
        return FLAGS

    def login(self, setup: Setup, scene: LoginUI) -> Login | None:
        """Return the login; inside a Databricks notebook one is logged in already."""
        from quickstart.methods.databricks import login

        return login.login(self, setup, scene)

    def login_steps(self, setup: Setup) -> tuple[Step, ...]:
        """Return the steps that keep a login."""
        from quickstart.methods.databricks import setup as setting_up

        return setting_up.login_steps(self, setup)

    def plan(self, setup: Setup) -> Plan:
        """Return the steps that set it up."""
        from quickstart.methods.databricks import setup as setting_up

        return setting_up.plan(self, setup)

    def connection(self, setup: Setup) -> Connection:
        """Return the connection to the workspace."""
        from quickstart.methods.databricks import setup as setting_up

        return setting_up.connection(self, setup)

    def manual_commands(self, setup: Setup) -> tuple[str, ...]:
        """Return the commands that do the same without quickstart."""
        from quickstart.methods.databricks import setup as setting_up

        return setting_up.manual_commands(self, setup)

    def handlers(self) -> Mapping[str, Handler]:
        """Return what keeps a login, and what takes it back."""
        from quickstart.methods.databricks.setup import HANDLERS

        return HANDLERS

    def handles_uri(self, uri: str) -> bool:
        """Tell whether MLflow would call a workspace for it."""
        return uri == "databricks" or uri.startswith("databricks://")

    def check(
        self, uri: str, saved: Connection | None, experiment: str | None, python: str | None = None
    ) -> ConnectionCheck:
        """Return the foo/bar check of a workspace."""
        import os

        if os.environ.get(INSIDE):
            from quickstart.methods.databricks.notebook import InsideCheck

            return InsideCheck(uri, experiment)
        from quickstart.methods.databricks.check import WorkspaceCheck

        return WorkspaceCheck(uri, experiment, saved, python, free=self.kind == "free-hosted")

    def next_steps(self, verification: Verification) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Return where to click, and what comes next on a platform that serves models."""
        from quickstart.methods.databricks.setup import next_steps

        return next_steps(verification, serves=self.kind == "production")

    def conflicting_variables(self, connection: Connection) -> tuple[str, ...]:
        """Return the variables that go before the profile: with them MLflow may send its token to another host."""
        from quickstart.methods.databricks.access import conflicting_variables

        return conflicting_variables(connection)

    def secret_files(self, environment: Mapping[str, str]) -> tuple[Path, ...]:
        """Return the file of profiles, and that of the browser's logins."""
        from pathlib import Path

        from quickstart.methods.databricks.profiles import config_file

        return (config_file(environment), Path("~/.databricks/token-cache.json").expanduser())

    def client_check(self, connection: Connection, runtime: Runtime) -> Callable[[ConnectionCheck], Found] | None:
        """Return the proof by MLflow's own client, where the runtime has one."""
        from quickstart.methods.databricks.setup import client_check

        return client_check(connection, runtime)


class FreeEdition(Workspace):
    """Free hosted tracking; its limits are said to whoever they may hit."""

    def handles_uri(self, uri: str) -> bool:
        """A tracking URI does not tell which kind a workspace is; the other method takes it."""
        return False

    def warnings(self, answers: Answers, machine: Machine) -> tuple[str, ...]:
        """Say what Free Edition is not for, and that a team shares its quota."""
        if answers.production:
            return ("Databricks Free Edition is for non-commercial use only: not for a company, nor for production.",)
        if answers.audience != "me":
            return (
                "Databricks Free Edition has quotas (their numbers are not published; beyond them computing stops "
                "for the day) and is for non-commercial use only.",
            )
        return ()


FLAGS = (
    Flag("--free", "method", "A workspace of Free Edition.", gives="databricks-free"),
    Flag("--host", "host", "Its address; any form that a browser shows will do.", metavar="H"),
    Flag("--profile", "profile", "Name of the profile to write.", metavar="NAME"),
    Flag("--oauth", "way", "Log in in the browser (where one can open, the default).", gives="browser"),
    Flag("--no-browser", "way", "The same with a browser on another machine: paste an address back.", gives="paste"),
    Flag(
        "--token-stdin",
        "token",
        "A personal access token, from stdin.",
        stdin=True,
        implied_answers=(("way", "token"),),
    ),
    Flag("--client-id", "client_id", "A service principal's id.", metavar="ID", implied_answers=(("way", "machine"),)),
    Flag(
        "--client-secret-stdin",
        "client_secret",
        "Its secret, from stdin.",
        stdin=True,
        implied_answers=(("way", "machine"),),
    ),
    Flag("--folder", "folder", "Workspace folder for experiments (/Users/<you>).", metavar="PATH"),
)

DATABRICKS_FREE = FreeEdition(
    name="databricks-free",
    kind="free-hosted",
    title="free hosted tracking on Databricks Free Edition",
    short="Databricks Free Edition",
    data_location="provider",
    pros=("nothing to run or update", "free of charge", "easy to share", "reachable from notebooks and VMs"),
    cons=("runs are kept by a provider", "quotas, and an account", "non-commercial use only"),
)
DATABRICKS = Workspace(
    name="databricks",
    kind="production",
    title="a production workspace on Databricks",
    short="Databricks",
    data_location="provider",
    pros=("nothing to run or update", "serves and deploys models", "easy to share", "high quotas"),
    cons=("costs money", "a billing account to look after"),
    traces=("~/.databrickscfg", "DATABRICKS_HOST", "DATABRICKS_CONFIG_PROFILE"),
)
