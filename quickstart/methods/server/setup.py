"""The steps that save a login to a server, and their handlers."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from quickstart.config_files import ini, section
from quickstart.config_files import section as sections
from quickstart.errors import ExitCode, QuickstartError
from quickstart.events import Progress
from quickstart.methods import common_steps
from quickstart.methods.base import Setup
from quickstart.methods.server import credentials, probe
from quickstart.methods.server.credentials import Credentials
from quickstart.models import Connection, Plan, Status, Step
from quickstart.runtime import install
from quickstart.runtime.find import Runtime, managed_runtime
from quickstart.state import files
from quickstart.state.connections import hold_secret, load_secrets, secrets_file, take_secret
from quickstart.state.journal import Handler, Journal
from quickstart.tracking.check import ConnectionCheck, Found
from quickstart.tracking.client import client_stage


def login_result(setup: Setup) -> LoginResult:
    """Return the login; before it, as with --dry-run, a placeholder."""
    login: LoginResult = setup.login or LoginResult("https://...")
    return login


def _runtime_for(setup: Setup) -> Runtime:
    """Return the interpreter: the person's, or one apart where its MLflow shall fit the server's."""
    login = login_result(setup)
    return managed_runtime(_environment_name(login)) if login.matching else setup.runtime


def _environment_name(login: LoginResult) -> str:
    """Return the name of the environment of a client that fits the server: one for each version."""
    return "server-" + ".".join(map(str, probe.release_of(login.version) or ("any",)))


def plan(setup: Setup) -> Plan:
    return Plan(login_result(setup).name, "server", (*_client_steps(setup), *login_steps(setup)))


def _client_steps(setup: Setup) -> tuple[Step, ...]:
    login, runtime = login_result(setup), _runtime_for(setup)
    if not login.matching:
        return common_steps.client_steps(runtime, enough=bool(runtime.client))
    if runtime.client and probe.release_of(runtime.client) == probe.release_of(login.version):
        return ()
    requirement, *more = probe.matching_client(login.version)
    install.check_installable(runtime, requirement)
    made = () if runtime.exists else (common_steps.create_environment(_environment_name(login), login.name),)
    client = common_steps.install_step(runtime, requirement, common_steps.CLIENT_SIZE)
    return (*made, client, *(common_steps.install_step(runtime, one, "1 MB") for one in more))


def login_steps(setup: Setup) -> tuple[Step, ...]:
    login, made = login_result(setup), connection(setup)
    variables = login.credentials.variables()
    if login.session:
        return (_session_step(login),)
    client = _client_steps(setup) if login.matching else ()
    keep = (common_steps.keep_secrets(made, variables),) if variables or secrets_file(login.name).exists() else ()
    written = (_file_step(login),) if login.write_file else ()
    return (*client, *keep, *written, common_steps.save_step(made))


def connection(setup: Setup) -> Connection:
    login = login_result(setup)
    environment = {credentials.CA_FILE: login.ca_file} if login.ca_file else {}
    return Connection(login.name, "server", login.uri, environment, str(_runtime_for(setup).python))


def _session_step(login: LoginResult) -> Step:
    """Return the step that logs this process in, and nothing else: a notebook's kernel is what it is for."""
    secrets = login.credentials.variables()
    return Step(
        id="server-session",
        kind="server-session",
        does="Log in for this session only",
        where="this Python process",
        undo="ends with the session",
        parameters={
            "uri": login.uri,
            "ca_file": login.ca_file,
            "held": {key: hold_secret(f"session:{key}", secret) for key, secret in secrets.items()},
        },
    )


def _file_step(login: LoginResult) -> Step:
    """Return the step that writes MLflow's own file of credentials, whatever else it holds untouched.

    Raises:
        QuickstartError: "credentials-file" where it cannot be read or cannot hold the password.
    """
    path, entry, password = credentials.credentials_file(), login.credentials, login.credentials.password
    again = f"quickstart login server {login.uri}"
    if password and not (ini.can_hold(entry.username) and ini.can_hold(password.value)):
        detail = "it cannot hold a user name or password with a % or with blanks around it"
        raise QuickstartError("credentials-file", ExitCode.USAGE, path=str(path), detail=detail, again=again)
    keys = (credentials.USERNAME.lower(), credentials.PASSWORD.lower())
    written = _last_written(path)
    section = sections.Section(path, credentials.SECTION, {keys[0]: entry.username}, keys[1], password, keys, written)
    words = "Save the credentials in MLflow's own file, which it sends to every server"
    try:
        return sections.save_step(section, (SAVE, REMOVE), words, f"{words} (undo restores the previous ones)")
    except QuickstartError as error:
        detail = error.facts.get("detail", error.code)
        raise QuickstartError("credentials-file", path=str(path), detail=detail, again=again) from error


