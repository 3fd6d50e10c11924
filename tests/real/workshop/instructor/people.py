"""Who sits in the room: participants who join and log by plain HTTP, and a class as its instructor opened it."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quickstart.net.http import Http
from tests.conftest import Home, lasting_port


@dataclass(frozen=True)
class Opened:
    """A class that is open, and the home of who opened it."""

    home: Home
    name: str
    document: dict[str, Any]

    @property
    def record(self) -> dict[str, Any]:
        """What is remembered of it, secrets too."""
        value: dict[str, Any] = json.loads((self.state / "record.json").read_text(encoding="utf-8"))
        return value

    @property
    def state(self) -> Path:
        """The folder of what is remembered of it."""
        return self.home.quickstart_home / "state" / "workshops" / self.name

    @property
    def store(self) -> Path:
        """The folder of its runs."""
        return self.home.quickstart_home / "data" / "workshops" / self.name

    @property
    def data(self) -> dict[str, Any]:
        """What was said when it was opened."""
        value: dict[str, Any] = self.document["data"]
        return value

    def http(self) -> Http:
        """Return a connection to its server."""
        record = self.record
        return Http(f"https://127.0.0.1:{record['port']}", direct=True, fingerprint=record["fingerprint"])

    def join(self, name: str, device: str | None = None) -> Person:
        """Let somebody join."""
        http = self.http()
        asked = {"secret": self.record["secret"], "device": device or secrets.token_hex(16), "name": name}
        answer = http.request("POST", "/quickstart/join", json=asked)
        assert answer.status == 200, answer.text
        seat = answer.json()
        login = base64.b64encode(f"{seat['username']}:{seat['password']}".encode()).decode()
        http.authorize({"Authorization": f"Basic {login}"})
        return Person(http, seat)


@dataclass(frozen=True)
class Person:
    """A participant: a connection that is logged in, and what joining answered."""

    http: Http
    seat: dict[str, Any]

    def make(self, name: str) -> str:
        """Make an experiment, and return its id."""
        return str(self._call("experiments/create", name=name)["experiment_id"])

    def log(self, experiment: str | None = None, **metrics: list[float]) -> str:
        """Record a run with a parameter, a tag, metrics with their history, and a file; return its id."""
        experiment = experiment or self.seat["experiment"]["id"]
        created = self._call("runs/create", experiment_id=experiment, run_name="first", start_time=1000)
        run = str(created["run"]["info"]["run_id"])
        points = [
            {"key": key, "value": value, "timestamp": 2000 + step, "step": step}
            for key, values in metrics.items()
            for step, value in enumerate(values)
        ]
        params = [{"key": "formula", "value": "=1+1"}, {"key": "rate", "value": "-0.1"}]
        self._call("runs/log-batch", run_id=run, metrics=points, params=params, tags=[{"key": "kind", "value": "test"}])
        place = f"/api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}/artifacts/notes/one.txt"
        assert self.http.request("PUT", place, data=b"a file of mine").status == 200
        self._call("runs/update", run_id=run, status="FINISHED", end_time=3000)
        return run

    def report(self, state: str, code: str | None = None, headline: str = "") -> None:
        """Tell the board how it went."""
        told = {"state": state, "code": code, "headline": headline, "seconds": 0.5}
        assert self.http.request("POST", "/quickstart/report", json=told).status == 204

    def _call(self, what: str, **body: Any) -> Any:
        answer = self.http.request("POST", f"/api/2.0/mlflow/{what}", json=body)
        assert answer.status == 200, answer.text
        return answer.json()


@contextmanager
def opened_class(home: Home, *options: str, name: str = "class") -> Iterator[Opened]:
    """Open a class on a free port, and close it in the end, whatever a test did to it."""
    document = home.json("workshop", "open", name, "--port", str(lasting_port()), *options)
    try:
        yield Opened(home, name, document)
    finally:
        home.run("workshop", "close", name, "--yes", status=None)
