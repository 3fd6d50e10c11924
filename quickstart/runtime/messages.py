"""Messages of the errors that this package raises."""

from __future__ import annotations

from collections.abc import Mapping

from quickstart.errors import Message

GUIDE = "local"

MESSAGES: Mapping[str, Message] = {
    "disk-full": Message(
        "Not enough disk space for MLflow: {free_mb} MB free, {needed_mb} MB required.",
        "MLflow and its dependencies are installed into {folder}.",
        "quickstart --yes --python /path/on/a/larger/disk/bin/python",
    ),
    "externally-managed": Message(
        "{python} belongs to the operating system, which forbids installing packages into it.",
        "The system's package manager manages its packages (PEP 668).",
        "python3 -m venv .venv && quickstart --yes --python .venv/bin/python",
    ),
    "packages-not-writable": Message(
        "You may not install packages into {python}.",
        "{folder} belongs to another user.",
        "python3 -m venv .venv && quickstart --yes --python .venv/bin/python",
    ),
    "python-broken": Message(
        "{python} does not run: {detail}",
        "The environment was moved, or the Python it was created from was removed.",
        "{forget}python3 -m venv .venv && quickstart --yes --python .venv/bin/python",
    ),
    "python-missing": Message(
        "{python} does not exist.",
        "--python or QUICKSTART_PYTHON names it, or the folder of the active environment was deleted.",
        "{forget}quickstart --yes --python $(command -v python3)",
    ),
    "python-too-old": Message(
        "{python} is Python {version}.",
        "MLflow requires a newer Python.",
        "python3.11 -m venv .venv && quickstart --yes --python .venv/bin/python",
    ),
    "script-failed": Message(
        "{script} failed in {python}: {detail}",
        "MLflow cannot be imported in this environment, or one of its dependencies has an incompatible version.",
        "{python} -m pip install --upgrade --force-reinstall mlflow",
    ),
    "script-silent": Message(
        "{script} timed out after {seconds:g} s in {python}.",
        "MLflow is very slow in this environment, or its client waits for a server that does not answer.",
        "quickstart verify",
    ),
    "venv-failed": Message(
        "Cannot create a Python environment in {folder}: {detail}",
        "Python's venv module is incomplete; on Debian and Ubuntu it is the package python3-venv. Log: {log}",
        "sudo apt-get install python3-venv",
    ),
}
