"""`quickstart preflight`: will this machine be ready for a class."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

import quickstart
from quickstart.cli.options import Common, SectionedHelp, common_options
from quickstart.cli.runner import run
from quickstart.results import Outcome

if TYPE_CHECKING:
    from quickstart.output.console import Working


@click.command(cls=SectionedHelp)
@click.option(
    "--proof",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the proof goes (quickstart-preflight.json in this folder).",
)
@common_options
def preflight(proof: Path | None) -> None:
    """Find out whether this machine is ready for a class, before there is any server.

    Python, disk, memory, a port, a browser, the clock, proxies, and whether packages come, and how fast. Nothing is
    installed. A small file is left as proof, without names and paths.
    """

    def act(common: Common, working: Working) -> Outcome:
        from quickstart.diagnosis import preflight as preflights

        examined = preflights.preflight(quickstart.__version__, python=common.python, keep=proof, progress=working)
        return preflights.outcome(examined)

    run("preflight", act)
