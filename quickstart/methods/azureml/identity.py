"""A token for a workspace, by one way of logging in or by the first that works; who it stands for; nothing is saved."""

from __future__ import annotations

import base64
import json
import os
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
from quickstart.models import Connection, Machine
from quickstart.net.http import Http, clock_skew
from quickstart.runtime.process import ScriptProcess, clean_environment
from quickstart.runtime.versions import matches
from quickstart.system.shell import quoted

SCRIPT = "azure_identity.py"
UNATTENDED_TIMEOUT = 8.0  # seconds for a way without a person
LOGIN_TIMEOUT = 300.0  # seconds for a person to log in
START_TIMEOUT = 20.0  # seconds more: on a cold disk importing azure-identity takes as long
READ_TIMEOUT = 6.0  # seconds
# What an authority says of an id or secret that it does not take, which is no failure of its own.
REJECTED = (400, 401, 403)


@dataclass(frozen=True)
class Access:
    """What a login came to.

    Args:
        token: sent with each request.
        way: which of ways.WAYS it was.
    """

    token: str
    way: str

    def __repr__(self) -> str:
        return f"<access by {self.way}>"

    @property
    def me(self) -> str:
        """Who we are, as the token says; nothing is decided by it, so that its signature need not be checked."""
        claims = token_claims(self.token)
        names = ("upn", "unique_name", "preferred_username", "xms_mirid", "appid", "oid")
        return str(next((claims[name] for name in names if claims.get(name)), "somebody")).rpartition("/")[2]

    @property
    def tenant(self) -> str:
        """The tenant that the token is of; "" where it does not say."""
        return str(token_claims(self.token).get("tid", ""))


@dataclass(frozen=True)
class TokenRequest:
    """What a token is asked with.

    Args:
        cloud: where the workspace is.
        python: the interpreter that has azure-identity, or may have it.
        environment: the variables that decide, with the service principal's secret if there is one.
        again: the command that tries anew.
        tenant: that a person logs in to; "" for their own.
        ui: where there may be a person; None where there is none.
    """

    cloud: Cloud
    python: Path
    environment: Mapping[str, str] = field(repr=False)
    again: str
    tenant: str = ""
    ui: LoginUI | None = None


_cached: dict[str, Access] = {}  # by tracking URI, for as long as this command lives: a person logs in once


def cache_access(uri: str, access: Access) -> None:
    """Hold what a login came to, for the proof that follows it."""
    _cached[uri] = access


def cached_access(uri: str) -> Access | None:
    """Return what a login of this very command came to, or None."""
    return _cached.get(uri)


def needs_person(uri: str) -> bool:
    """Tell whether this command logged in in a way that no script can repeat by itself."""
    access = cached_access(uri)
    return access is not None and not WAYS[access.way].credential


def try_in_order(order: tuple[str, ...], request: TokenRequest) -> Access:
    """Return access by the first way that works.

    Raises:
        Fault: what the one that was there said, where only one was; "azure-no-login" with each, where several were.
    """
    failed: list[tuple[str, QuickstartError]] = []
    for way in order:
        try:
            return get_access(way, request)
        except QuickstartError as error:
            if error.code == "azure-wrong-cloud":
                raise
            failed.append((way, error))
    there = [(way, error) for way, error in failed if error.code not in ("azure-cli-missing", "azure-not-logged-in")]
    if len(there) == 1:
        raise there[0][1]
    tried = "; ".join(f"{WAYS[way].words}: {_summarize(error)}" for way, error in failed) or "nothing to try"
    raise QuickstartError("azure-no-login", tried=tried, again=request.again, login=_az_login_command(request))


def get_access(way: str, request: TokenRequest) -> Access:
    """Return access by one way.

    Raises:
        Fault: "login-refused" by the authority, or what az.token() and the script name.
    """
    if way == "az":
        return Access(az.token(request.cloud), way)
    if way == "secret":
        return Access(_by_secret(request), way)
    return Access(_by_script(way, request), way)


