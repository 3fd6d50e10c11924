"""The command `quickstart`: the wizard, and the table of its subcommands, each loaded when it is called."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click

import quickstart
from quickstart.cli.options import SectionedGroup, answer_options, common_options, work_options

# name: (module, attribute, what --help says); --help need not import the commands.
COMMANDS = {
    "recommend": ("setup", "recommend", "Recommend a way to track experiments."),
    "verify": ("doctor", "verify", "Log a test run and read it back."),
    "doctor": ("doctor", "doctor", "Find out why MLflow cannot connect, and how to fix it."),
    "preflight": ("doctor", "preflight", "Check whether this machine is ready for a workshop."),
    "login": ("login", "login", "Log in to a server or platform."),
    "server": ("server", "server", "Manage local MLflow servers."),
    "join": ("workshop", "join", "Join a workshop with its join code."),
    "workshop": ("workshop", "workshop", "Run a workshop."),
    "env": ("connections", "env", "Print environment variables for the connection in use."),
    "list": ("connections", "list_connections", "List the saved connections."),
    "use": ("connections", "use", "Choose the connection in use."),
    "undo": ("connections", "undo", "Undo a setup. Recorded runs are kept."),
    "guide": ("guide", "guide", "Read a guide in the terminal."),
    "completion": ("guide", "completion", "Print the shell completion script."),
}

ENVIRONMENT = (
    ("QUICKSTART_HOME", "Where quickstart keeps its files and the recorded runs."),
    ("QUICKSTART_PRIVACY, ...", "The answers above, for example QUICKSTART_PRIVACY=yes, QUICKSTART_AUDIENCE=team."),
    ("QUICKSTART_YES, QUICKSTART_NO_INPUT, QUICKSTART_PYTHON", "Same as --yes, --no-input and --python."),
    ("NO_COLOR, ACCESSIBLE", "No color; plain numbered prompts without a spinner, for screen readers."),
    ("DO_NOT_TRACK", "Turns MLflow's telemetry off."),
)


class Lazy(SectionedGroup):
    """A group that imports a command when it is called, so that --help takes milliseconds."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(f"quickstart.cli.{module}"), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, _, words) in COMMANDS.items()])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Environment"):
            formatter.write_dl(ENVIRONMENT)


@click.group(cls=Lazy, invoke_without_command=True)
@click.version_option(quickstart.__version__, prog_name="quickstart")
@answer_options
@work_options
@common_options
@click.pass_context
def cli(ctx: click.Context, /, **given: Any) -> None:
    """Set up MLflow tracking: get a recommendation, review the plan, verify the result.

    \b
    quickstart                        four questions, a recommendation, a plan
    quickstart --yes                  no questions: a server on this machine
    quickstart --dry-run              show the plan, change nothing
    quickstart recommend --no-privacy --audience team --no-production
    """
    if ctx.invoked_subcommand is None:
        from quickstart.cli.setup import set_up  # noqa: PLC0415 - start-up: --help does not need it

        set_up(**given)


def command_line() -> int:
    try:
        done = cli.main(prog_name="quickstart", standalone_mode=False)
        return done if isinstance(done, int) else 0
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(bool(stop.code))
    except (click.ClickException, click.Abort, KeyboardInterrupt) as error:
        from quickstart.cli.runner import finish, usage_error  # noqa: PLC0415 - start-up: --help does not need it

        outcome = usage_error(error) if isinstance(error, click.ClickException) else None
        return finish(outcome, sys.argv[1:])