def _last_written(path: Path) -> dict[str, object] | None:
    """Return what undoes our last change of the file, made for any connection, if the file is unchanged since.

    So the last undo restores what the file had before quickstart, not another connection's credentials.
    """
    for name in files.list_names(files.state_folder() / "journal", ".jsonl"):
        for entry in reversed(Journal(name).entries()):
            given = entry.step.inverse["parameters"] if entry.step.inverse else {}
            if entry.step.kind == SAVE and given["path"] == str(path) and sections.is_unchanged(given):
                return dict(given)
    return None


def client_check(made: Connection, runtime: Runtime) -> Callable[[ConnectionCheck], Found] | None:
    if not runtime.client:
        return None
    logged_in = {key: value for key, value in os.environ.items() if key.startswith("MLFLOW_TRACKING_")}
    secrets = load_secrets(made) or {
        key: logged_in[key]
        for key in (credentials.USERNAME, credentials.PASSWORD, credentials.TOKEN)
        if key in logged_in and logged_in.get("MLFLOW_TRACKING_URI") == made.tracking_uri
    }
    return partial(client_stage, python=runtime.python, environment={**made.env, **secrets})


def manual_commands(setup: Setup) -> tuple[str, ...]:
    return (
        f"{shlex.quote(str(setup.runtime.python))} -m pip install {common_steps.CLIENT}",
        "# ask the server's administrator for its URL, and for credentials if it requires them",
        'export MLFLOW_TRACKING_URI="https://<your server>"',
        f'export {credentials.USERNAME}="<user>" {credentials.PASSWORD}="<password>"',
    )


@dataclass(frozen=True)
class LoginResult:
    """A login that works, in memory.

    Args:
        uri: the tracking URI.
        name: what the connection is called.
        credentials: the login; an empty one where the server asks for none.
        ca_file: certificates to trust; "" for the usual ones.
        version: the server's MLflow, "" where it does not tell.
        write_file: whether MLflow's own file gets the login, too.
        matching: whether an MLflow of the server's version is to be used, apart from the person's.
        session: whether nothing is to be saved: it ends with this process.
    """

    uri: str
    name: str = "server"
    credentials: Credentials = field(default_factory=Credentials)
    ca_file: str = ""
    version: str = ""
    write_file: bool = False
    matching: bool = False
    session: bool = False


SAVE, REMOVE = "save-mlflow-credentials", "remove-mlflow-credentials"
WHAT = "the credentials"
Result = tuple[Status, str]
Parameters = Mapping[str, Any]


def save_credentials(parameters: Parameters, progress: Progress) -> Result:
    try:
        return section.save(parameters, WHAT)
    except QuickstartError as error:
        raise _file_error(error, parameters) from error


def remove_credentials(parameters: Parameters, progress: Progress) -> Result:
    try:
        return section.remove(parameters, WHAT)
    except QuickstartError as error:
        raise _file_error(error, parameters) from error


def _file_error(error: QuickstartError, parameters: Parameters) -> QuickstartError:
    if not error.code.startswith("profiles-"):
        return error
    detail = error.facts.get("detail", "another program just changed it")
    return QuickstartError("credentials-file", path=parameters["path"], detail=detail, again="quickstart login server")


def log_in_session(parameters: Parameters, progress: Progress) -> Result:
    for name in (credentials.USERNAME, credentials.PASSWORD, credentials.TOKEN):
        os.environ.pop(name, None)
    os.environ["MLFLOW_TRACKING_URI"] = parameters["uri"]
    if parameters["ca_file"]:
        os.environ[credentials.CA_FILE] = parameters["ca_file"]
    os.environ.update({key: take_secret(name).value for key, name in parameters["held"].items()})
    return "ok", "logged in for this session; nothing was saved"


HANDLERS: Mapping[str, Handler] = {
    SAVE: save_credentials,
    REMOVE: remove_credentials,
    "server-session": log_in_session,
}
