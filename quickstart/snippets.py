"""Text to hand out: lines of Python, the example script, and the guides."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from quickstart.errors import ExitCode, QuickstartError

SCRIPT_NAME = "log_mlflow_with_localhost.py"
# In a wheel the guides are inside the package; in a checkout they stand beside it.
_GUIDES = next(
    (folder for folder in (Path(__file__).parent / "guides", Path(__file__).parents[1] / "guides") if folder.is_dir()),
    Path(__file__).parent / "guides",
)


def snippet(uri: str, folder: str = "") -> str:
    """Return the lines that make a script use a tracking server.

    Args:
        uri: the tracking URI.
        folder: where experiments go, at a place whose experiments have paths for names.
    """
    experiment = f"{folder}/my-first-experiment" if folder else "my-first-experiment"
    settings = f"mlflow.set_tracking_uri({json.dumps(uri)})\nmlflow.set_experiment({json.dumps(experiment)})\n"
    return f"import mlflow\n{settings}"


def script(uri: str, experiment: str, variables: Mapping[str, str]) -> str:
    """Return the example script: it logs foo=1 and bar=2 by MLflow's own client.

    Args:
        uri: the tracking URI.
        experiment: name of the experiment.
        variables: what the connection sets besides; it must be set before MLflow is imported. Never a secret.
    """
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
    """Write the example script, never over a file that is there.

    Raises:
        FileExistsError: it is there; nothing was written.
        Fault: "unwritable".
    """
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise
    except OSError as error:
        raise QuickstartError("unwritable", path=str(path), detail=error.strerror or str(error)) from error


def guides() -> list[str]:
    """Return the names of the guides that are shipped."""
    return sorted(path.stem for path in _GUIDES.glob("*.md"))


def guide_text(name: str) -> str:
    """Return a guide as Markdown; raise Fault "unknown-guide" with the names there are."""
    if name not in guides():
        raise QuickstartError("unknown-guide", ExitCode.USAGE, name=name, known=", ".join(guides()))
    return (_GUIDES / f"{name}.md").read_text(encoding="utf-8")
