"""`quickstart join`: a participant's seat in a class."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from quickstart.cli.options import Common, SectionedHelp, common_options
from quickstart.cli.runner import run
from quickstart.results import Outcome

if TYPE_CHECKING:
    from quickstart.output.console import Working


@click.command(cls=SectionedHelp)
@click.argument("code", nargs=-1, required=True, metavar="ADDRESS/CODE")
@click.option("--name", metavar="NAME", help="Yours, for the board; may be given later, too.")
@common_options
def join(code: tuple[str, ...], name: str | None) -> None:
    """Join a class by the address and the code that its board shows, and prove that you can log to it.

    The server is known by the code: nothing is sent to another one. Joining again is the same seat; `quickstart undo`
    takes it all back.
    """

    def act(common: Common, working: Working) -> Outcome:
        from quickstart.workshop.participant import join as participant

        # A code with blanks in it comes as several words.
        wish = participant.JoinOptions(" ".join(code), name, common.python)
        return participant.join(wish, common.prompter(), common.events(working))

    run("join", act)
