"""`quickstart verify`: which server to check, the stages of tracking/, and what a failure means."""

from __future__ import annotations

import os
from functools import partial

from quickstart import explain
from quickstart.errors import QuickstartError
from quickstart.events import Progress
from quickstart.methods.catalog import by_name, check_for, method_for_scheme
from quickstart.models import Connection, Outcome
from quickstart.runtime.find import find_runtime
from quickstart.state.connections import Connections
from quickstart.state.secrets import all_variables
from quickstart.tracking.check import verify
from quickstart.tracking.client import client_stage


def uri_in_use(saved: Connection | None) -> str:
    """Return the tracking URI of the connection in use, else MLFLOW_TRACKING_URI; raise Fault "no-connection"."""
    uri = saved.tracking_uri if saved else os.environ.get("MLFLOW_TRACKING_URI")
    if not uri:
        raise QuickstartError("no-connection")
    return uri


def verify_tracking(
    uri: str | None, experiment: str | None, python: str | None, *, with_client: bool, progress: Progress
) -> Outcome:
    """Run the foo/bar check.

    Args:
        uri: tracking URI; by default that of the connection in use, else MLFLOW_TRACKING_URI.
        experiment: name of the experiment to log to.
        python: the runtime's interpreter for `with_client`.
        with_client: also run the example script by MLflow's own client, and find its run from the outside.
        progress: told each stage.

    Raises:
        Fault: "no-connection", or "mlflow-missing" with `with_client`.
    """
    saved = Connections().in_use()
    # "databricks" by name means what it would mean to MLflow in this shell, whatever is saved.
    as_in_shell = uri is not None and method_for_scheme(uri.strip()) is not None
    uri = uri or uri_in_use(saved)
    ours = saved if saved and saved.tracking_uri == uri and not as_in_shell else None
    further = None
    if with_client:
        runtime = find_runtime(python or (ours.python if ours else None))
        if runtime.client is None:
            raise QuickstartError("mlflow-missing", python=str(runtime.python))
        own = by_name(ours.method).actions.client_check(ours, runtime) if ours else None
        environment = all_variables(ours) if ours else {}
        further = own or partial(client_stage, python=runtime.python, environment=environment)
    verification = verify(check_for(uri, ours, experiment, python), progress, further)
    return Outcome("verify", explain.describe_verification(verification), *explain.explain_verification(verification))
