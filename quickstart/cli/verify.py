"""`quickstart verify`: the foo/bar check."""

from __future__ import annotations

import click

from quickstart.cli.options import SectionedHelp, common_options
from quickstart.cli.runner import run


@click.command(cls=SectionedHelp)
@click.argument("uri", required=False)
@click.option("--with-client", is_flag=True, help="Also run the example script by MLflow's own client.")
@click.option("--experiment", metavar="NAME", help="Log to this experiment.")
@common_options
def verify(uri: str | None, with_client: bool, experiment: str | None) -> None:
    """Log foo=1 and bar=2 to URI, read them back, and compare.

    Without URI the connection in use is checked, else MLFLOW_TRACKING_URI.
    """
    from quickstart.wizard.verify import verify_tracking

    if experiment is not None and not experiment.strip():
        raise click.BadParameter("it names no experiment", param_hint="--experiment")
    run(
        "verify",
        lambda common, working: verify_tracking(
            uri, experiment, common.python, with_client=with_client, progress=working
        ),
    )
