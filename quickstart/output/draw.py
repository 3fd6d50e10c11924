"""Every outcome as a person reads it: one idea a line, never more than a screenful before they can act."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rich.text import Text

from quickstart import snippets
from quickstart.errors import ExitCode, QuickstartError
from quickstart.methods.catalog import by_name
from quickstart.models import StepResult
from quickstart.net.tcp import is_loopback
from quickstart.output.console import Screen, draw_labelled, draw_line, draw_marked, shorten_home
from quickstart.output.doctor import draw_doctor
from quickstart.output.join import draw_join
from quickstart.output.preflight import draw_preflight
from quickstart.output.reporter import draw_error
from quickstart.results import Outcome
from quickstart.state.secrets import secrets_file
from quickstart.system import shell
from quickstart.system.shell import as_typed_here, clock, count_of
from quickstart.tracking.check import NOT_REACHED

Data = Mapping[str, Any]


def draw_steps(screen: Screen, results: Iterable[StepResult]) -> None:
    """Show what came of several steps."""
    for result in results:
        draw_marked(screen, screen.narration, result.status, shorten_home(result.detail), result.seconds)


def draw(screen: Screen, outcome: Outcome, *, verbose: bool = False) -> None:
    """Draw an outcome: the result on stdout, an error on stderr.

    Args:
        screen: where.
        outcome: what came of a command.
        verbose: whether also that is shown which few people want to know.
    """
    if outcome.command == "preflight" and outcome.data:
        draw_preflight(screen, outcome)
        return
    if "checks" in outcome.data:  # what is wrong is what was asked for, and no error
        _examination(screen, outcome, verbose=verbose)
        return
    if outcome.command == "join":
        draw_join(screen, outcome)
    view = VIEWS.get(outcome.command.split()[0])
    partly = outcome.error and outcome.command in PARTLY
    if view and outcome.data and (outcome.exit_code is ExitCode.OK or partly):
        view(screen, outcome.data)
        for label, lines in outcome.next_steps:
            draw_labelled(screen.out, label, *lines)
        if outcome.again:
            draw_labelled(screen.out, "Same again", outcome.again)
    if outcome.exit_code is ExitCode.CANCELLED:
        untouched = _untouched(outcome)
        draw_line(screen.err, "Cancelled. Nothing was changed." if untouched else "Cancelled.")
        if outcome.answers_kept:
            draw_line(screen.err, as_typed_here("Your answers are kept; quickstart goes on from there."))
    if outcome.exit_code is not ExitCode.OK and outcome.data.get("steps"):
        draw_line(screen.err, as_typed_here("What was done until then stays; quickstart undo takes it back."), indent=2)
    if outcome.exit_code is ExitCode.CANCELLED:
        if any(one["status"] in ("ok", "warn") for one in outcome.data.get("mended", ())):
            draw_line(screen.err, "What was mended until then stays.", indent=2)
        for label, lines in outcome.next_steps:
            draw_labelled(screen.err, label, *lines)
    if outcome.error_shown:
        draw_line(screen.err, "Nothing was set up.")
    elif outcome.error:
        draw_error(screen, outcome.error)


def _examination(screen: Screen, outcome: Outcome, *, verbose: bool) -> None:
    """Draw an examination, or the report of it where that goes to stdout; and what kept things from being mended."""
    if "text" in outcome.data:
        screen.out.file.write(outcome.data["text"])
        return
    draw_doctor(screen, outcome, verbose=verbose)
    for label, lines in outcome.next_steps:
        draw_labelled(screen.out, label, *lines)
    if outcome.error and outcome.exit_code is not ExitCode.CHECK_FAILED:
        draw_error(screen, outcome.error)


def _untouched(outcome: Outcome) -> bool:
    """Tell whether a cancelled command surely changed nothing: it got no further than asking."""
    if "mended" in outcome.data:
        return not any(one["status"] != "skip" for one in outcome.data["mended"])
    if outcome.command == "undo":
        return outcome.data.get("undone") == []
    return "detected" in outcome.data and not outcome.data.get("steps")


def set_up(screen: Screen, data: Data) -> None:
    """Draw the end of the road: where to look, what to type, and how to get rid of it."""
    console = screen.out
    if "connection" not in data:
        draw_line(console, "Nothing was done: this was a dry run.")
        return
    connection = data["connection"]
    uri = connection["tracking_uri"]
    screen.narration.print()
    run = data.get("verification", {}).get("run") or ({"url": uri} if uri.startswith("http") else None)
    if run:
        draw_labelled(console, "Look at it", run["url"])
    own = by_name(connection["method"]).kind == "local"
    tunnel = shell.ssh_line(data.get("detected", {}).get("ssh"), urlsplit(uri).port or 80)
    if tunnel and is_loopback(urlsplit(uri).hostname or ""):
        draw_labelled(console, "Through ssh", tunnel)
        draw_labelled(console, "", "Type that on your own machine, then open the link in its browser.", copyable=False)
    draw_labelled(console, "In your code", *_snippet(uri, data.get("verification", {}).get("experiment")))
    draw_labelled(console, "In this shell", eval_line(connection["name"]))
    method = "" if own else f" --method {connection['method']}"
    draw_labelled(console, "An example", as_typed_here(f"quickstart --yes{method} --write-script   # writes a script"))
    draw_labelled(console, "Later", *map(as_typed_here, LATER if own else LATER[1:]))
    if connection["env"].get("MLFLOW_DISABLE_TELEMETRY"):
        draw_labelled(console, "Private", PRIVATE, copyable=False)


def eval_line(name: str) -> str:
    """Return the line that makes this shell use a connection, with its secrets where it has some."""
    return shell.eval_line(shell.shell_of(os.environ), with_secrets=secrets_file(name).exists())


def _snippet(uri: str, experiment: Mapping[str, str] | None) -> list[str]:
    """Return the lines for a person's code; where experiments have paths for names, only with one that is known."""
    folder = (experiment or {"name": ""})["name"].rpartition("/")[0]
    lines = snippets.snippet(uri, folder).splitlines()
    return lines if folder or uri.startswith("http") else lines[:-1]


