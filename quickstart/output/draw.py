"""Draw outcomes for a person, by the type of their result: one idea a line, never more than a screenful."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rich.text import Text

from quickstart import snippets
from quickstart.diagnosis.models import ChecksResult, DoctorResult, FixesResult, PreflightResult
from quickstart.errors import ExitCode, QuickstartError
from quickstart.methods.catalog import by_name
from quickstart.models import Connection, StepResult, Verification
from quickstart.net.tcp import is_loopback
from quickstart.output.console import Screen, draw_labelled, draw_line, draw_marked, shorten_home
from quickstart.output.doctor import draw_checks_list, draw_doctor, draw_preflight
from quickstart.output.reporter import draw_error
from quickstart.output.servers import draw_backup, draw_logs, draw_restore, draw_servers
from quickstart.results import (
    BackupResult,
    CompletionResult,
    ConnectionsResult,
    EnvResult,
    LoginResult,
    LogsResult,
    Outcome,
    RecommendResult,
    RestoreResult,
    ServersResult,
    SetupResult,
    UndoResult,
)
from quickstart.snippets import Guide, GuidesResult
from quickstart.state.connections import secrets_file
from quickstart.system import shell
from quickstart.system.shell import as_typed_here, count_of
from quickstart.tracking.check import NOT_REACHED
from quickstart.workshop.instructor.results import (
    ClosedWorkshop,
    HandoutResult,
    OpenedWorkshop,
    RehearseResult,
    SeatExport,
    SteerResult,
    WorkshopStatus,
)
from quickstart.workshop.participant.results import JoinResult


def draw_steps(screen: Screen, results: Iterable[StepResult]) -> None:
    for result in results:
        draw_marked(screen, screen.narration, result.status, shorten_home(result.detail), result.seconds)


def draw(screen: Screen, outcome: Outcome, *, verbose: bool = False) -> None:
    """Draw an outcome: the result on stdout, an error on stderr. With `verbose`, the doctor shows every check."""
    result = outcome.result
    if isinstance(result, PreflightResult):
        draw_preflight(screen, result, outcome.next_steps)
        return
    if isinstance(result, DoctorResult):  # a failed check is what the doctor is for, and not an error
        _draw_examination(screen, result, outcome, verbose=verbose)
        return
    if isinstance(result, JoinResult):
        from quickstart.output.workshop import draw_join  # noqa: PLC0415 - start-up: only this output needs it

        draw_join(screen, result, outcome)
    drawer = DRAWERS.get(type(result))
    partly = outcome.error and isinstance(result, DRAWN_WITH_ERROR)
    if drawer and (outcome.exit_code is ExitCode.OK or partly):
        drawer(screen, result)
        for label, lines in outcome.next_steps:
            draw_labelled(screen.out, label, *lines)
        if outcome.again:
            draw_labelled(screen.out, "To repeat", outcome.again)
    _draw_end(screen, outcome)


def _draw_end(screen: Screen, outcome: Outcome) -> None:
    """Draw on stderr that a command was cancelled or failed, what remains of it, and why."""
    cancelled = outcome.exit_code is ExitCode.CANCELLED
    if cancelled:
        draw_line(screen.err, "Cancelled. Nothing was changed." if _is_untouched(outcome) else "Cancelled.")
    if outcome.answers_kept:
        draw_line(screen.err, as_typed_here("Your answers are saved. Run quickstart to continue."))
    steps = outcome.result.steps if isinstance(outcome.result, SetupResult | LoginResult | JoinResult) else ()
    if outcome.exit_code is not ExitCode.OK and steps:
        draw_line(screen.err, as_typed_here("Completed steps were kept. To undo them: quickstart undo"), indent=2)
    if cancelled:
        if isinstance(outcome.result, FixesResult) and any(
            fix.status in ("ok", "warn") for fix in outcome.result.fixes
        ):
            draw_line(screen.err, "Completed fixes were kept.", indent=2)
        for label, lines in outcome.next_steps:
            draw_labelled(screen.err, label, *lines)
    if outcome.error_shown:
        draw_line(screen.err, "Nothing was set up.")
    elif outcome.error:
        draw_error(screen, outcome.error)


def _is_untouched(outcome: Outcome) -> bool:
    """Tell whether a cancelled command certainly changed nothing, because it only asked."""
    result = outcome.result
    if isinstance(result, FixesResult):
        return all(fix.status == "skip" for fix in result.fixes)
    if isinstance(result, UndoResult):
        return not result.results
    if isinstance(result, RecommendResult):
        return result.machine is not None and not (isinstance(result, SetupResult) and result.steps)
    return False


def _draw_examination(screen: Screen, result: DoctorResult, outcome: Outcome, *, verbose: bool) -> None:
    """Draw an examination, or its report if that goes to stdout, and why a fix could not be made."""
    if result.text is not None:
        screen.out.file.write(result.text)
        return
    draw_doctor(screen, result, verbose=verbose)
    for label, lines in outcome.next_steps:
        draw_labelled(screen.out, label, *lines)
    if outcome.error and outcome.exit_code is not ExitCode.CHECK_FAILED:
        draw_error(screen, outcome.error)


def _draw_setup(screen: Screen, result: SetupResult) -> None:
    if result.connection is None:
        draw_line(screen.out, "Dry run: nothing was changed.")
        return
    ssh = result.machine.ssh if result.machine else None
    _draw_connected(screen, result.connection, result.verification, ssh)


def _draw_login(screen: Screen, result: LoginResult) -> None:
    if result.connection:
        _draw_connected(screen, result.connection, result.verification, None)


def _draw_connected(
    screen: Screen, connection: Connection, verification: Verification | None, ssh: tuple[str, str, int] | None
) -> None:
    console, uri = screen.out, connection.tracking_uri
    screen.narration.print()
    run = (verification.run if verification else None) or ({"url": uri} if uri.startswith("http") else None)
    if run:
        draw_labelled(console, "Open it", run["url"])
    is_local = by_name(connection.method).kind == "local"
    tunnel = shell.ssh_line(ssh, urlsplit(uri).port or 80)
    if tunnel and is_loopback(urlsplit(uri).hostname or ""):
        draw_labelled(console, "Through ssh", tunnel)
        draw_labelled(console, "", "Run that on your own machine, then open the link in its browser.", copyable=False)
    draw_labelled(console, "In your code", *_snippet(uri, verification.experiment if verification else None))
    draw_labelled(console, "In this shell", eval_line(connection.name))
    method = "" if is_local else f" --method {connection.method}"
    draw_labelled(console, "Example", as_typed_here(f"quickstart --yes{method} --write-script"))
    draw_labelled(console, "Commands", *map(as_typed_here, COMMANDS if is_local else COMMANDS[1:]))
    if connection.env.get("MLFLOW_DISABLE_TELEMETRY"):
        draw_labelled(console, "Privacy", PRIVACY, copyable=False)


def eval_line(name: str) -> str:
    """Return the line that makes this shell use a connection, with its credentials if it has any."""
    return shell.eval_line(shell.shell_of(os.environ), with_secrets=secrets_file(name).exists())


def _snippet(uri: str, experiment: Mapping[str, str] | None) -> list[str]:
    """Return the lines for a person's code; on platforms that name experiments by path, only with a known folder."""
    folder = (experiment or {"name": ""})["name"].rpartition("/")[0]
    lines = snippets.snippet(uri, folder).splitlines()
    return lines if folder or uri.startswith("http") else lines[:-1]


