"""The steps that set up a connection to SageMaker, its check by MLflow's client, and what comes next."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from quickstart.errors import QuickstartError
from quickstart.methods import common_steps
from quickstart.methods.base import Setup
from quickstart.methods.sagemaker import credentials
from quickstart.methods.sagemaker.arn import LIST_COMMAND, SERVER, Arn, parse
from quickstart.methods.sagemaker.credentials import PROFILE, Source
from quickstart.models import Connection, Plan, Step, Verification
from quickstart.runtime.find import Runtime, installed_versions, matches
from quickstart.runtime.install import check_installable
from quickstart.state.connections import Connections
from quickstart.tracking.check import ConnectionCheck, Found
from quickstart.tracking.client import client_stage

NAME = "sagemaker"
PLUGIN = "sagemaker-mlflow"
PLUGIN_SIZE = "with boto3: 35 MB, about 5 seconds"
OLDEST_MLFLOW = "2.8"  # that the plugin supports (metadata of 0.5.0); it has no upper limit
PLACEHOLDER = Arn(
    f"arn:aws:sagemaker:<region>:<account>:{SERVER}/<name>", "aws", "<region>", "<account>", SERVER, "<name>"
)


@dataclass(frozen=True)
class LoginResult:
    """A verified login.

    Args:
        arn: the server.
        source: the credentials that it accepted.
        variables: make MLflow use the same credentials.
    """

    arn: Arn
    source: Source
    variables: Mapping[str, str] = field(default_factory=dict)


def login_result(setup: Setup) -> LoginResult:
    """Return the login; before there is one, as for --dry-run, what it would look like."""
    login: LoginResult = setup.login or LoginResult(PLACEHOLDER, Source(""))
    return login


def plugin_steps(runtime: Runtime) -> tuple[Step, ...]:
    """Return the steps that install mlflow-skinny and the plugin; none if they are installed.

    Raises:
        QuickstartError: "aws-mlflow-too-old": pip would install a newer client beside an old MLflow and break both.
    """
    version = runtime.client
    if version and matches(version, f"<{OLDEST_MLFLOW}"):
        raise QuickstartError("aws-mlflow-too-old", python=str(runtime.python), version=version, oldest=OLDEST_MLFLOW)
    client = common_steps.client_steps(runtime, enough=bool(version))
    if installed_versions(runtime, PLUGIN)[PLUGIN]:
        return client
    check_installable(runtime, PLUGIN)
    return (*client, common_steps.install_step(runtime, PLUGIN, PLUGIN_SIZE))


def plan(setup: Setup) -> Plan:
    return Plan(NAME, NAME, (*plugin_steps(setup.runtime), *login_steps(setup)))


def login_steps(setup: Setup) -> tuple[Step, ...]:
    return (common_steps.save_step(connection(setup)),)


def connection(setup: Setup) -> Connection:
    login = login_result(setup)
    return Connection(NAME, NAME, login.arn.text, dict(login.variables), str(setup.runtime.python))


def client_check(made: Connection, runtime: Runtime) -> Callable[[ConnectionCheck], Found] | None:
    if not runtime.client:
        return None
    return partial(client_check_stage, runtime=runtime, made=made)


def client_check_stage(check: ConnectionCheck, *, runtime: Runtime, made: Connection) -> Found:
    """Run the example script in the runtime.

    Raises:
        QuickstartError: "aws-plugin-missing", "aws-s3-denied", or what client_stage() raises.
    """
    again = "quickstart verify --with-client"
    environment = {**credentials.saved_environment(made.env, os.environ), "AWS_MAX_ATTEMPTS": "1"}
    try:
        return client_stage(check, python=runtime.python, environment=environment)
    except QuickstartError as error:
        seen = str(error.facts.get("seen", ""))
        if error.code == "artifact-failed" and re.search(r"AccessDenied|Forbidden|\b403\b", seen):
            where = check.artifact_uri
            error = QuickstartError("aws-s3-denied", arn=made.tracking_uri, where=where, seen=seen, again=again)
        raise error


def next_steps(verification: Verification) -> tuple[tuple[str, tuple[str, ...]], ...]:
    arn = parse(verification.tracking_uri)
    saved = Connections().in_use()
    profile = saved.env.get(PROFILE, "") if saved and saved.tracking_uri == arn.text else ""
    note = "   prints a URL that works once, for 5 minutes"
    return (("Open it in the browser", (f"{arn.presign_command(profile)}{note}",)),)


def manual_commands(setup: Setup) -> tuple[str, ...]:
    python = shlex.quote(str(setup.runtime.python))
    return (
        f"{python} -m pip install {common_steps.CLIENT} {PLUGIN}",
        f"# for the ARN: {LIST_COMMAND}; to log in: aws configure, or aws sso login",
        f'export MLFLOW_TRACKING_URI="{PLACEHOLDER.text}"',
    )
