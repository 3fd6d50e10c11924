"""What method "sagemaker" does: the connection, its steps, its check by MLflow's client, and what comes next."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from quickstart.errors import QuickstartError
from quickstart.methods import common_steps
from quickstart.methods.base import Login, LoginUI, MethodActions, Setup
from quickstart.methods.sagemaker import NAME, PLUGIN, credentials
from quickstart.methods.sagemaker.arn import LIST_COMMAND, SERVER, Arn, parse
from quickstart.methods.sagemaker.check import SageMakerCheck
from quickstart.methods.sagemaker.credentials import PROFILE, Source
from quickstart.methods.sagemaker.login import LoginResult, SageMakerLogin, plugin_steps
from quickstart.models import Connection, Plan, Step, Verification
from quickstart.runtime.find import Runtime
from quickstart.state.connections import Connections
from quickstart.tracking.check import ConnectionCheck, Found
from quickstart.tracking.client import client_stage

PLACEHOLDER = Arn(
    f"arn:aws:sagemaker:<region>:<account>:{SERVER}/<name>", "aws", "<region>", "<account>", SERVER, "<name>"
)


class SageMaker(MethodActions):
    """A tracking server or app on SageMaker, by its ARN."""

    def login(self, setup: Setup, ui: LoginUI) -> Login:
        return SageMakerLogin(setup, ui)

    def login_steps(self, setup: Setup) -> tuple[Step, ...]:
        return (common_steps.save_step(self.connection(setup)),)

    def plan(self, setup: Setup) -> Plan:
        return Plan(NAME, NAME, (*plugin_steps(setup.runtime), *self.login_steps(setup)))

    def connection(self, setup: Setup) -> Connection:
        # Before the login, as with --dry-run, a placeholder.
        login: LoginResult = setup.login or LoginResult(PLACEHOLDER, Source(""))
        return Connection(NAME, NAME, login.arn.text, dict(login.variables), str(setup.runtime.python))

    def manual_commands(self, setup: Setup) -> tuple[str, ...]:
        python = shlex.quote(str(setup.runtime.python))
        return (
            f"{python} -m pip install {common_steps.CLIENT} {PLUGIN}",
            f"# for the ARN: {LIST_COMMAND}; to log in: aws configure, or aws sso login",
            f'export MLFLOW_TRACKING_URI="{PLACEHOLDER.text}"',
        )

    def check(
        self, uri: str, saved: Connection | None, experiment: str | None, python: str | None = None
    ) -> ConnectionCheck:
        return SageMakerCheck(uri, experiment, saved, python)

    def client_check(self, connection: Connection, runtime: Runtime) -> Callable[[ConnectionCheck], Found] | None:
        return partial(_client_stage, runtime=runtime, connection=connection) if runtime.client else None

    def next_steps(self, verification: Verification) -> tuple[tuple[str, tuple[str, ...]], ...]:
        arn = parse(verification.tracking_uri)
        saved = Connections().in_use()
        profile = saved.env.get(PROFILE, "") if saved and saved.tracking_uri == arn.text else ""
        note = "   prints a URL that works once, for 5 minutes"
        return (("Open it in the browser", (f"{arn.presign_command(profile)}{note}",)),)

    def conflicting_variables(self, connection: Connection) -> tuple[str, ...]:
        return credentials.conflicting_variables(connection.env, os.environ)

    def secret_files(self, environment: Mapping[str, str]) -> tuple[Path, ...]:
        keys = Path(environment.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials").expanduser()
        caches = (Path(folder).expanduser().glob("*.json") for folder in ("~/.aws/sso/cache", "~/.aws/cli/cache"))
        return (keys, *(path for cache in caches for path in cache))


def _client_stage(check: ConnectionCheck, *, runtime: Runtime, connection: Connection) -> Found:
    """Run the example script in the runtime; raise "aws-s3-denied", or what client_stage() raises."""
    environment = {**credentials.saved_environment(connection.env, os.environ), "AWS_MAX_ATTEMPTS": "1"}
    try:
        return client_stage(check, python=runtime.python, environment=environment)
    except QuickstartError as error:
        seen = str(error.facts.get("seen", ""))
        if error.code == "artifact-failed" and re.search(r"AccessDenied|Forbidden|\b403\b", seen):
            error = QuickstartError(
                "aws-s3-denied",
                arn=connection.tracking_uri,
                where=check.artifact_uri,
                seen=seen,
                again="quickstart verify --with-client",
            )
        raise error
