"""Every outcome as a person reads it: one idea a line, never more than a screenful before they can act."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from rich.console import Console
from rich.text import Text

from quickstart import next_steps
from quickstart.errors import ExitCode, QuickstartError
from quickstart.model import Machine, Outcome, Plan, Present, Recommendation, Step, StepResult, Verification, Watcher
from quickstart.next_steps import as_typed
from quickstart.output.screen import Screen, Working, hanging, labelled, line, marked, shorter, side_by_side
from quickstart.state import clock
from quickstart.tracking.check import NOT_REACHED

Data = Mapping[str, Any]


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
            parts.append(f"{_counted(present.experiments or 0, 'experiment')}, {_counted(present.runs, 'run')}")
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
        """Show the proof in one line."""
        self.working.stop()
        if verification.failed is None and verification.run:
            text = f"foo=1 bar=2 logged and read back: run {verification.run['name']}"
            marked(self.screen, self.screen.narration, "ok", text, verification.seconds)


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


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def told(screen: Screen, results: Iterable[StepResult]) -> None:
    """Show what came of several steps."""
    for result in results:
        marked(screen, screen.narration, result.status, shorter(result.detail), result.seconds)


def draw(screen: Screen, outcome: Outcome) -> None:
    """Draw an outcome: the result on stdout, an error on stderr."""
    view = VIEWS.get(outcome.command.split()[0])
    partly = outcome.error and outcome.command in ("verify", "undo")  # what they found is told beside the error
    if view and outcome.data and (outcome.exit_code is ExitCode.OK or partly):
        view(screen, outcome.data)
        if outcome.again:
            labelled(screen.out, "Same again", outcome.again)
    if outcome.exit_code is ExitCode.CANCELLED:
        untouched = _untouched(outcome)
        line(screen.err, "Cancelled. Nothing was changed." if untouched else "Cancelled.")
        if outcome.answers_kept:
            line(screen.err, as_typed("Your answers are kept; quickstart goes on from there."))
    if outcome.exit_code is not ExitCode.OK and outcome.data.get("steps"):
        line(screen.err, as_typed("What was done until then stays; quickstart undo takes it back."), indent=2)
    if outcome.error_told:
        line(screen.err, "Nothing was set up.")
    elif outcome.error:
        failure(screen, outcome.error)


def _untouched(outcome: Outcome) -> bool:
    """Tell whether a cancelled command surely changed nothing: it got no further than asking."""
    if outcome.command == "undo":
        return outcome.data.get("undone") == []
    return "detected" in outcome.data and not outcome.data.get("steps")


def failure(screen: Screen, error: QuickstartError) -> None:
    """Draw an error: what, why, and the command that mends it."""
    console = screen.err
    line(console, screen.mark("fail", console), Text(error.what, "bold"))
    line(console, error.why, indent=2)
    labelled(console, "Mend it", error.fix)
    labelled(console, "More", error.docs)


def set_up(screen: Screen, data: Data) -> None:
    """Draw the end of the road: where to look, what to type, and how to get rid of it."""
    console = screen.out
    if "connection" not in data:
        line(console, "Nothing was done: this was a dry run.")
        return
    connection = data["connection"]
    uri = connection["tracking_uri"]
    screen.narration.print()
    run = data.get("verification", {}).get("run") or {"url": uri}
    labelled(console, "Look at it", run["url"])
    tunnel = next_steps.ssh_line(data.get("detected", {}).get("ssh"), urlsplit(uri).port or 80)
    if tunnel:
        labelled(console, "Through ssh", tunnel)
        labelled(console, "", "Type that on your own machine, then open the link in its browser.", copyable=False)
    labelled(console, "In your code", *next_steps.snippet(uri).splitlines())
    labelled(console, "In this shell", next_steps.eval_line(next_steps.shell_of(os.environ)))
    labelled(console, "An example", as_typed("quickstart --yes --write-script   # writes a script"))
    labelled(console, "Later", *map(as_typed, LATER))
    if connection["env"].get("MLFLOW_DISABLE_TELEMETRY"):
        labelled(console, "Private", PRIVATE, copyable=False)


def verification(screen: Screen, data: Data) -> None:
    """Draw the foo/bar check, stage by stage."""
    console = screen.out
    line(console, Text(data["tracking_uri"], "bold"), copyable=True)
    reached = [stage for stage in data["stages"] if stage["detail"] != NOT_REACHED]
    for stage in reached:
        marked(screen, console, stage["status"], f"{stage['id']:<11}{stage['detail']}", stage["seconds"])
    if missing := len(data["stages"]) - len(reached):
        line(console, Text(f"({missing} stages not reached)", "dim"), indent=4)
    if data["metrics"] and data["run"]:
        metrics = " ".join(f"{key}={value:g}" for key, value in data["metrics"].items())
        line(console, f"{metrics} logged and read back in {data['seconds']:.2f} s: run {data['run']['name']}")
        labelled(console, "Look at it", data["run"]["url"])


def servers(screen: Screen, data: Data) -> None:
    """Draw servers, or the lines of a log."""
    console = screen.out
    if "lines" in data:
        for text in data["lines"]:
            line(console, text, copyable=True)
        return
    if not data["servers"]:
        line(console, as_typed("No server yet. Start one with: quickstart server start"))
    for server in data["servers"]:
        status = "ok" if server["running"] else "skip"
        what = f"running since {clock(server['started'])}" if server["running"] else "stopped"
        line(console, screen.mark(status, console), Text(server["name"], "bold"), what)
        labelled(console, "Address", server["url"])
        if server["running"]:
            launcher = LAUNCHERS.get(server["launcher"], "starting")
            version = f"MLflow {server['mlflow_version']}, {launcher}, pid {server['pid']}"
            labelled(console, "Process", version, copyable=False)
        labelled(console, "Runs", server["store"])
        labelled(console, "Log", server["log"])


def followed(screen: Screen, lines: Iterable[str]) -> None:
    """Print the lines of a log as they come."""
    for text in lines:
        line(screen.out, text, copyable=True)


def environment(screen: Screen, data: Data) -> None:
    """Print the lines for a shell, exactly."""
    screen.out.file.write(data["lines"])


def connections(screen: Screen, data: Data) -> None:
    """Draw the saved connections; the one in use is marked."""
    console = screen.out
    if not data["connections"]:
        line(console, as_typed("No connection yet. Make one with: quickstart"))
    for connection in data["connections"]:
        mark = screen.mark("ok", console) if connection["in_use"] else Text(" ")
        text = f"{connection['name']:<12} {connection['method']:<10} {connection['tracking_uri']}"
        line(console, mark, text, "(in use)" if connection["in_use"] else "", copyable=True)


def undone(screen: Screen, data: Data) -> None:
    """Draw what was taken back and what is still there."""
    console = screen.out
    if not data["undone"]:
        line(console, "There is nothing to undo.")
    for result in data["undone"]:
        marked(screen, console, result["status"], shorter(result["detail"]))
    name = next((one["id"].partition(":")[2] for one in data["undone"] if one["id"].startswith("start-server:")), "")
    for path in data["kept"]:
        labelled(console, "Your runs", f"{path} are still there")
        again = f"quickstart server start --name {name} --store {shlex.quote(path)}"
        labelled(console, "Bring back", as_typed(again))
        labelled(console, "Delete them", f"{'rmdir /s' if os.name == 'nt' else 'rm -r'} {shlex.quote(path)}")


def guide(screen: Screen, data: Data) -> None:
    """Draw a guide, or which there are; into a pipe, a guide is the Markdown that it is."""
    for one in data.get("guides", ()):
        labelled(screen.out, one["name"], one["title"], copyable=False)
    if "guides" in data:
        line(screen.out, as_typed("Read one with: quickstart guide NAME"))
        return
    if not screen.out.is_terminal:
        screen.out.file.write(data["text"])
        return
    from rich.markdown import Markdown

    screen.out.print(Markdown(data["text"]))


SUBJECTS = {
    "create-environment": "the Python environment for MLflow",
    "install": "MLflow",
    "create-store": "your runs",
    "start-server": "the server",
    "save-connection": "the connection",
    "write-example": "the example script",
}
LAUNCHERS = {"one-process": "one process", "mlflow-server": "plain mlflow server"}
PRIVATE = "MLflow's usage telemetry is off in the server, in the example, and in shells that use quickstart env."
LATER = ("quickstart server stop | start | status | logs", "quickstart verify", "quickstart undo")

VIEWS: Mapping[str, Callable[[Screen, Data], None]] = {
    "quickstart": set_up,
    "verify": verification,
    "server": servers,
    "env": environment,
    "completion": environment,
    "list": connections,
    "use": connections,
    "undo": undone,
    "guide": guide,
}
PLACES = {
    "laptop": "laptop or desktop",
    "notebook": "cloud notebook",
    "vm": "virtual machine in a cloud",
    "container": "container",
}
