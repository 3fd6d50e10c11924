"""The road as it is told to a person while it is walked: found, recommended, planned, done, or stuck."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from quickstart.errors import Explanation
from quickstart.events import Events
from quickstart.models import ConnectionStatus, Machine, Plan, Recommendation, Status, Step, StepResult, Verification
from quickstart.output.console import (
    Screen,
    Working,
    draw_hanging,
    draw_labelled,
    draw_line,
    draw_marked,
    shorten_home,
    side_by_side,
)
from quickstart.system.shell import clock, count_of


class ConsoleReporter(Events):
    """Tells the road on stderr while it is walked.

    Args:
        screen: where.
        working: the progress that is shown.
    """

    def __init__(self, screen: Screen, working: Working) -> None:
        self.screen = screen
        self.working = working
        self.progress = working

    def on_machine(self, where: Machine, origin: str = "", mlflow: str | None = None) -> None:
        """Show what the machine is, in one line."""
        console = self.screen.narration
        draw_line(console, Text("MLflow quickstart: where should your experiments go?", "bold"))
        into = f", MLflow {mlflow} in {origin}" if mlflow else f", no MLflow yet in {origin}" if origin else ""
        offline = "" if where.network else ", no network"
        text = f"Found: {PLACES[where.environment]} ({where.evidence}), {where.system}, Python {where.python}"
        draw_line(console, f"{text}{offline}{into}.")

    def on_connection(self, present: ConnectionStatus) -> None:
        """Show what is set up already."""
        console = self.screen.narration
        name, method = present.connection.name, present.connection.method
        parts = [name if name == method else f"{name} ({method})"]
        if present.running is not None:
            since = f" since {clock(present.since)}" if present.since else ""
            parts.append(f"running{since}" if present.running else "stopped")
        if present.runs is not None:
            parts.append(f"{count_of(present.experiments or 0, 'experiment')}, {count_of(present.runs, 'run')}")
        draw_line(console, Text("You are set up:", "bold"), ", ".join(parts) + ".")
        draw_line(console, present.connection.tracking_uri, copyable=True)

    def on_recommendation(self, recommendation: Recommendation) -> None:
        """Show the recommendation, its reasons, and what speaks for and against."""
        draw_recommendation(self.screen, self.screen.narration, recommendation)

    def on_plan(self, plan: Plan) -> None:
        """Show each step: what, where, and how it is undone."""
        console = self.screen.narration
        console.print()
        draw_line(console, Text("This will:", "bold"))
        for number, step in enumerate(plan.steps, 1):
            draw_step(console, number, step)
        draw_hanging(console, Text(f"{len(plan.steps) + 1} "), Text("log foo=1 and bar=2 and read them back"))

    def on_error(self, error: Explanation) -> None:
        """Show why it cannot be done, where the person can still choose."""
        self.working.stop()
        draw_error(self.screen, error)

    def on_commands(self, lines: Sequence[str]) -> None:
        """Show the commands that do the same by hand."""
        console = self.screen.narration
        draw_line(console, Text("By hand:", "bold"))
        for text in lines:
            draw_line(console, text, indent=2, copyable=True)

    def on_message(self, status: Status, text: str) -> None:
        """Show one line of what is found on the way."""
        self.working.stop()
        draw_marked(self.screen, self.screen.narration, status, shorten_home(text))

    def on_prompt(self) -> None:
        """Take the progress away: a question comes."""
        self.working.stop()

    def on_link(self, words: str, url: str) -> None:
        """Show an address that must be opened in a browser, whole, so that it can be copied; --quiet or not."""
        self.working.stop()
        draw_line(self.screen.err, Text(words, "bold"))
        draw_line(self.screen.err, url, indent=2, copyable=True)

    def on_fix(self, what: str, steps: Sequence[Step]) -> None:
        """Show what is wrong, and each step that would mend it: what, where, and how it is undone."""
        self.working.stop()
        console = self.screen.narration
        console.print()
        draw_line(console, Text(shorten_home(what), "bold"))
        for number, step in enumerate(steps, 1):
            draw_step(console, number, step)

    def on_undo(self, steps: Sequence[Step], *, delete_data: bool) -> None:
        """List, before asking, what undo would take back."""
        console = self.screen.narration
        draw_line(console, Text("This will be taken back:", "bold"))
        for step in steps:
            undo = "DELETED, with all runs in it" if delete_data and step.kind == "create-store" else step.undo
            draw_line(console, f"{SUBJECTS.get(step.kind, step.does)}: {undo}", indent=2)
            if step.kind != "start-server":  # its address may have changed since
                draw_line(console, shorten_home(step.where), indent=5, copyable=True)

    def on_step(self, result: StepResult) -> None:
        """Show one step's result and how long it took."""
        self.working.stop()
        draw_marked(self.screen, self.screen.narration, result.status, shorten_home(result.detail), result.seconds)

    def on_verification(self, verification: Verification) -> None:
        """Show the proof in one line, and MLflow's own client, where it was tried, in another."""
        self.working.stop()
        client = next((stage for stage in verification.stages if stage.id == "client"), None)
        if (verification.failed in (None, client)) and verification.run:
            text = f"foo=1 bar=2 logged and read back: run {verification.run['name']}"
            seconds = verification.seconds - (client.seconds if client else 0)
            draw_marked(self.screen, self.screen.narration, "ok", text, seconds)
        if client and client.status == "ok":
            draw_marked(self.screen, self.screen.narration, "ok", "the same by MLflow's own client", client.seconds)


