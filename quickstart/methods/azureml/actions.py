"""What method "azureml" does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from quickstart.methods.azureml import setup as azureml_setup
from quickstart.methods.azureml.check import WorkspaceCheck
from quickstart.methods.azureml.identity import conflicting_variables
from quickstart.methods.azureml.login import AzureMLLogin
from quickstart.methods.base import Login, LoginUI, MethodActions, Setup
from quickstart.models import Connection, Plan, Step, Verification
from quickstart.runtime.find import Runtime
from quickstart.tracking.check import ConnectionCheck, Found


class AzureML(MethodActions):
    """A workspace of Azure ML."""

    def login(self, setup: Setup, ui: LoginUI) -> Login:
        return AzureMLLogin(setup, ui)

    def login_steps(self, setup: Setup) -> tuple[Step, ...]:
        return azureml_setup.login_steps(setup)

    def plan(self, setup: Setup) -> Plan:
        return azureml_setup.plan(setup)

    def connection(self, setup: Setup) -> Connection:
        return azureml_setup.connection(setup)

    def manual_commands(self, setup: Setup) -> tuple[str, ...]:
        return azureml_setup.manual_commands(setup)

    def check(
        self, uri: str, saved: Connection | None, experiment: str | None, python: str | None = None
    ) -> ConnectionCheck:
        return WorkspaceCheck(uri, experiment, saved, python)

    def client_check(self, connection: Connection, runtime: Runtime) -> Callable[[ConnectionCheck], Found] | None:
        return azureml_setup.client_check(connection)

    def next_steps(self, verification: Verification) -> tuple[tuple[str, tuple[str, ...]], ...]:
        return azureml_setup.next_steps(verification)

    def conflicting_variables(self, connection: Connection) -> tuple[str, ...]:
        return conflicting_variables(connection)

    def secret_files(self, environment: Mapping[str, str]) -> tuple[Path, ...]:
        folder = Path(environment.get("AZURE_CONFIG_DIR") or "~/.azure").expanduser()
        names = ("msal_token_cache.json", "service_principal_entries.json", "accessTokens.json")
        return tuple(folder / name for name in names)
