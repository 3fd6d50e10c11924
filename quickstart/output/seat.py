"""A seat in a class, as a participant reads it, and the helper who walks past."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from quickstart import next_steps
from quickstart.errors import ExitCode
from quickstart.model import Outcome
from quickstart.next_steps import as_typed
from quickstart.output.readiness import verdict
from quickstart.output.screen import Screen, labelled

CODE = ("import mlflow", "with mlflow.start_run():", '    mlflow.log_metric("foo", 1)')
MAY = {"read": "which you may read", "edit": "which all of you write to"}


def seated(screen: Screen, outcome: Outcome) -> None:
    """Draw whether it is proven, and what to do now. What is wrong, where something is, is told behind it.

    Args:
        screen: where.
        outcome: of `quickstart join`.
    """
    console, seat = screen.out, outcome.data.get("seat")
    if outcome.exit_code is ExitCode.CANCELLED:
        return
    proven = outcome.exit_code is ExitCode.OK
    screen.narration.print()
    verdict(screen, "PROVEN" if proven else "TROUBLE", "ok" if proven else "fail")
    console.print()
    if seat:
        named = f"{seat['seat']}, {seat['name']}" if seat["name"] else str(seat["seat"])
        labelled(console, "Your seat", f"{named}   ({seat['title']})", copyable=False)
    if seat and proven:
        _afterwards(screen, outcome.data)


def _afterwards(screen: Screen, data: Mapping[str, Any]) -> None:
    """Draw where to look, what to type, and how to get rid of it."""
    console, seat, connection = screen.out, data["seat"], data["connection"]
    shell = next_steps.shell_of(os.environ)
    labelled(console, "Look at it", data["verification"]["run"]["url"])
    find = "findstr" if shell in ("cmd", "powershell") else "grep"
    password = as_typed(f"quickstart env --with-secrets | {find} PASSWORD")
    labelled(console, "Log in as", f"{seat['username']}, whose password this shows:", copyable=False)
    labelled(console, "", password)
    if "MLFLOW_TRACKING_SERVER_CERT_PATH" in connection["env"]:
        labelled(console, "", "The browser warns of the certificate: it is the class's own.", copyable=False)
    labelled(console, "In this shell", next_steps.eval_line(shell, with_secrets=True))
    labelled(console, "In your code", *CODE)
    if seat["class_experiment"] and seat["shared"] in MAY:
        labelled(console, "For all", f"the experiment {seat['class_experiment']['name']}, {MAY[seat['shared']]}")
    labelled(console, "At home", as_typed("quickstart undo"))
