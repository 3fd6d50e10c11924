"""Load exported runs into your own MLflow: parameters, metrics with their history, tags and artifacts.

Usage: python load_runs.py [--tracking-uri URI] [--experiment NAME]

It reads runs.json and artifacts/ beside itself. Needs mlflow or mlflow-skinny.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import sys
from typing import Any

HERE = os.path.dirname(os.path.abspath(__file__))
FROM = "exported_run_id"  # the tag that identifies a run that was loaded before
PIP = f"{sys.executable} -m pip install"
METRICS, PARAMS, TAGS = 1000, 100, 100  # MLflow's limits for one request
OWN_TAGS = ("mlflow.artifactLocation", "mlflow.loggedArtifacts", "mlflow.rootRunId", "mlflow.parentRunId")


class NotLoaded(Exception):
    """What happened, why, and the fix."""


def main() -> int:
    parser = argparse.ArgumentParser(description="Load exported runs into an MLflow of your own.")
    parser.add_argument("--tracking-uri", help="where to; by default what MLflow uses anyway")
    parser.add_argument(
        "--experiment", help="load all runs into this experiment; default: the experiments they had in the workshop"
    )
    given = parser.parse_args()
    try:
        into(given.tracking_uri, given.experiment)
    except NotLoaded as why:
        print("\n".join(("The runs could not be loaded.", *map(str, why.args))), file=sys.stderr)
        return 1
    return 0


def into(uri: str | None, experiment: str | None) -> None:
    """Load all runs; by default into MLflow's current tracking URI and the experiments that they were in."""
    # By default MLflow retries an unreachable server for minutes; it reads these when it is imported.
    for name, value in (("MAX_RETRIES", "2"), ("TIMEOUT", "20")):
        os.environ.setdefault(f"MLFLOW_HTTP_REQUEST_{name}", value)
    with open(os.path.join(HERE, "runs.json"), encoding="utf-8") as file:
        exported = json.load(file)
    try:
        import mlflow

        uri = uri or mlflow.get_tracking_uri()
        client = mlflow.MlflowClient(tracking_uri=uri)
        names = {
            run["run_id"]: experiment or run.get("experiment") or exported["experiment"] for run in exported["runs"]
        }
        ids = {name: experiment_id(client, name) for name in dict.fromkeys(names.values())}
        loaded = [load(client, ids[names[run["run_id"]]], run) for run in exported["runs"]]
    except ImportError as error:
        raise missing(error) from error
    except mlflow.exceptions.MlflowException as error:
        raise refused(uri, error) from error
    words = "the experiment" if len(ids) == 1 else "the experiments"
    print(f"{sum(loaded)} of {len(loaded)} runs loaded into {words} {', '.join(ids)}")
    if not all(loaded):
        print(f"{len(loaded) - sum(loaded)} were there already")


def missing(error: ImportError) -> NotLoaded:
    """Explain that MLflow, or a package that its light client lacks, is missing."""
    if error.name == "mlflow":
        return NotLoaded(f"There is no MLflow in {sys.executable}.", f"Fix: {PIP} mlflow-skinny")
    why = f"Its MLflow is the light client, which keeps no runs on this machine: it lacks {error.name or error}."
    return NotLoaded(why, f"Fix: {PIP} mlflow   or name a server with --tracking-uri http://127.0.0.1:5000")


def refused(uri: str | None, error: Exception) -> NotLoaded:
    """Explain an error of the target MLflow."""
    message = str(error).splitlines()[0] if str(error) else type(error).__name__
    if "failed with exception" in message or "Max retries" in message:
        why = f"Cannot connect to {uri}: {message.rpartition('Caused by ')[2]}"[:300]
        return NotLoaded(why, "Fix: start that server, or name another one with --tracking-uri")
    message = message[:300]
    if "unsupported URI" in message and importlib.util.find_spec("sqlalchemy") is None:
        return missing(ImportError(name="sqlalchemy"))
    return NotLoaded(
        f"{uri} answered: {message}", "Fix: name another server with --tracking-uri, or another --experiment"
    )


def experiment_id(client: Any, name: str) -> Any:
    """Create the experiment if it does not exist."""
    found = client.get_experiment_by_name(name)
    return found.experiment_id if found else client.create_experiment(name)


def load(client: Any, experiment: str, run: dict[str, Any]) -> bool:
    """Return whether the run was loaded: one that exists is not, one whose loading was interrupted is loaded again."""
    from mlflow.entities import Metric, Param, RunTag

    for there in client.search_runs([experiment], f"tags.{FROM} = '{run['run_id']}'"):
        if there.info.status != "RUNNING":
            return False
        client.delete_run(there.info.run_id)
    tags = {key: value for key, value in run["tags"].items() if key not in OWN_TAGS}
    started = {"start_time": run["start_time"], "run_name": run["name"]}
    made = client.create_run(experiment, tags={FROM: run["run_id"]}, **started).info.run_id
    metrics = [
        Metric(key, float("nan") if point["value"] is None else point["value"], point["timestamp"], point["step"])
        for key, points in run["metrics"].items()
        for point in points
    ]
    params = [Param(key, value) for key, value in run["params"].items()]
    for part in parts(params, PARAMS):
        client.log_batch(made, params=part)
    for part in parts([RunTag(key, value) for key, value in tags.items()], TAGS):
        client.log_batch(made, tags=part)
    for part in parts(metrics, METRICS):
        client.log_batch(made, metrics=part)
    folder = os.path.join(HERE, "artifacts", run["run_id"])
    if os.path.isdir(folder):
        client.log_artifacts(made, folder)
    # A run that was still running when it was exported ends here: its program cannot reach it.
    status = "KILLED" if run["status"] in ("RUNNING", "SCHEDULED") else run["status"]
    client.set_terminated(made, status, run["end_time"])
    return True


def parts(things: list[Any], size: int) -> list[list[Any]]:
    return [things[at : at + size] for at in range(0, len(things), size)]


if __name__ == "__main__":
    raise SystemExit(main())
