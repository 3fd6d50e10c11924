"""The road as it is told to a person while it is walked: found, recommended, planned, done, or stuck."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from quickstart.errors import QuickstartError
from quickstart.events import Watcher
from quickstart.models import Machine, Plan, Present, Recommendation, Status, Step, StepResult, Verification
from quickstart.output.console import Screen, Working, hanging, labelled, line, marked, shorter, side_by_side
from quickstart.system.shell import clock, counted


class Narrator(Watcher):
    """Tells the road on stderr while it is walked.

    Args:
        screen: where.
        working: the progress that is shown.
    """

    def __init__(self, screen: Screen, working: Working) -> None:
        self.screen = screen
        self.working = working
        self.progress = working

    def found(self, where: Machine, target: str = "", mlflow: str | None = None) -> None:
        """Show what the machine is, in one line."""
        console = self.screen.narration
        line(console, Text("MLflow quickstart: where should your experiments go?", "bold"))
        into = f", MLflow {mlflow} in {target}" if mlflow else f", no MLflow yet in {target}" if target else ""
        offline = "" if where.network else ", no network"
        text = f"Found: {PLACES[where.environment]} ({where.evidence}), {where.system}, Python {where.python}"
        line(console, f"{text}{offline}{into}.")

    def there(self, present: Present) -> None:
        """Show what is set up already."""
        console = self.screen.narration
        name, method = present.connection.name, present.connection.method
        parts = [name if name == method else f"{name} ({method})"]
        if present.running is not None:
            since = f" since {clock(present.since)}" if present.since else ""
            parts.append(f"running{since}" if present.running else "stopped")
        if present.runs is not None:
            parts.append(f"{counted(present.experiments or 0, 'experiment')}, {counted(present.runs, 'run')}")
        line(console, Text("You are set up:", "bold"), ", ".join(parts) + ".")
        line(console, present.connection.tracking_uri, copyable=True)

    def recommended(self, recommendation: Recommendation) -> None:
        """Show the recommendation, its reasons, and what speaks for and against."""
        recommended(self.screen, self.screen.narration, recommendation)

    def planned(self, plan: Plan) -> None:
        """Show each step: what, where, and how it is undone."""
        console = self.screen.narration
        console.print()
        line(console, Text("This will:", "bold"))
        for number, step in enumerate(plan.steps, 1):
            planned(console, number, step)
        hanging(console, Text(f"{len(plan.steps) + 1} "), Text("log foo=1 and bar=2 and read them back"))

    def stuck(self, error: QuickstartError) -> None:
        """Show why it cannot be done, where the person can still choose."""
        self.working.stop()
        failure(self.screen, error)

    def commands(self, lines: Sequence[str]) -> None:
        """Show the commands that do the same by hand."""
        console = self.screen.narration
        line(console, Text("By hand:", "bold"))
        for text in lines:
            line(console, text, indent=2, copyable=True)

    def told(self, status: Status, text: str) -> None:
        """Show one line of what is found on the way."""
        self.working.stop()
        marked(self.screen, self.screen.narration, status, shorter(text))

    def asking(self) -> None:
        """Take the progress away: a question comes."""
        self.working.stop()

    def link(self, words: str, url: str) -> None:
        """Show an address that must be opened in a browser, whole, so that it can be copied; --quiet or not."""
        self.working.stop()
        line(self.screen.err, Text(words, "bold"))
        line(self.screen.err, url, indent=2, copyable=True)

    def mending(self, what: str, steps: Sequence[Step]) -> None:
        """Show what is wrong, and each step that would mend it: what, where, and how it is undone."""
        self.working.stop()
        console = self.screen.narration
        console.print()
        line(console, Text(shorter(what), "bold"))
        for number, step in enumerate(steps, 1):
            planned(console, number, step)

    def undoing(self, steps: Sequence[Step], *, delete_data: bool) -> None:
        """List, before asking, what undo would take back."""
        console = self.screen.narration
        line(console, Text("This will be taken back:", "bold"))
        for step in steps:
            undo = "DELETED, with all runs in it" if delete_data and step.kind == "create-store" else step.undo
            line(console, f"{SUBJECTS.get(step.kind, step.does)}: {undo}", indent=2)
            if step.kind != "start-server":  # its address may have changed since
                line(console, shorter(step.where), indent=5, copyable=True)

    def done(self, result: StepResult) -> None:
        """Show one step's result and how long it took."""
        self.working.stop()
        marked(self.screen, self.screen.narration, result.status, shorter(result.detail), result.seconds)

    def verified(self, verification: Verification) -> None:
        """Show the proof in one line, and MLflow's own client, where it was tried, in another."""
        self.working.stop()
        client = next((stage for stage in verification.stages if stage.id == "client"), None)
        if (verification.failed in (None, client)) and verification.run:
            text = f"foo=1 bar=2 logged and read back: run {verification.run['name']}"
            seconds = verification.seconds - (client.seconds if client else 0)
            marked(self.screen, self.screen.narration, "ok", text, seconds)
        if client and client.status == "ok":
            marked(self.screen, self.screen.narration, "ok", "the same by MLflow's own client", client.seconds)


class Adviser(Narrator):
    """Tells the recommendation on stdout: it is what was asked for."""

    def recommended(self, recommendation: Recommendation) -> None:
        """Show the recommendation."""
        recommended(self.screen, self.screen.out, recommendation)


def recommended(screen: Screen, console: Console, recommendation: Recommendation) -> None:
    """Draw a recommendation: the choice, why, what speaks for and against, and the others."""
    console.print()
    line(console, Text("Recommended:", "bold"), recommendation.title, f"(method: {recommendation.method})")
    labelled(console, "Because", *recommendation.reasons, copyable=False)
    side_by_side(console, ("For", recommendation.pros), ("Against", recommendation.cons))
    labelled(console, "Others", *others(recommendation), copyable=False)
    for warning in recommendation.warnings:
        marked(screen, console, "warn", warning)


def planned(console: Console, number: int, step: Step) -> None:
    """Draw one step: what, where, and how it is undone; on one line where there is room."""
    head, where, undo = Text(f"{number} "), shorter(step.where), (f"   undo: {step.undo}", "dim")
    if len(f"  {number}  {step.does}: {where}{undo[0]}") < console.width:
        hanging(console, head, Text.assemble(f"{step.does}: {where}", undo))
        return
    hanging(console, head, Text.assemble(step.does, undo))
    line(console, where, indent=5, copyable=True)


def others(recommendation: Recommendation) -> list[str]:
    """Return the other methods, those of which the same is to be said in one line."""
    said: dict[str, list[str]] = {}
    for other in recommendation.alternatives:
        said.setdefault(other.why, []).append(other.title)
    return [f"{', '.join(titles)}: {why}" for why, titles in said.items()]


def failure(screen: Screen, error: QuickstartError) -> None:
    """Draw an error: what, why, and the command that mends it."""
    console = screen.err
    line(console, screen.mark("fail", console), Text(error.what, "bold"))
    line(console, error.why, indent=2)
    labelled(console, "Mend it", error.fix)
    labelled(console, "More", error.docs)


PLACES = {
    "laptop": "laptop or desktop",
    "notebook": "cloud notebook",
    "vm": "virtual machine in a cloud",
    "container": "container",
}
SUBJECTS = {
    "create-environment": "the Python environment for MLflow",
    "install": "MLflow",
    "create-store": "your runs",
    "restore-store": "the runs that were brought in",
    "upgrade-database": "the upgrade of the database",
    "start-server": "the server",
    "save-connection": "the connection",
    "save-profile": "the profile",
    "keep-tokens": "the browser's login",
    "write-example": "the example script",
}
