"""`quickstart env`: lines for a shell."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from quickstart.cli.options import Common, SectionedHelp, common_options
from quickstart.cli.runner import run
from quickstart.errors import ExitCode, QuickstartError
from quickstart.models import to_json
from quickstart.results import Outcome
from quickstart.system.shell import FORMATS, as_typed_here, environment_lines, eval_line, shell_of

if TYPE_CHECKING:
    from quickstart.output.console import Working


@click.command(cls=SectionedHelp)
@click.option("--format", "shell", type=click.Choice(list(FORMATS)), help="Which shell (that of this terminal).")
@click.option("--with-secrets", is_flag=True, help="Also what logs in; refused where it would be shown.")
@common_options
def env(shell: str | None, with_secrets: bool) -> None:
    """Print the lines that make a shell use the connection in use.

    \b
    eval "$(quickstart env)"                              bash, zsh
    quickstart env --format fish | source                 fish
    quickstart env --format powershell | Out-String | Invoke-Expression
    quickstart env --format dotenv > .env
    """

    def act(common: Common, working: Working) -> Outcome:
        from quickstart.methods.catalog import by_name
        from quickstart.state.connections import Connections
        from quickstart.state.secrets import load_secrets, secrets_file

        connection = Connections().in_use()
        if connection is None:
            raise QuickstartError("no-connection-saved")
        beaten_by = by_name(connection.method).actions.conflicting_variables(connection)
        variables = connection.variables()
        if with_secrets and (common.as_json or sys.stdout.isatty()):
            raise QuickstartError(
                "secrets-shown", ExitCode.USAGE, line=eval_line(shell_of(os.environ), with_secrets=True)
            )
        if with_secrets:
            variables |= load_secrets(connection)
        elif secrets_file(connection.name).exists() and not common.as_json:
            common.screen.narration.print(
                as_typed_here("# The login is left out: quickstart env --with-secrets has it.")
            )
        lines = environment_lines(variables, shell or shell_of(os.environ), beaten_by)
        return Outcome("env", {"connection": to_json(connection), "lines": lines})

    run("env", act)
