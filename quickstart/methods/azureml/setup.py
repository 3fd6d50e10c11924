"""The steps that install MLflow with its plugin and save a login to a workspace; and what comes next."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from quickstart.errors import QuickstartError
from quickstart.methods import common_steps
from quickstart.methods.azureml import NAME, PLUGIN, identity
from quickstart.methods.azureml.address import Workspace, cloud_for
from quickstart.methods.azureml.pairs import CLIENT, NEWEST_MLFLOW, Pair, find_pair, newest_pair
from quickstart.methods.base import Setup
from quickstart.models import Connection, Plan, Secret, Step, Verification
from quickstart.runtime import install
from quickstart.runtime.find import Runtime, find_runtime, installed_versions, managed_runtime
from quickstart.state.connections import all_variables, secrets_file
from quickstart.tracking.check import ConnectionCheck, Found
from quickstart.tracking.client import client_stage

PLUGIN_SIZE = "20 MB, about 10 seconds"


def login_result(setup: Setup) -> LoginResult:
    """Return the login; before it, as with --dry-run, a placeholder."""
    if setup.login is None:
        return LoginResult(PLACEHOLDER, "you", "az", default_packages(setup.runtime), identity.pin_variable("az", None))
    login: LoginResult = setup.login
    return login


def default_packages(runtime: Runtime) -> str:
    return "here" if runtime.exists and current_pair(runtime).state != "apart" else "own"


def packages_runtime(runtime: Runtime, packages: str) -> Runtime:
    return managed_runtime(NAME) if packages == "own" else runtime


def current_pair(runtime: Runtime) -> Pair:
    found = installed_versions(runtime, "mlflow", CLIENT, PLUGIN)
    return find_pair(found["mlflow"] or found[CLIENT], found[PLUGIN], runtime.version)


def pair_steps(runtime: Runtime, packages: str) -> tuple[Step, ...]:
    """Return the steps that install MLflow and its plugin; none if they are installed or `packages` is "leave".

    Args:
        runtime: the Python environment for MLflow.
        packages: "here", "own" or "leave".

    Raises:
        QuickstartError: "azure-too-new", or what install.check_installable() raises.
    """
    if packages == "leave":
        return ()
    chosen = packages_runtime(runtime, packages)
    wanted = current_pair(chosen) if chosen.exists else newest_pair(chosen.version)
    if wanted.state == "apart":
        raise too_new_error(chosen, wanted)
    if wanted.state == "match":
        return ()
    install.check_installable(chosen, common_steps.CLIENT)
    environment = () if chosen.exists else (common_steps.create_environment(NAME if packages == "own" else "", NAME),)
    sizes = {PLUGIN: PLUGIN_SIZE, CLIENT: common_steps.CLIENT_SIZE}
    installed = (
        common_steps.install_step(chosen, one, next(size for name, size in sizes.items() if one.startswith(name)))
        for one in wanted.install
    )
    return (*environment, *installed)


def login_steps(setup: Setup) -> tuple[Step, ...]:
    login, made = login_result(setup), connection(setup)
    secrets = {identity.CLIENT_SECRET: login.secret} if login.secret else {}
    # Without a secret this step removes an older login's, which the plugin would use.
    keep = (common_steps.keep_secrets(made, secrets),) if secrets or secrets_file(NAME).exists() else ()
    return (*pair_steps(setup.runtime, login.packages), *keep, common_steps.save_step(made))


def plan(setup: Setup) -> Plan:
    return Plan(NAME, NAME, login_steps(setup))


def connection(setup: Setup) -> Connection:
    login = login_result(setup)
    # Without the cloud's name the plugin queries management.azure.com each time, for up to 30 s.
    settings = {identity.CLOUD: cloud_for(login.workspace.host).name, **login.settings}
    python = packages_runtime(setup.runtime, login.packages).python
    return Connection(NAME, NAME, login.workspace.uri, settings, str(python))


def client_check(made: Connection) -> Callable[[ConnectionCheck], Found] | None:
    python = Path(made.python)
    if not python.exists() or find_runtime(str(python)).client is None or identity.needs_person(made.tracking_uri):
        return None
    return partial(client_stage, python=python, environment=all_variables(made))


def check_pair(python: Path) -> None:
    """Raise QuickstartError "azure-plugin-missing", "azure-too-new" or "azure-wrong-pair" for a wrong pair."""
    runtime = find_runtime(str(python))
    found = current_pair(runtime)
    missing = installed_versions(runtime, PLUGIN)[PLUGIN] is None
    if found.state == "match":
        return
    if found.state == "apart":
        raise too_new_error(runtime, found)
    command = f"{shlex.quote(str(python))} -m pip install {' '.join(shlex.quote(one) for one in found.install)}"
    if missing:
        raise QuickstartError("azure-plugin-missing", python=str(python), why=found.why, command=command)
    raise QuickstartError("azure-wrong-pair", python=str(python), why=found.why, command=command)


def too_new_error(runtime: Runtime, found: Pair) -> QuickstartError:
    return QuickstartError("azure-too-new", python=str(runtime.python), mlflow=found.mlflow, newest=NEWEST_MLFLOW)


def next_steps(verification: Verification) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Source, untested: https://learn.microsoft.com/azure/machine-learning/how-to-manage-models-mlflow."""
    name = (verification.experiment or {"name": ""})["name"]
    register = ('mlflow.sklearn.log_model(model, name="model", registered_model_name="mine")',)
    return (("In the studio", (f"Jobs, {name}, the newest run",)), ("Register a model", register))


def manual_commands(setup: Setup) -> tuple[str, ...]:
    python = shlex.quote(str(setup.runtime.python))
    packages = " ".join(f'"{one}"' for one in newest_pair(setup.runtime.version).install)
    return (
        f"{python} -m pip install {packages}",
        "az login",
        "# for the URI: az ml workspace show --name <W> --resource-group <R> --query mlflow_tracking_uri",
        'export MLFLOW_TRACKING_URI="<the workspace\'s tracking URI, azureml://...>"',
        'export AZUREML_CURRENT_CLOUD="AzureCloud"',
        'export AZURE_TOKEN_CREDENTIALS="AzureCliCredential"',
    )


PLACEHOLDER = Workspace("<region>.api.azureml.ms", "<subscription>", "<resource-group>", "<workspace>")


@dataclass(frozen=True)
class LoginResult:
    """A verified login.

    Args:
        workspace: the workspace.
        me: the user or identity in the token.
        way: a key of identity.WAYS.
        packages: "here", "own" (a separate environment) or "leave".
        settings: variables of the connection; never a secret.
        secret: of the service principal.
    """

    workspace: Workspace
    me: str
    way: str
    packages: str
    settings: Mapping[str, str] = field(default_factory=dict)
    secret: Secret | None = None
