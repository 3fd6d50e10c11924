"""Secrets that no other tool keeps for a connection: a private file of our own for each, 0600, which undo deletes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from quickstart.errors import QuickstartError
from quickstart.models import Connection, Secret
from quickstart.state import files, paths


def secrets_file(name: str) -> Path:
    """Return the file that holds a connection's secrets, if it has any."""
    return paths.state_folder() / "secrets" / f"{paths.validate_name(name)}.json"


def load_secrets(connection: Connection) -> dict[str, str]:
    """Return a connection's secrets as environment variables, {} where it has none.

    Those that were kept for another address under the same name are none of its own: they are never sent there.

    Raises:
        Fault: "state-damaged", or "state-unreadable" where they are somebody else's.
    """
    held = _read(connection.name)
    return dict(held["variables"]) if held["uri"] == connection.tracking_uri else {}


def all_variables(connection: Connection) -> dict[str, str]:
    """Return all that MLflow needs of a connection in its environment, with the secrets."""
    return {**connection.variables(), **load_secrets(connection)}


def save_secrets(name: str, uri: str, variables: Mapping[str, str]) -> bool:
    """Keep a connection's secrets instead of those it had; return whether anything changed.

    Args:
        name: of the connection.
        uri: its tracking URI: they are good for that place alone.
        variables: the secrets; where there are none, those that were kept are deleted.
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
    """Delete a connection's secrets; return whether there were any."""
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
        raise QuickstartError("state-damaged", path=str(path), detail="it holds no variables")
    return found


_held: dict[str, Secret] = {}


def hold_secret(name: str, secret: Secret) -> str:
    """Hold a secret for as long as this command lives, and return the name to ask for it by."""
    _held[name] = secret
    return name


def take_secret(name: str) -> Secret:
    """Return a secret; raise Fault "secret-gone" where another command held it."""
    if name not in _held:
        raise QuickstartError("secret-gone", name=name)
    return _held[name]
