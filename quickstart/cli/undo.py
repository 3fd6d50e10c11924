"""`quickstart undo`: take back what set-up did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from quickstart.cli.options import Common, SectionedHelp, common_options
from quickstart.cli.runner import run
from quickstart.results import Outcome

if TYPE_CHECKING:
    from quickstart.output.console import Working


@click.command(cls=SectionedHelp)
@click.argument("name", required=False)
@click.option("--delete-data", is_flag=True, help="Delete the recorded runs as well.")
@common_options
def undo(name: str | None, delete_data: bool) -> None:
    """Take back what set-up did for the connection NAME, or for the one in use. Recorded runs stay."""

    def act(common: Common, working: Working) -> Outcome:
        from quickstart.wizard.menu import undo as take_back

        return take_back(name, common.prompter(), common.events(working), delete_data=delete_data)

    run("undo", act)
