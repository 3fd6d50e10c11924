"""`quickstart verify`, `doctor` and `preflight`: does it work, why not, and is this machine ready."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

import quickstart
from quickstart.cli.options import Common, SectionedHelp
from quickstart.cli.runner import action
from quickstart.results import Outcome, Result

PLAIN_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(cls=SectionedHelp)
@click.argument("uri", required=False)
@click.option("--with-client", is_flag=True, help="Also run the example script with MLflow's client.")
@click.option("--experiment", metavar="NAME", help="Log to this experiment.")
@action("verify")
def verify(common: Common, uri: str | None, with_client: bool, experiment: str | None) -> Outcome:
    """Log foo=1 and bar=2 to URI, read them back, and compare.

    URI defaults to the connection in use, else MLFLOW_TRACKING_URI.
    """
    if experiment is not None and not experiment.strip():
        raise click.BadParameter("the name is empty", param_hint="--experiment")
    from quickstart.wizard.execute import verify_tracking  # noqa: PLC0415 - start-up: --help does not need it

    return verify_tracking(uri, experiment, common.python, with_client=with_client, progress=common.working)


@click.command(cls=SectionedHelp)
@click.argument("uri", required=False)
@click.option("--list", "as_list", is_flag=True, help="List the checks and exit.")
@click.option("--only", metavar="ID", multiple=True, help="Run this check and those it needs (repeatable).")
@click.option("--experiment", metavar="NAME", help="Check access to this experiment.")
@click.option("--deep", is_flag=True, help="Also import MLflow and run pip check (takes seconds).")
@click.option("--write", is_flag=True, help="Also log a run and upload a file.")
@click.option("--fix", is_flag=True, help="Offer to fix problems, one by one. Can be undone.")
@click.option(
    "--report",
    metavar="FILE",
    type=PLAIN_FILE,
    help="Write a report to share (- for stdout), without secrets, user names and home folders.",
)
@action("doctor")
def doctor(
    common: Common,
    uri: str | None,
    as_list: bool,
    only: tuple[str, ...],
    experiment: str | None,
    deep: bool,
    write: bool,
    fix: bool,
    report: Path | None,
) -> Outcome | Result:
    """Find out why MLflow cannot connect, and how to fix it.

    URI defaults to what MLflow uses in this shell and folder: MLFLOW_TRACKING_URI, else the connection in use, else
    MLflow's own default. Nothing is changed without --write or --fix.
    """
    from quickstart.diagnosis import command  # noqa: PLC0415 - start-up: --help does not need it

    if as_list:
        return command.list_checks()
    if report:
        from quickstart.diagnosis.report import check_writable  # noqa: PLC0415 - start-up: --help does not need it

        check_writable(report, as_json=common.as_json)
    examine = partial(
        command.doctor,
        uri,
        python=common.python,
        experiment=experiment,
        only=only,
        deep=deep,
        write=write,
        progress=common.working,
    )
    examined = examine()
    outcome = command.outcome(examined)
    if fix:
        examined, outcome = command.run_fixes(examined, examine, common.prompter(), common.events())
    if report:
        from quickstart.diagnosis.report import write_report  # noqa: PLC0415 - start-up: --help does not need it

        outcome = write_report(report, examined, outcome)
    return outcome


@click.command(cls=SectionedHelp)
@click.option(
    "--proof", metavar="FILE", type=PLAIN_FILE, help="Where to write the result (./quickstart-preflight.json)."
)
@action("preflight")
def preflight(common: Common, proof: Path | None) -> Outcome:
    """Check whether this machine is ready for a workshop, before it has a server.

    Checks Python, disk, memory, a port, a browser, the clock, proxies, and downloads from the package index. Installs
    nothing. Writes the result to a small file, without names and paths.
    """
    from quickstart.diagnosis import preflight as command  # noqa: PLC0415 - start-up: --help does not need it

    examined = command.preflight(quickstart.__version__, python=common.python, keep=proof, progress=common.working)
    return command.outcome(examined)
