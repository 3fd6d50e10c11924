"""`quickstart join`: take a seat in a workshop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from quickstart.cli.options import Common, SectionedHelp, common_options
from quickstart.cli.runner import run
from quickstart.results import Outcome
from quickstart.workshop.participant.results import JoinResult

if TYPE_CHECKING:
    from quickstart.output.console import Working


@click.command(cls=SectionedHelp)
@click.argument("code", nargs=-1, required=True, metavar="ADDRESS/CODE")
@click.option("--name", metavar="NAME", help="Your name, for the board.")
@common_options
def join(code: tuple[str, ...], name: str | None) -> None:
    """Join a workshop with the code on its board, and verify that you can log to it.

    The join code identifies the server, and nothing is sent to another one. Joining again returns your seat. To leave:
    quickstart undo
    """

    def act(common: Common, working: Working) -> Outcome:
        from quickstart.workshop.participant import join as participant  # noqa: PLC0415 - start-up: --help does not need it

        # The shell splits a code with blanks into words.
        options = participant.JoinOptions(" ".join(code), name, common.python)
        return participant.join(options, common.prompter(), common.events(working))

    run("join", act, JoinResult())
