"""Logging in to SageMaker: find the credentials, choose the server, check that it accepts them.

No secret is asked for and no AWS file is written: AWS's own tools manage the credentials.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from quickstart.errors import QuickstartError
from quickstart.methods import common_steps
from quickstart.methods.base import Login, LoginUI, Setup
from quickstart.methods.sagemaker import NAME, PLUGIN, credentials, fields
from quickstart.methods.sagemaker.account import Account, ListedServer, SignedHttp, not_running_error
from quickstart.methods.sagemaker.arn import (
    COMMAND,
    EXAMPLE,
    Arn,
    check_same_region,
    endpoint,
    parse,
    validate_region,
)
from quickstart.methods.sagemaker.credentials import Source
from quickstart.methods.sagemaker.responses import describe_network_error
from quickstart.models import Step
from quickstart.prompts.fields import Choice, Field, Given
from quickstart.runtime.find import Runtime, installed_versions, matches
from quickstart.runtime.install import check_installable
from quickstart.state.connections import Connections
from quickstart.system.shell import quoted
from quickstart.tracking.check import reach
from quickstart.tracking.uri import resolve

READ_TIMEOUT = 5.0  # seconds for an answer: a person waits
PLUGIN_SIZE = "with boto3: 35 MB, about 5 seconds"
OLDEST_MLFLOW = "2.8"  # that the plugin supports (metadata of 0.5.0); it has no upper limit
VARIABLES = ("MLFLOW_TRACKING_URI", "MLFLOW_TRACKING_ARN")  # the second is what AWS's own examples use
# Answers to ask for again after an error.
FIELDS_TO_RETRY: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("aws-bad-arn", "aws-forbidden", "aws-no-server", "aws-not-running", "aws-partition", "aws-region-unknown"),
        ("arn",),
    ),
    "aws-bad-region": ("region",),
    "aws-region-mismatch": ("arn", "region"),
    **dict.fromkeys(
        ("aws-login-expired", "aws-no-credentials", "aws-profile-unknown", "aws-source-failed", "login-refused"),
        ("profile",),
    ),
}


@dataclass(frozen=True)
class LoginResult:
    """A verified login.

    Args:
        source: the credentials that the server accepted.
        variables: make MLflow use the same credentials.
    """

    arn: Arn
    source: Source
    variables: Mapping[str, str] = field(default_factory=dict)


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


class SageMakerLogin(Login):
    """One login to a tracking server or app."""

    def __init__(self, setup: Setup, ui: LoginUI) -> None:
        self._setup = setup
        self._ui = ui
        self._profiles: tuple[str, ...] = ()
        self._choose_profile = False
        self._looked = False  # a value from this shell is used once: a rejected one is not tried again
        self._installed = False

    def next_field(self, given: Given) -> Field | None:
        if self._choose_profile and "profile" not in given:
            choices = tuple(Choice(name, name) for name in self._profiles)
            return replace(fields.PROFILE, choices=choices, default=self._profiles[0])
        if "arn" in given:
            return None
        if given.get("typed"):
            return fields.ARN
        return self._shell_field() or self._list_field(given)

    def set(self, key: str, value: Any, given: Given) -> Given:
        if key == "arn" and not value:
            return {**given, "typed": True}
        if key == "arn":
            value = parse(str(value))
            endpoint(value, os.environ)
        elif key == "region":
            value = validate_region(str(value))
        given = {**given, key: value}
        if key in ("arn", "region") and "arn" in given and "region" in given:
            check_same_region(given["arn"], given["region"])
        return given

    def fields_to_retry(self, error: QuickstartError) -> tuple[str, ...]:
        keys = FIELDS_TO_RETRY.get(error.code, ())
        if keys == ("profile",):
            self._choose_profile = bool(self._profiles)
            return keys if self._profiles else ()
        return keys

    def authenticate(self, given: Given) -> LoginResult:
        arn: Arn = given["arn"]
        self._ui.progress("logging in to SageMaker", arn.name)
        profile = given.get("profile")
        again = f"{COMMAND} {arn.text}" + (f" --aws-profile {quoted(profile)}" if profile else "")
        with self._account(given, again) as account:
            source = account.source()
            self._ui.tell("ok", f"AWS credentials: {source.words}{source.durability}")
            self._check_server(arn, source, account)
            self._check_access(arn, account, again)
        return LoginResult(arn, source, credentials.variables_to_save(source, os.environ))

    def _shell_field(self) -> Field | None:
        found = next((name for name in VARIABLES if os.environ.get(name, "").startswith("arn:")), None)
        if self._looked or (found is None and self._ui.interactive):
            return None
        self._looked = True
        if found is None:
            retried = common_steps.retry_field(fields.ARN, NAME, self._ui)
            return retried if retried.known is not None else None
        return replace(fields.ARN, known=os.environ[found], known_from=f"{found} in this shell")

    def _list_field(self, given: Given) -> Field:
        self._ui.progress("looking for tracking servers", given.get("region", ""))
        with self._account(given, COMMAND) as account:
            region = given.get("region") or os.environ.get("AWS_REGION") or account.source().region
            if not region:
                return fields.REGION
            servers, hidden = account.servers(region)
        if hidden:
            self._ui.tell("warn", f"Cannot list all tracking servers in {region}: {hidden}")
        if servers:
            return fields.server_field(servers, region)
        return replace(fields.ARN, why=f"No tracking server was found in {region}. An ARN looks like {EXAMPLE}")

    def _account(self, given: Given, again: str) -> Account:
        """Connect to AWS through botocore in the runtime; install it first if it is missing."""
        if not self._installed and (missing := plugin_steps(self._setup.runtime)):
            self._ui.install(missing)
        self._installed = True
        environment = credentials.profile_variables(given.get("profile") or _saved_profile(given), os.environ)
        account = Account(self._setup.runtime.python, environment, again)
        self._profiles = account.profiles
        return account

    def _check_server(self, arn: Arn, source: Source, account: Account) -> None:
        """Show the identity and what differs from this machine; raise "aws-not-running"."""
        owner, who = account.identity(arn.region)
        if who:
            self._ui.tell("ok", f"You are {who}")
        if owner and owner != arn.account:
            self._ui.tell(
                "warn", f"The server is in account {arn.account}, but you are in {owner}. It must be shared with you."
            )
        if elsewhere := credentials.other_region(arn.region, os.environ):
            self._ui.tell("warn", f"{elsewhere}, but the server is in {arn.region}. Using {arn.region}.")
        listed = account.state(arn)
        if listed and not listed.is_usable:
            raise not_running_error(arn, listed, source.saved_profile)
        if listed and (words := self._other_mlflow(listed)):
            self._ui.tell("warn", words)

    def _other_mlflow(self, listed: ListedServer) -> str:
        """Return a warning if the server's major version differs from the client's; else ""."""
        ours = self._setup.runtime.client or ""
        if not ours or not listed.mlflow or ours.partition(".")[0] == listed.mlflow.partition(".")[0]:
            return ""
        return f"The server runs MLflow {listed.mlflow}, your client is {ours}. Newer features may not work."

    def _check_access(self, arn: Arn, account: Account, again: str) -> None:
        place = resolve(endpoint(arn, os.environ))
        self._ui.progress("checking access", place.uri)
        try:
            http = SignedHttp(place.uri, arn, READ_TIMEOUT)
            with http:
                if not http.proxied:
                    reach(place.uri, place.host, place.port)
                http.sign_by(account)
                http.check_access(again)
        except QuickstartError as error:
            raise describe_network_error(error, arn, again) from error
        self._ui.tell("ok", f"Logged in to {arn.name} in {arn.region}")


def _saved_profile(given: Given) -> str:
    """Return the profile of the saved connection to the same server; "" for none."""
    saved = Connections().all().get(NAME)
    same = saved is not None and "arn" in given and saved.tracking_uri == given["arn"].text
    return saved.env.get(credentials.PROFILE, "") if saved and same else ""
