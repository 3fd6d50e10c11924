"""The ways to track experiments, one file each. No other room knows their names: this registry hands them out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quickstart.errors import register_messages
from quickstart.methods.azureml import AZUREML
from quickstart.methods.base import Method
from quickstart.methods.databricks import DATABRICKS, DATABRICKS_FREE
from quickstart.methods.local import LOCAL
from quickstart.methods.sagemaker import SAGEMAKER
from quickstart.methods.server import TEAM_SERVER

if TYPE_CHECKING:
    from quickstart.models import Connection
    from quickstart.tracking.check import ConnectionCheck

register_messages(f"{__name__}.messages")

# In order of preference: where several would do, the first is recommended.
METHODS: tuple[Method, ...] = (LOCAL, DATABRICKS_FREE, DATABRICKS, AZUREML, SAGEMAKER, TEAM_SERVER)
PLATFORMS = tuple(method for method in METHODS if method.kind == "production")
TRACES = tuple(dict.fromkeys(trace for method in METHODS for trace in method.traces))


def by_name(name: str) -> Method:
    """Return a method by its name; raise Fault "unknown-method" with the names there are."""
    for method in METHODS:
        if method.name == name:
            return method
    from quickstart.errors import ExitCode, QuickstartError

    raise QuickstartError(
        "unknown-method", ExitCode.USAGE, name=name, known=", ".join(method.name for method in METHODS)
    )


def method_for_scheme(uri: str) -> Method | None:
    """Return the method whose own kind a tracking URI is, which MLflow does not call as it stands; None for others."""
    return next((method for method in METHODS if method.handles_uri(uri)), None)


def method_for(uri: str, saved: Connection | None = None) -> Method:
    """Return the method that a tracking URI is of; `saved` as in check_of()."""
    if saved and saved.tracking_uri == uri:
        return by_name(saved.method)
    return method_for_scheme(uri.strip()) or TEAM_SERVER


def check_for(
    uri: str, saved: Connection | None = None, experiment: str | None = None, python: str | None = None
) -> ConnectionCheck:
    """Return the foo/bar check that fits a tracking URI.

    Args:
        uri: the tracking URI, as pasted.
        saved: the connection, where it is that of a saved one.
        experiment: name of the experiment; by default the one that fits the place.
        python: the runtime's interpreter, where the person named one.
    """
    if saved and saved.tracking_uri == uri:
        return by_name(saved.method).check(uri, saved, experiment, python)
    method = method_for_scheme(uri.strip())
    if method is None:
        return TEAM_SERVER.check(uri, None, experiment, python)
    return method.check(uri.strip(), None, experiment, python)
