"""`quickstart undo`: take back what set-up did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from quickstart.cli.options import Common, common_options
from quickstart.cli.run import run
from quickstart.errors import ExitCode, Fault
from quickstart.model import Outcome, public

if TYPE_CHECKING:
    from quickstart.output.screen import Working


@click.command()
@click.argument("name", required=False)
@click.option("--delete-data", is_flag=True, help="Delete the recorded runs as well.")
@common_options
def undo(name: str | None, delete_data: bool) -> None:
    """Take back what set-up did for the connection NAME, or for the one in use. Recorded runs stay."""

    def act(common: Common, working: Working) -> Outcome:
        from quickstart.doctor.explain import explain, in_words
        from quickstart.methods.undo import name_to_undo, steps_of
        from quickstart.methods.undo import undo as take_back

        connection = name_to_undo(name)
        if connection is None:
            return Outcome("undo", {"undone": [], "kept": []})
        if not common.as_json and not common.quiet:
            from quickstart.output.human import to_undo

            to_undo(common.screen, steps_of(connection), delete_data=delete_data)
        if not common.prompter().confirm("Take it back", default=True, flag="undo --yes"):
            return Outcome("undo", {"undone": [], "kept": []}, exit_code=ExitCode.CANCELLED)
        done = take_back(connection, delete_data=delete_data, explain=in_words, progress=working)
        data = {"undone": [public(result) for result in done.results], "kept": list(done.kept)}
        if failed := [result.id for result in done.results if result.status == "fail"]:
            error = explain(Fault("undo-incomplete", failed=", ".join(failed), name=connection))
            return Outcome("undo", data, error, ExitCode.FAILED)
        return Outcome("undo", data)

    run("undo", act)
