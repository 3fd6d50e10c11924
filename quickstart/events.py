"""What a command reports while it runs. The base class ignores all events; output/reporter.py draws them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from quickstart.errors import Explanation
from quickstart.models import ConnectionStatus, Machine, Plan, Recommendation, Status, Step, StepResult, Verification


class Progress(Protocol):
    """Receives what is being done, so that long work is visible."""

    def __call__(self, doing: str, detail: str = "") -> None:
        """Show what is being done now; `detail` is its latest line of output."""


def no_progress(doing: str, detail: str = "") -> None:
    """Show nothing."""


class Events:
    """Receives each intermediate result; ignores all of them unless overridden."""

    progress: Progress = staticmethod(no_progress)

    def on_machine(self, machine: Machine, runtime: str = "", mlflow: str | None = None) -> None:
        """The machine, the interpreter for MLflow, and the version of MLflow in it, if any."""

    def on_connection(self, status: ConnectionStatus) -> None:
        """The connection in use."""

    def on_recommendation(self, recommendation: Recommendation) -> None:
        """The recommended method."""

    def on_plan(self, plan: Plan) -> None:
        """The plan, before the person agrees to it."""

    def on_error(self, error: Explanation) -> None:
        """An error after which the person can still choose."""

    def on_commands(self, lines: Sequence[str]) -> None:
        """The commands that do the same by hand."""

    def on_message(self, status: Status, text: str) -> None:
        """One line about something that happened."""

    def on_prompt(self) -> None:
        """A question follows; progress must be cleared."""

    def on_link(self, text: str, url: str) -> None:
        """A URL to open in a browser."""

    def on_fix(self, what: str, steps: Sequence[Step]) -> None:
        """A problem, and the steps that fix it, before the person agrees to them."""

    def on_undo(self, steps: Sequence[Step], *, delete_data: bool) -> None:
        """The steps to undo, before the person agrees."""

    def on_step(self, result: StepResult) -> None:
        """The result of a step."""

    def on_verification(self, verification: Verification) -> None:
        """The verification of a connection."""
