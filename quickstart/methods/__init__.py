"""The ways to track experiments, one file each. No other room knows their names: this registry hands them out."""

from __future__ import annotations

from quickstart.errors import ExitCode, Fault
from quickstart.methods.base import Method
from quickstart.methods.local import LOCAL

METHODS: tuple[Method, ...] = (LOCAL,)


def by_name(name: str) -> Method:
    """Return a method by its name; raise Fault "unknown-method" with the names there are."""
    for method in METHODS:
        if method.name == name:
            return method
    raise Fault("unknown-method", ExitCode.USAGE, name=name, known=", ".join(method.name for method in METHODS))
