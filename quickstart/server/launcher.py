"""Launch a server's process, detached, and wait until it is ready."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil

from quickstart.errors import QuickstartError
from quickstart.events import Progress
from quickstart.net.http import Http
from quickstart.runtime.process import SCRIPTS, clean_environment
from quickstart.server import processes, records
from quickstart.server.records import Server
from quickstart.state import files
from quickstart.system import memory, signals

DEADLINE = 120.0  # seconds until ready; 3 s are usual, a first start on a cold or busy disk takes a minute
LOGS_KEPT = 3
NO_CLASSROOM = 97  # exit status of a server whose MLflow is too old for a workshop
ANSWERS = 20.0  # seconds for one answer of a live server, which is stuck otherwise
TAIL = 30  # lines of the log that show why a start failed
API_PROBE = "/api/2.0/mlflow/experiments/search?max_results=1"
WORKSHOP_PROBE = "/quickstart/ready"

# Measured (MLflow 3.17.2, SQLite, 200 clients at once): 83 succeed with the default pool of 5 + 10, 200 with this.
POOL = "40"


def mlflow_arguments(server: Server) -> list[str]:
    arguments = {
        "--host": server.host,
        "--port": str(server.port),
        # More workers only add processes: a second one does not make SQLite faster.
        "--workers": "1",
        "--backend-store-uri": database_uri(server.database),
        "--artifacts-destination": server.artifacts.as_uri(),
    }
    return [word for pair in arguments.items() for word in pair]


def command(server: Server) -> list[str]:
    script = [server.python, str(SCRIPTS / "server_app.py"), server.launcher_choice, server.host, str(server.port)]
    return [*script, "--", *mlflow_arguments(server)]


def database_uri(database: Path) -> str:
    """The path is absolute, or it would depend on the working directory."""
    return f"sqlite:///{database.as_posix()}"


def environment(server: Server) -> dict[str, str]:
    """The shell's environment, without what changes where data goes."""
    settings = {
        processes.TOKEN: server.instance,
        processes.OWNER: processes.owner(server),
        "PYTHONUNBUFFERED": "1",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": str(server.with_jobs).lower(),
        "MLFLOW_SQLALCHEMYSTORE_POOL_SIZE": POOL,
        "MLFLOW_SQLALCHEMYSTORE_MAX_OVERFLOW": POOL,
    }
    if server.private:
        settings["MLFLOW_DISABLE_TELEMETRY"] = "true"
    if server.allowed_hosts:
        # The list replaces MLflow's own, and "host:*" does not match a Host without a port.
        names = ("localhost", "127.0.0.1", "[::1]", *server.allowed_hosts)
        settings["MLFLOW_SERVER_ALLOWED_HOSTS"] = ",".join(
            form for name in names for form in ((name,) if re.search(r":\d+$", name) else (name, f"{name}:*"))
        )
    if server.classroom:
        settings["QUICKSTART_CLASSROOM"] = server.classroom
    return clean_environment(**settings)


def rotate_log(log: Path) -> None:
    files.private_folder(log.parent)
    for number in range(LOGS_KEPT - 1, -1, -1):
        older = log.with_suffix(f".log.{number}") if number else log
        if older.exists():
            older.replace(log.with_suffix(f".log.{number + 1}"))


def launch(server: Server, progress: Progress, installed: str | None, deadline: float = DEADLINE) -> Server:
    """Start a server's process and wait until it is ready; if that fails, nothing is left behind.

    Args:
        server: as returned by Server.for_launch().
        installed: the MLflow version that it must report, if known.
        deadline: seconds.

    Raises:
        QuickstartError: "port-lost" (another program took the port), "server-failed" or "server-slow".
    """
    records.save(server)
    rotate_log(server.log)
    try:
        child = _spawn(server)
        server = records.save(replace(server, pid=child.pid, create_time=psutil.Process(child.pid).create_time()))
        progress(f"starting a server on {server.url}", f"log: {server.log}")
        version = _wait_until_ready(server, child, installed, deadline)
        launcher = _log_facts(server.log).get("launcher")
        return records.save(replace(server, mlflow_version=version, served_by=version, launcher=launcher))
    except BaseException:  # also Ctrl-C: no half-started server is left behind
        processes.end(server)
        records.save(server.stopped())
        raise


