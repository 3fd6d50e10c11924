"""One client's foo/bar round trip over REST: by plain requests, so that no client of ours can flatter our server."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import requests

EXPERIMENT = "check-localhost-connection"
TIMEOUT = 60.0  # seconds for one request
LOGGED = {"foo": 1.0, "bar": 2.0}


def session() -> requests.Session:
    """Return a kept-alive conversation that no proxy or netrc of this machine takes part in."""
    made = requests.Session()
    made.trust_env = False
    return made


def round_trip(client: requests.Session, uri: str, timeout: Callable[[], float] = lambda: TIMEOUT) -> None:
    """Make a run, log foo and bar, finish it and read it back, in these 7 calls.

    experiments/get-by-name, runs/create, runs/log-metric (foo), runs/log-metric (bar), runs/update, runs/get and
    experiments/get, which is what the run's page in the UI asks for first.

    Args:
        client: whose connection is used.
        uri: of the tracking server; the experiment is there already.
        timeout: asked before each call for the seconds it may take.

    Raises:
        requests.RequestException: a call failed, or what was read is not what was logged.
    """

    def call(method: str, endpoint: str, **fields: Any) -> Any:
        sent: dict[str, Any] = {"params": fields} if method == "GET" else {"json": fields}
        answer = client.request(method, f"{uri}/api/2.0/mlflow/{endpoint}", timeout=timeout(), **sent)
        answer.raise_for_status()
        return answer.json()

    found = call("GET", "experiments/get-by-name", experiment_name=EXPERIMENT)
    experiment_id = found["experiment"]["experiment_id"]
    now = int(time.time() * 1000)
    run_id = call("POST", "runs/create", experiment_id=experiment_id, start_time=now)["run"]["info"]["run_id"]
    for key, value in LOGGED.items():
        call("POST", "runs/log-metric", run_id=run_id, key=key, value=value, timestamp=now, step=0)
    call("POST", "runs/update", run_id=run_id, status="FINISHED", end_time=int(time.time() * 1000))
    metrics = call("GET", "runs/get", run_id=run_id)["run"]["data"].get("metrics", [])
    call("GET", "experiments/get", experiment_id=experiment_id)
    if {metric["key"]: metric["value"] for metric in metrics} != LOGGED:
        raise requests.RequestException(f"read back {metrics}")


def usual_round_trip(uri: str, times: int = 9) -> float:
    """Return the median seconds of several round trips over one connection, after one that only warms up."""
    with session() as client:
        round_trip(client, uri)
        seconds = []
        for _ in range(times):
            begun = time.perf_counter()
            round_trip(client, uri)
            seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds)
