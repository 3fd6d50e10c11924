"""What method "server" does."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from quickstart.errors import QuickstartError
from quickstart.methods.base import Login, LoginUI, MethodActions, Setup
from quickstart.methods.server import credentials, membership
from quickstart.methods.server import setup as server_setup
from quickstart.methods.server.check import ServerCheck
from quickstart.methods.server.login import ServerLogin
from quickstart.models import Connection, Plan, Step
from quickstart.runtime.find import Runtime
from quickstart.state.journal import Handler
from quickstart.tracking.check import ConnectionCheck, Found


class TeamServer(MethodActions):
    """An MLflow server by its URL."""

    def login(self, setup: Setup, ui: LoginUI) -> Login:
        return ServerLogin(setup, ui)

    def login_steps(self, setup: Setup) -> tuple[Step, ...]:
        return server_setup.login_steps(setup)

    def plan(self, setup: Setup) -> Plan:
        return server_setup.plan(setup)

    def connection(self, setup: Setup) -> Connection:
        return server_setup.connection(setup)

    def manual_commands(self, setup: Setup) -> tuple[str, ...]:
        return server_setup.manual_commands(setup)

    def handlers(self) -> Mapping[str, Handler]:
        return {**server_setup.HANDLERS, **membership.HANDLERS}

    def check(
        self, uri: str, saved: Connection | None, experiment: str | None, python: str | None = None
    ) -> ConnectionCheck:
        return ServerCheck(uri, experiment, saved)

    def client_check(self, connection: Connection, runtime: Runtime) -> Callable[[ConnectionCheck], Found] | None:
        return server_setup.client_check(connection, runtime)

    def conflicting_variables(self, connection: Connection) -> tuple[str, ...]:
        return credentials.conflicting_variables(connection, os.environ)

    def login_problem(
        self, uri: str, saved: Connection | None, environment: Mapping[str, str]
    ) -> QuickstartError | None:
        return credentials.credentials_problem(uri, saved, environment)

    def secret_files(self, environment: Mapping[str, str]) -> tuple[Path, ...]:
        return (credentials.credentials_file(),)
