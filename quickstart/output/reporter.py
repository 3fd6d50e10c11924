"""What happens while a command runs, drawn for a person."""

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
    capitalize,
    draw_fix,
    draw_hanging,
    draw_labelled,
    draw_line,
    draw_marked,
    shorten_home,
    side_by_side,
)
from quickstart.system.shell import clock, count_of


class ConsoleReporter(Events):
    """Draws events on stderr as they happen. The progress display stops before anything else is drawn."""

    def __init__(self, screen: Screen, working: Working) -> None:
        self.screen = screen
        self.working = working
        self.progress = working

    def on_machine(self, machine: Machine, runtime: str = "", mlflow: str | None = None) -> None:
        console = self.screen.narration
        draw_line(console, Text("MLflow quickstart: where should your experiments go?", "bold"))
        into = f", MLflow {mlflow} in {runtime}" if mlflow else f", no MLflow yet in {runtime}" if runtime else ""
        offline = "" if machine.network else ", no network"
        text = (
            f"Detected: {PLACES[machine.environment]} ({machine.evidence}), {machine.system}, Python {machine.python}"
        )
        draw_line(console, f"{text}{offline}{into}.")

    def on_connection(self, status: ConnectionStatus) -> None:
        console = self.screen.narration
        name, method = status.connection.name, status.connection.method
        parts = [name if name == method else f"{name} ({method})"]
        if status.running is not None:
            since = f" since {clock(status.since)}" if status.since else ""
            parts.append(f"running{since}" if status.running else "stopped")
        if status.runs is not None:
            parts.append(f"{count_of(status.experiments or 0, 'experiment')}, {count_of(status.runs, 'run')}")
        draw_line(console, Text("You are set up:", "bold"), ", ".join(parts) + ".")
        draw_line(console, status.connection.tracking_uri, copyable=True)

    def on_recommendation(self, recommendation: Recommendation) -> None:
        draw_recommendation(self.screen, self.screen.narration, recommendation)

    def on_plan(self, plan: Plan) -> None:
        console = self.screen.narration
        console.print()
        draw_line(console, Text("This will:", "bold"))
        for number, step in enumerate(plan.steps, 1):
            draw_step(console, number, step)
        draw_hanging(console, Text(f"{len(plan.steps) + 1} "), Text("Log foo=1 and bar=2 and read them back"))

    def on_error(self, error: Explanation) -> None:
        self.working.stop()
        draw_error(self.screen, error)

    def on_commands(self, lines: Sequence[str]) -> None:
        console = self.screen.narration
        draw_line(console, Text("By hand:", "bold"))
        for text in lines:
            draw_line(console, text, indent=2, copyable=True)

    def on_message(self, status: Status, text: str) -> None:
        self.working.stop()
        draw_marked(self.screen, self.screen.narration, status, shorten_home(text))

    def on_prompt(self) -> None:
        self.working.stop()

    def on_link(self, text: str, url: str) -> None:
        # On stderr even with --quiet: without the URL the person cannot go on.
        self.working.stop()
        draw_line(self.screen.err, Text(text, "bold"))
        draw_line(self.screen.err, url, indent=2, copyable=True)

    def on_fix(self, what: str, steps: Sequence[Step]) -> None:
        self.working.stop()
        console = self.screen.narration
        console.print()
        draw_line(console, Text(shorten_home(what), "bold"))
        for number, step in enumerate(steps, 1):
            draw_step(console, number, step)

    def on_undo(self, steps: Sequence[Step], *, delete_data: bool) -> None:
        console = self.screen.narration
        draw_line(console, Text("This will be undone:", "bold"))
        for step in steps:
            undo = "DELETED, with all its runs" if delete_data and step.kind == "create-store" else step.undo
            draw_line(console, f"{capitalize(SUBJECTS.get(step.kind, step.does))}: {undo}", indent=2)
            if step.kind != "start-server":  # its URL may have changed since
                draw_line(console, shorten_home(step.where), indent=5, copyable=True)

    def on_step(self, result: StepResult) -> None:
        self.working.stop()
        draw_marked(self.screen, self.screen.narration, result.status, shorten_home(result.detail), result.seconds)

    def on_verification(self, verification: Verification) -> None:
        self.working.stop()
        client = next((stage for stage in verification.stages if stage.id == "client"), None)
        if (verification.failed in (None, client)) and verification.run:
            text = f"foo=1 bar=2 logged and read back: run {verification.run['name']}"
            seconds = verification.seconds - (client.seconds if client else 0)
            draw_marked(self.screen, self.screen.narration, "ok", text, seconds)
        if client and client.status == "ok":
            draw_marked(
                self.screen,
                self.screen.narration,
                "ok",
                "also logged and read back with MLflow's client",
                client.seconds,
            )


class RecommendReporter(ConsoleReporter):
    """Draws the recommendation on stdout, because it is the result of the command."""

    def on_recommendation(self, recommendation: Recommendation) -> None:
        draw_recommendation(self.screen, self.screen.out, recommendation)


def draw_recommendation(screen: Screen, console: Console, recommendation: Recommendation) -> None:
    console.print()
    draw_line(console, Text("Recommended:", "bold"), recommendation.title, f"(method: {recommendation.method})")
    draw_labelled(console, "Because", *recommendation.reasons, copyable=False)
    side_by_side(console, ("For", recommendation.pros), ("Against", recommendation.cons))
    draw_labelled(console, "Others", *describe_alternatives(recommendation), copyable=False)
    for warning in recommendation.warnings:
        draw_marked(screen, console, "warn", warning)


def draw_step(console: Console, number: int, step: Step) -> None:
    """Draw a step on one line if it fits, else its place on a second one."""
    head, where, does = Text(f"{number} "), shorten_home(step.where), capitalize(step.does)
    undo = (f"   Undo: {step.undo}", "dim")
    if len(f"  {number}  {does}: {where}{undo[0]}") < console.width:
        draw_hanging(console, head, Text.assemble(f"{does}: {where}", undo))
        return
    draw_hanging(console, head, Text.assemble(does, undo))
    draw_line(console, where, indent=5, copyable=True)


def describe_alternatives(recommendation: Recommendation) -> list[str]:
    """Return a line for each reason, with the titles of the methods that it rules out."""
    titles: dict[str, list[str]] = {}
    for other in recommendation.alternatives:
        titles.setdefault(other.why, []).append(other.title)
    return [f"{', '.join(same)}: {why}" for why, same in titles.items()]


def draw_error(screen: Screen, error: Explanation) -> None:
    console = screen.err
    draw_line(console, screen.mark("fail", console), Text(error.what, "bold"))
    draw_line(console, error.why, indent=2)
    draw_fix(console, "Fix", error.command, error.note)
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
    "restore-store": "the restored runs",
    "upgrade-database": "the upgrade of the database",
    "start-server": "the server",
    "save-connection": "the connection",
    "save-profile": "the profile",
    "keep-tokens": "the tokens of the browser login",
    "write-example": "the example script",
}