def _by_secret(request: TokenRequest) -> str:
    """Return a token for a service principal (OAuth client credentials, as azure-identity asks for it)."""
    variables, cloud = request.environment, request.cloud
    authority = variables.get("AZURE_AUTHORITY_HOST") or cloud.authority
    base = (authority if "://" in authority else f"https://{authority}").rstrip("/")
    form = {
        "grant_type": "client_credentials",
        "client_id": variables[CLIENT_ID],
        "client_secret": variables[CLIENT_SECRET],
        "scope": cloud.scope,
    }
    try:
        urlsplit(base)
    except ValueError as error:
        raise QuickstartError("azure-authority", authority=base, again=request.again) from error
    try:
        with Http(base, READ_TIMEOUT) as http:
            http.authorize({})  # never by plain http
            answer = http.request("POST", f"/{variables[TENANT]}/oauth2/v2.0/token", data=form)
    except QuickstartError as error:
        if error.code in ("plain-http", "unreachable") and "AZURE_AUTHORITY_HOST" in variables:
            raise QuickstartError("azure-authority", authority=base, again=request.again) from error
        raise error.with_defaults(again=request.again) from error
    value = answer.json()
    said = value if isinstance(value, dict) else {}
    if answer.status == 200 and isinstance(said.get("access_token"), str):
        return str(said["access_token"])
    words = " ".join(str(said.get("error_description") or said.get("error") or "").split())[:300]
    if answer.status in REJECTED and words:
        raise QuickstartError(
            "login-refused",
            url=base,
            status=answer.status,
            source=WAYS["secret"].words,
            profile="",
            place="Microsoft Entra ID",
            again=request.again,
            message=words,
            skew=clock_skew(answer),
        )
    raise QuickstartError("azure-down", url=base, status=answer.status, message=words, again=request.again)


def _by_script(way: str, request: TokenRequest) -> str:
    """Return a token by azure-identity in the runtime; what a person must do is shown to them."""
    personal = way in ("browser", "device")
    seconds = LOGIN_TIMEOUT if personal else UNATTENDED_TIMEOUT
    query = {
        "way": way,
        "scope": request.cloud.scope,
        "authority": request.cloud.authority.partition("//")[2],
        "tenant": request.tenant,
        "client_id": request.environment.get(CLIENT_ID),
        "seconds": seconds,
    }
    limit = seconds + (START_TIMEOUT if personal else 0)
    try:
        variables = clean_environment(**_own_variables(request.environment))
        with ScriptProcess(request.python, SCRIPT, query, limit, environment=variables) as process:
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
        raise QuickstartError(
            "azure-way-silent", way=WAYS[way].words, seconds=int(limit), again=request.again
        ) from error


def _script_error(answer: Mapping[str, Any], again: str) -> QuickstartError:
    """Return the fault that the script names."""
    detail = str(answer.get("detail", ""))
    if answer["error"] == "azure-identity-missing":
        return QuickstartError("azure-identity-missing", detail=detail, again=again)
    return QuickstartError("azure-way-failed", detail=detail, again=again)


def _own_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that are a connection's own; those of the shell are passed on anyhow."""
    return {
        key: value for key, value in environment.items() if key.startswith("AZURE") and os.environ.get(key) != value
    }


def _show(answer: Mapping[str, Any], ui: LoginUI | None) -> None:
    if ui is None:
        return
    if answer["event"] == "device":
        ui.link(f"Log in at this address on any machine, with the code {answer['code']}:", answer["url"], open_it=False)
    else:
        ui.tell("ok", "Your browser opens: log in there")
    ui.progress(f"waiting for your login, {LOGIN_TIMEOUT / 60:g} minutes at most")


def _summarize(error: QuickstartError) -> str:
    """Return in a few words why a way did not work."""
    words = {
        "azure-cli-missing": "there is no az",
        "azure-not-logged-in": "nobody is logged in",
        "azure-cli-silent": "az did not answer",
        "azure-login-expired": "it has expired",
        "azure-identity-missing": "azure-identity is not in the Python for MLflow",
    }
    return words.get(error.code) or str(error.facts.get("detail") or error.facts.get("message") or error.code)[:160]


def _az_login_command(request: TokenRequest) -> str:
    tenant = f" --tenant {quoted(request.tenant)}" if request.tenant else ""
    cloud = "" if request.cloud.name == "AzureCloud" else f"az cloud set --name {request.cloud.name} && "
    return f"{cloud}az login{tenant}"


def token_claims(token: str) -> dict[str, Any]:
    """Return what a token says of itself, {} where it is none that can be read."""
    middle = re.sub(r"[^\w-]", "", ([*token.split("."), "", ""])[1])
    try:
        value = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


