"""Method "azureml": a workspace of Azure Machine Learning. What --help needs not is imported later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quickstart.errors import register_messages
from quickstart.methods.base import Method
from quickstart.prompts.fields import Flag

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from quickstart.methods.base import Login, LoginUI, Setup
    from quickstart.models import Connection, Plan, Step, Verification
    from quickstart.runtime.find import Runtime
    from quickstart.tracking.check import ConnectionCheck, Found

register_messages(f"{__name__}.messages")

NAME = "azureml"  # of the method, of the connection, and of the environment that it may need


class AzureML(Method):
    """A workspace of Azure ML. Where it is: address.py; which versions go together: pairs.py; logging in: login.py."""

    @property
    def script_name(self) -> str:
        """What the example script is called."""
        return "log_mlflow_with_azureml.py"

    @property
    def login_name(self) -> str:
        """What `quickstart login` calls it."""
        return NAME

    @property
    def login_flags(self) -> tuple[Flag, ...]:
        """Options of `quickstart login azureml`."""
        return FLAGS

    def login(self, setup: Setup, scene: LoginUI) -> Login:
        """Return the login."""
        from quickstart.methods.azureml.login import Workspaces

        return Workspaces(setup, scene)

    def login_steps(self, setup: Setup) -> tuple[Step, ...]:
        """Return the steps that bring what the person agreed to install, keep the login, and remember it."""
        from quickstart.methods.azureml import setup as setting_up

        return setting_up.steps(setup)

    def plan(self, setup: Setup) -> Plan:
        """Return the steps that set it up."""
        from quickstart.methods.azureml import setup as setting_up

        return setting_up.plan(setup)

    def connection(self, setup: Setup) -> Connection:
        """Return the connection to the workspace."""
        from quickstart.methods.azureml import setup as setting_up

        return setting_up.connection(setup)

    def manual_commands(self, setup: Setup) -> tuple[str, ...]:
        """Return the commands that do the same without quickstart."""
        from quickstart.methods.azureml import setup as setting_up

        return setting_up.manual_commands(setup)

    def handles_uri(self, uri: str) -> bool:
        """Tell whether MLflow would call a workspace for it."""
        return uri.startswith("azureml:")

    def check(
        self, uri: str, saved: Connection | None, experiment: str | None, python: str | None = None
    ) -> ConnectionCheck:
        """Return the foo/bar check of a workspace."""
        from quickstart.methods.azureml.check import WorkspaceCheck

        return WorkspaceCheck(uri, experiment, saved, python)

    def next_steps(self, verification: Verification) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Return where to click, and how a model is registered."""
        from quickstart.methods.azureml.setup import next_steps

        return next_steps(verification)

    def conflicting_variables(self, connection: Connection) -> tuple[str, ...]:
        """Return the variables of this shell with which the plugin would log in otherwise."""
        from quickstart.methods.azureml.identity import conflicting_variables

        return conflicting_variables(connection)

    def secret_files(self, environment: Mapping[str, str]) -> tuple[Path, ...]:
        """Return what the az CLI keeps of its logins."""
        from pathlib import Path

        folder = Path(environment.get("AZURE_CONFIG_DIR") or "~/.azure").expanduser()
        names = ("msal_token_cache.json", "service_principal_entries.json", "accessTokens.json")
        return tuple(folder / name for name in names)

    def client_check(self, connection: Connection, runtime: Runtime) -> Callable[[ConnectionCheck], Found] | None:
        """Return the proof by MLflow's own client and its plugin, artifact included."""
        from quickstart.methods.azureml.setup import client_check

        return client_check(connection)


FLAGS = (
    Flag("--tracking-uri", "tracking_uri", "The tracking URI, azureml://..., or the studio's link.", metavar="U"),
    Flag("--subscription", "subscription", "Id of the subscription.", metavar="S"),
    Flag("--resource-group", "group", "Name of the resource group.", metavar="R"),
    Flag("--workspace", "workspace", "Name of the workspace.", metavar="W"),
    Flag("--region", "region", "Where it is, such as westeurope.", metavar="G"),
    Flag("--tenant", "tenant", "Id of the tenant (the directory).", metavar="ID"),
    Flag("--az", "way", "Log in by the az CLI, and by nothing else.", gives="az"),
    Flag("--managed-identity", "way", "Log in as this machine in Azure.", gives="managed"),
    Flag("--browser", "way", "Log in in the browser; it is not remembered.", gives="browser"),
    Flag("--device-code", "way", "Log in in a browser on any machine; not remembered.", gives="device"),
    Flag("--client-id", "client_id", "A service principal's id, or that of an identity of your own.", metavar="ID"),
    Flag(
        "--client-secret-stdin",
        "client_secret",
        "Its secret, from stdin.",
        stdin=True,
        implied_answers=(("way", "secret"),),
    ),
    Flag("--install", "packages", "Install the pair into this Python.", gives="here"),
    Flag("--own-environment", "packages", "Install the pair into an environment of its own.", gives="own"),
    Flag("--no-install", "packages", "Install nothing.", gives="leave"),
)

AZUREML = AzureML(
    name=NAME,
    kind="production",
    title="a workspace of Azure Machine Learning",
    short="Azure ML",
    data_location="provider",
    pros=("nothing to run or update", "serves and deploys models", "easy to share", "high quotas"),
    cons=("costs money", "a billing account to look after", "MLflow's version must match its plugin"),
    traces=("AZUREML_*", "~/.azure/azureProfile.json"),
)
