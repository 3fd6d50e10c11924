"""Logging in to an Azure ML workspace. Nothing is saved here."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from quickstart.errors import QuickstartError
from quickstart.methods import common_steps
from quickstart.methods.azureml import LOGIN_COMMAND, NAME, PLUGIN, address, az, fields, identity, responses, setup
from quickstart.methods.azureml.address import Workspace
from quickstart.methods.azureml.az import LocalValues
from quickstart.methods.azureml.identity import Access, TokenRequest
from quickstart.methods.azureml.setup import IDENTITY, LoginResult
from quickstart.methods.base import Login, LoginUI, Setup
from quickstart.models import Secret
from quickstart.net.http import Http
from quickstart.prompts.fields import Field, Given
from quickstart.runtime.find import installed_versions
from quickstart.state.connections import Connections, load_secrets
from quickstart.system.shell import quoted
from quickstart.tracking.check import reach
from quickstart.tracking.uri import resolve

READ_TIMEOUT = 5.0  # seconds for an answer: a person waits
PARTS = ("subscription", "group", "workspace", "region", "host", "one_by_one")
# Answers to ask for again after an error.
FIELDS_TO_RETRY: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("azure-bad-uri", "azure-bad-part", "azure-no-workspace", "azure-not-a-workspace", "azure-strange-host"), PARTS
    ),
    **dict.fromkeys(
        ("name-unknown", "host-silent", "no-answer", "server-down", "unreachable", "azure-wrong-region"),
        ("region", "host"),
    ),
    **dict.fromkeys(
        (
            "azure-cli-failed",
            "azure-cli-missing",
            "azure-cli-silent",
            "azure-login-expired",
            "azure-no-login",
            "azure-no-role",
            "azure-not-logged-in",
            "azure-way-failed",
            "azure-way-silent",
            "azure-wrong-cloud",
            "azure-wrong-tenant",
        ),
        ("way",),
    ),
    **dict.fromkeys(("bad-secret", "login-refused"), ("way", "tenant", "client_id", "client_secret")),
    "azure-identity-missing": ("packages",),
}


def _host(region: str) -> str:
    """Return the host of a region, in the cloud that this shell names, else the one that az is logged in to."""
    cloud = os.environ.get(identity.CLOUD)
    if not cloud:
        with suppress(QuickstartError):
            cloud = az.get_cloud_name()
    return region + address.cloud_for("", cloud).suffix


def _principal_flags(given: Given) -> str:
    """Return the options that repeat a service principal's login; "" for other ways."""
    if given.get("way") != "secret" or not {"tenant", "client_id"} <= set(given):
        return ""
    flags = f"--tenant {quoted(given['tenant'])} --client-id {quoted(given['client_id'])}"
    return f" {flags} --client-secret-stdin < secret.txt"