class RecommendReporter(ConsoleReporter):
    """Tells the recommendation on stdout: it is what was asked for."""

    def on_recommendation(self, recommendation: Recommendation) -> None:
        """Show the recommendation."""
        draw_recommendation(self.screen, self.screen.out, recommendation)


def draw_recommendation(screen: Screen, console: Console, recommendation: Recommendation) -> None:
    """Draw a recommendation: the choice, why, what speaks for and against, and the others."""
    console.print()
    draw_line(console, Text("Recommended:", "bold"), recommendation.title, f"(method: {recommendation.method})")
    draw_labelled(console, "Because", *recommendation.reasons, copyable=False)
    side_by_side(console, ("For", recommendation.pros), ("Against", recommendation.cons))
    draw_labelled(console, "Others", *describe_alternatives(recommendation), copyable=False)
    for warning in recommendation.warnings:
        draw_marked(screen, console, "warn", warning)


def draw_step(console: Console, number: int, step: Step) -> None:
    """Draw one step: what, where, and how it is undone; on one line where there is room."""
    head, where, undo = Text(f"{number} "), shorten_home(step.where), (f"   undo: {step.undo}", "dim")
    if len(f"  {number}  {step.does}: {where}{undo[0]}") < console.width:
        draw_hanging(console, head, Text.assemble(f"{step.does}: {where}", undo))
        return
    draw_hanging(console, head, Text.assemble(step.does, undo))
    draw_line(console, where, indent=5, copyable=True)


def describe_alternatives(recommendation: Recommendation) -> list[str]:
    """Return the other methods, those of which the same is to be said in one line."""
    said: dict[str, list[str]] = {}
    for other in recommendation.alternatives:
        said.setdefault(other.why, []).append(other.title)
    return [f"{', '.join(titles)}: {why}" for why, titles in said.items()]


def draw_error(screen: Screen, error: Explanation) -> None:
    """Draw an error: what, why, and the command that mends it."""
    console = screen.err
    draw_line(console, screen.mark("fail", console), Text(error.what, "bold"))
    draw_line(console, error.why, indent=2)
    if error.command:
        draw_labelled(console, "Fix", error.command)
    if error.note:
        draw_labelled(console, "" if error.command else "Fix", error.note, copyable=False)
    draw_labelled(console, "More", error.docs)


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
