"""The foo/bar check as one ordered list of stages: foo=1 and bar=2 are logged, read back and compared."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from quickstart.errors import QuickstartError
from quickstart.events import Progress, no_progress
from quickstart.models import Stage, Status, Verification
from quickstart.net.http import Answer, Conversation, Http
from quickstart.net.tcp import CONNECT_TIMEOUT, connect
from quickstart.system import signals
from quickstart.tracking.rest import SEARCH, Rest, classify
from quickstart.tracking.uri import Resolved, resolve, without_secret

LOGGED = {"foo": 1.0, "bar": 2.0}
ARTIFACT = "quickstart-check.txt"
LOCAL_EXPERIMENT = "check-localhost-connection"
SERVER_EXPERIMENT = "check-server-connection"
NOT_REACHED = "not reached"
UPLOADED = (200, 201, 204)

# Raised by reading an answer that lacks what MLflow's would have.
UNREADABLE = (AttributeError, KeyError, TypeError, ValueError)

Found = tuple[Status, str]


class ConnectionCheck:
    """One run of the check; its methods are the stages, and later stages use what earlier ones found.

    Args:
        uri: the tracking URI, as pasted.
        experiment: name of the experiment to log to; by default one that suits the server.
    """

    def __init__(self, uri: str, experiment: str | None = None) -> None:
        self.uri = uri
        self.experiment_name = experiment
        self.experiment: dict[str, str] | None = None
        self.run: dict[str, str] | None = None
        self.metrics: dict[str, float] = {}
        self.resolved: Resolved | None = None
        self.http: Http | None = None
        self._probe: Answer | None = None
        self.artifact_uri = ""
        self.compares_versions = True  # unless the caller does

    @property
    def shown(self) -> str:
        """The tracking URI, as far as it is known, without secrets."""
        return self.resolved.uri if self.resolved else without_secret(self.uri)

    @property
    def client_uri(self) -> str:
        """The tracking URI for MLflow's own client."""
        return self.place.uri

    @property
    def names_are_paths(self) -> bool:
        """Whether experiment names are paths, such as /Users/you@example.com/first (failures.md row 20)."""
        return False

    @property
    def folder(self) -> str:
        """The folder of names without one, if names are paths."""
        return ""

    def before_client(self, python: Path) -> None:
        """Raise why MLflow's own client cannot work in a Python."""

    @property
    def place(self) -> Resolved:
        assert self.resolved is not None  # noqa: S101 - stages run in order
        return self.resolved

    @property
    def _http(self) -> Http:
        assert self.http is not None  # noqa: S101 - stages run in order
        return self.http

    @property
    def _conversation(self) -> Conversation:
        return self._http

    @property
    def rest(self) -> Rest:
        return Rest(self._conversation)

    def resolve(self) -> Found:
        self.resolved = resolve(self.uri)
        self.experiment_name = self.experiment_name or (LOCAL_EXPERIMENT if self.resolved.local else SERVER_EXPERIMENT)
        self.http = Http(self.resolved.uri)
        if self.resolved.changes:
            return "warn", self.resolved.words
        return "ok", self.resolved.uri

    def connect(self) -> Found:
        """Open a TCP connection, unless a proxy connects for us."""
        if self._http.proxied:
            return "skip", "a proxy connects for us"
        reach(self.place.uri, self.place.host, self.place.port)
        return "ok", f"{self.place.host} port {self.place.port} accepts connections"

    def tls(self) -> Found:
        if not self.place.uri.startswith("https"):
            return "skip", "plain http"
        self._http.request("GET", "/version")
        return "ok", "the certificate is valid"

    def identify(self) -> Found:
        """Find out whether the server is MLflow, and its version."""
        answer = self._http.request("GET", "/version")
        version = answer.text.strip()
        if answer.status == 200 and re.fullmatch(r"\d+\.\d+[\w.+-]*", version):
            return "ok", f"MLflow {version}"
        if classify(answer.status) == "unauthorized":
            return "ok", "a server that asks for a login first"
        if answer.status == 403 and not answer.body:
            raise QuickstartError("empty-403", url=self.place.uri, port=self.place.port)
        self._probe = self._http.request("GET", SEARCH)
        if self._probe.status == 200 and isinstance(self._probe.json(), dict):
            return "warn", "MLflow, too old to tell its version"
        seen = f"{answer.status} {answer.headers.get('content-type', '')} {version[:60]!r}"
        raise QuickstartError("not-mlflow", url=self.place.uri, seen=seen)

    def host(self) -> Found:
        """Find out whether the server accepts its host name; only an API path shows that."""
        self._probe = self._probe or self._http.request("GET", SEARCH)
        if self._probe.status == 403 and "Host header" in self._probe.text:
            raise QuickstartError("host-refused", url=self.place.uri, host=self.place.host)
        return "ok", f"{self.place.host} is accepted"

    def auth(self) -> Found:
        assert self._probe is not None  # noqa: S101 - the host stage made it
        meaning = classify(self._probe.status)
        if meaning == "unauthorized":
            raise QuickstartError("login-needed", url=self.place.uri)
        if meaning == "denied":
            raise QuickstartError("forbidden", url=self.place.uri, detail=self._probe.text[:200])
        if self._probe.status != 200:
            raise QuickstartError(
                "api-error", url=self.place.uri, status=self._probe.status, message=self._probe.text[:200]
            )
        return "ok", "no login asked for"

    def find_experiment(self) -> Found:
        """Find or create the experiment; one deleted in the UI keeps its name and is restored."""
        name = str(self.experiment_name)
        found, made = self.rest.experiment(name), False
        if found is None:
            found, made = self.rest.create_experiment(name), True
        self.experiment = {"id": str(found["experiment_id"]), "name": name}
        if found["lifecycle_stage"] == "deleted":
            self.rest.call("POST", "experiments/restore", experiment_id=self.experiment["id"])
            return "warn", f"{name} had been deleted; it is restored"
        return "ok", f"{name} {'made' if made else 'found'}"

    def write(self) -> Found:
        """Create a run, log foo and bar, and finish it."""
        assert self.experiment is not None  # noqa: S101 - stages run in order
        now = int(time.time() * 1000)
        tags = [{"key": "mlflow.source.name", "value": "quickstart"}, {"key": "mlflow.source.type", "value": "LOCAL"}]
        run = {"experiment_id": self.experiment["id"], "start_time": now, "tags": tags}
        made = self.rest.call("POST", "runs/create", **run)["run"]["info"]
        run_id = made["run_id"]
        self.artifact_uri = made.get("artifact_uri", "")
        self.run = {"id": run_id, "name": made.get("run_name", ""), "url": self.run_url(run_id)}
        for key, value in LOGGED.items():
            self.rest.call("POST", "runs/log-metric", run_id=run_id, key=key, value=value, timestamp=now, step=0)
        end = int(time.time() * 1000)
        self.rest.call("POST", "runs/update", run_id=run_id, status="FINISHED", end_time=end)
        return "ok", f"run {self.run['name']}"

    def read(self) -> Found:
        assert self.run is not None  # noqa: S101 - stages run in order
        self.metrics = self.read_metrics(self.run["id"])
        return "ok", " ".join(f"{key}={value:g}" for key, value in self.metrics.items())

    def artifact(self) -> Found:
        """Upload a small file through the server and download it."""
        assert self.run is not None  # noqa: S101 - stages run in order
        if not self.artifact_uri.startswith("mlflow-artifacts:"):
            return "skip", f"clients write artifacts themselves, to {self.artifact_uri}"
        folder = re.sub(r"^mlflow-artifacts:(//[^/]*)?/", "", self.artifact_uri)
        return self.up_and_down(f"/api/2.0/mlflow-artifacts/artifacts/{folder}/{ARTIFACT}")

    def up_and_down(self, path: str) -> Found:
        """Upload and download a small file; raise "artifact-failed"."""
        assert self.run is not None  # noqa: S101 - stages run in order
        content = f"foo=1 bar=2 {self.run['id']}\n".encode()
        up = self._http.request("PUT", path, data=content)
        down = self._http.request("GET", path)
        if up.status not in UPLOADED or down.body != content:
            seen = f"up {up.status}, down {down.status}: {(up if up.status not in UPLOADED else down).text[:200]}"
            raise QuickstartError("artifact-failed", url=self.place.uri, seen=seen)
        return "ok", f"{len(content)} bytes up and down"

    def read_metrics(self, run_id: str) -> dict[str, float]:
        """Return foo and bar as the server has them; raise "read-mismatch" if they differ from what was logged."""
        data = self.rest.call("GET", "runs/get", run_id=run_id)["run"].get("data", {})
        metrics = {metric["key"]: float(metric["value"]) for metric in data.get("metrics", [])}
        found = {key: metrics[key] for key in LOGGED if key in metrics}
        if found != LOGGED:
            raise QuickstartError("read-mismatch", url=self.place.uri, logged=LOGGED, read=metrics, run_id=run_id)
        return found

    def landed(self, run_id: str) -> None:
        """Raise "run-elsewhere" if a run is in another experiment (failures.md row 35)."""
        assert self.experiment is not None  # noqa: S101 - stages run in order
        found = str(self.rest.call("GET", "runs/get", run_id=run_id)["run"]["info"]["experiment_id"])
        if found != self.experiment["id"]:
            raise QuickstartError(
                "run-elsewhere", url=self.place.uri, name=self.experiment["name"], other=found, run_id=run_id
            )

    def run_url(self, run_id: str) -> str:
        assert self.experiment is not None  # noqa: S101 - stages run in order
        # Without the query MLflow >= 3.8 opens its GenAI view, where a run's metrics are out of sight.
        return f"{self.place.uri}/#/experiments/{self.experiment['id']}/runs/{run_id}?workflowType=machine_learning"

    def stages(self) -> Sequence[tuple[str, Callable[[], Found]]]:
        """The stages in order, under their names in the contract."""
        return (
            ("resolve", self.resolve),
            ("connect", self.connect),
            ("tls", self.tls),
            ("identify", self.identify),
            ("host", self.host),
            ("auth", self.auth),
            ("experiment", self.find_experiment),
            ("write", self.write),
            ("read", self.read),
            ("artifact", self.artifact),
        )


