"""Execute a plan: journaled, reported step by step, one at a time on a machine. Then verify what it set up."""

from __future__ import annotations

import os
from functools import partial

from quickstart.errors import ExitCode, Explanation, QuickstartError
from quickstart.events import Events, Progress
from quickstart.explain import explain_verification
from quickstart.methods.base import Method, Setup
from quickstart.methods.catalog import by_name, check_for, method_for_scheme
from quickstart.models import Connection, Plan, StepResult, Verification
from quickstart.results import Outcome
from quickstart.runtime.find import find_runtime
from quickstart.state.connections import Connections, all_variables


def execute_plan(plan: Plan, events: Events, results: list[StepResult]) -> None:
    """Run a plan, and add each result to `results`; a second plan waits until the first has ended."""
    from quickstart.runtime.install import DEADLINE  # noqa: PLC0415 - start-up: the first question does not need it
    from quickstart.state.files import lock  # noqa: PLC0415 - start-up: the first question does not need it
    from quickstart.state.journal import Journal  # noqa: PLC0415 - start-up: the first question does not need it
    from quickstart.steps.handlers import HANDLERS  # noqa: PLC0415 - start-up: the first question does not need it

    waiting = partial(events.progress, "waiting for another quickstart to finish")
    remaining = list(plan.steps)
    with lock("set-up", patience=DEADLINE, waiting=waiting):
        try:
            for result in Journal(plan.connection).run(plan, HANDLERS, events.progress):
                remaining.pop(0)
                events.on_step(result)
                results.append(result)
        except (QuickstartError, KeyboardInterrupt) as error:
            reason = error.code if isinstance(error, QuickstartError) else "cancelled"
            results.append(StepResult(remaining[0].id, "fail", reason))
            raise


def verify_connection(
    method: Method, setup: Setup, connection: Connection, events: Events
) -> tuple[Verification, Explanation | None, ExitCode]:
    """Verify a connection: over REST, and with MLflow's own client if the method has such a check."""
    from quickstart.tracking.check import verify  # noqa: PLC0415 - start-up: the first question does not need it

    # Found again: the plan may have installed MLflow.
    runtime = find_runtime(connection.python or str(setup.runtime.python))
    check = method.actions.check(connection.tracking_uri, connection, None)
    verification = verify(check, events.progress, method.actions.client_check(connection, runtime))
    events.on_verification(verification)
    error, exit_code = explain_verification(verification)
    return verification.explained(error), error, exit_code


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
        python: the runtime's interpreter for `with_client`, which verifies with MLflow's own client too.

    Raises:
        QuickstartError: "no-connection", or "mlflow-missing" with `with_client`.
    """
    from quickstart.tracking.check import verify  # noqa: PLC0415 - start-up: the first question does not need it
    from quickstart.tracking.client import client_stage  # noqa: PLC0415 - start-up: the first question does not need it

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
    error, exit_code = explain_verification(verification)
    return Outcome("verify", verification.explained(error), error, exit_code)
