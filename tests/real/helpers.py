"""What the tests of real servers share: looking at one from outside, and homes that several tests look at."""

from __future__ import annotations

import http.client
import importlib.metadata
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import psutil
import pytest

from tests.conftest import Home, end_servers, new_home

MLFLOW = importlib.metadata.version("mlflow")
EXPERIMENT = "check-localhost-connection"
API_PATH = "/api/2.0/mlflow/experiments/search?max_results=1"
STATUS_KEYS = {
    "name", "running", "pid", "url", "store", "artifacts", "log", "mlflow_version", "launcher", "started",
}  # fmt: skip
RAN_OUT = 60.0  # seconds after which a test gives up waiting for what another process does


@contextmanager
def lasting_home(factory: pytest.TempPathFactory, name: str) -> Iterator[Home]:
    """Give a home that several tests share; whatever server it leaves is ended."""
    made = new_home(factory.mktemp(name))
    try:
        yield made
    finally:
        end_servers(made)


def begin(home: Home, *arguments: str) -> subprocess.Popen[str]:
    """Begin a command and do not wait for it."""
    return subprocess.Popen(
        [sys.executable, "-m", "quickstart", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        cwd=home.cwd,
        env=home.environment,
    )


def only_server(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the one server that a document tells of."""
    (server,) = document["data"]["servers"]
    assert set(server) == STATUS_KEYS
    return dict(server)


def server_of(home: Home, name: str = "local") -> dict[str, Any]:
    """Return what `server status` says of a server now."""
    return only_server(home.json("server", "status", "--name", name))


def record_of(home: Home, name: str = "local") -> Path:
    """Return the file in which a home remembers a server."""
    return home.quickstart_home / "state" / "servers" / f"{name}.json"


def journal_of(home: Home, name: str = "local") -> Path:
    """Return the journal of a connection."""
    return home.quickstart_home / "state" / "journal" / f"{name}.jsonl"


def port_of(url: str) -> int:
    """Return the port in an address."""
    port = urlsplit(url).port
    assert port is not None
    return port


def nobody_listens(port: int) -> bool:
    """Tell whether a connection to a port is refused."""
    with socket.socket() as caller:
        caller.settimeout(2)
        return caller.connect_ex(("127.0.0.1", port)) != 0


def whole_tree(pid: int) -> list[psutil.Process]:
    """Return a process and everything it started."""
    root = psutil.Process(pid)
    return [root, *root.children(recursive=True)]


def alive(processes: Sequence[psutil.Process]) -> list[psutil.Process]:
    """Return those that still run."""
    return [one for one in processes if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]


def eventually(what: str, look: Callable[[], Any]) -> Any:
    """Look until there is something, and return it; fail after a minute."""
    deadline = time.monotonic() + RAN_OUT
    while time.monotonic() < deadline:
        if seen := look():
            return seen
        time.sleep(0.01)
    pytest.fail(f"{what}: not within {RAN_OUT:g} s")


def ask(uri: str, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, str]:
    """Send one HTTP request with exactly these headers, and return status and body."""
    caller = http.client.HTTPConnection("127.0.0.1", port_of(uri), timeout=30)
    try:
        content = None if body is None else json.dumps(body)
        caller.request(method, path, content, {"Content-Type": "application/json", **headers})
        answer = caller.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")
    finally:
        caller.close()


def mlflow(uri: str, method: str, endpoint: str, **fields: Any) -> Any:
    """Call MLflow's REST API, which must succeed, and return its answer."""
    query = f"?{urlencode(fields)}" if method == "GET" else ""
    body = None if method == "GET" else fields
    status, text = ask(uri, method, f"/api/2.0/mlflow/{endpoint}{query}", body)
    assert status == 200, text
    return json.loads(text)


def metrics_of(uri: str, run_id: str) -> dict[str, float]:
    """Return the metrics of a run as the server has them."""
    run = mlflow(uri, "GET", "runs/get", run_id=run_id)["run"]
    return {metric["key"]: metric["value"] for metric in run["data"]["metrics"]}


def runs_in(uri: str, experiment: str = EXPERIMENT) -> list[str]:
    """Return the ids of the runs of an experiment."""
    found = mlflow(uri, "GET", "experiments/get-by-name", experiment_name=experiment)["experiment"]
    runs = mlflow(uri, "POST", "runs/search", experiment_ids=[found["experiment_id"]]).get("runs", [])
    return [run["info"]["run_id"] for run in runs]


def stages_of(document: Mapping[str, Any]) -> dict[str, str]:
    """Return the stages of a verification in order, each with its status."""
    return {stage["id"]: stage["status"] for stage in document["data"]["stages"]}


def unbroken(text: str) -> str:
    """Return what was printed for a person as one line, however it was wrapped."""
    return " ".join(text.split())
