"""The proof of a seat, against servers that do what none should."""

from __future__ import annotations

import json
from typing import Any

import pytest

from quickstart.models import Stage
from quickstart.net.http import Answer
from quickstart.workshop.participant.seats import verify_seat

EXPERIMENT = {"id": "7", "name": "seat-07"}
METRICS = [{"key": "foo", "value": 1.0}, {"key": "bar", "value": 2.0}]


class Server:
    """A tracking server that says what it is told to.

    Args:
        metrics: that it has of every run.
        experiment: that it puts every run into.
        refuses: the endpoint at which it says that something is forbidden.
    """

    base = "https://192.0.2.7:5443"

    def __init__(self, metrics: list[dict[str, Any]], experiment: str = "7", refuses: str = "") -> None:
        self._run = {
            "info": {"run_id": "r", "run_name": "n", "experiment_id": experiment},
            "data": {"metrics": metrics},
        }
        self._refuses = refuses
        self.asked: list[tuple[str, Any]] = []

    def request(self, method: str, path: str, **options: Any) -> Answer:
        endpoint = path.removeprefix("/api/2.0/mlflow/")
        self.asked.append((endpoint, options.get("json")))
        if endpoint == self._refuses:
            return Answer(403, {}, b'{"error_code": "PERMISSION_DENIED", "message": "Permission denied"}')
        return Answer(200, {}, json.dumps({"run": self._run}).encode())


def test_four_calls_prove_it() -> None:
    server = Server(METRICS)
    before = (Stage("tls", "ok", 0.5),)
    proof = verify_seat(server, EXPERIMENT, before)
    assert proof.failed is None
    assert proof.metrics == {"foo": 1.0, "bar": 2.0}
    assert [endpoint for endpoint, _ in server.asked] == ["runs/create", "runs/log-batch", "runs/update", "runs/get"]
    assert {one["key"]: one["value"] for one in server.asked[1][1]["metrics"]} == proof.metrics
    assert [stage.id for stage in proof.stages] == ["tls", "write", "read"]
    assert proof.seconds >= 0.5
    assert proof.run is not None
    assert proof.run["url"].startswith("https://192.0.2.7:5443/#/experiments/7/runs/r")


@pytest.mark.parametrize(
    ("server", "stage", "code"),
    [
        (Server([{"key": "foo", "value": 1.0}]), "read", "read-mismatch"),
        (Server([{"key": "foo", "value": 1.0}, {"key": "bar", "value": 3.0}]), "read", "read-mismatch"),
        (Server(METRICS, experiment="0"), "read", "run-elsewhere"),
        (Server(METRICS, refuses="runs/create"), "write", "api-error"),
        (Server(METRICS, refuses="runs/log-batch"), "write", "api-error"),
        (Server(METRICS, refuses="runs/get"), "read", "api-error"),
    ],
)
def test_what_is_not_as_it_was_logged_is_no_proof(server: Server, stage: str, code: str) -> None:
    failed = verify_seat(server, EXPERIMENT).failed
    assert failed is not None
    assert (failed.id, failed.code) == (stage, code)
