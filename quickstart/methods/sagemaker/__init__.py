"""Method "sagemaker": managed MLflow on Amazon SageMaker. What --help needs not is imported later."""

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


class SageMaker(Method):
    """A tracking server or app on SageMaker. Its ARN: arn.py; logging in: login.py."""

    @property
    def script_name(self) -> str:
        """What the example script is called."""
        return "log_mlflow_with_sagemaker.py"

    @property
    def login_name(self) -> str:
        """What `quickstart login` calls it."""
        return "sagemaker"

    @property
    def login_flags(self) -> tuple[Flag, ...]:
        """Options of `quickstart login sagemaker`."""
        return FLAGS

    def login(self, setup: Setup, scene: LoginUI) -> Login | None:
        """Return the login: the credentials that boto3 finds, and which server they are for."""
        from quickstart.methods.sagemaker.login import SageMakerLogin

        return SageMakerLogin(setup, scene)

    def login_steps(self, setup: Setup) -> tuple[Step, ...]:
        """Return the step that remembers the connection: nothing of AWS's is written."""
        from quickstart.methods.sagemaker import setup as setting_up

        return setting_up.login_steps(setup)

    def plan(self, setup: Setup) -> Plan:
        """Return the steps that set it up."""
        from quickstart.methods.sagemaker import setup as setting_up

        return setting_up.plan(setup)

    def connection(self, setup: Setup) -> Connection:
        """Return the connection to the server."""
        from quickstart.methods.sagemaker import setup as setting_up

        return setting_up.connection(setup)

    def manual_commands(self, setup: Setup) -> tuple[str, ...]:
        """Return the commands that do the same without quickstart."""
        from quickstart.methods.sagemaker import setup as setting_up

        return setting_up.manual_commands(setup)

    def handles_uri(self, uri: str) -> bool:
        """Tell whether it is an ARN: of all that is tracked to, only SageMaker has those."""
        return uri.strip("'\" ").startswith("arn:")

    def check(
        self, uri: str, saved: Connection | None, experiment: str | None, python: str | None = None
    ) -> ConnectionCheck:
        """Return the foo/bar check of a server on SageMaker."""
        from quickstart.methods.sagemaker.check import SageMakerCheck

        return SageMakerCheck(uri, experiment, saved, python)

    def next_steps(self, verification: Verification) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Return the command that opens the UI, which takes nobody who only has its address."""
        from quickstart.methods.sagemaker import setup as setting_up

        return setting_up.next_steps(verification)

    def conflicting_variables(self, connection: Connection) -> tuple[str, ...]:
        """Return the variables of this shell that would go before the connection's profile."""
        import os

        from quickstart.methods.sagemaker.credentials import conflicting_variables

        return conflicting_variables(connection.env, os.environ)

    def secret_files(self, environment: Mapping[str, str]) -> tuple[Path, ...]:
        """Return AWS's file of keys, and those of the logins that its own command line keeps."""
        from pathlib import Path

        keys = Path(environment.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials").expanduser()
        kept = (Path(folder).expanduser().glob("*.json") for folder in ("~/.aws/sso/cache", "~/.aws/cli/cache"))
        return (keys, *(path for folder in kept for path in folder))

    def client_check(self, connection: Connection, runtime: Runtime) -> Callable[[ConnectionCheck], Found] | None:
        """Return the proof by MLflow's own client and the plugin, where the runtime has a client."""
        from quickstart.methods.sagemaker import setup as setting_up

        return setting_up.client_check(connection, runtime)


FLAGS = (
    Flag("ARN", "arn", "Of the tracking server, or app; without it there is a list to choose from."),
    Flag("--aws-profile", "profile", "Profile of AWS to log in by (what boto3 finds first).", metavar="NAME"),
    Flag("--region", "region", "Where to look for servers (that of the profile).", metavar="R"),
)

SAGEMAKER = SageMaker(
    name="sagemaker",
    kind="production",
    title="managed MLflow on Amazon SageMaker",
    short="Amazon SageMaker",
    data_location="provider",
    pros=("nothing to run or update", "serves and deploys models", "easy to share", "high quotas"),
    cons=("costs money", "a billing account to look after"),
    traces=("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "~/.aws/credentials", "~/.aws/config"),
)