PIN = "AZURE_TOKEN_CREDENTIALS"
CLOUD = "AZUREML_CURRENT_CLOUD"
TENANT, CLIENT_ID, CLIENT_SECRET = "AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"
PIN_SINCE = "1.24"  # azure-identity; before, one credential's name there is an error (its changelog)


@dataclass(frozen=True)
class LoginWay:
    """One way to log in.

    Args:
        words: what it is called.
        credential: its class in azure-identity, which AZURE_TOKEN_CREDENTIALS takes; "" where scripts do not find it.
        later: how scripts find the login, for a person.
    """

    words: str
    credential: str
    later: str


WAYS: Mapping[str, LoginWay] = {
    "secret": LoginWay(
        "the service principal's secret",
        "EnvironmentCredential",
        'Scripts find the service principal in the variables of: eval "$(quickstart env --with-secrets)"',
    ),
    "environment": LoginWay(
        "the service principal in this shell's variables",
        "EnvironmentCredential",
        "Scripts find it in the AZURE_... variables of their shell, as it is in this one.",
    ),
    "workload": LoginWay(
        "the workload identity of this cluster",
        "WorkloadIdentityCredential",
        "Scripts find it by themselves wherever AZURE_FEDERATED_TOKEN_FILE is set.",
    ),
    "managed": LoginWay(
        "the managed identity of this machine",
        "ManagedIdentityCredential",
        "Scripts on this machine find it by themselves; nothing of it is kept, and it does not end.",
    ),
    "az": LoginWay(
        "the az CLI's login",
        "AzureCliCredential",
        "Scripts find it by themselves: the plugin asks the az CLI. az login renews it, az logout ends it.",
    ),
    "browser": LoginWay(
        "a login in the browser",
        "",
        "It ends with this command: each script would open the browser again. az login is what lasts.",
    ),
    "device": LoginWay(
        "a login by device code",
        "",
        "It ends with this command: each script would ask for a login again. az login is what lasts.",
    ),
}
BY_SCRIPT = ("environment", "workload", "managed", "browser", "device")  # those that azure-identity in the runtime does
IN_AZURE = ("IDENTITY_ENDPOINT", "MSI_ENDPOINT", "IMDS_ENDPOINT", "AZURE_POD_IDENTITY_AUTHORITY_HOST")


def candidates(environment: Mapping[str, str], machine: Machine | None = None) -> tuple[str, ...]:
    """Return the ways that are worth a try without a person, in the plugin's own order. Pure.

    Args:
        environment: the variables that decide.
        machine: where we are; a machine in Azure may have an identity without any variable.
    """
    identified = bool(environment.get(CLIENT_ID) and environment.get(TENANT))
    there = {
        "secret": identified and bool(environment.get(CLIENT_SECRET)),
        "environment": identified and bool(environment.get("AZURE_CLIENT_CERTIFICATE_PATH")),
        "workload": identified and bool(environment.get("AZURE_FEDERATED_TOKEN_FILE")),
        "managed": any(environment.get(name) for name in IN_AZURE) or bool(machine and "Azure" in machine.evidence),
        "az": True,
    }
    wanted = environment.get(PIN, "").strip().lower()
    pinned = {name for name, way in WAYS.items() if way.credential and way.credential.lower() == wanted}
    return tuple(name for name, is_there in there.items() if is_there and (not pinned or name in pinned))


def pin_variable(way: str, identity: str | None) -> dict[str, str]:
    """Return the variable that makes the plugin log in this way at once.

    Args:
        way: one of WAYS.
        identity: version of azure-identity where the plugin runs, None where the newest will be.
    """
    heeded = identity is None or matches(identity, f">={PIN_SINCE}")
    return {PIN: WAYS[way].credential} if WAYS[way].credential and heeded else {}


def conflicting_variables(connection: Connection) -> tuple[str, ...]:
    """Return the variables of this shell with which the plugin would log in otherwise than the connection says."""
    # Where a job's variables are set the plugin takes its token: azureml.mlflow._internal.service_context_loader.
    job = ("MLFLOW_TRACKING_TOKEN", "MLFLOW_RUN_ID")
    of_a_job = job if all(os.environ.get(name) for name in job) else ()
    principal = ("AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH")
    others = () if PIN in connection.env or CLIENT_ID in connection.env else principal
    return (*of_a_job, *(name for name in others if os.environ.get(name)))
