"""A seat in a class, as a participant reads it, and the helper who walks past."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from quickstart.errors import ExitCode
from quickstart.output.console import Screen, draw_labelled, draw_marked
from quickstart.output.preflight import verdict
from quickstart.results import Outcome
from quickstart.system import shell as next_steps
from quickstart.system.shell import as_typed_here

CODE = ("import mlflow", "with mlflow.start_run():", '    mlflow.log_metric("foo", 1)')
MAY = {"read": "which you may read", "edit": "which all of you write to"}


# What a join that was called from Python has set already.
SHOWN_BY = 'import os; print(os.environ["MLFLOW_TRACKING_PASSWORD"])'


def is_proven(data: Mapping[str, Any]) -> bool:
    """Tell whether a run was logged and read back, whatever came afterwards."""
    stages = data.get("verification", {}).get("stages", ())
    return bool(stages) and all(one["status"] in ("ok", "warn") for one in stages)


def draw_join(screen: Screen, outcome: Outcome, *, cell: bool | None = None) -> None:
    """Draw whether it is proven, and what to do now. What is wrong, where something is, is told behind it.

    Args:
        screen: where.
        outcome: of `quickstart join`.
        cell: called from Python, whether in a notebook's cell; None for a command in a shell.
    """
    console, seat = screen.out, outcome.data.get("seat")
    done = is_proven(outcome.data)
    if not done and (outcome.exit_code is ExitCode.CANCELLED or (outcome.error and outcome.error.code == "usage")):
        return
    screen.narration.print()
    verdict(screen, "PROVEN" if done else "TROUBLE", "ok" if done else "fail")
    console.print()
    if seat:
        named = f"{seat['seat']}, {seat['name']}" if seat["name"] else str(seat["seat"])
        draw_labelled(console, "Your seat", f"{named}   ({seat['title']})", copyable=False)
    if seat and done:
        _afterwards(screen, outcome, cell)


def _afterwards(screen: Screen, outcome: Outcome, cell: bool | None) -> None:
    """Draw where to look, what to type, and how to get rid of it."""
    console, data = screen.out, outcome.data
    seat = data["seat"]
    client = data.get("client", {"installed": True})
    if not client["installed"] and not outcome.error:  # which tells more of it
        draw_marked(screen, console, "warn", f"MLflow is missing in {client['python']}:")
        draw_labelled(console, "", as_typed_here(client["install"]))
    draw_labelled(console, "Look at it", data["verification"]["run"]["url"])
    draw_labelled(console, "Log in as", f"{seat['username']}, whose password this shows:", copyable=False)
    draw_labelled(console, "", _password_line() if cell is None else SHOWN_BY)
    if "MLFLOW_TRACKING_SERVER_CERT_PATH" in data["connection"]["env"]:
        draw_labelled(console, "", "The browser warns of the certificate: it is the class's own.", copyable=False)
    if cell is None:
        shell = next_steps.shell_of(os.environ)
        draw_labelled(console, "In this shell", next_steps.eval_line(shell, with_secrets=True))
    draw_labelled(console, "In your code", *CODE)
    named = f"the class's, also of models: leave set_experiment out, or say iris-{seat['experiment']['name']}"
    draw_labelled(console, "Names are", named, copyable=False)
    if seat["class_experiment"] and seat["shared"] in MAY:
        draw_labelled(console, "For all", f"the experiment {seat['class_experiment']['name']}, {MAY[seat['shared']]}")
    draw_labelled(
        console, "At home", f"!{as_typed_here('quickstart undo --yes')}" if cell else as_typed_here("quickstart undo")
    )


def _password_line() -> str:
    find = "findstr" if next_steps.shell_of(os.environ) in ("cmd", "powershell") else "grep"
    return as_typed_here(f"quickstart env --with-secrets | {find} PASSWORD")