def verification(screen: Screen, data: Data) -> None:
    """Draw the foo/bar check, stage by stage."""
    console = screen.out
    draw_line(console, Text(data["tracking_uri"], "bold"), copyable=True)
    reached = [stage for stage in data["stages"] if stage["detail"] != NOT_REACHED]
    for stage in reached:
        draw_marked(screen, console, stage["status"], f"{stage['id']:<11}{stage['detail']}", stage["seconds"])
    if missing := len(data["stages"]) - len(reached):
        draw_line(console, Text(f"({missing} stages not reached)", "dim"), indent=4)
    if data["metrics"] and data["run"]:
        metrics = " ".join(f"{key}={value:g}" for key, value in data["metrics"].items())
        draw_line(console, f"{metrics} logged and read back in {data['seconds']:.2f} s: run {data['run']['name']}")
        draw_labelled(console, "Look at it", data["run"]["url"])


def servers(screen: Screen, data: Data) -> None:
    """Draw servers, or the lines of a log."""
    console = screen.out
    if "lines" in data:
        for text in data["lines"]:
            draw_line(console, text, copyable=True)
        return
    if "file" in data:
        _kept(screen, data)
        return
    if not data["servers"]:
        draw_line(console, as_typed_here("No server yet. Start one with: quickstart server start"))
    for server in data["servers"]:
        status = "ok" if server["running"] else "skip"
        draw_line(console, screen.mark(status, console), Text(server["name"], "bold"), _standing(server))
        draw_labelled(console, "Address", server["url"])
        if server["running"]:
            launcher = LAUNCHERS.get(server["launcher"], "of its own")
            version = f"MLflow {server['mlflow_version']}, {launcher}, pid {server['pid']}"
            draw_labelled(console, "Process", version, copyable=False)
        draw_labelled(console, "Runs", server["store"])
        draw_labelled(console, "Log", server["log"])


def _standing(server: Data) -> str:
    """Return in words whether a server runs; status() of server/life.py says what pid and time mean without that."""
    if server["running"]:
        return f"running since {clock(server['started'])}"
    if server["started"]:
        return f"starting since {clock(server['started'])}, pid {server['pid']}"
    if server["pid"]:
        end = as_typed_here(f"quickstart server stop --name {server['name']}")
        return f"stopped, but processes of it (pid {server['pid']}) still answer on its address; {end} ends them"
    return "stopped"


