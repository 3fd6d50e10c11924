"""What method "azureml" does."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from quickstart.methods.azureml import NAME, identity
from quickstart.methods.azureml import setup as azureml_setup
from quickstart.methods.azureml.check import WorkspaceCheck
from quickstart.methods.azureml.login import AzureMLLogin
from quickstart.methods.base import Login, LoginUI, MethodActions, Setup
from quickstart.models import Connection, Plan, Step, Verification
from quickstart.runtime.find import Runtime, find_runtime
from quickstart.state.connections import all_variables
from quickstart.tracking.check import ConnectionCheck, Found
from quickstart.tracking.client import client_stage


class AzureML(MethodActions):
    """A workspace of Azure ML."""

    def login(self, setup: Setup, ui: LoginUI) -> Login:
        return AzureMLLogin(setup, ui)

    def login_steps(self, setup: Setup) -> tuple[Step, ...]:
        return azureml_setup.login_steps(setup)

    def plan(self, setup: Setup) -> Plan:
        return Plan(NAME, NAME, azureml_setup.login_steps(setup))

    def connection(self, setup: Setup) -> Connection:
        return azureml_setup.connection(setup)

    def manual_commands(self, setup: Setup) -> tuple[str, ...]:
        python = shlex.quote(str(setup.runtime.python))
        packages = " ".join(f'"{one}"' for one in azureml_setup.newest_pair(setup.runtime.version).install)
        return (
            f"{python} -m pip install {packages}",
            "az login",
            "# for the URI: az ml workspace show --name <W> --resource-group <R> --query mlflow_tracking_uri",
            'export MLFLOW_TRACKING_URI="<the workspace\'s tracking URI, azureml://...>"',
            'export AZUREML_CURRENT_CLOUD="AzureCloud"',
            'export AZURE_TOKEN_CREDENTIALS="AzureCliCredential"',
        )

    def check(
        self, uri: str, saved: Connection | None, experiment: str | None, python: str | None = None
    ) -> ConnectionCheck:
        return WorkspaceCheck(uri, experiment, saved, python)

    def client_check(self, connection: Connection, runtime: Runtime) -> Callable[[ConnectionCheck], Found] | None:
        python = Path(connection.python)
        without_client = not python.exists() or find_runtime(str(python)).client is None
        if without_client or identity.needs_person(connection.tracking_uri):
            return None
        return partial(client_stage, python=python, environment=all_variables(connection))

    def next_steps(self, verification: Verification) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Source, untested: https://learn.microsoft.com/azure/machine-learning/how-to-manage-models-mlflow."""
        name = (verification.experiment or {"name": ""})["name"]
        register = ('mlflow.sklearn.log_model(model, name="model", registered_model_name="mine")',)
        return (("In the studio", (f"Jobs, {name}, the newest run",)), ("Register a model", register))

    def conflicting_variables(self, connection: Connection) -> tuple[str, ...]:
        # The plugin uses a job's token if these variables are set: azureml.mlflow._internal.service_context_loader.
        job = ("MLFLOW_TRACKING_TOKEN", "MLFLOW_RUN_ID")
        set_by_job = job if all(os.environ.get(name) for name in job) else ()
        logs_in = identity.PIN in connection.env or identity.CLIENT_ID in connection.env
        principal = () if logs_in else (identity.CLIENT_SECRET, identity.CERTIFICATE)
        return (*set_by_job, *(name for name in principal if os.environ.get(name)))

    def secret_files(self, environment: Mapping[str, str]) -> tuple[Path, ...]:
        folder = Path(environment.get("AZURE_CONFIG_DIR") or "~/.azure").expanduser()
        names = ("msal_token_cache.json", "service_principal_entries.json", "accessTokens.json")
        return tuple(folder / name for name in names)
