"""What runtime reports when it fails: one message for each error code."""

from __future__ import annotations

from collections.abc import Mapping

from quickstart.errors import Message

GUIDE = "local"

MESSAGES: Mapping[str, Message] = {
    "disk-full": Message(
        "There is not enough room for MLflow: {free_mb} MB are free where {needed_mb} MB are needed.",
        "MLflow and what it needs go into {folder}.",
        "quickstart --yes --python /path/on/a/larger/disk/bin/python",
    ),
    "externally-managed": Message(
        "{python} belongs to the operating system, which forbids installing into it.",
        "Its packages are the system's package manager's (PEP 668).",
        "python3 -m venv .venv && quickstart --yes --python .venv/bin/python",
    ),
    "packages-not-writable": Message(
        "You may not install packages into {python}.",
        "{folder} belongs to somebody else.",
        "python3 -m venv .venv && quickstart --yes --python .venv/bin/python",
    ),
    "python-broken": Message(
        "{python} does not run: {detail}",
        "The environment was moved, or the Python it was made from is gone.",
        "{forget}python3 -m venv .venv && quickstart --yes --python .venv/bin/python",
    ),
    "python-missing": Message(
        "There is no {python}.",
        "It was given with --python or QUICKSTART_PYTHON, or an environment is active whose folder is gone.",
        "{forget}quickstart --yes --python $(command -v python3)",
    ),
    "python-too-old": Message(
        "{python} is Python {version}.",
        "MLflow needs a newer one.",
        "python3.11 -m venv .venv && quickstart --yes --python .venv/bin/python",
    ),
    "script-failed": Message(
        "{script} ended with an error in {python}: {detail}",
        "MLflow cannot be imported there, or a package it needs does not fit.",
        "{python} -m pip install --upgrade --force-reinstall mlflow",
    ),
    "script-silent": Message(
        "{script} did not end within {seconds:g} s in {python}.",
        "MLflow is very slow there, or its client waits for a server that does not answer.",
        "quickstart verify",
    ),
    "venv-failed": Message(
        "A Python environment could not be made in {folder}: {detail}",
        "Python's venv module is incomplete; on Debian and Ubuntu it is the package python3-venv. Log: {log}",
        "sudo apt-get install python3-venv",
    ),
}
