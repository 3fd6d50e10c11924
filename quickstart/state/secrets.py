"""Secrets of connections that no other tool stores: a private file (0600) for each, which undo deletes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from quickstart.errors import QuickstartError
from quickstart.models import Connection, Secret
from quickstart.state import files


def secrets_file(name: str) -> Path:
    return files.state_folder() / "secrets" / f"{files.validate_name(name)}.json"


def load_secrets(connection: Connection) -> dict[str, str]:
    """Return secrets as environment variables, unless they were saved for another tracking URI.

    Raises:
        QuickstartError: "state-damaged", or "state-unreadable" if they belong to another user.
    """
    held = _read(connection.name)
    return dict(held["variables"]) if held["uri"] == connection.tracking_uri else {}


def all_variables(connection: Connection) -> dict[str, str]:
    """The environment variables of a connection, with its secrets."""
    return {**connection.variables(), **load_secrets(connection)}


def save_secrets(name: str, uri: str, variables: Mapping[str, str]) -> bool:
    """Replace a connection's secrets; return whether anything changed.

    Args:
        uri: the only tracking URI that they are sent to.
        variables: {} deletes the saved ones.
    """
    path = secrets_file(name)
    if not variables:
        return delete_secrets(name)
    wanted = {"uri": uri, "variables": dict(variables)}
    if wanted == _read(name) and not path.stat().st_mode & 0o077:
        return False
    files.write_json(path, wanted)
    return True


def delete_secrets(name: str) -> bool:
    """Return whether there were any."""
    path = secrets_file(name)
    found = path.exists()
    path.unlink(missing_ok=True)
    files.remove_if_empty(path.parent)
    return found


def _read(name: str) -> dict[str, Any]:
    path = secrets_file(name)
    value = files.read_json(path)
    if value is None:
        return {"uri": "", "variables": {}}
    try:
        found = {"uri": value["uri"], "variables": dict(value["variables"])}
        good = all(isinstance(one, str) for one in (found["uri"], *found["variables"].values()))
    except (KeyError, TypeError, ValueError):
        good = False
    if not good:
        raise QuickstartError("state-damaged", path=str(path), detail="it has no variables")
    return found


_held: dict[str, Secret] = {}


def hold_secret(name: str, secret: Secret) -> str:
    """Hold a secret in memory until this command ends."""
    _held[name] = secret
    return name


def take_secret(name: str) -> Secret:
    """Raise "secret-gone" if another command held the secret."""
    if name not in _held:
        raise QuickstartError("secret-gone", name=name)
    return _held[name]
