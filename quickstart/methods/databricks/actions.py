"""What methods "databricks" and "databricks-free" do."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from quickstart.errors import QuickstartError
from quickstart.methods import common_steps
from quickstart.methods.base import Login, LoginUI, MethodActions, Setup
from quickstart.methods.databricks import INSIDE, SIGN_UP, access, profiles
from quickstart.methods.databricks.check import NotebookCheck, WorkspaceCheck
from quickstart.methods.databricks.login import DatabricksLogin, NotebookLogin
from quickstart.methods.databricks.setup import HANDLERS, LoginResult, profile_step, session_step, tokens_step
from quickstart.models import Connection, Plan, Step, Verification
from quickstart.runtime.find import Runtime
from quickstart.state.journal import Handler
from quickstart.tracking.check import ConnectionCheck, Found
from quickstart.tracking.client import client_stage


class Databricks(MethodActions):
    """A workspace on Databricks, of Free Edition or for production."""

    @property
    def _free(self) -> bool:
        return self.method.kind == "free-hosted"

    def login(self, setup: Setup, ui: LoginUI) -> Login:
        if os.environ.get(INSIDE):
            return NotebookLogin()
        return DatabricksLogin(self.method, setup, ui)

    def login_steps(self, setup: Setup) -> tuple[Step, ...]:
        result = self._login_result(setup)
        if result.session and result.secret:
            return (session_step(result),)
        if result.way == "notebook":
            return ()
        tokens = (tokens_step(result, result.tokens, setup.runtime),) if result.tokens else ()
        profile = (profile_step(result),) if result.values else ()
        return (*tokens, *profile, common_steps.save_step(self.connection(setup)))

    def plan(self, setup: Setup) -> Plan:
        runtime = setup.runtime
        client = common_steps.client_steps(runtime, enough=bool(runtime.client and runtime.sdk))
        return Plan(self._login_result(setup).connection, self.method.name, (*client, *self.login_steps(setup)))

    def connection(self, setup: Setup) -> Connection:
        result = self._login_result(setup)
        no_profile = result.way == "notebook" or (result.session and result.secret)
        environment = {} if no_profile else {profiles.PROFILE: result.profile}
        if os.environ.get(profiles.FILE):
            environment[profiles.FILE] = str(profiles.config_file(os.environ))  # absolute, for any folder
        python = str(setup.runtime.python)
        return Connection(result.connection, self.method.name, "databricks", environment, python, result.folder)

    def _login_result(self, setup: Setup) -> LoginResult:
        """Return the login; before it, as with --dry-run, a placeholder."""
        name, host = self.method.name, "https://..."
        if setup.login is None:
            return LoginResult(host, "you", "token", name, profiles.new_profile_name(name), {"host": host})
        result: LoginResult = setup.login
        return result

    def manual_commands(self, setup: Setup) -> tuple[str, ...]:
        python = shlex.quote(str(setup.runtime.python))
        sign_up = f"sign up at {SIGN_UP}, then " if self._free else ""
        return (
            f"{python} -m pip install {common_steps.CLIENT}",
            f"# {sign_up}create a token: Settings, Developer, Access tokens",
            'export MLFLOW_TRACKING_URI="databricks"',
            'export DATABRICKS_HOST="https://<workspace>.cloud.databricks.com"',
            'export DATABRICKS_TOKEN="<personal access token>"',
        )

    def handlers(self) -> Mapping[str, Handler]:
        return HANDLERS

    def check(
        self, uri: str, saved: Connection | None, experiment: str | None, python: str | None = None
    ) -> ConnectionCheck:
        if os.environ.get(INSIDE):
            return NotebookCheck(uri, experiment)
        return WorkspaceCheck(uri, experiment, saved, python, free=self._free)

    def client_check(self, connection: Connection, runtime: Runtime) -> Callable[[ConnectionCheck], Found] | None:
        if not runtime.client or os.environ.get(INSIDE):
            return None
        return partial(client_stage, python=runtime.python, environment=access.login_environment(connection))

    def next_steps(self, verification: Verification) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Return where to click; on a production workspace, also how to register and serve a model.

        Source: https://docs.databricks.com/mlflow/experiments and /machine-learning/model-serving; not tried by us.
        """
        name = (verification.experiment or {"name": ""})["name"].rpartition("/")[2]
        click = ("In the workspace", (f"Experiments, {name}, the newest run",))
        if self._free or not verification.run:
            return (click,)
        host = verification.run["url"].partition("/ml/")[0]
        register = (
            'mlflow.set_registry_uri("databricks-uc")',
            'mlflow.sklearn.log_model(model, registered_model_name="main.default.mine")',
        )
        return (click, ("Register a model", register), ("Serve a model", (f"{host}/ml/endpoints",)))

    def conflicting_variables(self, connection: Connection) -> tuple[str, ...]:
        if profiles.PROFILE not in connection.env:
            return ()
        try:
            credentials = access.find_login(connection.tracking_uri, access.login_environment(connection))
        except QuickstartError:  # verify reports it
            credentials = profiles.Login(None, {})
        return profiles.conflicting_variables(credentials, os.environ)

    def secret_files(self, environment: Mapping[str, str]) -> tuple[Path, ...]:
        return (profiles.config_file(environment), Path("~/.databricks/token-cache.json").expanduser())
