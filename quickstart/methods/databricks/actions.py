"""What methods "databricks" and "databricks-free" do."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from quickstart.methods.base import Login, LoginUI, MethodActions, Setup
from quickstart.methods.databricks import INSIDE, access, login, profiles
from quickstart.methods.databricks import setup as databricks_setup
from quickstart.methods.databricks.check import WorkspaceCheck
from quickstart.methods.databricks.notebook import NotebookCheck
from quickstart.models import Connection, Plan, Step, Verification
from quickstart.runtime.find import Runtime
from quickstart.state.journal import Handler
from quickstart.tracking.check import ConnectionCheck, Found


class Databricks(MethodActions):
    """A workspace on Databricks, of Free Edition or for production."""

    def login(self, setup: Setup, ui: LoginUI) -> Login:
        return login.make_login(self.method, setup, ui)

    def login_steps(self, setup: Setup) -> tuple[Step, ...]:
        return databricks_setup.login_steps(self.method, setup)

    def plan(self, setup: Setup) -> Plan:
        return databricks_setup.plan(self.method, setup)

    def connection(self, setup: Setup) -> Connection:
        return databricks_setup.connection(self.method, setup)

    def manual_commands(self, setup: Setup) -> tuple[str, ...]:
        return databricks_setup.manual_commands(self.method, setup)

    def handlers(self) -> Mapping[str, Handler]:
        return databricks_setup.HANDLERS

    def check(
        self, uri: str, saved: Connection | None, experiment: str | None, python: str | None = None
    ) -> ConnectionCheck:
        if os.environ.get(INSIDE):
            return NotebookCheck(uri, experiment)
        return WorkspaceCheck(uri, experiment, saved, python, free=self.method.kind == "free-hosted")

    def client_check(self, connection: Connection, runtime: Runtime) -> Callable[[ConnectionCheck], Found] | None:
        return databricks_setup.client_check(connection, runtime)

    def next_steps(self, verification: Verification) -> tuple[tuple[str, tuple[str, ...]], ...]:
        return databricks_setup.next_steps(verification, serves=self.method.kind == "production")

    def conflicting_variables(self, connection: Connection) -> tuple[str, ...]:
        return access.conflicting_variables(connection)

    def secret_files(self, environment: Mapping[str, str]) -> tuple[Path, ...]:
        return (profiles.config_file(environment), Path("~/.databricks/token-cache.json").expanduser())
