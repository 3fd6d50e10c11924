"""The steps that save a login to a workspace, and their handlers."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from quickstart.config_files import section
from quickstart.errors import QuickstartError
from quickstart.events import Progress
from quickstart.methods.databricks import profiles
from quickstart.methods.databricks.access import OAuthTokens, ask_sdk, script_error
from quickstart.models import Secret, Step
from quickstart.runtime.find import Runtime
from quickstart.state import files
from quickstart.state.connections import hold_secret, take_secret
from quickstart.state.journal import Handler, Parameters, Result


@dataclass(frozen=True)
class LoginResult:
    """A login that works, in memory.

    Args:
        host: the URL of the workspace.
        me: the user name, or the service principal's id.
        way: "profile" is an existing one, "notebook" the credentials of a Databricks notebook.
        connection: the name of the connection to save.
        values: what the profile holds besides the secret; {} if it exists.
        secret_key: the secret's key in the profile.
        folder: for experiments.
        session: whether to save nothing, so that the login ends with this process.
    """

    host: str
    me: str
    way: Literal["token", "machine", "browser", "profile", "notebook"]
    connection: str
    profile: str
    values: Mapping[str, str] = field(default_factory=dict)
    secret_key: str = ""
    secret: Secret | None = None
    tokens: OAuthTokens | None = None
    folder: str = ""
    session: bool = False


def profile_step(login: LoginResult) -> Step:
    profile = login.profile
    new, replaced = f"Save profile {profile}", f"Replace the credentials of profile {profile}"
    return section.save_step(
        section.Section(
            profiles.config_file(os.environ),
            profile,
            login.values,
            login.secret_key,
            login.secret,
            profiles.LOGIN_KEYS,
            profiles.last_written(login.connection, profile),
        ),
        (profiles.SAVE, profiles.REMOVE),
        f"{new} (readable only by you)",
        f"{replaced} (readable only by you)",
    )


def session_step(login: LoginResult) -> Step:
    """Return the step that only logs this process in, such as a notebook's kernel."""
    return Step(
        id="session",
        kind="log-in-session",
        does="Log in for this session only",
        where="this Python process",
        undo="ends with the session",
        parameters={
            "values": dict(login.values),
            "secret_key": login.secret_key,
            "held": hold_secret("session", login.secret or Secret("")),
        },
    )


def tokens_step(login: LoginResult, tokens: OAuthTokens, runtime: Runtime) -> Step:
    profile = login.profile
    about = {"python": str(runtime.python), "host": login.host, "profile": profile}
    return Step(
        id=f"keep-tokens:{profile}",
        kind="keep-tokens",
        does="Save the browser's login for MLflow and databricks-sdk",
        where=tokens.file,
        undo="deleted",
        parameters={**about, "held": hold_secret(f"tokens:{profile}", tokens.all)},
        inverse={"kind": "forget-tokens", "parameters": {**about, "file": tokens.file}},
    )


def save_profile(parameters: Parameters, progress: Progress) -> Result:
    return section.save(parameters, f"profile {parameters['profile']}")


def remove_profile(parameters: Parameters, progress: Progress) -> Result:
    try:
        return section.remove(parameters, f"profile {parameters['profile']}")
    except QuickstartError as error:
        raise error.with_defaults(path=parameters["path"]) from None


def keep_tokens(parameters: Parameters, progress: Progress) -> Result:
    host, token = parameters["host"], json.loads(take_secret(parameters["held"]).value)
    request = {"action": "keep", "token": token, "host": host, "profile": parameters["profile"]}
    answer = ask_sdk(Path(parameters["python"]), request, {})
    if "error" in answer:
        raise script_error(answer, host, f"quickstart login databricks --host {host}")
    return "ok", f"saved in {answer['file']}"


def forget_tokens(parameters: Parameters, progress: Progress) -> Result:
    file = Path(parameters["file"])
    if not file.exists():
        return "skip", "the browser's login was not saved"
    file.unlink()
    files.remove_if_empty(file.parent, file.parent.parent)
    return "ok", f"{file} deleted"


def log_in_session(parameters: Parameters, progress: Progress) -> Result:
    values = {**parameters["values"], parameters["secret_key"]: take_secret(parameters["held"]).value}
    os.environ.update({profiles.VARIABLES[key]: value for key, value in values.items()})
    os.environ.pop(profiles.PROFILE, None)
    return "ok", "logged in for this session; nothing was saved"


HANDLERS: Mapping[str, Handler] = {
    "save-profile": save_profile,
    "remove-profile": remove_profile,
    "keep-tokens": keep_tokens,
    "forget-tokens": forget_tokens,
    "log-in-session": log_in_session,
}
