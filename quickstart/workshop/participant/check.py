"""The verification of a seat: four calls over the connection that it joined by."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from quickstart.errors import QuickstartError
from quickstart.events import Progress, no_progress
from quickstart.models import Stage, Verification
from quickstart.net.http import Conversation
from quickstart.tracking.check import LOGGED, ConnectionCheck, Found, verify
from quickstart.tracking.uri import resolve


class SeatCheck(ConnectionCheck):
    """The check of a seat: server, certificate and credentials are known to be right; what remains is MLflow.

    Args:
        conversation: authorized as the seat; it stays open.
        experiment: id and name of the seat's own experiment.
    """

    def __init__(self, conversation: Conversation, experiment: Mapping[str, str]) -> None:
        super().__init__(conversation.base, experiment["name"])
        self.resolved = resolve(conversation.base)
        self.seat_experiment = self.experiment = dict(experiment)
        self._over = conversation

    @property
    def _conversation(self) -> Conversation:
        return self._over

    def stages(self) -> Sequence[tuple[str, Callable[[], Found]]]:
        return (("write", self.write), ("read", self.read))

    def write(self) -> Found:
        """Create a run in the seat's own experiment, log foo and bar in one call, and finish it."""
        now = int(time.time() * 1000)
        tags = [{"key": "mlflow.source.name", "value": "quickstart"}, {"key": "mlflow.source.type", "value": "LOCAL"}]
        experiment_id = self.seat_experiment["id"]
        created = self.rest.call("POST", "runs/create", experiment_id=experiment_id, start_time=now, tags=tags)
        info = created["run"]["info"]
        self.run = {"id": info["run_id"], "name": info.get("run_name", ""), "url": self.run_url(info["run_id"])}
        metrics = [{"key": key, "value": value, "timestamp": now, "step": 0} for key, value in LOGGED.items()]
        self.rest.call("POST", "runs/log-batch", run_id=info["run_id"], metrics=metrics)
        end = int(time.time() * 1000)
        self.rest.call("POST", "runs/update", run_id=info["run_id"], status="FINISHED", end_time=end)
        return "ok", f"run {self.run['name']}"

    def read(self) -> Found:
        """Read the run back and compare its metrics and its experiment."""
        assert self.run is not None  # noqa: S101 - stages run in order
        facts: dict[str, Any] = {"url": self.place.uri, "run_id": self.run["id"]}
        run = self.rest.call("GET", "runs/get", run_id=self.run["id"])["run"]
        read = {one["key"]: float(one["value"]) for one in run.get("data", {}).get("metrics", [])}
        self.metrics = {key: read[key] for key in LOGGED if key in read}
        if self.metrics != LOGGED:
            raise QuickstartError("read-mismatch", **facts, logged=LOGGED, read=read)
        if (other := str(run["info"]["experiment_id"])) != self.seat_experiment["id"]:
            raise QuickstartError("run-elsewhere", **facts, name=self.seat_experiment["name"], other=other)
        return "ok", " ".join(f"{key}={value:g}" for key, value in self.metrics.items())


def verify_seat(
    conversation: Conversation,
    experiment: Mapping[str, str],
    before: Sequence[Stage] = (),
    progress: Progress = no_progress,
) -> Verification:
    """Log foo=1 and bar=2 as a seat, read them back, and compare.

    Args:
        conversation: authorized as the seat.
        experiment: id and name of the seat's own experiment.
        before: the stages of joining.
        progress: reports what is going on.
    """
    verification = verify(SeatCheck(conversation, experiment), progress)
    seconds = verification.seconds + sum(stage.seconds for stage in before)
    return replace(verification, stages=(*before, *verification.stages), seconds=seconds)