def _draw_verification(screen: Screen, result: Verification) -> None:
    console = screen.out
    draw_line(console, Text(result.tracking_uri, "bold"), copyable=True)
    reached = [stage for stage in result.stages if stage.detail != NOT_REACHED]
    for stage in reached:
        draw_marked(screen, console, stage.status, f"{stage.id:<11}{stage.detail}", stage.seconds)
    if missing := len(result.stages) - len(reached):
        draw_line(console, Text(f"({count_of(missing, 'stage')} not reached)", "dim"), indent=4)
    if result.metrics and result.run:
        metrics = " ".join(f"{key}={value:g}" for key, value in result.metrics.items())
        draw_line(console, f"{metrics} logged and read back in {result.seconds:.2f} s: run {result.run['name']}")
        draw_labelled(console, "Open it", result.run["url"])


def _draw_lines(screen: Screen, result: EnvResult | CompletionResult) -> None:
    """Print lines for a shell, exactly."""
    screen.out.file.write(result.lines)


def _draw_connections(screen: Screen, result: ConnectionsResult) -> None:
    console, connections = screen.out, result.connections
    if not connections:
        draw_line(console, as_typed_here("No connections. To make one: quickstart"))
    names, methods = (max(map(len, words), default=0) for words in _columns(connections))
    for connection in connections:
        in_use = connection == result.in_use
        text = f"{connection.name:<{names}}  {connection.method:<{methods}}  {connection.tracking_uri}"
        mark = screen.mark("ok", console) if in_use else Text(" ")
        draw_line(console, mark, text, "(in use)" if in_use else "", copyable=True)


