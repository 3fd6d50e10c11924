"""The same proof by MLflow's own client: the example script, run in the runtime, and its run found from outside."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from quickstart.errors import QuickstartError
from quickstart.net.http import environment_proxies
from quickstart.runtime.process import clean_environment, run_script
from quickstart.snippets import script
from quickstart.tracking.check import ConnectionCheck, Found

DEADLINE = 120.0  # seconds; MLflow's client needs 2 s, on a cold disk a minute

# By default the client retries in silence for four minutes (failures.md row 1).
IMPATIENT = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_DATABRICKS_ENDPOINT_HTTP_RETRY_TIMEOUT": "10",
}


def client_stage(check: ConnectionCheck, *, python: Path, environment: Mapping[str, str]) -> Found:
    """Run the example script in the runtime and read its run over REST, after the other stages of the check.

    Raises:
        QuickstartError: "script-failed", "script-silent", "client-proxied" if a proxy blocks it, "client-elsewhere" if
            the run is not on this server, "artifact-failed", "run-elsewhere", "read-mismatch", or as before_client().
    """
    check.before_client(python)
    source = script(check.client_uri, str(check.experiment_name), {})
    variables = clean_environment(**{**environment, **IMPATIENT})
    try:
        request = {"script": source}
        answer = run_script(python, "client_check.py", request=request, timeout=DEADLINE, environment=variables)
    except QuickstartError as fault:
        # Unlike our own calls, MLflow's go through a proxy even where they are meant for this very machine.
        if environment_proxies(check.place.uri):
            raise QuickstartError("client-proxied", url=check.place.uri, host=check.place.host) from fault
        raise
    run_id = answer["run_id"]
    if not run_id:
        raise QuickstartError("client-elsewhere", url=check.place.uri, python=str(python))
    if answer["artifact"]:
        raise QuickstartError("artifact-failed", url=check.place.uri, seen=answer["artifact"])
    check.read_metrics(run_id)
    check.landed(run_id)
    return "ok", f"MLflow {answer['mlflow']} logged {check.run_url(run_id)}"
