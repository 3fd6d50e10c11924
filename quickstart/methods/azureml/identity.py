"""The ways to log in to Azure, and a token by one of them. Nothing is saved here."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from quickstart.errors import QuickstartError
from quickstart.methods.azureml import az
from quickstart.methods.azureml.address import Cloud
from quickstart.methods.base import LoginUI
from quickstart.models import Machine
from quickstart.net.http import Http, clock_skew
from quickstart.runtime.find import matches
from quickstart.runtime.process import ScriptProcess, clean_environment
from quickstart.system.shell import quoted

SCRIPT = "azure_identity.py"
UNATTENDED_TIMEOUT = 8.0  # seconds for a way without a person
LOGIN_TIMEOUT = 300.0  # seconds for a person to log in
START_TIMEOUT = 20.0  # seconds more: on a cold disk importing azure-identity takes as long
READ_TIMEOUT = 6.0  # seconds
# How an authority answers an invalid ID or secret; other statuses are its own failures.
REJECTED = (400, 401, 403)

PIN = "AZURE_TOKEN_CREDENTIALS"
CLOUD = "AZUREML_CURRENT_CLOUD"
TENANT, CLIENT_ID, CLIENT_SECRET = "AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"
CERTIFICATE = "AZURE_CLIENT_CERTIFICATE_PATH"
AUTHORITY = "AZURE_AUTHORITY_HOST"
PIN_SINCE = "1.24"  # azure-identity; older versions reject the name of a single credential (its changelog)


@dataclass(frozen=True)
class LoginWay:
    """One way to log in, in words, and how scripts use it later.

    Args:
        credential: its class in azure-identity, for AZURE_TOKEN_CREDENTIALS; "" if scripts cannot use it.
    """

    words: str
    credential: str
    later: str


WAYS: Mapping[str, LoginWay] = {
    "secret": LoginWay(
        "the service principal's secret",
        "EnvironmentCredential",
        'For scripts, set the service principal\'s variables with: eval "$(quickstart env --with-secrets)"',
    ),
    "environment": LoginWay(
        "the service principal in this shell",
        "EnvironmentCredential",
        "Scripts read it from the AZURE_... variables of their shell.",
    ),
    "workload": LoginWay(
        "this cluster's workload identity",
        "WorkloadIdentityCredential",
        "Scripts use it automatically if AZURE_FEDERATED_TOKEN_FILE is set.",
    ),
    "managed": LoginWay(
        "this machine's managed identity",
        "ManagedIdentityCredential",
        "Scripts on this machine use it automatically. Nothing is saved, and it does not expire.",
    ),
    "az": LoginWay(
        "the az CLI",
        "AzureCliCredential",
        "Scripts use it automatically: the plugin calls the az CLI. az login renews it, az logout ends it.",
    ),
    "browser": LoginWay(
        "the browser",
        "",
        "This login ends with this command; each script would open the browser again. az login lasts.",
    ),
    "device": LoginWay(
        "a device code",
        "",
        "This login ends with this command; each script would ask again. az login lasts.",
    ),
}
BY_SCRIPT = ("environment", "workload", "managed", "browser", "device")  # done by azure-identity in the runtime
IN_AZURE = ("IDENTITY_ENDPOINT", "MSI_ENDPOINT", "IMDS_ENDPOINT", "AZURE_POD_IDENTITY_AUTHORITY_HOST")


def candidates(environment: Mapping[str, str], machine: Machine | None = None) -> tuple[str, ...]:
    """Return the ways that may work without a person, in the plugin's order.

    A machine in Azure may have an identity without any variable.
    """
    identified = bool(environment.get(CLIENT_ID) and environment.get(TENANT))
    available = {
        "secret": identified and bool(environment.get(CLIENT_SECRET)),
        "environment": identified and bool(environment.get(CERTIFICATE)),
        "workload": identified and bool(environment.get("AZURE_FEDERATED_TOKEN_FILE")),
        "managed": any(environment.get(name) for name in IN_AZURE) or bool(machine and "Azure" in machine.evidence),
        "az": True,
    }
    wanted = environment.get(PIN, "").strip().lower()
    pinned = {name for name, way in WAYS.items() if way.credential and way.credential.lower() == wanted}
    return tuple(name for name, value in available.items() if value and (not pinned or name in pinned))


def pin_variable(way: str, identity: str | None) -> dict[str, str]:
    """Return the variable that makes the plugin log in this way at once.

    Args:
        identity: version of azure-identity beside the plugin; None if the newest will be installed.
    """
    supported = identity is None or matches(identity, f">={PIN_SINCE}")
    return {PIN: WAYS[way].credential} if WAYS[way].credential and supported else {}


@dataclass(frozen=True)
class Access:
    """A token, and which of WAYS it was obtained by."""

    token: str
    way: str

    def __repr__(self) -> str:
        return f"<access by {self.way}>"

    @property
    def me(self) -> str:
        """The user or identity in the token."""
        claims = self._claims
        names = ("upn", "unique_name", "preferred_username", "xms_mirid", "appid", "oid")
        return str(next((claims[name] for name in names if claims.get(name)), "unknown user")).rpartition("/")[2]

    @property
    def tenant(self) -> str:
        return str(self._claims.get("tid", ""))

    @property
    def _claims(self) -> dict[str, Any]:
        """What the token says; only for display, so its signature is not checked."""
        middle = re.sub(r"[^\w-]", "", ([*self.token.split("."), "", ""])[1])
        try:
            value = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}


@dataclass(frozen=True)
class TokenRequest:
    """How to request a token.

    Args:
        python: the interpreter that has azure-identity, or may have it.
        environment: the variables that decide, with the service principal's secret if there is one.
        again: the command to repeat after an error.
        tenant: "" for the default.
        ui: None without a person.
    """

    cloud: Cloud
    python: Path
    environment: Mapping[str, str] = field(repr=False)
    again: str
    tenant: str = ""
    ui: LoginUI | None = None


cached: dict[str, Access] = {}  # by tracking URI, for this process: a person logs in once


def needs_person(uri: str) -> bool:
    return uri in cached and not WAYS[cached[uri].way].credential


def try_in_order(order: tuple[str, ...], request: TokenRequest) -> Access:
    """Return access by the first way that works.

    Raises:
        QuickstartError: the error of the only one that is set up, else "azure-no-login" with the error of each.
    """
    failed: list[tuple[str, QuickstartError]] = []
    for way in order:
        try:
            return get_access(way, request)
        except QuickstartError as error:
            if error.code == "azure-wrong-cloud":
                raise
            failed.append((way, error))
    set_up = [error for _, error in failed if error.code not in ("azure-cli-missing", "azure-not-logged-in")]
    if len(set_up) == 1:
        raise set_up[0]
    tried = "; ".join(f"{WAYS[way].words}: {_summarize(error)}" for way, error in failed) or "nothing to try"
    raise QuickstartError("azure-no-login", tried=tried, again=request.again, login=_az_login_command(request))


def get_access(way: str, request: TokenRequest) -> Access:
    """Return access by one way; raise QuickstartError if it fails."""
    if way == "az":
        return Access(az.get_token(request.cloud), way)
    return Access(_request_by_secret(request) if way == "secret" else _request_by_script(way, request), way)


def _request_by_secret(request: TokenRequest) -> str:
    """Return a token for a service principal (OAuth client credentials, requested as azure-identity does)."""
    variables, cloud = request.environment, request.cloud
    authority = variables.get(AUTHORITY) or cloud.authority
    base = (authority if "://" in authority else f"https://{authority}").rstrip("/")
    form = {
        "grant_type": "client_credentials",
        "client_id": variables[CLIENT_ID],
        "client_secret": variables[CLIENT_SECRET],
        "scope": cloud.scope,
    }
    refused = QuickstartError("azure-authority", authority=base, again=request.again)
    try:
        urlsplit(base)
    except ValueError as error:
        raise refused from error
    try:
        with Http(base, READ_TIMEOUT) as http:
            http.authorize({})  # never by plain http
            answer = http.request("POST", f"/{variables[TENANT]}/oauth2/v2.0/token", data=form)
    except QuickstartError as error:
        if error.code in ("plain-http", "unreachable") and AUTHORITY in variables:
            raise refused from error
        raise error.with_defaults(again=request.again) from error
    value = answer.json()
    body = value if isinstance(value, dict) else {}
    if answer.status == 200 and isinstance(body.get("access_token"), str):
        return str(body["access_token"])
    message = " ".join(str(body.get("error_description") or body.get("error") or "").split())[:300]
    facts: dict[str, Any] = {"url": base, "status": answer.status, "message": message, "again": request.again}
    if answer.status in REJECTED and message:
        source, place = WAYS["secret"].words, "Microsoft Entra ID"
        raise QuickstartError("login-refused", source=source, place=place, profile="", skew=clock_skew(answer), **facts)
    raise QuickstartError("azure-down", **facts)


def _request_by_script(way: str, request: TokenRequest) -> str:
    personal = not WAYS[way].credential
    seconds = LOGIN_TIMEOUT if personal else UNATTENDED_TIMEOUT
    query = {
        "way": way,
        "scope": request.cloud.scope,
        "authority": request.cloud.authority,
        "tenant": request.tenant,
        "client_id": request.environment.get(CLIENT_ID),
        "seconds": seconds,
    }
    limit = seconds + (START_TIMEOUT if personal else 0)
    variables = {name: value for name, value in request.environment.items() if name.startswith("AZURE")}
    try:
        with ScriptProcess(request.python, SCRIPT, query, limit, environment=clean_environment(**variables)) as process:
            while True:
                answer = process.answer()
                if "error" in answer:
                    raise _script_error(answer, request.again)
                if "token" in answer:
                    return str(answer["token"])
                _show(answer, request.ui)
    except QuickstartError as error:
        if error.code != "script-silent":
            raise
        words = f"Logging in with {WAYS[way].words}"
        raise QuickstartError("azure-way-silent", way=words, seconds=int(limit), again=request.again) from error


def _script_error(answer: Mapping[str, Any], again: str) -> QuickstartError:
    detail = str(answer.get("detail", ""))
    if answer["error"] == "azure-identity-missing":
        return QuickstartError("azure-identity-missing", detail=detail, again=again)
    return QuickstartError("azure-way-failed", detail=detail, again=again)


def _show(answer: Mapping[str, Any], ui: LoginUI | None) -> None:
    if ui is None:
        return
    if answer["event"] == "device":
        ui.link(f"Open this URL on any machine and enter the code {answer['code']}:", answer["url"], open_it=False)
    else:
        ui.tell("ok", "Log in in the browser that opens")
    ui.progress(f"waiting for your login (up to {LOGIN_TIMEOUT / 60:g} minutes)")


def _summarize(error: QuickstartError) -> str:
    words = {
        "azure-cli-missing": "not installed",
        "azure-not-logged-in": "not logged in",
        "azure-cli-silent": "timed out",
        "azure-login-expired": "expired",
        "azure-identity-missing": "azure-identity is not installed",
    }
    return words.get(error.code) or str(error.facts.get("detail") or error.facts.get("message") or error.code)[:160]


def _az_login_command(request: TokenRequest) -> str:
    tenant = f" --tenant {quoted(request.tenant)}" if request.tenant else ""
    cloud = "" if request.cloud.name == "AzureCloud" else f"az cloud set --name {request.cloud.name} && "
    return f"{cloud}az login{tenant}"
