"""`quickstart verify`: which server to check, the stages of tracking/, and what a failure means."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace

from quickstart.doctor import explain
from quickstart.errors import Fault
from quickstart.model import Outcome, Progress
from quickstart.next_steps import script
from quickstart.state import Connections
from quickstart.target.find import find, run_script
from quickstart.tracking.check import Check, Found, verify

CLIENT_DEADLINE = 120.0  # seconds; MLflow's own client needs 2 s, on a cold disk a minute


def prove(uri: str | None, experiment: str | None, python: str | None, *, with_client: bool, progress: Progress) -> Outcome:
    """Run the foo/bar check.

    Args:
        uri: tracking URI; by default that of the connection in use, else MLFLOW_TRACKING_URI.
        experiment: name of the experiment to log to.
        python: the target interpreter for `with_client`.
        with_client: also run the example script by MLflow's own client, and find its run from the outside.
        progress: told each stage.

    Raises:
        Fault: "no-connection", or "mlflow-missing" with `with_client`.
    """
    saved = Connections().in_use()
    uri = uri or (saved.tracking_uri if saved else os.environ.get("MLFLOW_TRACKING_URI"))
    if not uri:
        raise Fault("no-connection")
    then = None
    if with_client:
        interpreter = python or (saved.python if saved and saved.tracking_uri == uri else None)
        target = find(interpreter or None)
        if target.mlflow is None:
            raise Fault("mlflow-missing", python=str(target.python))
        private = bool(saved and saved.env.get("MLFLOW_DISABLE_TELEMETRY"))

        def then(check: Check) -> Found:
            return run_client(check, target.python, private=private)

    verification = verify(uri, experiment, progress, then)
    return Outcome("verify", explain.shown(verification), *explain.verdict(verification))
