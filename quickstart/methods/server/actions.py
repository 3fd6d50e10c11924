"""What method "server" does: the connection, the steps that save a login to it, and their handlers."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from quickstart.config_files import ini, section
from quickstart.errors import ExitCode, QuickstartError
from quickstart.events import Progress
from quickstart.methods import common_steps
from quickstart.methods.base import Login, LoginUI, MethodActions, Setup
from quickstart.methods.server import credentials, membership, probe
from quickstart.methods.server.address import COMMAND
from quickstart.methods.server.check import ServerCheck
from quickstart.methods.server.credentials import LoginResult
from quickstart.methods.server.login import ServerLogin
from quickstart.models import Connection, Plan, Step
from quickstart.runtime.find import Runtime, managed_runtime
from quickstart.state import files
from quickstart.state.connections import hold_secret, load_secrets, secrets_file, take_secret
from quickstart.state.journal import Handler, Journal, Parameters, Result
from quickstart.tracking.check import ConnectionCheck, Found
from quickstart.tracking.client import client_stage

SAVE, REMOVE, SESSION = "save-mlflow-credentials", "remove-mlflow-credentials", "server-session"
LOGIN_VARIABLES = (credentials.USERNAME, credentials.PASSWORD, credentials.TOKEN)


class TeamServer(MethodActions):
    """An MLflow server by its URL."""

    def login(self, setup: Setup, ui: LoginUI) -> Login:
        return ServerLogin(setup, ui)

    def login_steps(self, setup: Setup) -> tuple[Step, ...]:
        login, connection = _login_result(setup), self.connection(setup)
        if login.session:
            return (_session_step(login),)
        secrets = login.credentials.variables()
        keeps = bool(secrets) or secrets_file(login.name).exists()
        return (
            *(_client_steps(setup) if login.matching else ()),
            *((common_steps.keep_secrets(connection, secrets),) if keeps else ()),
            *((_file_step(login),) if login.write_file else ()),
            common_steps.save_step(connection),
        )

    def plan(self, setup: Setup) -> Plan:
        login = _login_result(setup)
        client = () if login.matching else _client_steps(setup)  # else among the steps of the login
        return Plan(login.name, "server", (*client, *self.login_steps(setup)))

    def connection(self, setup: Setup) -> Connection:
        login = _login_result(setup)
        environment = {credentials.CA_FILE: login.ca_file} if login.ca_file else {}
        return Connection(login.name, "server", login.uri, environment, str(_runtime_for(setup).python))

    def manual_commands(self, setup: Setup) -> tuple[str, ...]:
        return (
            f"{shlex.quote(str(setup.runtime.python))} -m pip install {common_steps.CLIENT}",
            "# ask the server's administrator for its URL, and for credentials if it requires them",
            'export MLFLOW_TRACKING_URI="https://<your server>"',
            f'export {credentials.USERNAME}="<user>" {credentials.PASSWORD}="<password>"',
        )

    def handlers(self) -> Mapping[str, Handler]:
        return {
            SAVE: partial(_change_file, section.save),
            REMOVE: partial(_change_file, section.remove),
            SESSION: _log_in_session,
            **membership.HANDLERS,
        }

    def check(
        self, uri: str, saved: Connection | None, experiment: str | None, python: str | None = None
    ) -> ConnectionCheck:
        return ServerCheck(uri, experiment, saved)

    def client_check(self, connection: Connection, runtime: Runtime) -> Callable[[ConnectionCheck], Found] | None:
        if not runtime.client:
            return None
        in_shell = os.environ.get("MLFLOW_TRACKING_URI") == connection.tracking_uri
        secrets = load_secrets(connection) or {
            key: os.environ[key] for key in LOGIN_VARIABLES if in_shell and key in os.environ
        }
        return partial(client_stage, python=runtime.python, environment={**connection.env, **secrets})

    def conflicting_variables(self, connection: Connection) -> tuple[str, ...]:
        return credentials.conflicting_variables(connection, os.environ)

    def login_problem(
        self, uri: str, saved: Connection | None, environment: Mapping[str, str]
    ) -> QuickstartError | None:
        return credentials.credentials_problem(uri, saved, environment)

    def secret_files(self, environment: Mapping[str, str]) -> tuple[Path, ...]:
        return (credentials.credentials_file(),)


def _login_result(setup: Setup) -> LoginResult:
    """Return the login; before it, as with --dry-run, a placeholder."""
    login: LoginResult = setup.login or LoginResult("https://...")
    return login


def _runtime_for(setup: Setup) -> Runtime:
    """Return the person's runtime, or the separate one whose MLflow matches the server's."""
    login = _login_result(setup)
    return managed_runtime(_environment_name(login)) if login.matching else setup.runtime


def _environment_name(login: LoginResult) -> str:
    """Return the name of the environment of a matching client: one for each version."""
    return "server-" + ".".join(map(str, probe.release_of(login.version) or ("any",)))


def _client_steps(setup: Setup) -> tuple[Step, ...]:
    login, runtime = _login_result(setup), _runtime_for(setup)
    if not login.matching:
        return common_steps.client_steps(runtime, enough=bool(runtime.client))
    if runtime.client and probe.release_of(runtime.client) == probe.release_of(login.version):
        return ()
    requirement, *more = probe.matching_client(login.version)
    client = common_steps.package_steps(
        runtime, requirement, common_steps.CLIENT_SIZE, _environment_name(login), login.name
    )
    return (*client, *(common_steps.install_step(runtime, one, "1 MB") for one in more))


def _session_step(login: LoginResult) -> Step:
    """Return the step that logs in this process, such as a notebook's kernel, and saves nothing."""
    secrets = login.credentials.variables()
    return Step(
        id=SESSION,
        kind=SESSION,
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
    """Return the step that writes the login into MLflow's own file, or raise "credentials-file"."""
    path, entry, password = credentials.credentials_file(), login.credentials, login.credentials.password
    again = f"{COMMAND} {login.uri}"
    if password and not (ini.can_hold(entry.username) and ini.can_hold(password.value)):
        detail = "it cannot hold a user name or password with a % or with blanks around it"
        raise QuickstartError("credentials-file", ExitCode.USAGE, path=str(path), detail=detail, again=again)
    keys = (credentials.USERNAME.lower(), credentials.PASSWORD.lower())
    values, written = {keys[0]: entry.username}, _last_written(path)
    login_section = section.Section(path, credentials.SECTION, values, keys[1], password, keys, written)
    words = "Save the credentials in MLflow's own file, which it sends to every server"
    try:
        return section.save_step(login_section, (SAVE, REMOVE), words, f"{words} (undo restores the previous ones)")
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
            if entry.step.kind == SAVE and given["path"] == str(path) and section.is_unchanged(given):
                return dict(given)
    return None


def _change_file(change: Callable[[Parameters, str], Result], parameters: Parameters, progress: Progress) -> Result:
    try:
        return change(parameters, "the credentials")
    except QuickstartError as error:
        if not error.code.startswith("profiles-"):
            raise
        detail = error.facts.get("detail", "another program just changed it")
        raise QuickstartError("credentials-file", path=parameters["path"], detail=detail, again=COMMAND) from error


def _log_in_session(parameters: Parameters, progress: Progress) -> Result:
    for name in LOGIN_VARIABLES:
        os.environ.pop(name, None)
    os.environ["MLFLOW_TRACKING_URI"] = parameters["uri"]
    if parameters["ca_file"]:
        os.environ[credentials.CA_FILE] = parameters["ca_file"]
    os.environ.update({key: take_secret(name).value for key, name in parameters["held"].items()})
    return "ok", "logged in for this session; nothing was saved"
