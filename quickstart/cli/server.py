"""`quickstart server`: local servers, by name."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from quickstart.cli.options import Command, Common, SectionedGroup, common_options, without_command
from quickstart.cli.runner import run
from quickstart.models import Step
from quickstart.results import LogsResult, Outcome, ServersResult

if TYPE_CHECKING:
    from quickstart.output.console import Working
    from quickstart.server.manager import ServerOptions


@click.group(cls=SectionedGroup, invoke_without_command=True)
@common_options
@click.pass_context
def server(ctx: click.Context, /) -> None:
    """Manage local MLflow servers: start, stop, status, logs, backup, restore."""
    without_command(ctx)


def name_option(default: str | None, words: str = "Name of the server.") -> Callable[[Command], Command]:
    return click.option("--name", default=default, show_default=bool(default), help=words)


def start_options(command: Command) -> Command:
    options = (
        name_option("local"),
        click.option("--host", metavar="ADDRESS", help="Listen on this address (127.0.0.1)."),
        click.option(
            "--port", type=click.IntRange(1, 65535), help="Listen on this port (5000, else the next free one)."
        ),
        click.option("--store", metavar="DIR", help="Folder for the database and artifacts."),
        click.option(
            "--with-jobs/--without-jobs", default=None, help="Enable MLflow's job execution, for GenAI scorers (off)."
        ),
        click.option("--allowed-hosts", metavar="HOST,...", help="Accept these Host headers too."),
        click.option(
            "--launcher",
            type=click.Choice(["auto", "mlflow-server"]),
            help="mlflow-server: start MLflow's own command instead of the faster single process.",
        ),
        click.option(
            "--privacy/--no-privacy",
            "private",
            default=None,
            envvar="QUICKSTART_PRIVACY",
            help="Turn MLflow's telemetry off (default) or on.",
        ),
    )
    for add in reversed(options):
        command = add(command)
    return command


def repeat_command(command: str, options: ServerOptions, python: str | None) -> str:
    """Return the command that repeats a start or restart without questions, from any folder."""
    hosts = options.allowed_hosts
    values = {
        "--name": options.name,
        "--host": options.host,
        "--port": options.port,
        "--store": _absolute(options.store),
        "--allowed-hosts": None if hosts is None else ",".join(hosts),
        "--launcher": options.launcher,
        "--python": _absolute(python),
    }
    words = [word for flag, value in values.items() if value is not None for word in (flag, str(value))]
    for value, on, off in (
        (options.with_jobs, "--with-jobs", "--without-jobs"),
        (options.private, "--privacy", "--no-privacy"),
    ):
        words += [] if value is None else [on if value else off]
    return shlex.join(["server", command, *words, "--yes"])


def _absolute(path: str | None) -> str | None:
    return None if path is None else str(Path(path).expanduser().absolute())


def _run_start(command: str, given: dict[str, Any]) -> None:
    def act(common: Common, working: Working) -> Outcome:
        from quickstart.server.manager import ServerOptions  # noqa: PLC0415 - start-up: --help does not need it
        from quickstart.steps import servers  # noqa: PLC0415 - start-up: --help does not need it

        hosts = given.pop("allowed_hosts")
        names = None if hosts is None else tuple(name.strip() for name in hosts.split(",") if name.strip())
        options = ServerOptions(python="", allowed_hosts=names, **given)

        def agree(step: Step) -> bool:
            working.stop()
            question = f"{step.does[0].upper()}{step.does[1:]}: {step.where}. Continue"
            flag = repeat_command(command, options, common.python)
            return common.prompter().confirm(question, default=True, flag=flag)

        results = getattr(servers, command)(options, common.python, working, agree)
        working.stop()
        if not common.as_json:
            from quickstart.output.draw import draw_steps  # noqa: PLC0415 - start-up: --help does not need it

            draw_steps(common.screen, results)
        return Outcome(f"server {command}", ServersResult(servers.statuses(options.name)))

    run(f"server {command}", act)


@server.command()
@start_options
@common_options
def start(**given: Any) -> None:
    """Start a server, or show the running one."""
    _run_start("start", given)


@server.command()
@start_options
@common_options
def restart(**given: Any) -> None:
    """Restart a server, with changed settings if given."""
    _run_start("restart", given)


@server.command()
@name_option("local")
@common_options
def stop(name: str) -> None:
    """Stop a server and all its processes. Recorded runs are kept."""

    def act(common: Common, working: Working) -> Outcome:
        from quickstart.steps import servers  # noqa: PLC0415 - start-up: --help does not need it

        working(f'stopping the server "{name}"')
        return Outcome("server stop", ServersResult((servers.stop(name),)))

    run("server stop", act)


@server.command()
@name_option(None, "Show only this server.")
@common_options
def status(name: str | None) -> None:
    """Show the status of all servers."""

    def act(common: Common, working: Working) -> Outcome:
        from quickstart.steps import servers  # noqa: PLC0415 - start-up: --help does not need it

        return Outcome("server status", ServersResult(servers.statuses(name)))

    run("server status", act)


@server.command()
@name_option("local")
@click.option("--lines", default=50, show_default=True, type=click.IntRange(1), help="Number of lines.")
@click.option("--follow", "-f", is_flag=True, help="Keep printing new lines until Ctrl-C.")
@common_options
def logs(name: str, lines: int, follow: bool) -> None:
    """Print the end of a server's log."""

    def act(common: Common, working: Working) -> Outcome:
        from quickstart.server.launcher import follow_log as following  # noqa: PLC0415 - start-up: --help does not need it
        from quickstart.server.launcher import tail_log  # noqa: PLC0415 - start-up: --help does not need it
        from quickstart.steps import servers  # noqa: PLC0415 - start-up: --help does not need it

        (status,) = servers.statuses(name)
        log = Path(status.log)
        last = tail_log(log, lines)
        if follow and not common.as_json:
            from quickstart.output.servers import draw_log  # noqa: PLC0415 - start-up: --help does not need it

            draw_log(common.screen, chain(last, following(log)))
        return Outcome("server logs", LogsResult(status, tuple(last)))

    run("server logs", act)


@server.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@name_option("local")
@common_options
def backup(file: Path | None, name: str) -> None:
    """Back up the database and artifacts of a server to an archive FILE. The server can keep running."""

    def act(common: Common, working: Working) -> Outcome:
        from quickstart.steps import servers  # noqa: PLC0415 - start-up: --help does not need it

        return Outcome("server backup", servers.backup(name, file, working))

    run("server backup", act)


@server.command()
@click.argument("file", type=click.Path(path_type=Path))
@name_option("local", "Server to restore to; its store must be empty.")
@click.option("--store", metavar="DIR", help="Folder to restore to; must be empty or missing.")
@common_options
def restore(file: Path, name: str, store: str | None) -> None:
    """Restore a backup FILE, or the runs of an mlruns folder, to an empty store."""

    def act(common: Common, working: Working) -> Outcome:
        from quickstart.steps import servers  # noqa: PLC0415 - start-up: --help does not need it

        return Outcome("server restore", servers.restore(name, store, file, common.python, working))

    run("server restore", act)
