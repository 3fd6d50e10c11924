"""The steps that make a connection to SageMaker, what proves it, and what comes next."""

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
from quickstart.runtime.find import Runtime
from quickstart.runtime.install import check_installable
from quickstart.runtime.versions import installed_versions, matches
from quickstart.tracking.check import ConnectionCheck, Found
from quickstart.tracking.client import client_stage

NAME = "sagemaker"
PLUGIN = "sagemaker-mlflow"
PLUGIN_SIZE = "with boto3, 35 MB, about 5 seconds"
OLDEST_MLFLOW = "2.8"  # MLflow that the plugin takes (its metadata, 0.5.0); it has no upper limit
PLACEHOLDER = Arn(
    f"arn:aws:sagemaker:<region>:<account>:{SERVER}/<name>", "aws", "<region>", "<account>", SERVER, "<name>"
)


@dataclass(frozen=True)
class LoginResult:
    """A login that works.

    Args:
        arn: the server.
        source: the credentials that it took.
        variables: what makes MLflow use the same ones.
    """

    arn: Arn
    source: Source
    variables: Mapping[str, str] = field(default_factory=dict)


def login_result(setup: Setup) -> LoginResult:
    """Return the login; before there is one, as for --dry-run, what it would look like."""
    login: LoginResult = setup.login or LoginResult(PLACEHOLDER, Source(""))
    return login


def plugin_steps(runtime: Runtime) -> tuple[Step, ...]:
    """Return the steps that bring MLflow's light client and the plugin into the runtime; none if they are there.

    Raises:
        Fault: "aws-mlflow-too-old": pip would put a newer light client beside an old MLflow, and neither would work.
    """
    held = runtime.client
    if held and matches(held, f"<{OLDEST_MLFLOW}"):
        raise QuickstartError("aws-mlflow-too-old", python=str(runtime.python), version=held, oldest=OLDEST_MLFLOW)
    client = common_steps.client_steps(runtime, enough=bool(held))
    if installed_versions(runtime, PLUGIN)[PLUGIN]:
        return client
    check_installable(runtime, PLUGIN)
    return (*client, common_steps.install_step(runtime, PLUGIN, PLUGIN_SIZE))


def plan(setup: Setup) -> Plan:
    """Return the steps: the plugin where it is missing, and the connection."""
    return Plan(NAME, NAME, (*plugin_steps(setup.runtime), *login_steps(setup)))


def login_steps(setup: Setup) -> tuple[Step, ...]:
    """Return the step that remembers the connection."""
    return (common_steps.save_step(connection(setup)),)


def connection(setup: Setup) -> Connection:
    """Return the connection: the ARN, and which of AWS's credentials; no secret is in it."""
    login = login_result(setup)
    return Connection(NAME, NAME, login.arn.text, dict(login.variables), str(setup.runtime.python))


def client_check(made: Connection, runtime: Runtime) -> Callable[[ConnectionCheck], Found] | None:
    """Return the proof by MLflow's own client and the plugin, where the runtime has a client."""
    if not runtime.client:
        return None
    return partial(client_check_stage, runtime=runtime, made=made)


def client_check_stage(check: ConnectionCheck, *, runtime: Runtime, made: Connection) -> Found:
    """Run the example script in the runtime, and tell what stands in its way in the words of AWS.

    Raises:
        Fault: "aws-plugin-missing"; "aws-s3-denied" where only files are refused; or what client_stage() raises.
    """
    again = "quickstart verify --with-client"
    environment = {**credentials.saved_environment(made.env, os.environ), "AWS_MAX_ATTEMPTS": "1"}
    try:
        return client_stage(check, python=runtime.python, environment=environment)
    except QuickstartError as error:
        seen = str(error.facts.get("seen", ""))
        if error.code == "artifact-failed" and re.search(r"AccessDenied|Forbidden|\b403\b", seen):
            where = check.artifact_uri
            raise QuickstartError(
                "aws-s3-denied", arn=made.tracking_uri, where=where, seen=seen, again=again
            ) from error
        raise


def next_steps(verification: Verification) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the command that opens the UI: its address alone lets nobody in."""
    from quickstart.state.connections import Connections

    arn = parse(verification.tracking_uri)
    saved = Connections().in_use()
    profile = saved.env.get(PROFILE, "") if saved and saved.tracking_uri == arn.text else ""
    return (
        ("See it in the browser", (f"{arn.presign_command(profile)}   prints an address, good once, for 5 minutes",)),
    )


def manual_commands(setup: Setup) -> tuple[str, ...]:
    """Return the commands that do the same without quickstart."""
    python = shlex.quote(str(setup.runtime.python))
    return (
        f"{python} -m pip install {common_steps.CLIENT} {PLUGIN}",
        f"# the ARN: {LIST_COMMAND}; the login: aws configure, or aws sso login",
        f'export MLFLOW_TRACKING_URI="{PLACEHOLDER.text}"',
    )