def reach(url: str, host: str, port: int) -> None:
    """Open a TCP connection; raise "name-unknown", "host-silent" or "server-down"."""
    facts: dict[str, Any] = {"url": url, "host": host, "port": port}
    try:
        connect(host, port)
    except socket.gaierror as error:
        raise QuickstartError("name-unknown", **facts, detail=error.strerror or str(error)) from error
    except TimeoutError as error:
        raise QuickstartError("host-silent", **facts, seconds=CONNECT_TIMEOUT) from error
    except OSError as error:
        raise QuickstartError("server-down", **facts, detail=error.strerror or str(error)) from error


def verify(
    check: ConnectionCheck,
    progress: Progress = no_progress,
    further: Callable[[ConnectionCheck], Found] | None = None,
) -> Verification:
    """Run the check, stage by stage, up to the first that fails; the stages after it are "skip".

    Args:
        further: one more stage, "client", that uses what the check found.
    """
    stages: list[Stage] = []
    begun = time.monotonic()
    order = list(check.stages())
    if further:
        order.append(("client", partial(further, check)))
    for name, act in order:
        if any(stage.status == "fail" for stage in stages):
            stages.append(Stage(name, "skip", 0.0, NOT_REACHED))
            continue
        signals.raise_if_stopped()
        progress("logging foo=1 and bar=2 and reading them back", name)
        stages.append(_timed(name, act, check.resolved.uri if check.resolved else ""))
    if check.http:
        check.http.close()
    seconds = time.monotonic() - begun
    return Verification(check.shown, tuple(stages), seconds, check.experiment, check.run, check.metrics)


def unreadable(url: str, error: Exception) -> QuickstartError:
    """Build the error of an answer without what MLflow's would have."""
    message = f"an answer that MLflow would not give ({type(error).__name__}: {error})"
    return QuickstartError("api-error", url=url, status=200, message=message)


def _timed(name: str, act: Callable[[], Found], url: str) -> Stage:
    begun = time.monotonic()
    try:
        status, detail = act()
        return Stage(name, status, time.monotonic() - begun, detail)
    except QuickstartError as raised:
        error = raised
    except UNREADABLE as raised:
        error = unreadable(url, raised)
    return Stage(name, "fail", time.monotonic() - begun, error.code, error.code, error.facts)
