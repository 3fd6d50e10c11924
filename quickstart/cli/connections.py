"""`quickstart list` and `quickstart use`: saved connections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from quickstart.cli.options import Common, SectionedHelp, common_options
from quickstart.cli.runner import run
from quickstart.results import Outcome

if TYPE_CHECKING:
    from quickstart.output.console import Working


def _listed() -> dict[str, Any]:
    from quickstart.state.connections import Connections

    connections = Connections()
    in_use = connections.in_use()
    keys = ("name", "method", "tracking_uri")
    return {
        "connections": [
            {**{key: getattr(connection, key) for key in keys}, "in_use": connection == in_use}
            for connection in connections.all().values()
        ]
    }


@click.command(cls=SectionedHelp, name="list")
@common_options
def list_connections() -> None:
    """List the saved connections."""
    run("list", lambda common, working: Outcome("list", _listed()))


@click.command(cls=SectionedHelp)
@click.argument("name")
@common_options
def use(name: str) -> None:
    """Make NAME the connection in use: the one that env prints and verify checks."""

    def act(common: Common, working: Working) -> Outcome:
        from quickstart.state.connections import Connections

        Connections().use(name)
        return Outcome("use", _listed())

    run("use", act)
