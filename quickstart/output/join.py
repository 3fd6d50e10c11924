"""What `quickstart join` shows a participant, readable from two meters for a helper who walks past."""

from __future__ import annotations

import os

from quickstart.errors import ExitCode
from quickstart.output.banner import verdict
from quickstart.output.console import Screen, draw_labelled, draw_marked
from quickstart.results import Outcome
from quickstart.system import shell
from quickstart.system.shell import as_typed_here
from quickstart.workshop.participant.results import JoinResult, Seat

CODE = ("import mlflow", "with mlflow.start_run():", '    mlflow.log_metric("foo", 1)')
SHARED = {"read": "which you can read", "edit": "which all participants can edit"}
# A join called from Python has set the variable already.
PRINTS_IT = 'import os; print(os.environ["MLFLOW_TRACKING_PASSWORD"])'


def draw_join(screen: Screen, result: JoinResult, outcome: Outcome, *, cell: bool | None = None) -> None:
    """Draw whether the seat is proven, and what to do now; the error, if any, follows on stderr.

    Args:
        screen: where.
        result: of `quickstart join`.
        outcome: with that result.
        cell: called from Python: whether in a notebook's cell; None for a command in a shell.
    """
    console, seat, proven = screen.out, result.seat, result.is_proven
    if not proven and outcome.exit_code is ExitCode.CANCELLED:
        return
    screen.narration.print()
    verdict(screen, "PROVEN" if proven else "TROUBLE", "ok" if proven else "fail")
    console.print()
    if seat:
        number = f"{seat.seat}, {seat.name}" if seat.name else str(seat.seat)
        draw_labelled(console, "Your seat", f"{number}   ({seat.title})", copyable=False)
    if seat and proven:
        _draw_next_steps(screen, result, seat, cell, failed=outcome.error is not None)


def _draw_next_steps(screen: Screen, result: JoinResult, seat: Seat, cell: bool | None, *, failed: bool) -> None:
    """Draw where the run is, what to type, and how to undo it."""
    console, client = screen.out, result.client
    if client and not client.installed and not failed:  # else the error says more
        draw_marked(screen, console, "warn", f"MLflow is missing in {client.python}:")
        draw_labelled(console, "", as_typed_here(client.install))
    run = result.verification.run if result.verification else None
    if run:
        draw_labelled(console, "Open it", run["url"])
    draw_labelled(console, "Log in as", f"{seat.username}; this prints the password:", copyable=False)
    draw_labelled(console, "", _password_line() if cell is None else PRINTS_IT)
    if result.connection and "MLFLOW_TRACKING_SERVER_CERT_PATH" in result.connection.env:
        draw_labelled(console, "", "The browser warns of the workshop's own certificate.", copyable=False)
    if cell is None:
        name = shell.shell_of(os.environ)
        draw_labelled(console, "In this shell", shell.eval_line(name, with_secrets=True))
    draw_labelled(console, "In your code", *CODE)
    names = f"shared by the workshop: leave set_experiment out, or name yours like iris-{seat.experiment['name']}"
    draw_labelled(console, "Experiments", names, copyable=False)
    if seat.class_experiment and seat.shared in SHARED:
        draw_labelled(console, "Shared", f"experiment {seat.class_experiment['name']}, {SHARED[seat.shared]}")
    undo = as_typed_here("quickstart undo --yes" if cell else "quickstart undo")
    draw_labelled(console, "At home", f"!{undo}" if cell else undo)


def _password_line() -> str:
    find = "findstr" if shell.shell_of(os.environ) in ("cmd", "powershell") else "grep"
    return as_typed_here(f"quickstart env --with-secrets | {find} PASSWORD")
