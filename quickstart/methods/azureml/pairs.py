"""Which version of the plugin goes with which MLflow. A wrong pair logs metrics, and breaks on artifacts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from quickstart.methods.azureml import PLUGIN
from quickstart.runtime.versions import matches

CLIENT = "mlflow-skinny"
IDENTITY = "azure-identity"  # what the plugin logs in with
NEWEST_PLUGIN = "1.62.0.post6"
NEWEST_MLFLOW = "3.15.0"
NEEDS_PYTHON = (3, 10)  # of that MLflow; an older Python gets the newest that runs on it

# The MLflow that each plugin declares to go with (Requires-Dist of each release on PyPI). 1.60.0 declares nothing, so
# that pip picks it for every newer MLflow; its post1 says < 3: its artifact store does not know the arguments that
# MLflow 3 passes.
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
    """What is there, and what should be.

    Args:
        state: "match"; "install" where the same Python can hold a pair; "apart" where its MLflow is too new for any.
        mlflow: the version that is there, or will be.
        plugin: the same of the plugin.
        install: what pip is given, in order.
        why: in words, for a person.
    """

    state: Literal["match", "install", "apart"]
    mlflow: str
    plugin: str
    install: tuple[str, ...]
    why: str


def find_pair(mlflow: str | None, plugin: str | None, python: tuple[int, ...]) -> Pair:
    """Work out the pair for a Python. Pure.

    Args:
        mlflow: the version of MLflow's client in it, or None.
        plugin: the version of azureml-mlflow in it, or None.
        python: its own version.
    """
    if mlflow is None:
        return newest_pair(
            python, "it has no MLflow yet" if plugin is None else f"it has {PLUGIN} {plugin}, but no MLflow"
        )
    if plugin is not None and is_compatible(mlflow, plugin):
        return Pair("match", mlflow, plugin, (), "they go together")
    if not is_compatible(mlflow, NEWEST_PLUGIN):
        return Pair("apart", mlflow, plugin or "", (), f"no {PLUGIN} goes with MLflow {mlflow}: up to {NEWEST_MLFLOW}")
    why = f"{PLUGIN} {plugin} does not go with MLflow {mlflow}" if plugin else f"MLflow {mlflow} has no {PLUGIN} yet"
    return Pair("install", mlflow, NEWEST_PLUGIN, (f"{PLUGIN}=={NEWEST_PLUGIN}",), why)


def newest_pair(python: tuple[int, ...], why: str = "nothing is in it yet") -> Pair:
    """Return the pair for a Python without MLflow."""
    newest = tuple(python[:2]) >= NEEDS_PYTHON
    mlflow = NEWEST_MLFLOW if newest else f"up to {NEWEST_MLFLOW}"
    client = f"{CLIENT}{'==' if newest else '<='}{NEWEST_MLFLOW}"
    return Pair("install", mlflow, NEWEST_PLUGIN, (client, f"{PLUGIN}=={NEWEST_PLUGIN}"), why)


def is_compatible(mlflow: str, plugin: str) -> bool:
    """Tell whether a plugin declares to go with an MLflow; one that is newer than this table is believed."""
    if matches(plugin, f">{NEWEST_PLUGIN}"):
        return True
    return matches(mlflow, REQUIRES.get(plugin, REQUIRES["1.60.0"]))
