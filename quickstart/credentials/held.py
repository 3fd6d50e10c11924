"""Secrets that a plan's steps need, held in memory alone: a step is data on disk, and says only under which name."""

from __future__ import annotations

from quickstart.errors import Fault
from quickstart.needs import Secret

_held: dict[str, Secret] = {}


def hold(name: str, secret: Secret) -> str:
    """Hold a secret for as long as this command lives, and return the name to ask for it by."""
    _held[name] = secret
    return name


def held(name: str) -> Secret:
    """Return a secret; raise Fault "secret-gone" where another command held it."""
    if name not in _held:
        raise Fault("secret-gone", name=name)
    return _held[name]
