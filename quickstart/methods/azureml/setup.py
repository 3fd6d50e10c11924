"""The versions of MLflow and its plugin that work together, and the steps that install them and save a login."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from quickstart.errors import QuickstartError
from quickstart.methods import common_steps
from quickstart.methods.azureml import NAME, PLUGIN, identity
from quickstart.methods.azureml.address import Workspace, cloud_for
from quickstart.methods.base import Setup
from quickstart.methods.common_steps import CLIENT, CLIENT_SIZE
from quickstart.models import Connection, Secret, Step
from quickstart.runtime import install
from quickstart.runtime.find import Runtime, installed_versions, managed_runtime, matches
from quickstart.state.connections import secrets_file

PLUGIN_SIZE = "20 MB, about 10 seconds"
IDENTITY = "azure-identity"  # what the plugin logs in with
NEWEST_PLUGIN = "1.62.0.post6"
NEWEST_MLFLOW = "3.15.0"
NEEDS_PYTHON = (3, 10)  # of that MLflow; an older Python gets the newest that runs on it

# The MLflow that each plugin requires (Requires-Dist of its releases on PyPI); an incompatible pair logs metrics, but
# artifacts fail. 1.60.0 declares nothing, so pip picks it for every newer MLflow; its post1 says < 3, because its
# artifact store lacks arguments that MLflow 3 passes.
REQUIRES: Mapping[str, str] = {
    "1.60.0": "<3",
    "1.60.0.post1": "<3",
    "1.61.0": "<=3.5.0",
    "1.61.0.post1": "<=3.5.0",
    "1.62.0": "<=3.9.0",
    "1.62.0.post1": "<=3.5.0",
    "1.62.0.post2": "<=3.9.0",
    "1.62.0.post3": "<=3.13.0",
    "1.62.0.post4": "<=3.9.0",
    "1.62.0.post5": "<=3.13.0",
    NEWEST_PLUGIN: f"<={NEWEST_MLFLOW}",
}


@dataclass(frozen=True)
class Pair:
    """The versions of MLflow and its plugin that are or will be installed in an environment.

    Args:
        state: "install" if compatible versions can be installed; "apart" if its MLflow is too new.
        install: requirements for pip, in order.
        why: the reason, for a person.
    """

    state: Literal["match", "install", "apart"]
    mlflow: str
    plugin: str
    install: tuple[str, ...]
    why: str


def find_pair(mlflow: str | None, plugin: str | None, python: tuple[int, ...]) -> Pair:
    """Return the pair for an environment with these versions; None stands for not installed."""
    if mlflow is None:
        return newest_pair(python, f"{PLUGIN} {plugin} is installed, but no MLflow" if plugin else "MLflow is missing")
    if plugin is not None and is_compatible(mlflow, plugin):
        return Pair("match", mlflow, plugin, (), "compatible")
    if not is_compatible(mlflow, NEWEST_PLUGIN):
        why = f"no {PLUGIN} supports MLflow {mlflow}, only up to {NEWEST_MLFLOW}"
        return Pair("apart", mlflow, plugin or "", (), why)
    why = f"{PLUGIN} {plugin} does not support MLflow {mlflow}" if plugin else f"MLflow {mlflow} lacks {PLUGIN}"
    return Pair("install", mlflow, NEWEST_PLUGIN, (f"{PLUGIN}=={NEWEST_PLUGIN}",), why)


def newest_pair(python: tuple[int, ...], why: str = "nothing is installed") -> Pair:
    newest = tuple(python[:2]) >= NEEDS_PYTHON
    mlflow = NEWEST_MLFLOW if newest else f"up to {NEWEST_MLFLOW}"
    client = f"{CLIENT}{'==' if newest else '<='}{NEWEST_MLFLOW}"
    return Pair("install", mlflow, NEWEST_PLUGIN, (client, f"{PLUGIN}=={NEWEST_PLUGIN}"), why)


def is_compatible(mlflow: str, plugin: str) -> bool:
    """Whether a plugin supports an MLflow; one newer than the table is assumed to."""
    if matches(plugin, f">{NEWEST_PLUGIN}"):
        return True
    return matches(mlflow, REQUIRES.get(plugin, REQUIRES["1.60.0"]))


@dataclass(frozen=True)
class LoginResult:
    """A verified login.

    Args:
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


PLACEHOLDER = Workspace("<region>.api.azureml.ms", "<subscription>", "<resource-group>", "<workspace>")


def _login_result(setup: Setup) -> LoginResult:
    """Return the login; before it, as with --dry-run, a placeholder."""
    if setup.login is None:
        here = setup.runtime.exists and current_pair(setup.runtime).state != "apart"
        return LoginResult(PLACEHOLDER, "you", "az", "here" if here else "own", identity.pin_variable("az", None))
    login: LoginResult = setup.login
    return login


def packages_runtime(runtime: Runtime, packages: str) -> Runtime:
    return managed_runtime(NAME) if packages == "own" else runtime


def current_pair(runtime: Runtime) -> Pair:
    found = installed_versions(runtime, "mlflow", CLIENT, PLUGIN)
    return find_pair(found["mlflow"] or found[CLIENT], found[PLUGIN], runtime.version)


def pair_steps(runtime: Runtime, packages: str) -> tuple[Step, ...]:
    """Return the steps that install MLflow and its plugin; none if they are installed or `packages` is "leave".

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
    install.check_installable(chosen, CLIENT)
    environment = () if chosen.exists else (common_steps.create_environment(NAME if packages == "own" else "", NAME),)
    installed = (
        common_steps.install_step(chosen, one, PLUGIN_SIZE if one.startswith(PLUGIN) else CLIENT_SIZE)
        for one in wanted.install
    )
    return (*environment, *installed)


def login_steps(setup: Setup) -> tuple[Step, ...]:
    login, made = _login_result(setup), connection(setup)
    secrets = {identity.CLIENT_SECRET: login.secret} if login.secret else {}
    # Without a secret this step removes an older login's, which the plugin would use.
    keep = (common_steps.keep_secrets(made, secrets),) if secrets or secrets_file(NAME).exists() else ()
    return (*pair_steps(setup.runtime, login.packages), *keep, common_steps.save_step(made))


def connection(setup: Setup) -> Connection:
    login = _login_result(setup)
    # Without the cloud's name the plugin queries management.azure.com each time, for up to 30 s.
    settings = {identity.CLOUD: cloud_for(login.workspace.host).name, **login.settings}
    python = packages_runtime(setup.runtime, login.packages).python
    return Connection(NAME, NAME, login.workspace.uri, settings, str(python))


def too_new_error(runtime: Runtime, found: Pair) -> QuickstartError:
    return QuickstartError("azure-too-new", python=str(runtime.python), mlflow=found.mlflow, newest=NEWEST_MLFLOW)
