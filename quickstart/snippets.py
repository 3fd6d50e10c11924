"""Texts for people to use: lines of Python, the example script, and the guides."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quickstart.errors import ExitCode, QuickstartError

SCRIPT_NAME = "log_mlflow_with_localhost.py"
# In a wheel the guides are inside the package; in a checkout they are beside it.
_GUIDES = next(
    (folder for folder in (Path(__file__).parent / "guides", Path(__file__).parents[1] / "guides") if folder.is_dir()),
    Path(__file__).parent / "guides",
)


def snippet(uri: str, folder: str = "") -> str:
    """Return the lines that make a script use a tracking server; `folder` as in Connection."""
    experiment = f"{folder}/my-first-experiment" if folder else "my-first-experiment"
    settings = f"mlflow.set_tracking_uri({json.dumps(uri)})\nmlflow.set_experiment({json.dumps(experiment)})\n"
    return f"import mlflow\n{settings}"


def script(uri: str, experiment: str, variables: Mapping[str, str]) -> str:
    """Return the example script; it sets `variables`, never a secret, before it imports MLflow."""
    lines = "".join(f"os.environ[{json.dumps(key)}] = {json.dumps(value)}\n" for key, value in variables.items())
    settings = f"import os\n\n{lines}\n" if lines else ""
    return (
        f"{settings}import mlflow\n\n"
        f"mlflow.set_tracking_uri({json.dumps(uri)})\n"
        f"mlflow.set_experiment({json.dumps(experiment)})\n\n"
        "with mlflow.start_run():\n"
        '    mlflow.log_metric("foo", 1)\n'
        '    mlflow.log_metric("bar", 2)\n'
    )


def write_script(path: Path, text: str) -> None:
    """Write the example script; never overwrite a file.

    Raises:
        FileExistsError: the file exists; nothing was written.
        QuickstartError: "unwritable".
    """
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise
    except OSError as error:
        raise QuickstartError("unwritable", path=str(path), detail=error.strerror or str(error)) from error


@dataclass(frozen=True)
class Guide:
    """A guide in Markdown."""

    name: str
    text: str

    @property
    def title(self) -> str:
        return self.text.splitlines()[0].removeprefix("# ")

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "text": self.text}


@dataclass(frozen=True)
class GuidesResult:
    """All guides."""

    guides: tuple[Guide, ...]

    def to_json(self) -> dict[str, Any]:
        return {"guides": [{"name": guide.name, "title": guide.title} for guide in self.guides]}


def load_guides() -> tuple[Guide, ...]:
    return tuple(Guide(path.stem, path.read_text(encoding="utf-8")) for path in sorted(_GUIDES.glob("*.md")))


def load_guide(name: str) -> Guide:
    """Return a guide; raise "unknown-guide" with the names of all guides."""
    found = {guide.name: guide for guide in load_guides()}
    if name not in found:
        raise QuickstartError("unknown-guide", ExitCode.USAGE, name=name, known=", ".join(found))
    return found[name]
