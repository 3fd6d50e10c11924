"""The credentials of a tracking URI or a saved connection, and what logs in with them: we, or databricks-sdk."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from quickstart.errors import QuickstartError
from quickstart.methods import common_steps
from quickstart.methods.base import LoginUI, Setup
from quickstart.methods.databricks import profiles, workspace
from quickstart.methods.databricks.fields import PASTED_URL
from quickstart.methods.databricks.profiles import Login
from quickstart.methods.databricks.workspace import LoginSource
from quickstart.models import Connection, Secret
from quickstart.net.http import Http
from quickstart.runtime.find import find_runtime
from quickstart.runtime.process import ScriptProcess, clean_environment, run_script
from quickstart.system.shell import quoted

SDK = "databricks_sdk.py"
SDK_TIMEOUT = 30.0  # seconds; on a cold disk importing it takes ten
PORTS = (8020, 8040)  # the range that the Databricks CLI tries and that workspaces accept
LOGIN_TIMEOUT = 300.0  # seconds for a person to log in
PASTE_PROBLEMS = {
    "no-code": "This URL has no code. Copy the full URL of the page that cannot be reached.",
    "other-login": "This URL belongs to another login. Open the link above and copy the URL it ends at.",
}
OPEN_HERE = "Open this URL in your browser and log in:"
OPEN_ANYWHERE = "Open this URL in a browser on any machine and log in:"


def login_environment(saved: Connection | None) -> dict[str, str]:
    """Return the DATABRICKS_ variables that select the credentials: those of a saved connection, or of this shell."""
    own = {key: value for key, value in os.environ.items() if key.startswith("DATABRICKS_")}
    if saved is None or profiles.PROFILE not in saved.env:
        return own
    file = {profiles.FILE: own[profiles.FILE]} if profiles.FILE in own else {}
    return {**file, **{key: value for key, value in saved.env.items() if key.startswith("DATABRICKS_")}}


def find_login(uri: str, environment: Mapping[str, str]) -> Login:
    """Return the credentials of "databricks" or "databricks://PROFILE".

    Raises:
        QuickstartError: "no-workspace" if nothing names one, or as profiles.read() and profiles.resolve().
    """
    path = profiles.config_file(environment)
    profile = uri.partition("://")[2].partition("/")[0] or None
    login = profiles.resolve(profile, environment, profiles.read(path), path)
    if not login.host:
        raise QuickstartError("no-workspace", uri=uri, path=str(path))
    return login


def describe_login(login: Login, *, free: bool = False) -> LoginSource:
    profile = f" --profile {quoted(login.profile)}" if login.profile else ""
    again = f"quickstart login databricks{' --free' if free else ''} --host {quoted(login.host)}{profile}"
    return LoginSource(login.source, again, login.profile or "")


def note_other_workspace(source: LoginSource, login: Login, environment: Mapping[str, str]) -> LoginSource:
    """Add the profile that a token overrides, and the other workspace that it belongs to, if the file shows them."""
    token, place = login.values.get("token"), login.host.rstrip("/")
    if token is None:
        return source
    known = profiles.all_profiles(environment)
    has = {name: (one.get("host", "").rstrip("/"), one.get("token", "")) for name, one in known.items()}
    beaten = (name for name, (host, other) in has.items() if host == place and other not in ("", token.text))
    elsewhere = (f"{name} for {host}" for name, (host, other) in has.items() if other == token.text and host != place)
    return replace(source, beaten=next(beaten, "") if profiles.is_in_shell(token) else "", other=next(elsewhere, ""))


def headers(
    login: Login, http: Http, source: LoginSource, python: str | None, environment: Mapping[str, str]
) -> dict[str, str]:
    """Return the headers that log in. A token or a service principal needs neither the SDK nor a runtime.

    Raises:
        QuickstartError: "login-refused", "sdk-missing", or as workspace.principal_token() and run_script().
    """
    if login.way == "token":
        return bearer(login.get("token"))
    if login.way == "machine":
        return bearer(workspace.principal_token(http, login.get("client_id"), login.get("client_secret"), source))
    answer = ask_sdk(find_runtime(python or None).python, {"action": "headers", "profile": login.profile}, environment)
    if answer.get("error") == "sdk-failed":
        plain = LoginSource(source.source, source.again, source.profile)
        raise workspace.login_error(http.base, plain, str(answer.get("detail", "")))
    if "error" in answer:
        raise script_error(answer, http.base, source.again)
    return {str(key): str(value) for key, value in answer["headers"].items()}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def ask_sdk(python: Path, request: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    return run_script(python, SDK, request=request, timeout=SDK_TIMEOUT, environment=clean_environment(**environment))


def script_error(answer: Mapping[str, Any], url: str, again: str, seconds: float = 0) -> QuickstartError:
    return QuickstartError(
        str(answer["error"]), url=url, detail=str(answer.get("detail", "")), again=again, seconds=int(seconds)
    )


@dataclass(frozen=True)
class OAuthTokens:
    """The tokens of a login in the browser.

    Args:
        all: the whole answer, as JSON, for the SDK's own cache.
        file: where the SDK saves it.
    """

    access: Secret
    all: Secret
    file: str


def sign_in(url: str, profile: str, setup: Setup, ui: LoginUI, again: str, *, paste: bool) -> OAuthTokens:
    """Log in with a browser, through databricks-sdk in the runtime; install it first if necessary.

    Args:
        again: the command to repeat after an error.
        paste: whether the browser is on another machine, so that a URL is pasted back.

    Raises:
        QuickstartError: one that the script reports, or "answer-needed" if prompting is impossible.
    """
    if not setup.runtime.sdk:
        ui.install(common_steps.client_steps(setup.runtime, enough=False))
    request = {
        "action": "sign-in",
        "host": url,
        "profile": profile,
        "first_port": PORTS[0],
        "last_port": PORTS[1],
        "seconds": LOGIN_TIMEOUT,
        "paste": paste,
    }
    with ScriptProcess(setup.runtime.python, SDK, request, LOGIN_TIMEOUT + 30) as process:
        while True:
            answer = process.answer()
            if "error" in answer:
                raise script_error(answer, url, again, LOGIN_TIMEOUT)
            if answer["event"] == "signed-in":
                token = answer["token"]
                return OAuthTokens(Secret(token["access_token"]), Secret(json.dumps(token)), answer["file"])
            if answer["event"] == "unfit":
                ui.tell("warn", PASTE_PROBLEMS[answer["detail"]])
            else:
                ui.link(OPEN_ANYWHERE if paste else OPEN_HERE, answer["url"], open_it=not paste)
                ui.progress(f"waiting for your login in the browser (up to {LOGIN_TIMEOUT / 60:g} minutes)")
            if paste:
                process.send({"pasted": ui.ask(PASTED_URL)})
