"""Who is shown what happens while it happens. Here they look away; others draw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from quickstart.errors import Explanation
from quickstart.models import ConnectionStatus, Machine, Plan, Recommendation, Status, Step, StepResult, Verification


class Progress(Protocol):
    """Told what is at work, so that nobody waits before a silent screen."""

    def __call__(self, doing: str, detail: str = "") -> None:
        """Say what is being done now; `detail` is the newest word of it."""


def no_progress(doing: str, detail: str = "") -> None:
    """Do not tell anybody."""


class Events:
    """Shown each hand-off of the road as it happens; this one looks away, others draw."""

    progress: Progress = staticmethod(no_progress)

    def on_machine(self, where: Machine, origin: str = "", mlflow: str | None = None) -> None:
        """Show what the machine is, where its runtime is from, and which MLflow is in it."""

    def on_connection(self, present: ConnectionStatus) -> None:
        """Show what is set up already."""

    def on_recommendation(self, recommendation: Recommendation) -> None:
        """Show what is recommended."""

    def on_plan(self, plan: Plan) -> None:
        """Show what will be done."""

    def on_error(self, error: Explanation) -> None:
        """Show why it cannot be done, where the person can still choose."""

    def on_commands(self, lines: Sequence[str]) -> None:
        """Show the commands that do the same by hand."""

    def on_message(self, status: Status, text: str) -> None:
        """Show one line of what is found on the way."""

    def on_prompt(self) -> None:
        """Take the progress away: a question comes."""

    def on_link(self, words: str, url: str) -> None:
        """Show an address that must be opened in a browser."""

    def on_fix(self, what: str, steps: Sequence[Step]) -> None:
        """Show what would be done about something that is wrong."""

    def on_undo(self, steps: Sequence[Step], *, delete_data: bool) -> None:
        """Show what would be taken back."""

    def on_step(self, result: StepResult) -> None:
        """Show one step's result."""

    def on_verification(self, verification: Verification) -> None:
        """Show the proof."""
