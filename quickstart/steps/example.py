"""The example script, as a step of any method."""

from __future__ import annotations

import hashlib
from pathlib import Path

from quickstart.methods.catalog import by_name
from quickstart.models import Connection, Step
from quickstart.snippets import script


def write_example(connection: Connection, folder: Path, experiment: str) -> Step:
    """Return the step that writes the example script into a folder."""
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
