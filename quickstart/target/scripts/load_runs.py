"""Load exported runs into an MLflow of one's own: parameters, metrics with their history, tags and artifacts.

Usage: python load_runs.py [--tracking-uri URI] [--experiment NAME]

It reads runs.json and artifacts/ beside itself. Needs mlflow or mlflow-skinny.
"""

from __future__ import annotations

import argparse
import json
import os
from typing import Any

HERE = os.path.dirname(os.path.abspath(__file__))
FROM = "exported_run_id"  # the tag by which a run that was loaded before is known again
METRICS, PARAMS, TAGS = 1000, 100, 100  # as many as MLflow takes in one request
OWN_TAGS = ("mlflow.artifactLocation", "mlflow.loggedArtifacts", "mlflow.rootRunId", "mlflow.parentRunId")


def main() -> int:
    """Load all runs; return the exit status."""
    parser = argparse.ArgumentParser(description="Load exported runs into an MLflow of your own.")
    parser.add_argument("--tracking-uri", help="where to; by default what MLflow uses anyway")
    parser.add_argument("--experiment", help="its name; by default one named after the class and the seat")
    given = parser.parse_args()

    from mlflow import MlflowClient

    with open(os.path.join(HERE, "runs.json"), encoding="utf-8") as file:
        exported = json.load(file)
    client = MlflowClient(tracking_uri=given.tracking_uri)
    name = given.experiment or exported["experiment"]
    found = client.get_experiment_by_name(name)
    experiment = found.experiment_id if found else client.create_experiment(name)
    loaded = [load(client, experiment, run) for run in exported["runs"]]
    print(f"{sum(loaded)} of {len(loaded)} runs loaded into the experiment {name}")
    if not all(loaded):
        print(f"{len(loaded) - sum(loaded)} were there already")
    return 0


def load(client: Any, experiment: str, run: dict[str, Any]) -> bool:
    """Load a run, unless it is there; one whose loading was broken off is loaded anew. Return whether it was loaded."""
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
    # One that still ran when it was exported ends here: whoever would go on with it cannot reach it.
    status = "KILLED" if run["status"] in ("RUNNING", "SCHEDULED") else run["status"]
    client.set_terminated(made, status, run["end_time"])
    return True


def parts(things: list[Any], size: int) -> list[list[Any]]:
    """Return a list in parts of a size."""
    return [things[at : at + size] for at in range(0, len(things), size)]


if __name__ == "__main__":
    raise SystemExit(main())
