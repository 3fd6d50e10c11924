"""Which plugin goes with which MLflow: the table."""

from __future__ import annotations

import pytest
from packaging.version import Version

from quickstart.methods.azureml.setup import (
    NEWEST_MLFLOW,
    NEWEST_PLUGIN,
    REQUIRES,
    find_pair,
    is_compatible,
    newest_pair,
)

PYTHON = (3, 11, 7)
BOTH = (f"mlflow-skinny=={NEWEST_MLFLOW}", f"azureml-mlflow=={NEWEST_PLUGIN}")
PLUGIN = BOTH[1:]

# MLflow and plugin that are there: what is the matter, and what pip is given.
TABLE: dict[str, tuple[str | None, str | None, str, tuple[str, ...]]] = {
    "nothing": (None, None, "install", BOTH),
    "the plugin alone": (None, "1.62.0.post6", "install", BOTH),
    "an MLflow that fits": ("3.9.0", None, "install", PLUGIN),
    "the newest that fits": ("3.15.0", None, "install", PLUGIN),
    "one after it": ("3.15.1", None, "apart", ()),
    "much newer": ("3.17.2", None, "apart", ()),
    "much newer, with the plugin that declares nothing": ("3.17.2", "1.60.0", "apart", ()),
    "much newer, with the newest plugin": ("3.17.2", "1.62.0.post6", "apart", ()),
    "the newest pair": ("3.15.0", "1.62.0.post6", "match", ()),
    "what pip picks silently": ("3.15.0", "1.60.0", "install", PLUGIN),
    "an older pair": ("3.5.0", "1.61.0", "match", ()),
    "an older plugin with a newer MLflow": ("3.9.0", "1.61.0", "install", PLUGIN),
    "a later release that allows less": ("3.9.0", "1.62.0.post1", "install", PLUGIN),
    "another": ("3.13.0", "1.62.0.post4", "install", PLUGIN),
    "one that allows it": ("3.13.0", "1.62.0.post5", "match", ()),
    "MLflow 2 with an old plugin": ("2.22.0", "1.60.0", "match", ()),
    "MLflow 2 with a plugin older than the table": ("2.22.0", "1.57.0", "match", ()),
    "MLflow 3 with a plugin older than the table": ("3.1.0", "1.57.0", "install", PLUGIN),
    "a plugin newer than the table": ("3.15.0", "1.63.0", "match", ()),
    "a trial release": ("3.15.0rc1", "1.62.0.post6", "match", ()),
}


@pytest.mark.parametrize(("mlflow", "plugin", "state", "install"), TABLE.values(), ids=TABLE.keys())
def test_a_pair_is_worked_out(mlflow: str | None, plugin: str | None, state: str, install: tuple[str, ...]) -> None:
    found = find_pair(mlflow, plugin, PYTHON)
    assert (found.state, found.install) == (state, install)
    assert found.why
    assert not found.why.endswith(".")


def test_an_older_python_gets_the_newest_mlflow_that_runs_on_it() -> None:
    assert newest_pair((3, 9, 18)).install[0] == f"mlflow-skinny<={NEWEST_MLFLOW}"
    assert newest_pair((3, 10, 0)).install[0] == f"mlflow-skinny=={NEWEST_MLFLOW}"
    assert newest_pair((3, 13, 1)).install == BOTH


def test_the_pair_that_is_installed_fits_and_nothing_in_the_table_allows_more() -> None:
    assert is_compatible(NEWEST_MLFLOW, NEWEST_PLUGIN)
    assert max(REQUIRES, key=Version) == NEWEST_PLUGIN
    assert not any(is_compatible("3.15.1", plugin) for plugin in REQUIRES)


def test_pre_releases_are_compared_as_python_packaging_does() -> None:
    assert is_compatible("3.15.0rc1", NEWEST_PLUGIN)
    assert is_compatible("3.15.0.dev0", NEWEST_PLUGIN)
    assert not is_compatible("3.15.1rc1", NEWEST_PLUGIN)
    assert not is_compatible("3.0.0rc1", "1.60.0")