class AzureMLLogin(Login):
    """One login to a workspace."""

    def __init__(self, setup: Setup, ui: LoginUI) -> None:
        self._setup = setup
        self._ui = ui
        self._local = LocalValues(ui)
        self._ask_way = False  # only after the ways without a person have failed

    def next_field(self, given: Given) -> Field | None:
        return self._workspace_field(given) or self._way_field(given) or self._packages_field(given)

    def _workspace_field(self, given: Given) -> Field | None:
        missing = [field for field in fields.PARTS if field.key not in given]
        if len(missing) == len(fields.PARTS) and "one_by_one" not in given:
            return self._uri_field()
        if missing:
            return self._local.prefill(missing[0])
        if "host" in given:
            return None
        region = self._local.region(given)
        return replace(fields.REGION, known=region or None, known_from="the az CLI")

    def _uri_field(self) -> Field:
        field = common_steps.retry_field(self._local.prefill(fields.URI), NAME, self._ui)
        if field.known is not None or field.default != fields.URI.default:
            return field
        if os.environ.get("AZUREML_ARM_WORKSPACE_NAME"):
            return self._local.prefill(fields.PARTS[0])
        found = self._local.workspaces()
        return fields.workspace_field(found) if found else field

    def _way_field(self, given: Given) -> Field | None:
        if "way" not in given and self._ask_way and self._ui.interactive:
            return fields.WAY
        if given.get("way") == "secret":
            return next((self._local.prefill(field) for field in fields.PRINCIPAL if field.key not in given), None)
        return None

    def _packages_field(self, given: Given) -> Field | None:
        runtime = self._setup.runtime
        if "packages" in given or (runtime.exists and setup.current_pair(runtime).state == "match"):
            return None
        own = setup.packages_runtime(runtime, "own")
        if own.exists and setup.current_pair(own).state == "match":
            return replace(fields.PACKAGES, known="own", known_from="already in a separate environment")
        return fields.packages_field(setup.current_pair(runtime), runtime)

    def set(self, key: str, value: Any, given: Given) -> Given:
        if key == "tracking_uri":
            return {**given, **({"one_by_one": True} if value == fields.ONE_BY_ONE else address.parse(str(value)))}
        if key == "found":
            if value is None:
                return {**given, "one_by_one": True}
            parts = {"subscription": value.subscription, "group": value.group, "workspace": value.name}
            return {**given, **parts, "host": _host(value.region)}
        if key == "region":
            region = address.validate_part(key, str(value))
            return {**given, "region": region, "host": _host(region)}
        return {**given, key: address.validate_part(key, str(value)) if key in address.RULES else value}

    def authenticate(self, given: Given) -> LoginResult:
        workspace = address.make_workspace(given)
        again = responses.login_command(workspace) + _principal_flags(given)
        packages = given.get("packages", "here")
        environment = self._environment(given, workspace.uri)
        try:
            with Http(workspace.api, READ_TIMEOUT) as http:
                self._identify(http, workspace)
                access = self._access(given, workspace, packages, environment)
                responses.check_access(http, workspace, access)
        except QuickstartError as error:
            # az.py does not know the workspace, so its command lacks it.
            complete = error.replace if error.facts.get("again") == LOGIN_COMMAND else error.with_defaults
            raise complete(again=again) from error
        identity.cached[workspace.uri] = access
        self._report(workspace, access, packages)
        secret = Secret(environment[identity.CLIENT_SECRET]) if access.way == "secret" else None
        settings = self._settings(access.way, packages, environment)
        return LoginResult(workspace, access.me, access.way, packages, settings, secret)

    def fields_to_retry(self, error: QuickstartError) -> tuple[str, ...]:
        found = FIELDS_TO_RETRY.get(error.code, ())
        self._ask_way = self._ask_way or "way" in found
        return found

    def _identify(self, http: Http, workspace: Workspace) -> None:
        self._ui.progress("looking for the workspace", workspace.host)
        resolved = resolve(workspace.api)
        if not http.proxied:
            reach(workspace.url, resolved.host, resolved.port)
        responses.identify(http, workspace)

    def _access(self, given: Given, workspace: Workspace, packages: str, environment: Mapping[str, str]) -> Access:
        """Return access by the chosen way, else by the first that works without a person."""
        order = (given["way"],) if "way" in given else identity.candidates(environment, self._setup.machine)
        self._ui.progress("logging in to Azure", ", ".join(identity.WAYS[way].words for way in order))
        request = TokenRequest(
            address.cloud_for(workspace.host, os.environ.get(identity.CLOUD)),
            self._python(order, packages),
            environment,
            responses.login_command(workspace),
            given.get("tenant", ""),
            self._ui,
        )
        if "way" in given:
            return identity.get_access(given["way"], request)
        return identity.try_in_order(order, request)

    def _python(self, order: tuple[str, ...], packages: str) -> Path:
        """Return the interpreter that has azure-identity; install it first if needed."""
        runtime = setup.packages_runtime(self._setup.runtime, packages)
        wanted = [way for way in order if way in identity.BY_SCRIPT]
        if wanted and installed_versions(runtime, IDENTITY)[IDENTITY] is None:
            missing = setup.pair_steps(self._setup.runtime, packages)
            # If another way may work, installing needs a person's consent.
            if missing and (len(order) == len(wanted) or self._ui.interactive):
                self._ui.install(missing)
        return runtime.python

    def _environment(self, given: Given, uri: str) -> dict[str, str]:
        """Return the saved connection's variables, this shell's and the given ones; later ones take precedence."""
        saved = Connections().all().get(NAME)
        saved_secrets = load_secrets(saved) if saved and saved.tracking_uri == uri else {}
        before = {**saved.env, **saved_secrets} if saved and saved_secrets else {}
        secret: Secret | None = given.get("client_secret")
        answers = {
            identity.TENANT: given.get("tenant"),
            identity.CLIENT_ID: given.get("client_id"),
            identity.CLIENT_SECRET: secret.value if secret else None,
        }
        return {**before, **os.environ, **{key: value for key, value in answers.items() if value}}

    def _settings(self, way: str, packages: str, environment: Mapping[str, str]) -> dict[str, str]:
        runtime = setup.packages_runtime(self._setup.runtime, packages)
        names = {"secret": (identity.TENANT, identity.CLIENT_ID), "managed": (identity.CLIENT_ID,)}.get(way, ())
        found = installed_versions(runtime, IDENTITY)[IDENTITY]
        return {
            **identity.pin_variable(way, found),
            **{name: environment[name] for name in names if environment.get(name)},
        }

    def _report(self, workspace: Workspace, access: Access, packages: str) -> None:
        way = identity.WAYS[access.way]
        self._ui.tell("ok", f"Logged in to {workspace.name} as {access.me} with {way.words}")
        self._ui.tell("ok" if way.credential else "warn", way.later)
        pair = setup.current_pair(setup.packages_runtime(self._setup.runtime, packages))
        names = f"mlflow {pair.mlflow} with {PLUGIN} {pair.plugin}"
        if packages == "own":
            self._ui.tell("ok", f"{names} in a separate environment")
        elif pair.state == "match":
            self._ui.tell("ok", f"{names}: {pair.why}")
        elif packages == "leave":
            self._ui.tell("warn", f"Scripts cannot log to the workspace yet: {pair.why}")
        else:
            self._ui.tell("ok", f"{names} will be installed: {pair.why}")
