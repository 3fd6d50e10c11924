"""The record of a server: its settings and its present process."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from quickstart.errors import ExitCode, QuickstartError
from quickstart.net.tcp import WILDCARDS, is_loopback
from quickstart.state import files

LauncherChoice = Literal["auto", "mlflow-server"]


@dataclass(frozen=True)
class Server:
    """A local server: its settings, and the process that runs it, if any.

    Args:
        port: TCP port, the same at every start.
        store: absolute folder that holds mlflow.db and artifacts/.
        private: whether MLflow's telemetry is off in it.
        instance: random token in the environment of every process of this start.
        pid: process id of its root process; None if it was stopped or is starting.
        create_time: of that process, seconds since the epoch; it identifies the process with the pid.
        started: when it was started, ISO 8601, UTC.
        launcher: "one-process" or "mlflow-server", as it reported.
        served_by: version of the MLflow that last used the store, if any.
        classroom: the file of a workshop's settings; "" for a local server.
        fingerprint: SHA-256 of its certificate, in hex; "" for plain http.
    """

    name: str
    host: str
    port: int
    store: str
    python: str
    private: bool = True
    with_jobs: bool = False
    allowed_hosts: tuple[str, ...] = ()
    launcher_choice: LauncherChoice = "auto"
    instance: str = ""
    pid: int | None = None
    create_time: float | None = None
    started: str | None = None
    launcher: str | None = None
    mlflow_version: str | None = None
    served_by: str | None = None
    classroom: str = ""
    fingerprint: str = ""

    @property
    def near(self) -> str:
        return WILDCARDS.get(self.host, self.host)

    @property
    def url(self) -> str:
        """The tracking URI, with an IP address: `localhost` costs 2 s a call on Windows."""
        host = f"[{self.near}]" if ":" in self.near else self.near
        return f"http{'s' if self.fingerprint else ''}://{host}:{self.port}"

    @property
    def database(self) -> Path:
        return Path(self.store) / "mlflow.db"

    @property
    def artifacts(self) -> Path:
        return artifacts_in(Path(self.store))

    @property
    def log(self) -> Path:
        return files.state_folder() / "logs" / f"{self.name}.log"

    def for_launch(self) -> Server:
        """The record to write before the process is started: with a token, but without a pid."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        return replace(self.stopped(), instance=secrets.token_hex(8), started=now)

    def stopped(self) -> Server:
        return replace(self, instance="", pid=None, create_time=None, started=None, launcher=None, mlflow_version=None)


def artifacts_in(store: Path) -> Path:
    """Return the artifacts folder of a store; `mlflow server` without quickstart names it mlartifacts."""
    ours, stock = store / "artifacts", store / "mlartifacts"
    try:
        return stock if stock.is_dir() and not ours.exists() else ours
    except OSError:  # a server whose store cannot be entered can still be stopped
        return ours


def default_store(name: str) -> Path:
    return files.data_folder() / name


def _folder() -> Path:
    return files.state_folder() / "servers"


def load(name: str) -> Server | None:
    """Raise "state-damaged" if the record cannot be read."""
    path = _folder() / f"{files.validate_name(name)}.json"
    value: Any = files.read_json(path)
    if value is None:
        return None
    try:
        return Server(**{**value, "allowed_hosts": tuple(value["allowed_hosts"])})
    except (KeyError, TypeError) as error:
        raise QuickstartError("state-damaged", path=str(path), detail=str(error)) from error


def load_all() -> list[Server]:
    return [server for name in files.list_names(_folder(), ".json") if (server := load(name))]


def unknown_server(name: str) -> QuickstartError:
    known = ", ".join(server.name for server in load_all()) or "none"
    return QuickstartError("unknown-server", ExitCode.USAGE, name=name, known=known)


def save(server: Server) -> Server:
    files.write_json(_folder() / f"{server.name}.json", asdict(server))
    return server


def forget(name: str) -> None:
    (_folder() / f"{name}.json").unlink(missing_ok=True)


def same_place(server: Server, uri: str) -> bool:
    """Tell whether a URI leads to a local server, under any name of this machine."""
    try:
        parts, own = urlsplit(uri.strip()), urlsplit(server.url)
        return parts.port == own.port and is_loopback(parts.hostname or "")
    except ValueError:
        return False
