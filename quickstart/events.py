"""Who is shown what happens while it happens. Here they look away; others draw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from quickstart.errors import QuickstartError
from quickstart.models import Machine, Plan, Present, Recommendation, Status, Step, StepResult, Verification


class Progress(Protocol):
    """Told what is at work, so that nobody waits before a silent screen."""

    def __call__(self, doing: str, detail: str = "") -> None:
        """Say what is being done now; `detail` is the newest word of it."""


def no_progress(doing: str, detail: str = "") -> None:
    """Do not tell anybody."""


class Watcher:
    """Shown each hand-off of the road as it happens; this one looks away, others draw."""

    progress: Progress = staticmethod(no_progress)

    def found(self, where: Machine, target: str = "", mlflow: str | None = None) -> None:
        """Show what the machine is, which interpreter is the target, and which MLflow is in it."""

    def there(self, present: Present) -> None:
        """Show what is set up already."""

    def recommended(self, recommendation: Recommendation) -> None:
        """Show what is recommended."""

    def planned(self, plan: Plan) -> None:
        """Show what will be done."""

    def stuck(self, error: QuickstartError) -> None:
        """Show why it cannot be done, where the person can still choose."""

    def commands(self, lines: Sequence[str]) -> None:
        """Show the commands that do the same by hand."""

    def told(self, status: Status, text: str) -> None:
        """Show one line of what is found on the way."""

    def asking(self) -> None:
        """Take the progress away: a question comes."""

    def link(self, words: str, url: str) -> None:
        """Show an address that must be opened in a browser."""

    def mending(self, what: str, steps: Sequence[Step]) -> None:
        """Show what would be done about something that is wrong."""

    def undoing(self, steps: Sequence[Step], *, delete_data: bool) -> None:
        """Show what would be taken back."""

    def done(self, result: StepResult) -> None:
        """Show one step's result."""

    def verified(self, verification: Verification) -> None:
        """Show the proof."""
