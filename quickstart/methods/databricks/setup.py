"""The steps that save a login to a workspace, and their handlers."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal

from quickstart.config_files import section
from quickstart.config_files import section as sections
from quickstart.errors import QuickstartError
from quickstart.events import Progress
from quickstart.methods import common_steps
from quickstart.methods.base import Method, Setup
from quickstart.methods.databricks import INSIDE, SIGN_UP, access, profiles
from quickstart.methods.databricks.access import ask_sdk, script_error
from quickstart.models import Connection, Plan, Secret, Status, Step, Verification
from quickstart.runtime.find import Runtime
from quickstart.state import connections, files
from quickstart.state.connections import take_secret
from quickstart.state.journal import Handler
from quickstart.tracking.check import ConnectionCheck, Found
from quickstart.tracking.client import client_stage


def login_result(setup: Setup, method: Method) -> LoginResult:
    """Return the login; before it, as with --dry-run, a placeholder."""
    if setup.login is None:
        return LoginResult(
            "https://...", "you", "token", method.name, profiles.new_profile_name(method.name), {"host": "https://..."}
        )
    login: LoginResult = setup.login
    return login


def client_steps(runtime: Runtime) -> tuple[Step, ...]:
    """Return the steps that bring MLflow's light client, with databricks-sdk, into the runtime; none if it is there."""
    return common_steps.client_steps(runtime, enough=bool(runtime.client and runtime.sdk))


def plan(method: Method, setup: Setup) -> Plan:
    steps = (*client_steps(setup.runtime), *login_steps(method, setup))
    return Plan(login_result(setup, method).connection, method.name, steps)


def login_steps(method: Method, setup: Setup) -> tuple[Step, ...]:
    login = login_result(setup, method)
    made = connection(method, setup)
    if login.session and login.secret:
        return (session_step(login),)
    if login.way == "notebook":
        return ()
    tokens = (tokens_step(login, setup.runtime),) if login.tokens else ()
    profile = (profile_step(login),) if login.values else ()
    return (*tokens, *profile, common_steps.save_step(made))


def connection(method: Method, setup: Setup) -> Connection:
    login = login_result(setup, method)
    no_profile = login.way == "notebook" or (login.session and login.secret)
    environment = {} if no_profile else {profiles.PROFILE: login.profile}
    if os.environ.get(profiles.FILE):
        environment[profiles.FILE] = str(profiles.config_file(os.environ))  # whatever folder one is in later
    python = str(setup.runtime.python)
    return Connection(login.connection, method.name, "databricks", environment, python, login.folder)


def profile_step(login: LoginResult) -> Step:
    """Return the step that writes the profile; the secret itself is held in memory until then."""
    profile = login.profile
    section = sections.Section(
        profiles.config_file(os.environ),
        profile,
        login.values,
        login.secret_key,
        login.secret,
        profiles.LOGIN_KEYS,
        profiles.last_written(login.connection, profile) if profiles.is_ours(login.connection, profile) else None,
    )
    new, replaced = f"Save profile {profile}", f"Replace the credentials of profile {profile}"
    return sections.save_step(
        section, (profiles.SAVE, profiles.REMOVE), f"{new} (readable only by you)", f"{replaced} (readable only by you)"
    )


def session_step(login: LoginResult) -> Step:
    """Return the step that logs this process in, and nothing else: a notebook's kernel is what it is for."""
    return Step(
        id="session",
        kind="log-in-session",
        does="Log in for this session only",
        where="this Python process",
        undo="ends with the session",
        parameters={
            "values": dict(login.values),
            "secret_key": login.secret_key,
            "held": connections.hold_secret("session", login.secret or Secret("")),
        },
    )


def tokens_step(login: LoginResult, runtime: Runtime) -> Step:
    tokens, profile = login.tokens or Secret(""), login.profile
    about = {"python": str(runtime.python), "host": login.host, "profile": profile}
    return Step(
        id=f"keep-tokens:{profile}",
        kind="keep-tokens",
        does="Save the browser's login for MLflow and databricks-sdk",
        where=login.tokens_file,
        undo="deleted",
        parameters={**about, "held": connections.hold_secret(f"tokens:{profile}", tokens)},
        inverse={"kind": "forget-tokens", "parameters": {**about, "file": login.tokens_file}},
    )