def _columns(connections: Iterable[Connection]) -> tuple[list[str], list[str]]:
    pairs = [(connection.name, connection.method) for connection in connections]
    return [name for name, _ in pairs], [method for _, method in pairs]


def _draw_undo(screen: Screen, result: UndoResult) -> None:
    console = screen.out
    if not result.results:
        draw_line(console, "Nothing to undo.")
    for step in result.results:
        draw_marked(screen, console, step.status, shorten_home(step.detail))
    servers = (step.id.partition(":")[2] for step in result.results if step.id.startswith("start-server:"))
    name = next(servers, "")
    for path in result.kept:
        draw_labelled(console, "Your runs", f"kept in {path}")
        restart = f"quickstart server start --name {name} --store {shlex.quote(path)}"
        draw_labelled(console, "Restart", as_typed_here(restart))
        draw_labelled(console, "Delete", _delete_line(Path(path)))


def _delete_line(store: Path) -> str:
    """Return the command that deletes the runs in a store, but no file of the person beside them."""
    from quickstart.server.store import store_files  # noqa: PLC0415 - start-up: only this output needs it

    try:
        ours = store_files(store)
    except (QuickstartError, ValueError):  # a folder that cannot be listed, or a path with a NUL in it
        ours = [store / "mlflow.db", store / "artifacts"]
        return f"chmod u+rwx {shlex.quote(str(store))} && rm -r {shlex.join(map(str, ours))}"
    alone = not store.is_dir() or set(store.iterdir()) <= set(ours)
    what = " ".join(shlex.quote(str(path)) for path in ([store] if alone else ours))
    return f"{'rmdir /s' if os.name == 'nt' else 'rm -r'} {what}"


def _draw_workshop(screen: Screen, result: Any) -> None:
    from quickstart.output.workshop import DRAWERS as WORKSHOP_DRAWERS  # noqa: PLC0415 - start-up: only this output needs it

    WORKSHOP_DRAWERS[type(result)](screen, result)


def _draw_guides(screen: Screen, result: GuidesResult) -> None:
    for guide in result.guides:
        draw_labelled(screen.out, guide.name, guide.title, copyable=False)
    draw_line(screen.out, as_typed_here("To read one: quickstart guide NAME"))


def _draw_guide(screen: Screen, result: Guide) -> None:
    """Draw a guide; in a pipe, as the Markdown that it is."""
    if not screen.out.is_terminal:
        screen.out.file.write(result.text)
        return
    from rich.markdown import Markdown  # noqa: PLC0415 - start-up: only this output needs it

    screen.out.print(Markdown(result.text))


PRIVACY = "MLflow's telemetry is off in the server, in the example, and in shells that use quickstart env."
COMMANDS = ("quickstart server stop | start | status | logs", "quickstart verify", "quickstart undo")
DRAWN_WITH_ERROR = (Verification, UndoResult, RehearseResult)  # what they found is drawn above the error
WORKSHOP_RESULTS = (
    OpenedWorkshop,
    SteerResult,
    ClosedWorkshop,
    SeatExport,
    HandoutResult,
    RehearseResult,
    WorkshopStatus,
)

DRAWERS: Mapping[type, Callable[[Screen, Any], None]] = {
    SetupResult: _draw_setup,
    LoginResult: _draw_login,
    Verification: _draw_verification,
    ServersResult: draw_servers,
    LogsResult: draw_logs,
    BackupResult: draw_backup,
    RestoreResult: draw_restore,
    EnvResult: _draw_lines,
    CompletionResult: _draw_lines,
    ConnectionsResult: _draw_connections,
    UndoResult: _draw_undo,
    GuidesResult: _draw_guides,
    Guide: _draw_guide,
    ChecksResult: draw_checks_list,
    **dict.fromkeys(WORKSHOP_RESULTS, _draw_workshop),
}
