"""`quickstart server`: local servers, by name."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from quickstart.cli.options import FILE, Command, Common, SectionedGroup, add_options, common_options, without_command
from quickstart.cli.runner import action
from quickstart.models import Step
from quickstart.results import LogsResult, Result, ServersResult

if TYPE_CHECKING:
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
    return add_options(command, options)


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


def _start(common: Common, command: str, allowed_hosts: str | None, **given: Any) -> ServersResult:
    from quickstart.server.manager import ServerOptions  # noqa: PLC0415 - start-up: --help does not need it
    from quickstart.steps import servers  # noqa: PLC0415 - start-up: --help does not need it

    hosts = None if allowed_hosts is None else tuple(filter(None, map(str.strip, allowed_hosts.split(","))))
    options = ServerOptions(python="", allowed_hosts=hosts, **given)

    def agree(step: Step) -> bool:
        return common.agree(step, repeat_command(command, options, common.python))

    results = getattr(servers, command)(options, common.python, common.working, agree)
    common.working.stop()
    if not common.as_json:
        from quickstart.output.draw import draw_steps  # noqa: PLC0415 - start-up: --help does not need it

        draw_steps(common.screen, results)
    return ServersResult(servers.statuses(options.name))


@server.command()
@start_options
@action("server start")
def start(common: Common, **given: Any) -> Result:
    """Start a server, or show the running one."""
    return _start(common, "start", **given)


@server.command()
@start_options
@action("server restart")
def restart(common: Common, **given: Any) -> Result:
    """Restart a server, with changed settings if given."""
    return _start(common, "restart", **given)


@server.command()
@name_option("local")
@action("server stop")
def stop(common: Common, name: str) -> Result:
    """Stop a server and all its processes. Recorded runs are kept."""
    from quickstart.steps import servers  # noqa: PLC0415 - start-up: --help does not need it

    common.working(f'stopping the server "{name}"')
    return ServersResult((servers.stop(name),))


@server.command()
@name_option(None, "Show only this server.")
@action("server status")
def status(common: Common, name: str | None) -> Result:
    """Show the status of all servers."""
    from quickstart.steps import servers  # noqa: PLC0415 - start-up: --help does not need it

    return ServersResult(servers.statuses(name))


@server.command()
@name_option("local")
@click.option("--lines", default=50, show_default=True, type=click.IntRange(1), help="Number of lines.")
@click.option("--follow", "-f", is_flag=True, help="Keep printing new lines until Ctrl-C.")
@action("server logs")
def logs(common: Common, name: str, lines: int, follow: bool) -> Result:
    """Print the end of a server's log."""
    from quickstart.server.launcher import follow_log as following  # noqa: PLC0415 - start-up: --help does not need it
    from quickstart.server.launcher import tail_log  # noqa: PLC0415 - start-up: --help does not need it
    from quickstart.steps import servers  # noqa: PLC0415 - start-up: --help does not need it

    (status,) = servers.statuses(name)
    log = Path(status.log)
    last = tail_log(log, lines)
    if follow and not common.as_json:
        from quickstart.output.servers import draw_log  # noqa: PLC0415 - start-up: --help does not need it

        draw_log(common.screen, chain(last, following(log)))
    return LogsResult(status, tuple(last))


@server.command()
@click.argument("file", required=False, type=FILE)
@name_option("local")
@action("server backup")
def backup(common: Common, file: Path | None, name: str) -> Result:
    """Back up the database and artifacts of a server to an archive FILE. The server can keep running."""
    from quickstart.steps import servers  # noqa: PLC0415 - start-up: --help does not need it

    return servers.backup(name, file, common.working)


@server.command()
@click.argument("file", type=FILE)
@name_option("local", "Server to restore to; its store must be empty.")
@click.option("--store", metavar="DIR", help="Folder to restore to; must be empty or missing.")
@action("server restore")
def restore(common: Common, file: Path, name: str, store: str | None) -> Result:
    """Restore a backup FILE, or the runs of an mlruns folder, to an empty store."""
    from quickstart.steps import servers  # noqa: PLC0415 - start-up: --help does not need it

    return servers.restore(name, store, file, common.python, common.working)