def client_check(made: Connection, runtime: Runtime) -> Callable[[ConnectionCheck], Found] | None:
    if not runtime.client or os.environ.get(INSIDE):
        return None
    return partial(client_stage, python=runtime.python, environment=access.login_environment(made))


def next_steps(verification: Verification, *, serves: bool) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return where to click, and how a model is registered and served.

    Source: https://docs.databricks.com/mlflow/experiments and /machine-learning/model-serving; not tried by us.
    """
    name = (verification.experiment or {"name": ""})["name"].rpartition("/")[2]
    click = ("In the workspace", (f"Experiments, {name}, the newest run",))
    if not serves or not verification.run:
        return (click,)
    host = verification.run["url"].partition("/ml/")[0]
    register = (
        'mlflow.set_registry_uri("databricks-uc")',
        'mlflow.sklearn.log_model(model, registered_model_name="main.default.mine")',
    )
    return (click, ("Register a model", register), ("Serve a model", (f"{host}/ml/endpoints",)))


def manual_commands(method: Method, setup: Setup) -> tuple[str, ...]:
    python = shlex.quote(str(setup.runtime.python))
    free = method.kind == "free-hosted"
    return (
        f"{python} -m pip install {common_steps.CLIENT}",
        f"# {f'sign up at {SIGN_UP}, then ' if free else ''}create a token: Settings, Developer, Access tokens",
        'export MLFLOW_TRACKING_URI="databricks"',
        'export DATABRICKS_HOST="https://<workspace>.cloud.databricks.com"',
        'export DATABRICKS_TOKEN="<personal access token>"',
    )


@dataclass(frozen=True)
class LoginResult:
    """A login that works, in memory.

    Args:
        host: the workspace.
        me: the user name, or a service principal's id, there.
        way: how; "profile" is one that was there already, "notebook" that of a Databricks notebook.
        connection: what the connection to it is called.
        profile: name of the profile in the file.
        values: what the profile holds beside the secret; {} where it is there already.
        secret_key: which key of the profile the secret is.
        secret: the token or client secret.
        tokens: what OAuth gave, for the SDK's own cache.
        tokens_file: where the SDK keeps them.
        folder: where experiments go.
        session: whether nothing is to be saved: it ends with this process.
    """

    host: str
    me: str
    way: Literal["token", "machine", "browser", "profile", "notebook"]
    connection: str
    profile: str
    values: Mapping[str, str] = field(default_factory=dict)
    secret_key: str = ""
    secret: Secret | None = None
    tokens: Secret | None = None
    tokens_file: str = ""
    folder: str = ""
    session: bool = False


Result = tuple[Status, str]
Parameters = Mapping[str, Any]


def save_profile(parameters: Parameters, progress: Progress) -> Result:
    return section.save(parameters, f"profile {parameters['profile']}")


def remove_profile(parameters: Parameters, progress: Progress) -> Result:
    try:
        return section.remove(parameters, f"profile {parameters['profile']}")
    except QuickstartError as error:
        raise error.with_defaults(path=parameters["path"]) from None


def keep_tokens(parameters: Parameters, progress: Progress) -> Result:
    token = json.loads(take_secret(parameters["held"]).value)
    answer = _sdk({"action": "keep", "token": token}, parameters)
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


def _sdk(request: Mapping[str, Any], parameters: Parameters) -> dict[str, Any]:
    about = {"host": parameters["host"], "profile": parameters["profile"]}
    answer = ask_sdk(Path(parameters["python"]), {**request, **about}, {})
    if "error" in answer:
        again = f"quickstart login databricks --host {parameters['host']}"
        raise script_error(answer, parameters["host"], again)
    return answer


HANDLERS: Mapping[str, Handler] = {
    "save-profile": save_profile,
    "remove-profile": remove_profile,
    "keep-tokens": keep_tokens,
    "forget-tokens": forget_tokens,
    "log-in-session": log_in_session,
}
