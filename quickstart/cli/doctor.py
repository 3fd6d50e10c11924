"""`quickstart doctor`: why can't I connect."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from quickstart.cli.options import Common, SectionedHelp, common_options
from quickstart.cli.runner import run
from quickstart.results import Outcome

if TYPE_CHECKING:
    from quickstart.output.console import Working


@click.command(cls=SectionedHelp)
@click.argument("uri", required=False)
@click.option("--list", "as_list", is_flag=True, help="Say what is checked, and check nothing.")
@click.option("--only", metavar="ID", multiple=True, help="Only this check, and what it rests on; may be repeated.")
@click.option("--experiment", metavar="NAME", help="Look at this experiment.")
@click.option("--deep", is_flag=True, help="Also import MLflow, and ask pip; takes some seconds.")
@click.option("--write", is_flag=True, help="Also log a run and send a file; without it nothing is written.")
@click.option("--fix", is_flag=True, help="Offer what quickstart can mend, one by one; undo takes it back.")
@click.option(
    "--report",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write it all as a text to show somebody (- for stdout), without secrets, user names and home folders.",
)
@common_options
def doctor(
    uri: str | None,
    as_list: bool,
    only: tuple[str, ...],
    experiment: str | None,
    deep: bool,
    write: bool,
    fix: bool,
    report: Path | None,
) -> None:
    """Find out why MLflow cannot connect, and what mends it.

    Without URI, what MLflow would use in this shell and folder is examined: MLFLOW_TRACKING_URI, else the connection
    in use, else MLflow's own default. Nothing is written unless you say --write or --fix.
    """

    def act(common: Common, working: Working) -> Outcome:
        from functools import partial

        from quickstart.diagnosis import command as doctors

        if as_list:
            return Outcome("doctor", {"checks": doctors.list_checks()})
        if report:
            from quickstart.diagnosis.report import check_writable

            check_writable(report, as_json=common.as_json)
        examine = partial(
            doctors.doctor,
            uri,
            python=common.python,
            experiment=experiment,
            only=only,
            deep=deep,
            write=write,
            progress=working,
        )
        examined = examine()
        outcome = doctors.outcome(examined)
        if fix:
            from quickstart.diagnosis.fix_flow import run_fixes

            examined, outcome = run_fixes(examined, examine, common.prompter(), common.events(working))
        if report:
            from quickstart.diagnosis.report import write_report

            outcome = write_report(report, examined, outcome)
        return outcome

    run("doctor", act)
