"""The methods: one line each, and lookups by name and by tracking URI."""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING

from quickstart.errors import ExitCode, QuickstartError
from quickstart.methods.base import Method

if TYPE_CHECKING:
    from quickstart.models import Connection
    from quickstart.tracking.check import ConnectionCheck

# Packages beside this module, in order of preference: if several methods fit, the first is recommended.
# Each has METHODS, the data that --help and the rules need, and imports nothing heavy.
PACKAGES = (
    "local",
    "databricks",
    "azureml",
    "sagemaker",
    "server",
)

METHODS: tuple[Method, ...] = tuple(
    method for package in PACKAGES for method in import_module(f"{__package__}.{package}").METHODS
)
PLATFORMS = tuple(method for method in METHODS if method.kind == "production")
TRACES = tuple(dict.fromkeys(trace for method in METHODS for trace in method.traces))


def by_name(name: str) -> Method:
    """Return a method by its name; raise QuickstartError "unknown-method" with the known names."""
    methods = {method.name: method for method in METHODS}
    if name not in methods:
        raise QuickstartError("unknown-method", ExitCode.USAGE, name=name, known=", ".join(methods))
    return methods[name]


def method_for_scheme(uri: str) -> Method | None:
    """Return the method whose own kind of tracking URI it is; None for an ordinary URL or path."""
    return next((one for one in METHODS if one.uri_pattern and re.match(one.uri_pattern, uri.strip())), None)


def method_for(uri: str, saved: Connection | None = None) -> Method:
    """Return the method that a tracking URI belongs to; `saved` is the connection, if it is a saved one."""
    if saved and saved.tracking_uri == uri:
        return by_name(saved.method)
    return method_for_scheme(uri) or next(method for method in METHODS if method.any_url)


def check_for(
    uri: str, saved: Connection | None = None, experiment: str | None = None, python: str | None = None
) -> ConnectionCheck:
    """Return the foo/bar check that fits a tracking URI, as pasted; the arguments as in MethodActions.check()."""
    method = method_for(uri, saved)
    if saved and saved.tracking_uri == uri:
        return method.actions.check(uri, saved, experiment, python)
    return method.actions.check(uri if method.any_url else uri.strip(), None, experiment, python)
