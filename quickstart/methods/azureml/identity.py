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
from quickstart.methods.azureml import az, ways
from quickstart.methods.azureml.place import Cloud
from quickstart.methods.base import LoginUI
from quickstart.net.http import Http, clock_skew
from quickstart.runtime.process import ScriptProcess
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
    return access is not None and not ways.WAYS[access.way].credential


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
    tried = "; ".join(f"{ways.WAYS[way].words}: {_gist(fault)}" for way, fault in failed) or "nothing to try"
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
        "client_id": variables[ways.CLIENT_ID],
        "client_secret": variables[ways.CLIENT_SECRET],
        "scope": cloud.scope,
    }
    try:
        urlsplit(base)
    except ValueError as error:
        raise QuickstartError("azure-authority", authority=base, again=asking.again) from error
    try:
        with Http(base, READ_TIMEOUT) as http:
            http.authorize({})  # never by plain http
            answer = http.request("POST", f"/{variables[ways.TENANT]}/oauth2/v2.0/token", data=form)
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
            source=ways.WAYS["secret"].words,
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
        "client_id": asking.environment.get(ways.CLIENT_ID),
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
            "azure-way-silent", way=ways.WAYS[way].words, seconds=int(limit), again=asking.again
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
