"""The saved connections, which of them is in use, and their secrets.

Secrets that no other tool stores are in a private file (0600) for each connection, which undo deletes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from quickstart.errors import ExitCode, QuickstartError
from quickstart.models import Connection, Secret
from quickstart.state import files
from quickstart.state.files import lock, read_json, state_folder, write_json


class Connections:
    """The saved connections and which of them is in use; one JSON file."""

    def __init__(self) -> None:
        self.path = state_folder() / "connections.json"

    def _read(self) -> dict[str, Any]:
        value = read_json(self.path)
        value = {} if value is None else value
        try:
            # Callers rely on every entry, so all are checked here.
            for entry in value.get("connections", {}).values():
                Connection(**entry)
            if not isinstance(value.get("in_use"), str | None):
                raise TypeError("in_use is not a name")
            return {"in_use": value.get("in_use"), "connections": value.get("connections", {})}
        except (AttributeError, TypeError) as error:
            raise QuickstartError("state-damaged", path=str(self.path), detail=str(error)) from error

    def all(self) -> dict[str, Connection]:
        """Oldest first."""
        return {name: Connection(**value) for name, value in self._read()["connections"].items()}

    def in_use(self) -> Connection | None:
        state = self._read()
        value = state["connections"].get(state["in_use"])
        return Connection(**value) if value else None

    def save(self, connection: Connection, *, use: bool) -> None:
        """Add or replace a connection, and use it if `use` is set or no other is in use."""
        with lock("connections"):
            state = self._read()
            state["connections"][connection.name] = asdict(connection)
            if use or state["in_use"] not in state["connections"]:
                state["in_use"] = connection.name
            write_json(self.path, state)

    def use(self, name: str) -> Connection:
        """Use a saved connection and return it; raise "unknown-connection"."""
        with lock("connections"):
            state = self._read()
            if name not in state["connections"]:
                known = ", ".join(state["connections"]) or "none"
                raise QuickstartError("unknown-connection", ExitCode.USAGE, name=name, known=known)
            state["in_use"] = name
            write_json(self.path, state)
            return Connection(**state["connections"][name])

    def forget(self, name: str, fall_back_to: str | None = None) -> bool:
        """Remove a connection; return whether it existed. If it was in use, `fall_back_to` is used next, if saved."""
        with lock("connections"):
            state = self._read()
            found = state["connections"].pop(name, None) is not None
            if state["in_use"] == name:
                state["in_use"] = fall_back_to if fall_back_to in state["connections"] else None
            if found:
                write_json(self.path, state)
            return found


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
