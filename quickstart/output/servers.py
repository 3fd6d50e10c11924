"""The results of `quickstart server` for a person: servers, their logs and their backups."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from rich.text import Text

from quickstart.output.console import Screen, draw_labelled, draw_line, draw_marked, shorten_home
from quickstart.results import BackupResult, LogsResult, RestoreResult, ServersResult, ServerStatus
from quickstart.system.shell import as_typed_here, clock, count_of

LAUNCHERS = {"one-process": "one process", "mlflow-server": "plain mlflow server"}


def draw_servers(screen: Screen, result: ServersResult) -> None:
    console = screen.out
    if not result.servers:
        draw_line(console, as_typed_here("No servers. To start one: quickstart server start"))
    for server in result.servers:
        mark = screen.mark("ok" if server.running else "skip", console)
        draw_line(console, mark, Text(server.name, "bold"), _describe_state(server))
        draw_labelled(console, "Server URL", server.url)
        if server.running:
            launcher = LAUNCHERS.get(server.launcher or "", "own launcher")
            process = f"MLflow {server.mlflow_version}, {launcher}, pid {server.pid}"
            draw_labelled(console, "Process", process, copyable=False)
        draw_labelled(console, "Runs", server.store)
        draw_labelled(console, "Log", server.log)


def _describe_state(server: ServerStatus) -> str:
    if server.running and server.started:
        return f"running since {clock(server.started)}"
    if server.started:
        return f"starting since {clock(server.started)}, pid {server.pid}"
    if server.pid:
        stop = as_typed_here(f"quickstart server stop --name {server.name}")
        return f"stopped, but its process {server.pid} still listens; to end it: {stop}"
    return "stopped"


def draw_logs(screen: Screen, result: LogsResult) -> None:
    draw_log(screen, result.lines)


def draw_log(screen: Screen, lines: Iterable[str]) -> None:
    """Print the lines of a log as they arrive."""
    for text in lines:
        draw_line(screen.out, text, copyable=True)


def draw_backup(screen: Screen, result: BackupResult) -> None:
    console = screen.out
    content = f"{count_of(result.runs, 'run')} and {count_of(result.artifacts, 'file')}, {result.size / 1e6:.2g} MB"
    draw_marked(screen, console, "ok", f"{content}, read back and compared")
    draw_labelled(console, "Backup", result.file)
    restore = f"quickstart server restore {shlex.quote(result.file)} --name restored"
    draw_labelled(console, "Restore", as_typed_here(restore))
    if result.artifacts_elsewhere:
        text = f"Not in the backup: files of {count_of(result.artifacts_elsewhere, 'run')}, kept outside of the store."
        draw_marked(screen, console, "warn", text)


def draw_restore(screen: Screen, result: RestoreResult) -> None:
    name = "" if result.server.name == "local" else f" --name {result.server.name}"
    draw_marked(screen, screen.out, "ok", shorten_home(result.restored))
    draw_labelled(screen.out, "Start it", as_typed_here(f"quickstart server start{name}"))
