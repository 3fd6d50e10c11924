"""The running interpreter, in a notebook's kernel or a script: made to use a connection, and to forget it."""

from __future__ import annotations

import html
import importlib
import os
import sys
from collections.abc import Mapping
from typing import Any

from quickstart.model import Connection, Machine, Outcome
from quickstart.next_steps import reachable, ssh_line
from quickstart.tracking.uri import resolve

ELSEWHERE = "Forward its port to your machine, for example by ssh -N -L, or run quickstart on your own machine."


def kernel() -> bool:
    """Tell whether we run inside a notebook's kernel."""
    shell = sys.modules.get("IPython")
    return shell is not None and hasattr(shell.get_ipython(), "kernel")


def use(variables: Mapping[str, str]) -> None:
    """Make this interpreter use a connection; mlflow is not imported for it."""
    os.environ.update(variables)
    mlflow = sys.modules.get("mlflow")
    if mlflow is not None:
        mlflow.set_tracking_uri(variables["MLFLOW_TRACKING_URI"])


def leave(connection: Connection | None) -> None:
    """Make this interpreter forget what is no more; the address of another server, which somebody set, stays."""
    uri = connection.tracking_uri if connection else None
    if uri and os.environ.get("MLFLOW_TRACKING_URI") == uri:
        del os.environ["MLFLOW_TRACKING_URI"]
    mlflow = sys.modules.get("mlflow")
    if mlflow is not None and mlflow.get_tracking_uri() == uri:
        mlflow.set_tracking_uri(None)


def link(where: Machine, outcome: Outcome, uri: str) -> None:
    """Show where to look: a link that can be clicked, but never one that leads to the wrong machine."""
    print(f"This Python now logs to {uri}")  # noqa: T201 - a cell's output is what print() writes
    url = str((outcome.data.get("verification", {}).get("run") or {}).get("url", uri))
    server = resolve(uri) if uri.startswith("http") else None
    if server and server.local and not reachable(where):
        tunnel = ssh_line(where.ssh, server.port)
        how = f"Type this on your own machine, then open the address there:\n  {tunnel}" if tunnel else ELSEWHERE
        print(f"The server is on the kernel's machine, not on the one with your browser. {how}")  # noqa: T201
    elif kernel():
        shown: Any = importlib.import_module("IPython.display")
        address = html.escape(url, quote=True)
        shown.display(shown.HTML(f'<a href="{address}" target="_blank" rel="noopener">Look at the run in MLflow</a>'))
    else:
        print(f"Look at it: {url}")  # noqa: T201
