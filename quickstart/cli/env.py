"""`quickstart env`: lines for a shell."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from quickstart.cli.options import Common, SectionedHelp, common_options
from quickstart.cli.run import run
from quickstart.errors import Fault
from quickstart.model import Outcome, public
from quickstart.next_steps import FORMATS, environment_lines, shell_of

if TYPE_CHECKING:
    from quickstart.output.screen import Working


@click.command(cls=SectionedHelp)
@click.option("--format", "shell", type=click.Choice(list(FORMATS)), help="Which shell (that of this terminal).")
@common_options
def env(shell: str | None) -> None:
    """Print the lines that make a shell use the connection in use.

    \b
    eval "$(quickstart env)"                              bash, zsh
    quickstart env --format fish | source                 fish
    quickstart env --format powershell | Out-String | Invoke-Expression
    quickstart env --format dotenv > .env
    """

    def act(common: Common, working: Working) -> Outcome:
        from quickstart.methods import by_name
        from quickstart.state import Connections

        connection = Connections().in_use()
        if connection is None:
            raise Fault("no-connection-saved")
        beaten_by = by_name(connection.method).overriding(connection)
        lines = environment_lines(connection, shell or shell_of(os.environ), beaten_by)
        return Outcome("env", {"connection": public(connection), "lines": lines})

    run("env", act)
