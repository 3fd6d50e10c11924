"""What several methods share: names, fields and warnings for saved connections, and steps that install and save."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from quickstart.errors import ExitCode, QuickstartError
from quickstart.methods.base import LoginUI
from quickstart.methods.catalog import METHODS, by_name
from quickstart.models import Connection, Secret, Status, Step
from quickstart.prompts.fields import Field
from quickstart.runtime import install
from quickstart.runtime.find import Runtime, managed_folder
from quickstart.server import records
from quickstart.snippets import script
from quickstart.state.connections import Connections, hold_secret, secrets_file
from quickstart.state.files import validate_name

CLIENT = "mlflow-skinny"  # a tenth of the full MLflow, and enough to track elsewhere
CLIENT_SIZE = "100 MB, about 10 seconds"


def retry_field(field: Field, name: str, ui: LoginUI) -> Field:
    """Return the field for a tracking URI with that of the saved connection: as the default, or the answer."""
    saved = Connections().all().get(name)
    if saved is None or saved.method != name or field.known is not None:
        return field
    if ui.interactive:
        why = f"Enter means the saved one, {saved.tracking_uri}. {field.why}"
        return replace(field, default=saved.tracking_uri, why=why)
    return replace(field, known=saved.tracking_uri, known_from=f'that of the connection "{name}"')


def free_name(name: str, method: str, command: str) -> str:
    """Return a connection's name if it is free or of the same method; raise "bad-name" or "name-taken".

    Args:
        command: the one that accepts another name.
    """
    saved = Connections().all().get(validate_name(name))
    others = {one.name for one in METHODS if one.name != method}
    if name in others or records.load(name) is not None or (saved is not None and saved.method != method):
        raise QuickstartError("name-taken", ExitCode.USAGE, name=name, command=command)
    return name


def override_warning(detail: str, variables: tuple[str, ...]) -> tuple[Status, str]:
    """Return a check's warning that variables of this shell override a saved connection."""
    instead = f"in this shell MLflow would use {', '.join(variables)} instead: unset {' '.join(variables)}"
    return "warn", f"{detail}; {instead}"


def create_environment(name: str = "", connection: str = "") -> Step:
    """Return the step that makes a managed environment.

    Args:
        name: of a separate one; "" for the usual one.
        connection: the one that it is for; undo keeps the environment if others use it.
    """
    folder = str(managed_folder(name))
    return Step(
        id=f"create-environment{f':{name}' if name else ''}",
        kind="create-environment",
        does="Create a Python environment for MLflow",
        where=folder,
        undo="deletes it",
        parameters={"folder": folder},
        inverse={"kind": "delete-environment", "parameters": {"folder": folder, "connection": connection}},
    )


def install_step(runtime: Runtime, requirement: str, size: str) -> Step:
    """Return the step that installs a package into the runtime; `size` is its size and duration in words."""
    return Step(
        id=f"install-{requirement}",
        kind="install",
        does=f"Install {requirement} ({size})",
        where=f"{runtime.python.parent.parent} ({runtime.origin})",
        undo="removed with the environment" if runtime.managed else "not removed",
        parameters={"python": str(runtime.python), "requirement": requirement},
    )


def package_steps(
    runtime: Runtime, requirement: str, size: str, name: str = "", connection: str = ""
) -> tuple[Step, ...]:
    """Return the steps that install a package into the runtime, or a new environment; arguments as in their steps."""
    install.check_installable(runtime, requirement)
    created = () if runtime.exists else (create_environment(name, connection),)
    return (*created, install_step(runtime, requirement, size))


def client_steps(runtime: Runtime, *, enough: bool) -> tuple[Step, ...]:
    """Return the steps that install MLflow's light client into the runtime; none if it has enough."""
    return () if enough else package_steps(runtime, CLIENT, CLIENT_SIZE)


def keep_secrets(connection: Connection, secrets: Mapping[str, Secret]) -> Step:
    """Return the step that saves a connection's secrets, by environment variable; until it runs, memory has them."""
    name = connection.name
    names = {key: hold_secret(f"{name}:{key}", one) for key, one in secrets.items()}
    return Step(
        id=f"keep-secrets:{name}",
        kind="keep-secrets",
        does="Save the credentials in a file that only you can read",
        where=str(secrets_file(name)),
        undo="deletes it",
        parameters={"name": name, "uri": connection.tracking_uri, "held": names},
        inverse={"kind": "forget-secrets", "parameters": {"name": name}},
    )


def save_step(connection: Connection) -> Step:
    """Return the step that saves a connection and puts it in use."""
    return _save_connection(connection.name, {"connection": asdict(connection), "use": True})


def save_server(name: str, *, use: bool) -> Step:
    """Return the step that saves the connection to a server, which is known once it runs.

    Args:
        use: whether it replaces another connection that is in use.
    """
    return _save_connection(name, {"server": name, "use": use})


def _save_connection(name: str, parameters: Mapping[str, Any]) -> Step:
    in_use = Connections().in_use()
    previous = in_use.name if in_use and in_use.name != name else None
    return Step(
        id=f"save-connection:{name}",
        kind="save-connection",
        does=f'Save connection "{name}"',
        where=str(Connections().path),
        undo="removes it",
        parameters=parameters,
        inverse={"kind": "forget-connection", "parameters": {"name": name, "previous": previous}},
    )


def write_example(connection: Connection, folder: Path, experiment: str) -> Step:
    path = str(folder / by_name(connection.method).script_name)
    text = script(connection.tracking_uri, experiment, connection.env)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Step(
        id=f"write-example:{path}",
        kind="write-example",
        does="Write an example script that logs foo and bar",
        where=path,
        undo="removes it, unless you changed it",
        parameters={"path": path, "text": text},
        inverse={"kind": "remove-example", "parameters": {"path": path, "sha256": digest}},
    )
