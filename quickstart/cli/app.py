"""The command `quickstart`: the wizard itself, and the table of its subcommands, each loaded when it is called."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click

import quickstart
from quickstart.cli.options import SectionedGroup, answer_options, common_options, work_options

# name: (module, attribute, what --help says); the words stand here so that --help need not import the commands.
COMMANDS = {
    "recommend": ("setup", "recommend", "Recommend a way to track experiments; change nothing."),
    "verify": ("verify", "verify", "Log foo=1 and bar=2, read them back, and compare."),
    "doctor": ("doctor", "doctor", "Find out why MLflow cannot connect, and what mends it."),
    "preflight": ("preflight", "preflight", "Find out whether this machine is ready for a class."),
    "login": ("login", "login", "Log in to a platform, and prove that it works."),
    "server": ("server", "server", "Start, stop and look at local servers."),
    "join": ("join", "join", "Join a class by the code on its board."),
    "workshop": ("workshop", "workshop", "Open a class, see how far the room is, close it."),
    "env": ("env", "env", "Print the lines that make a shell use the connection."),
    "list": ("connections", "list_connections", "List the saved connections."),
    "use": ("connections", "use", "Choose which saved connection is in use."),
    "undo": ("undo", "undo", "Take back what set-up did; recorded runs stay."),
    "guide": ("guide", "guide", "Read a guide in the terminal."),
    "completion": ("completion", "completion", "Print what makes a shell complete the command line."),
}

ENVIRONMENT = (
    ("QUICKSTART_HOME", "Where all is kept that quickstart itself keeps, recorded runs included."),
    ("QUICKSTART_PRIVACY, ...", "Every answer above, by its name: QUICKSTART_PRIVACY=yes, QUICKSTART_AUDIENCE=team."),
    ("QUICKSTART_YES, QUICKSTART_NO_INPUT, QUICKSTART_PYTHON", "As the options of that name."),
    ("NO_COLOR, ACCESSIBLE", "No colour; plain numbered questions and no spinner, for screen readers."),
    ("DO_NOT_TRACK", "Turns MLflow's telemetry off, too."),
)


class Lazy(SectionedGroup):
    """A group whose commands are imported when they are called, so that --help takes milliseconds."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(f"quickstart.cli.{module}"), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, _, words) in COMMANDS.items()])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what the environment decides."""
        with formatter.section("Environment"):
            formatter.write_dl(ENVIRONMENT)


@click.group(cls=Lazy, invoke_without_command=True)
@click.version_option(quickstart.__version__, prog_name="quickstart")
@answer_options
@work_options
@common_options
@click.pass_context
def cli(ctx: click.Context, /, **given: Any) -> None:
    """Start with MLflow tracking: get a recommendation, have it set up, see it proven, and undo it if you like.

    \b
    quickstart                        four questions, a recommendation, a plan, one Enter
    quickstart --yes                  no question: a server of your own on this machine
    quickstart --dry-run              the same questions, then only the plan
    quickstart recommend --no-privacy --audience team --no-production
    """
    if ctx.invoked_subcommand is None:
        from quickstart.cli.setup import set_up

        set_up(**given)


def command_line() -> int:
    """Run the command line and return its exit status."""
    try:
        done = cli.main(prog_name="quickstart", standalone_mode=False)
        return done if isinstance(done, int) else 0
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(bool(stop.code))
    except (click.ClickException, click.Abort, KeyboardInterrupt) as error:
        from quickstart.cli.runner import finish, usage_error

        outcome = usage_error(error) if isinstance(error, click.ClickException) else None
        return finish(outcome, sys.argv[1:])
