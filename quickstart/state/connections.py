"""The saved connections, and which of them is in use."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from quickstart.errors import ExitCode, QuickstartError
from quickstart.models import Connection
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
