"""Secrets that no other tool keeps for a connection: a private file of our own for each, 0600, which undo deletes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from quickstart import state
from quickstart.errors import Fault
from quickstart.model import Connection


def file_of(name: str) -> Path:
    """Return the file that holds a connection's secrets, if it has any."""
    return state.state_folder() / "secrets" / f"{state.checked_name(name)}.json"


def secrets_of(name: str) -> dict[str, str]:
    """Return a connection's secrets as environment variables, {} where it has none.

    Raises:
        Fault: "state-damaged", or "state-unreadable" where they are somebody else's.
    """
    path = file_of(name)
    value = state.read_json(path) or {}
    if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
        raise Fault("state-damaged", path=str(path), detail="it holds no variables")
    return value


def variables_of(connection: Connection) -> dict[str, str]:
    """Return all that MLflow needs of a connection in its environment, with the secrets."""
    return {**connection.variables(), **secrets_of(connection.name)}


def keep(name: str, variables: Mapping[str, str]) -> bool:
    """Keep a connection's secrets instead of those it had; return whether anything changed."""
    path = file_of(name)
    before = state.read_json(path)
    if variables == (before or {}) and (before is None or not path.stat().st_mode & 0o077):
        return False
    if not variables:
        return forget(name)
    state.write_json(path, dict(variables))
    return True


def forget(name: str) -> bool:
    """Delete a connection's secrets; return whether there were any."""
    path = file_of(name)
    found = path.exists()
    path.unlink(missing_ok=True)
    state.remove_if_empty(path.parent)
    return found
