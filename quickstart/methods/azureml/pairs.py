"""Which version of the plugin supports which MLflow. An incompatible pair logs metrics, but artifacts fail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from quickstart.methods.azureml import PLUGIN
from quickstart.runtime.find import matches

CLIENT = "mlflow-skinny"
IDENTITY = "azure-identity"  # what the plugin logs in with
NEWEST_PLUGIN = "1.62.0.post6"
NEWEST_MLFLOW = "3.15.0"
NEEDS_PYTHON = (3, 10)  # of that MLflow; an older Python gets the newest that runs on it

# The MLflow that each plugin requires (Requires-Dist of its releases on PyPI). 1.60.0 declares nothing, so pip picks it
# for every newer MLflow; its post1 says < 3, because its artifact store lacks arguments that MLflow 3 passes.
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
    """The versions in an environment, and what to install.

    Args:
        state: "match"; "install" if compatible versions can be installed; "apart" if its MLflow is too new.
        mlflow: the version of MLflow that is or will be installed.
        plugin: the version of the plugin that is or will be installed.
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