def _spawn(server: Server) -> subprocess.Popen[bytes]:
    """Start the process in a session of its own, so that it outlives the terminal."""
    options: dict[str, Any]
    if sys.platform == "win32":
        options = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    else:
        options = {"start_new_session": True, "umask": 0o077}
    files.private_folder(server.log.parent)
    try:
        with open(server.log, "wb", opener=files.private_opener) as log:
            return subprocess.Popen(  # noqa: S603 - the person's own interpreter
                command(server),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # A file or folder named mlflow in the working directory would hide the package.
                cwd=server.store,
                env=environment(server),
                **options,
            )
    except OSError as error:
        raise QuickstartError("python-broken", python=server.python, detail=str(error)) from error


def _wait_until_ready(server: Server, child: subprocess.Popen[bytes], installed: str | None, deadline: float) -> str:
    """Wait until the process lives, /version answers and an API path answers.

    /health and /version answer even if every API call is rejected, and another program may answer them on the same
    port.
    """
    begun = time.monotonic()
    with _http(server, 1.0) as http:
        while True:
            signals.raise_if_stopped()
            waited = time.monotonic() - begun
            if child.poll() is not None:
                raise _exit_error(server, child.returncode, waited)
            if answered := _version(server, http, installed):
                if child.poll() is None:
                    return answered
            # Checked last: after an hour of suspension the server is ready, not late.
            elif waited > deadline:
                raise _slow_error(server, deadline)
            time.sleep(0.02)


def probe_server(server: Server) -> tuple[str, str | None] | None:
    """The MLflow version and the launcher of a ready server whose record lacks them."""
    with _http(server, 1.0) as http:
        version = _version(server, http, None)
    return (version, _log_facts(server.log).get("launcher")) if version else None


def is_ready(server: Server) -> bool:
    """A busy server gets time to answer an API call."""
    with _http(server, ANSWERS) as http:
        try:
            http.request("GET", API_PROBE)
        except QuickstartError:
            return False
    return True


def _http(server: Server, seconds: float) -> Http:
    return Http(server.url, read_timeout=seconds, fingerprint=server.fingerprint)


def _version(server: Server, http: Http, installed: str | None) -> str | None:
    """The MLflow version, if it is the right one and an API path answers too."""
    if server.classroom:
        return _workshop_version(http)
    try:
        version = http.request("GET", "/version")
        api = http.request("GET", API_PROBE)
    except QuickstartError:
        return None
    answered = version.text.strip() if version.status == 200 else ""
    return answered if api.status in (200, 401) and answered in {installed or answered} - {""} else None


def _workshop_version(http: Http) -> str | None:
    """The MLflow version of a workshop whose seats are ready, even if it is locked."""
    try:
        answer = http.request("GET", WORKSHOP_PROBE).json()
    except QuickstartError:
        return None
    return str(answer["mlflow"]) if isinstance(answer, dict) and answer.get("made") else None


def _exit_error(server: Server, status: int, seconds: float) -> QuickstartError:
    if _log_facts(server.log).get("failed") == "port-taken":
        return QuickstartError("port-lost", name=server.name, port=server.port)
    if status == NO_CLASSROOM:
        why = _log_facts(server.log).get("detail", "it gives no reason")
        return QuickstartError("no-classroom", python=server.python, detail=why)
    return _start_error(server, status, seconds)


def _slow_error(server: Server, seconds: float) -> QuickstartError:
    last = tail_log(server.log)
    # It lost the thread that answers, and never will; under a tight limit the log does not show it.
    if memory.is_out_of_memory(last) or memory.memory_limit() is not None:
        return _start_error(server, None, seconds)
    return QuickstartError("server-slow", name=server.name, seconds=seconds, log=str(server.log), tail=last)


def _start_error(server: Server, status: int | None, seconds: float) -> QuickstartError:
    return QuickstartError(
        "server-failed",
        name=server.name,
        status=status,
        seconds=round(seconds, 1),
        python=server.python,
        store=server.store,
        log=str(server.log),
        tail=tail_log(server.log),
        limit_mb=memory.memory_limit(),
    )


def _log_facts(log: Path) -> dict[str, Any]:
    """The facts that runtime/scripts/server_app.py wrote into the log."""
    facts: dict[str, Any] = {}
    for line in tail_log(log, sys.maxsize):
        if line.startswith('{"quickstart": '):
            facts.update(json.loads(line)["quickstart"])
    return facts


def tail_log(log: Path, lines: int = TAIL) -> list[str]:
    try:
        return log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]
    except FileNotFoundError:
        return []


def follow_log(log: Path) -> Iterator[str]:
    """Yield the lines that are added to a log, endlessly."""
    with log.open(encoding="utf-8", errors="replace") as file:
        file.seek(0, os.SEEK_END)
        while True:
            if text := file.readline():
                yield text.rstrip("\n")
            else:
                time.sleep(0.2)
