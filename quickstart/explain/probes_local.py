"""Probes of this machine: who listens here, and the server of this user that should answer at an address."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import psutil

from quickstart.errors import QuickstartError
from quickstart.explain.causes import Cause, cause_in_log, last_words
from quickstart.methods.server.probe import VERSION
from quickstart.net.http import Http
from quickstart.net.tcp import is_loopback
from quickstart.server import ports, processes, records
from quickstart.server.launcher import tail_log
from quickstart.server.records import Server, same_place

T = TypeVar("T")
USUAL = (5000, 5001, 8080)  # MLflow's default, the port beside AirPlay, and that of most Docker examples
MOST_PORTS = 12  # of this machine that are asked
SHORT = 0.5  # seconds for an answer
HOME = ("HOME", "USERPROFILE")
MOST_WORDS = 200  # characters of a log's last line


@dataclass(frozen=True)
class Listener:
    """A program that listens on a TCP port of this machine; its process id if the operating system tells it."""

    port: int
    pid: int | None


def run_in_parallel(acts: Sequence[Callable[[], T]], seconds: float) -> list[T | None]:
    """Run acts at once, and return what each returned in time; None for one that raised or is late.

    None of the acts may change anything; `seconds` is for all of them together.
    """
    found: list[T | None] = [None] * len(acts)

    def run(number: int) -> None:
        with suppress(Exception):  # a probe that fails finds nothing
            found[number] = acts[number]()

    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(len(acts))]
    deadline = time.monotonic() + seconds
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return list(found)


def mlflow_at(url: str, *, direct: bool = False) -> str:
    """Return the version of the MLflow server at a URL; "" if there is none. `direct` bypasses every proxy."""
    try:
        with Http(url, SHORT, direct=direct) as http:
            answer = http.request("GET", "/version")
    except QuickstartError:
        return ""
    version = answer.text.strip()
    return version if answer.status == 200 and VERSION.fullmatch(version) else ""


def first_mlflow(urls: Sequence[str], seconds: float) -> str:
    """Return the first URL at which MLflow answers; "" if it answers at none of them in time."""
    found = run_in_parallel([partial(mlflow_at, url) for url in urls], seconds)
    return next((url for url, version in zip(urls, found, strict=True) if version), "")


def ports_here() -> list[int]:
    """Return the ports of this machine on which this user's MLflow may listen, the likeliest first.

    Servers of another user, or of this user for another home folder, are left out: no one should be sent there.
    """
    listeners = {one.port: one for one in listening()}
    own: list[int] = []
    with suppress(QuickstartError):  # another check reports a damaged file of ours
        own = [server.port for server in records.load_all()]
    usual = [port for port in USUAL if port not in listeners or _home(listeners[port]) in (None, *_own_home())]
    others = sorted(port for port, one in listeners.items() if _home(one) in _own_home())
    return list(dict.fromkeys((*own, *usual, *others)))[:MOST_PORTS]


def listening() -> list[Listener]:
    try:
        return _listeners((one, one.pid) for one in psutil.net_connections(kind="tcp"))
    except (psutil.Error, OSError):  # macOS shows only this user's own processes
        return [one for process in psutil.process_iter() for one in _listeners_of(process)]


def _listeners_of(process: psutil.Process) -> list[Listener]:
    connections = getattr(process, "net_connections", None) or process.connections  # psutil before 6: the older name
    with suppress(psutil.Error, OSError):
        return _listeners((one, process.pid) for one in connections("tcp"))
    return []


def _listeners(connections: Iterable[tuple[Any, int | None]]) -> list[Listener]:
    return [Listener(one.laddr.port, pid) for one, pid in connections if one.status == psutil.CONN_LISTEN]


def _home(listener: Listener) -> str | None:
    """Return the home folder in a listener's environment; None if it is unreadable."""
    if listener.pid is None:
        return None
    with suppress(psutil.Error, OSError):
        environment = psutil.Process(listener.pid).environ()
        return next((environment[name] for name in HOME if environment.get(name)), "")
    return None


def _own_home() -> tuple[str, ...]:
    return tuple(os.environ[name] for name in HOME if os.environ.get(name))


def own_server_at(url: str) -> Server | None:
    with suppress(QuickstartError):  # another check reports a damaged file of ours
        return next((one for one in records.load_all() if same_place(one, url)), None)
    return None


def own_server(error: QuickstartError) -> QuickstartError | None:
    """Find that this user's own server was stopped, or exited without being stopped."""
    server = own_server_at(str(error.facts["url"]))
    if server is None or processes.find_root(server):
        return None
    url, until = str(error.facts["url"]), _until(server)
    if server.pid is None and not server.instance:
        return QuickstartError("own-server-down", url=url, name=server.name, until=until, store=server.store)
    tail = tail_log(server.log)
    facts = {"name": server.name, "python": server.python, "store": server.store, "log": str(server.log), "tail": tail}
    cause = cause_in_log(facts) or Cause(
        f"It was killed, or exited by itself. The last line of its log: {last_words(tail)[:MOST_WORDS] or 'none'}",
        f"quickstart server start --name {server.name}",
    )
    return QuickstartError(
        "own-server-ended",
        url=url,
        name=server.name,
        until=until,
        cause=cause.why,
        fix=cause.command,
        remark=cause.note,
    )


def _until(server: Server) -> str:
    try:
        ended = datetime.fromtimestamp(server.log.stat().st_mtime)
    except OSError:
        return ""
    today = ended.date() == datetime.now().date()
    return f", until {ended:%H:%M}" if today else f", until {ended:%Y-%m-%d %H:%M}"


def suspended_server(error: QuickstartError) -> QuickstartError | None:
    """Find that it is this user's own server, and that its process is suspended."""
    server = own_server_at(str(error.facts["url"]))
    root = processes.find_root(server) if server else None
    if server is None or root is None or not processes.is_suspended(server):
        return None
    return QuickstartError("server-suspended", url=str(error.facts["url"]), name=server.name, pid=root.pid)


def other_owner(error: QuickstartError) -> QuickstartError | None:
    """Find that another program answers in place of this user's own server, which is not running."""
    server = own_server_at(str(error.facts["url"]))
    if server is None or processes.find_root(server):
        return None
    found = ports.holder(server.port)
    return QuickstartError(
        "port-stolen", url=str(error.facts["url"]), name=server.name, port=server.port, holder=str(found)
    )


def holder(error: QuickstartError) -> QuickstartError | None:
    """Add which program holds the port, if it is on this machine."""
    parts = urlsplit(str(error.facts["url"]))
    if not is_loopback(parts.hostname or "") or parts.port is None:
        return None
    found = ports.holder(parts.port)
    if found.pid is None or found.pid == os.getpid():
        return None
    return error.replace(holder=str(found), aside=f"Port {parts.port} is held by {found}{_script_of(found.pid)}.")


def _script_of(pid: int) -> str:
    """Return which script or module a program of this user runs; never its arguments."""
    with suppress(psutil.Error, OSError, IndexError):
        line = psutil.Process(pid).cmdline()
        module = line[line.index("-m") + 1] if "-m" in line else ""
        script = next((word for word in line[1:] if word.endswith(".py")), "") or module
        return f", running {Path(script).name[:30]}" if script else ""
    return ""
