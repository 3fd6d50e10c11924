"""`quickstart guide`: the guides, drawn in the terminal."""

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
@common_options
def guide(name: str | None) -> None:
    """Read the guide NAME in the terminal; without NAME, list the guides."""

    def act(common: Common, working: Working) -> Outcome:
        from quickstart.snippets import guide_text, guides

        if name is None:
            titles = {guide: guide_text(guide).splitlines()[0].removeprefix("# ") for guide in guides()}
            return Outcome("guide", {"guides": [{"name": guide, "title": title} for guide, title in titles.items()]})
        return Outcome("guide", {"name": name, "text": guide_text(name)})

    run("guide", act)
