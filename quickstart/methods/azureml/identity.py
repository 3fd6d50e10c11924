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
from quickstart.runtime.process import ScriptProcess
from quickstart.runtime.versions import matches
from quickstart.system.shell import quoted

SCRIPT = "azure_identity.py"
SILENT_WAYS = 8.0  # seconds for a way without a person
PATIENCE = 300.0  # seconds for a person to log in
STARTING = 20.0  # seconds more: on a cold disk importing azure-identity takes as long
READ_TIMEOUT = 6.0  # seconds
# What an authority says of an id or secret that it does not take, which is no failure of its own.
NOT_TAKEN = (400, 401, 403)


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
        claims = claims_of(self.token)
        names = ("upn", "unique_name", "preferred_username", "xms_mirid", "appid", "oid")
        return str(next((claims[name] for name in names if claims.get(name)), "somebody")).rpartition("/")[2]

    @property
    def tenant(self) -> str:
        """The tenant that the token is of; "" where it does not say."""
        return str(claims_of(self.token).get("tid", ""))


@dataclass(frozen=True)
class TokenRequest:
    """What a token is asked with.

    Args:
        cloud: where the workspace is.
        python: the interpreter that has azure-identity, or may have it.
        environment: the variables that decide, with the service principal's secret if there is one.
        again: the command that tries anew.
        tenant: that a person logs in to; "" for their own.
        scene: where there may be a person; None where there is none.
    """

    cloud: Cloud
    python: Path
    environment: Mapping[str, str] = field(repr=False)
    again: str
    tenant: str = ""
    scene: LoginUI | None = None


_made: dict[str, Access] = {}  # by tracking URI, for as long as this command lives: a person logs in once


def remember(uri: str, access: Access) -> None:
    """Hold what a login came to, for the proof that follows it."""
    _made[uri] = access


def cached_access(uri: str) -> Access | None:
    """Return what a login of this very command came to, or None."""
    return _made.get(uri)


def had_access(uri: str) -> bool:
    """Tell whether this command logged in in a way that no script can repeat by itself."""
    access = cached_access(uri)
    return access is not None and not WAYS[access.way].credential


def first_that_works(order: tuple[str, ...], asking: TokenRequest) -> Access:
    """Return access by the first way that works.

    Raises:
        Fault: what the one that was there said, where only one was; "azure-no-login" with each, where several were.
    """
    failed: list[tuple[str, QuickstartError]] = []
    for way in order:
        try:
            return get_access(way, asking)
        except QuickstartError as fault:
            if fault.code == "azure-wrong-cloud":
                raise
            failed.append((way, fault))
    there = [(way, fault) for way, fault in failed if fault.code not in ("azure-cli-missing", "azure-not-logged-in")]
    if len(there) == 1:
        raise there[0][1]
    tried = "; ".join(f"{WAYS[way].words}: {_gist(fault)}" for way, fault in failed) or "nothing to try"
    raise QuickstartError("azure-no-login", tried=tried, again=asking.again, login=_az_login(asking))


def get_access(way: str, asking: TokenRequest) -> Access:
    """Return access by one way.

    Raises:
        Fault: "login-refused" by the authority, or what az.token() and the script name.
    """
    if way == "az":
        return Access(az.token(asking.cloud), way)
    if way == "secret":
        return Access(_by_secret(asking), way)
    return Access(_by_script(way, asking), way)


def _by_secret(asking: TokenRequest) -> str:
    """Return a token for a service principal (OAuth client credentials, as azure-identity asks for it)."""
    variables, cloud = asking.environment, asking.cloud
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
        raise QuickstartError("azure-authority", authority=base, again=asking.again) from error
    try:
        with Http(base, READ_TIMEOUT) as http:
            http.authorize({})  # never by plain http
            answer = http.request("POST", f"/{variables[TENANT]}/oauth2/v2.0/token", data=form)
    except QuickstartError as fault:
        if fault.code in ("plain-http", "unreachable") and "AZURE_AUTHORITY_HOST" in variables:
            raise QuickstartError("azure-authority", authority=base, again=asking.again) from fault
        raise fault.with_defaults(again=asking.again) from fault
    value = answer.json()
    said = value if isinstance(value, dict) else {}
    if answer.status == 200 and isinstance(said.get("access_token"), str):
        return str(said["access_token"])
    words = " ".join(str(said.get("error_description") or said.get("error") or "").split())[:300]
    if answer.status in NOT_TAKEN and words:
        raise QuickstartError(
            "login-refused",
            url=base,
            status=answer.status,
            source=WAYS["secret"].words,
            profile="",
            place="Microsoft Entra ID",
            again=asking.again,
            message=words,
            skew=clock_skew(answer),
        )
    raise QuickstartError("azure-down", url=base, status=answer.status, message=words, again=asking.again)


