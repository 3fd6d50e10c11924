"""`quickstart verify`: choose the server, run the check, explain a failure."""

from __future__ import annotations

import os
from functools import partial

from quickstart import explain
from quickstart.errors import QuickstartError
from quickstart.events import Progress
from quickstart.methods.catalog import by_name, check_for, method_for_scheme
from quickstart.models import Connection
from quickstart.results import Outcome
from quickstart.runtime.find import find_runtime
from quickstart.state.connections import Connections, all_variables
from quickstart.tracking.check import verify
from quickstart.tracking.client import client_stage


def uri_in_use(saved: Connection | None) -> str:
    """Return the tracking URI of the connection in use, else MLFLOW_TRACKING_URI; raise "no-connection"."""
    uri = saved.tracking_uri if saved else os.environ.get("MLFLOW_TRACKING_URI")
    if not uri:
        raise QuickstartError("no-connection")
    return uri


def verify_tracking(
    uri: str | None, experiment: str | None, python: str | None, *, with_client: bool, progress: Progress
) -> Outcome:
    """Log a test run and read it back.

    Args:
        uri: tracking URI; by default that of the connection in use, else MLFLOW_TRACKING_URI.
        experiment: name of the experiment to log to.
        python: the runtime's interpreter for `with_client`.
        with_client: whether to verify with MLflow's own client too.
        progress: receives each stage.

    Raises:
        QuickstartError: "no-connection", or "mlflow-missing" with `with_client`.
    """
    saved = Connections().in_use()
    # "databricks" means what it means to MLflow in this shell, even if a connection of that name is saved.
    as_in_shell = uri is not None and method_for_scheme(uri.strip()) is not None
    uri = uri or uri_in_use(saved)
    connection = saved if saved and saved.tracking_uri == uri and not as_in_shell else None
    client_check = None
    if with_client:
        runtime = find_runtime(python or (connection.python if connection else None))
        if runtime.client is None:
            raise QuickstartError("mlflow-missing", python=str(runtime.python))
        client_check = by_name(connection.method).actions.client_check(connection, runtime) if connection else None
        environment = all_variables(connection) if connection else {}
        client_check = client_check or partial(client_stage, python=runtime.python, environment=environment)
    verification = verify(check_for(uri, connection, experiment, python), progress, client_check)
    error, exit_code = explain.explain_verification(verification)
    return Outcome("verify", verification.explained(error), error, exit_code)
