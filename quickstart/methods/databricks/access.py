"""Which credentials a tracking URI or a saved connection stands for, and the headers they make."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from quickstart.errors import QuickstartError
from quickstart.methods.databricks import profiles, workspace
from quickstart.methods.databricks.profiles import Login
from quickstart.methods.databricks.workspace import LoginSource
from quickstart.models import Connection
from quickstart.net.http import Http
from quickstart.runtime.find import find_runtime
from quickstart.runtime.process import clean_environment, run_script
from quickstart.system.shell import quoted

SDK = "databricks_sdk.py"
SDK_TIMEOUT = 30.0  # seconds; on a cold disk importing it takes ten


def login_environment(saved: Connection | None) -> dict[str, str]:
    """Return the variables that decide about the login: those of a saved connection, or of this shell."""
    own = {key: value for key, value in os.environ.items() if key.startswith("DATABRICKS_")}
    if saved is None or profiles.PROFILE not in saved.env:
        return own
    file = {profiles.FILE: own[profiles.FILE]} if profiles.FILE in own else {}
    return {**file, **{key: value for key, value in saved.env.items() if key.startswith("DATABRICKS_")}}


def find_login(uri: str, environment: Mapping[str, str]) -> Login:
    """Return the credentials that a tracking URI stands for.

    Args:
        uri: "databricks" or "databricks://PROFILE".
        environment: the variables that decide.

    Raises:
        QuickstartError: "no-workspace" where nothing names one, or what profiles.read() and profiles.resolve() raise.
    """
    path = profiles.config_file(environment)
    profile = uri.partition("://")[2].partition("/")[0] or None
    login = profiles.resolve(profile, environment, profiles.read(path), path)
    if not login.host:
        raise QuickstartError("no-workspace", uri=uri, path=str(path))
    return login


def conflicting_variables(saved: Connection) -> tuple[str, ...]:
    if profiles.PROFILE not in saved.env:
        return ()
    try:
        login = find_login(saved.tracking_uri, login_environment(saved))
    except QuickstartError:  # verify tells what is wrong with it
        login = Login(None, {})
    return profiles.conflicting_variables(login, os.environ)


def describe_login(login: Login, *, free: bool = False) -> LoginSource:
    kind = " --free" if free else ""
    again = f"quickstart login databricks{kind} --host {quoted(login.host)}"
    return LoginSource(
        login.source, f"{again} --profile {quoted(login.profile)}" if login.profile else again, login.profile or ""
    )


def note_other_workspace(source: LoginSource, login: Login, environment: Mapping[str, str]) -> LoginSource:
    """Return what is known of a login with what the file of profiles knows against it.

    Args:
        source: of the login.
        login: that will be used.
        environment: the variables that decide.
    """
    token, place = login.values.get("token"), login.host.rstrip("/")
    try:
        known = profiles.read(profiles.config_file(environment))
    except QuickstartError:  # the login itself reports it
        return source
    if token is None:
        return source
    has = {name: (one.get("host", "").rstrip("/"), one.get("token", "")) for name, one in known.items()}
    in_shell = token.source.endswith(profiles.IN_SHELL)
    beaten = (name for name, (host, other) in has.items() if host == place and other not in ("", token.text))
    elsewhere = (f"{name} for {host}" for name, (host, other) in has.items() if other == token.text and host != place)
    return replace(source, beaten=next(beaten, "") if in_shell else "", other=next(elsewhere, ""))


def headers(
    login: Login, http: Http, words: LoginSource, python: str | None, environment: Mapping[str, str]
) -> dict[str, str]:
    """Return the headers that log in.

    A token, and a service principal, need neither the SDK nor an interpreter that has it.

    Raises:
        QuickstartError: "login-refused", "sdk-missing", or what the requests raise.
    """
    if login.way == "token":
        return bearer(login.get("token"))
    if login.way == "machine":
        return bearer(workspace.principal_token(http, login.get("client_id"), login.get("client_secret"), words))
    answer = ask_sdk(find_runtime(python or None).python, {"action": "headers", "profile": login.profile}, environment)
    if "error" in answer:
        raise sdk_error(answer, http.base, words)
    return {str(key): str(value) for key, value in answer["headers"].items()}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def ask_sdk(python: Path, request: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    return run_script(python, SDK, request=request, timeout=SDK_TIMEOUT, environment=clean_environment(**environment))


def sdk_error(answer: Mapping[str, Any], url: str, words: LoginSource) -> QuickstartError:
    if answer["error"] == "sdk-failed":
        return QuickstartError(
            "login-refused",
            url=url,
            status=401,
            source=words.source,
            profile=words.profile,
            again=words.again,
            message=str(answer.get("detail", "")),
            skew=0,
        )
    return script_error(answer, url, words.again)


def script_error(answer: Mapping[str, Any], url: str, again: str, seconds: float = 0) -> QuickstartError:
    return QuickstartError(
        str(answer["error"]), url=url, detail=str(answer.get("detail", "")), again=again, seconds=int(seconds)
    )
