"""`quickstart server`: local servers by name."""

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
    """Start, stop and look at local MLflow servers."""
    without_command(ctx)


def name_option(default: str | None, words: str = "The server.") -> Callable[[Command], Command]:
    """Add --name."""
    return click.option("--name", default=default, show_default=bool(default), help=words)


def start_options(command: Command) -> Command:
    """Add the options that say how a server is wanted."""
    options = (
        name_option("local"),
        click.option("--host", metavar="ADDRESS", help="Listen on this address of this machine (127.0.0.1)."),
        click.option("--port", type=click.IntRange(1, 65535), help="Listen on this port (5000, or the next free one)."),
        click.option("--store", metavar="DIR", help="Keep the database and the artifacts in this folder."),
        click.option(
            "--with-jobs/--without-jobs", default=None, help="MLflow's job execution, for GenAI scorers (off)."
        ),
        click.option("--allowed-hosts", metavar="HOST,...", help="Further names that the server may be called by."),
        click.option(
            "--launcher",
            type=click.Choice(["auto", "mlflow-server"]),
            help="mlflow-server: do without the quicker start in one process.",
        ),
        click.option(
            "--privacy/--no-privacy",
            "private",
            default=None,
            envvar="QUICKSTART_PRIVACY",
            help="MLflow's usage telemetry off (the default) or on.",
        ),
    )
    for add in reversed(options):
        command = add(command)
    return command


def typed(which: str, wanted: ServerOptions, python: str | None) -> str:
    """Return the words that ask for a server in the same way, and agree to whatever is asked; from any folder."""
    hosts = wanted.allowed_hosts
    options = {
        "--name": wanted.name,
        "--host": wanted.host,
        "--port": wanted.port,
        "--store": _absolute(wanted.store),
        "--allowed-hosts": None if hosts is None else ",".join(hosts),
        "--launcher": wanted.launcher,
        "--python": _absolute(python),
    }
    words = [word for option, value in options.items() if value is not None for word in (option, str(value))]
    switches = {"jobs": ("--with-jobs", "--without-jobs"), "privacy": ("--privacy", "--no-privacy")}
    for given, (on, off) in zip((wanted.with_jobs, wanted.private), switches.values(), strict=True):
        words += [] if given is None else [on if given else off]
    return shlex.join(["server", which, *words, "--yes"])


def _absolute(path: str | None) -> str | None:
    return None if path is None else str(Path(path).expanduser().absolute())


def _run_start(which: str, given: dict[str, Any]) -> None:
    def act(common: Common, working: Working) -> Outcome:
        from quickstart.server.manager import ServerOptions
        from quickstart.steps import servers

        hosts = given.pop("allowed_hosts")
        names = None if hosts is None else tuple(name.strip() for name in hosts.split(",") if name.strip())
        wanted = ServerOptions(python="", allowed_hosts=names, **given)

        def agree(step: Step) -> bool:
            working.stop()
            question = f"{step.does[0].upper()}{step.does[1:]}: {step.where}. Do it"
            return common.prompter().confirm(question, default=True, flag=typed(which, wanted, common.python))

        results = getattr(servers, which)(wanted, common.python, working, agree)
        working.stop()
        if not common.as_json:
            from quickstart.output.draw import draw_steps

            draw_steps(common.screen, results)
        return Outcome(f"server {which}", ServersResult(servers.statuses(wanted.name)))

    run(f"server {which}", act)


@server.command()
@start_options
@common_options
def start(**given: Any) -> None:
    """Start a server, or say where it runs already."""
    _run_start("start", given)


@server.command()
@start_options
@common_options
def restart(**given: Any) -> None:
    """Stop a server and start it again, with other settings if you name some."""
    _run_start("restart", given)


@server.command()
@name_option("local")
@common_options
def stop(name: str) -> None:
    """End a server and everything it started; its runs stay."""

    def act(common: Common, working: Working) -> Outcome:
        from quickstart.steps import servers

        working(f'stopping the server "{name}"')
        return Outcome("server stop", ServersResult((servers.stop(name),)))

    run("server stop", act)


@server.command()
@name_option(None, "Only this server.")
@common_options
def status(name: str | None) -> None:
    """Show the servers, and which of them run."""

    def act(common: Common, working: Working) -> Outcome:
        from quickstart.steps import servers

        return Outcome("server status", ServersResult(servers.statuses(name)))

    run("server status", act)


@server.command()
@name_option("local")
@click.option("--lines", default=50, show_default=True, type=click.IntRange(1), help="How many of the last lines.")
@click.option("--follow", "-f", is_flag=True, help="Go on printing what comes, until Ctrl-C.")
@common_options
def logs(name: str, lines: int, follow: bool) -> None:
    """Print the last lines of a server's log."""

    def act(common: Common, working: Working) -> Outcome:
        from quickstart.server.launcher import follow_log as following
        from quickstart.server.launcher import tail_log
        from quickstart.steps import servers

        (status,) = servers.statuses(name)
        log = Path(status.log)
        last = tail_log(log, lines)
        if follow and not common.as_json:
            from quickstart.output.draw import draw_log

            draw_log(common.screen, chain(last, following(log)))
        return Outcome("server logs", LogsResult(status, tuple(last)))

    run("server logs", act)


@server.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@name_option("local")
@common_options
def backup(file: Path | None, name: str) -> None:
    """Write the runs of a server, its database and all artifacts, into one archive FILE; it may run meanwhile."""

    def act(common: Common, working: Working) -> Outcome:
        from quickstart.steps import servers

        return Outcome("server backup", servers.backup(name, file, working))

    run("server backup", act)


@server.command()
@click.argument("file", type=click.Path(path_type=Path))
@name_option("local", "The server to restore into; its store must be empty.")
@click.option("--store", metavar="DIR", help="The folder to restore into, empty or not there yet.")
@common_options
def restore(file: Path, name: str, store: str | None) -> None:
    """Put a backup FILE, or the runs of an old mlruns folder, into an empty store."""

    def act(common: Common, working: Working) -> Outcome:
        from quickstart.steps import servers

        return Outcome("server restore", servers.restore(name, store, file, common.python, working))

    run("server restore", act)