def _by_script(way: str, asking: TokenRequest) -> str:
    """Return a token by azure-identity in the runtime; what a person must do is shown to them."""
    personal = way in ("browser", "device")
    seconds = PATIENCE if personal else SILENT_WAYS
    request = {
        "way": way,
        "scope": asking.cloud.scope,
        "authority": asking.cloud.authority.partition("//")[2],
        "tenant": asking.tenant,
        "client_id": asking.environment.get(CLIENT_ID),
        "seconds": seconds,
    }
    limit = seconds + (STARTING if personal else 0)
    try:
        with ScriptProcess(asking.python, SCRIPT, request, limit, **_own(asking.environment)) as talk:
            while True:
                answer = talk.answer()
                if "error" in answer:
                    raise _said(answer, asking.again)
                if "token" in answer:
                    return str(answer["token"])
                _show(answer, asking.scene)
    except QuickstartError as fault:
        if fault.code != "script-silent":
            raise
        raise QuickstartError(
            "azure-way-silent", way=WAYS[way].words, seconds=int(limit), again=asking.again
        ) from fault


def _said(answer: Mapping[str, Any], again: str) -> QuickstartError:
    """Return the fault that the script names."""
    detail = str(answer.get("detail", ""))
    if answer["error"] == "azure-identity-missing":
        return QuickstartError("azure-identity-missing", detail=detail, again=again)
    return QuickstartError("azure-way-failed", detail=detail, again=again)


def _own(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that are a connection's own; those of the shell are passed on anyhow."""
    return {
        key: value for key, value in environment.items() if key.startswith("AZURE") and os.environ.get(key) != value
    }


def _show(answer: Mapping[str, Any], scene: LoginUI | None) -> None:
    if scene is None:
        return
    if answer["event"] == "device":
        scene.link(
            f"Log in at this address on any machine, with the code {answer['code']}:", answer["url"], open_it=False
        )
    else:
        scene.tell("ok", "Your browser opens: log in there")
    scene.progress(f"waiting for your login, {PATIENCE / 60:g} minutes at most")


def _gist(fault: QuickstartError) -> str:
    """Return in a few words why a way did not work."""
    words = {
        "azure-cli-missing": "there is no az",
        "azure-not-logged-in": "nobody is logged in",
        "azure-cli-silent": "az did not answer",
        "azure-login-expired": "it has expired",
        "azure-identity-missing": "azure-identity is not in the Python for MLflow",
    }
    return words.get(fault.code) or str(fault.facts.get("detail") or fault.facts.get("message") or fault.code)[:160]


def _az_login(asking: TokenRequest) -> str:
    tenant = f" --tenant {quoted(asking.tenant)}" if asking.tenant else ""
    cloud = "" if asking.cloud.name == "AzureCloud" else f"az cloud set --name {asking.cloud.name} && "
    return f"{cloud}az login{tenant}"


def claims_of(token: str) -> dict[str, Any]:
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
HEEDS_PIN = "1.24"  # azure-identity; before, one credential's name there is an error (its changelog)


@dataclass(frozen=True)
class Way:
    """One way to log in.

    Args:
        words: what it is called.
        credential: its class in azure-identity, which AZURE_TOKEN_CREDENTIALS takes; "" where scripts do not find it.
        later: how scripts find the login, for a person.
    """

    words: str
    credential: str
    later: str


WAYS: Mapping[str, Way] = {
    "secret": Way(
        "the service principal's secret",
        "EnvironmentCredential",
        'Scripts find the service principal in the variables of: eval "$(quickstart env --with-secrets)"',
    ),
    "environment": Way(
        "the service principal in this shell's variables",
        "EnvironmentCredential",
        "Scripts find it in the AZURE_... variables of their shell, as it is in this one.",
    ),
    "workload": Way(
        "the workload identity of this cluster",
        "WorkloadIdentityCredential",
        "Scripts find it by themselves wherever AZURE_FEDERATED_TOKEN_FILE is set.",
    ),
    "managed": Way(
        "the managed identity of this machine",
        "ManagedIdentityCredential",
        "Scripts on this machine find it by themselves; nothing of it is kept, and it does not end.",
    ),
    "az": Way(
        "the az CLI's login",
        "AzureCliCredential",
        "Scripts find it by themselves: the plugin asks the az CLI. az login renews it, az logout ends it.",
    ),
    "browser": Way(
        "a login in the browser",
        "",
        "It ends with this command: each script would open the browser again. az login is what lasts.",
    ),
    "device": Way(
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


def pin(way: str, identity: str | None) -> dict[str, str]:
    """Return the variable that makes the plugin log in this way at once.

    Args:
        way: one of WAYS.
        identity: version of azure-identity where the plugin runs, None where the newest will be.
    """
    heeded = identity is None or matches(identity, f">={HEEDS_PIN}")
    return {PIN: WAYS[way].credential} if WAYS[way].credential and heeded else {}


def conflicting_variables(connection: Connection) -> tuple[str, ...]:
    """Return the variables of this shell with which the plugin would log in otherwise than the connection says."""
    # Where a job's variables are set the plugin takes its token: azureml.mlflow._internal.service_context_loader.
    job = ("MLFLOW_TRACKING_TOKEN", "MLFLOW_RUN_ID")
    of_a_job = job if all(os.environ.get(name) for name in job) else ()
    principal = ("AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH")
    others = () if PIN in connection.env or CLIENT_ID in connection.env else principal
    return (*of_a_job, *(name for name in others if os.environ.get(name)))