def _kept(screen: Screen, data: Data) -> None:
    """Draw what a backup holds and how it comes back, or what was restored and how it is seen."""
    console = screen.out
    (server,) = data["servers"]
    name = "" if server["name"] == "local" else f" --name {server['name']}"
    if "restored" in data:
        draw_marked(screen, console, "ok", shorten_home(data["restored"]))
        draw_labelled(console, "Start it", as_typed_here(f"quickstart server start{name}"))
        return
    held = f"{count_of(data['runs'], 'run')} and {count_of(data['artifacts'], 'file')}, {data['bytes'] / 1e6:.2g} MB"
    draw_marked(screen, console, "ok", f"{held}, read back and compared")
    draw_labelled(console, "Backup", data["file"])
    draw_labelled(
        console, "Bring back", as_typed_here(f"quickstart server restore {shlex.quote(data['file'])} --name restored")
    )
    if elsewhere := data["artifacts_elsewhere"]:
        text = f"{count_of(elsewhere, 'run')} keep their files outside of the store; those are not in it."
        draw_marked(screen, console, "warn", text)


def draw_log(screen: Screen, lines: Iterable[str]) -> None:
    """Print the lines of a log as they come."""
    for text in lines:
        draw_line(screen.out, text, copyable=True)


def environment(screen: Screen, data: Data) -> None:
    """Print the lines for a shell, exactly."""
    screen.out.file.write(data["lines"])


def connections(screen: Screen, data: Data) -> None:
    """Draw the saved connections; the one in use is marked."""
    console = screen.out
    if not data["connections"]:
        draw_line(console, as_typed_here("No connection yet. Make one with: quickstart"))
    wide = {key: max((len(one[key]) for one in data["connections"]), default=0) for key in ("name", "method")}
    for connection in data["connections"]:
        mark = screen.mark("ok", console) if connection["in_use"] else Text(" ")
        columns = (f"{connection[key]:<{width}}" for key, width in wide.items())
        text = "  ".join((*columns, connection["tracking_uri"]))
        draw_line(console, mark, text, "(in use)" if connection["in_use"] else "", copyable=True)


def draw_undo(screen: Screen, data: Data) -> None:
    """Draw what was taken back and what is still there."""
    console = screen.out
    if not data["undone"]:
        draw_line(console, "There is nothing to undo.")
    for result in data["undone"]:
        draw_marked(screen, console, result["status"], shorten_home(result["detail"]))
    name = next((one["id"].partition(":")[2] for one in data["undone"] if one["id"].startswith("start-server:")), "")
    for path in data["kept"]:
        draw_labelled(console, "Your runs", f"{path} are still there")
        again = f"quickstart server start --name {name} --store {shlex.quote(path)}"
        draw_labelled(console, "Bring back", as_typed_here(again))
        draw_labelled(console, "Delete them", _delete_line(Path(path)))


def _delete_line(store: Path) -> str:
    """Return what deletes the runs in a store, and nothing else that a person keeps beside them."""
    from quickstart.server.store import store_files

    try:
        ours = store_files(store)
    except (QuickstartError, ValueError):  # nobody may look what else is there; no path has a NUL in it
        ours = [store / "mlflow.db", store / "artifacts"]
        return f"chmod u+rwx {shlex.quote(str(store))} && rm -r {shlex.join(map(str, ours))}"
    alone = not store.is_dir() or set(store.iterdir()) <= set(ours)
    what = " ".join(shlex.quote(str(path)) for path in ([store] if alone else ours))
    return f"{'rmdir /s' if os.name == 'nt' else 'rm -r'} {what}"


def workshop(screen: Screen, data: Data) -> None:
    """Draw what came of a class; what draws it is loaded where there is one."""
    from quickstart.output import workshop as classroom

    classroom.workshop(screen, data)


def guide(screen: Screen, data: Data) -> None:
    """Draw a guide, or which there are; into a pipe, a guide is the Markdown that it is."""
    for one in data.get("guides", ()):
        draw_labelled(screen.out, one["name"], one["title"], copyable=False)
    if "guides" in data:
        draw_line(screen.out, as_typed_here("Read one with: quickstart guide NAME"))
        return
    if not screen.out.is_terminal:
        screen.out.file.write(data["text"])
        return
    from rich.markdown import Markdown

    screen.out.print(Markdown(data["text"]))


LAUNCHERS = {"one-process": "one process", "mlflow-server": "plain mlflow server"}
PARTLY = ("verify", "undo", "workshop rehearse")  # what they found is told beside the error
PRIVATE = "MLflow's usage telemetry is off in the server, in the example, and in shells that use quickstart env."
LATER = ("quickstart server stop | start | status | logs", "quickstart verify", "quickstart undo")

VIEWS: Mapping[str, Callable[[Screen, Data], None]] = {
    "quickstart": set_up,
    "login": set_up,
    "verify": verification,
    "server": servers,
    "env": environment,
    "completion": environment,
    "list": connections,
    "use": connections,
    "undo": draw_undo,
    "workshop": workshop,
    "guide": guide,
}
