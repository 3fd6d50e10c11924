"""`quickstart list`, `use`, `env` and `undo`: the saved connections."""

from __future__ import annotations

import os
import sys

import click

from quickstart.cli.options import Common, SectionedHelp
from quickstart.cli.runner import action
from quickstart.errors import ExitCode, QuickstartError
from quickstart.results import ConnectionsResult, EnvResult, Outcome, Result
from quickstart.system.shell import FORMATS, as_typed_here, environment_lines, eval_line, shell_of


def _load_connections() -> ConnectionsResult:
    from quickstart.state.connections import Connections  # noqa: PLC0415 - start-up: --help does not need it

    connections = Connections()
    return ConnectionsResult(tuple(connections.all().values()), connections.in_use())


@click.command(cls=SectionedHelp, name="list")
@action("list")
def list_connections(common: Common) -> Result:
    """List the saved connections."""
    return _load_connections()


@click.command(cls=SectionedHelp)
@click.argument("name")
@action("use")
def use(common: Common, name: str) -> Result:
    """Make NAME the connection in use, for env, verify and doctor."""
    from quickstart.state.connections import Connections  # noqa: PLC0415 - start-up: --help does not need it

    Connections().use(name)
    return _load_connections()


@click.command(cls=SectionedHelp)
@click.option("--format", "shell", type=click.Choice(list(FORMATS)), help="Output format (default: this shell's).")
@click.option("--with-secrets", is_flag=True, help="Include credentials (refused on a terminal).")
@action("env")
def env(common: Common, shell: str | None, with_secrets: bool) -> Result:
    """Print environment variables for the connection in use.

    \b
    eval "$(quickstart env)"                              bash, zsh
    quickstart env --format fish | source                 fish
    quickstart env --format powershell | Out-String | Invoke-Expression
    quickstart env --format dotenv > .env
    """
    from quickstart.methods.catalog import by_name  # noqa: PLC0415 - start-up: --help does not need it
    from quickstart.state.connections import (  # noqa: PLC0415 - start-up: --help does not need it
        Connections,
        load_secrets,
        secrets_file,
    )

    connection = Connections().in_use()
    if connection is None:
        raise QuickstartError("no-connection-saved")
    conflicting = by_name(connection.method).actions.conflicting_variables(connection)
    variables = connection.variables()
    if with_secrets and (common.as_json or sys.stdout.isatty()):
        line = eval_line(shell_of(os.environ), with_secrets=True)
        raise QuickstartError("secrets-shown", ExitCode.USAGE, line=line)
    if with_secrets:
        variables |= load_secrets(connection)
    elif secrets_file(connection.name).exists() and not common.as_json:
        hint = as_typed_here("# Credentials are not included. To include them: quickstart env --with-secrets")
        common.screen.narration.print(hint)
    lines = environment_lines(variables, shell or shell_of(os.environ), conflicting)
    return EnvResult(connection, lines)


@click.command(cls=SectionedHelp)
@click.argument("name", required=False)
@click.option("--delete-data", is_flag=True, help="Also delete the recorded runs.")
@action("undo")
def undo(common: Common, name: str | None, delete_data: bool) -> Outcome:
    """Undo the setup of the connection NAME (default: the one in use). Recorded runs are kept."""
    from quickstart.wizard import menu  # noqa: PLC0415 - start-up: --help does not need it

    return menu.undo(name, common.prompter(), common.events(), delete_data=delete_data)
