"""Who listens on this machine, and where MLflow answers: looked at once more where nobody answers at an address."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import psutil

from quickstart.errors import QuickstartError
from quickstart.methods.server.probe import VERSION
from quickstart.net.http import Http
from quickstart.server import records

T = TypeVar("T")
USUAL = (5000, 5001, 8080)  # where MLflow listens by default, beside AirPlay, and in most examples of Docker
MOST = 12  # ports of this machine that are asked
SHORT = 0.5  # seconds for an answer
HOME = ("HOME", "USERPROFILE")


@dataclass(frozen=True)
class Listener:
    """A program that listens on a port of this machine.

    Args:
        port: TCP port.
        pid: of its process, where the operating system tells.
    """

    port: int
    pid: int | None


def side_by_side(acts: Sequence[Callable[[], T]], seconds: float) -> list[T | None]:
    """Run acts at once, and return what each returned in time; None for one that raised or is late.

    Args:
        acts: none of which may change anything.
        seconds: that all of them together get.
    """
    found: list[T | None] = [None] * len(acts)

    def run(number: int) -> None:
        with suppress(Exception):  # a look that stumbles tells nothing
            found[number] = acts[number]()

    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(len(acts))]
    deadline = time.monotonic() + seconds
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return list(found)


def mlflow_at(url: str, *, direct: bool = False) -> str:
    """Return the version of the MLflow that answers at an address; "" where none does. Nothing secret is sent.

    Args:
        url: the address.
        direct: whether to pass by every proxy.
    """
    try:
        with Http(url, SHORT, direct=direct) as http:
            answer = http.request("GET", "/version")
    except QuickstartError:
        return ""
    version = answer.text.strip()
    return version if answer.status == 200 and VERSION.fullmatch(version) else ""


def first_mlflow(urls: Sequence[str], seconds: float) -> str:
    """Return the first of some addresses where MLflow answers; "" where it answers at none of them in time."""
    found = side_by_side([partial(mlflow_at, url) for url in urls], seconds)
    return next((url for url, version in zip(urls, found, strict=True) if version), "")


def ports_here() -> list[int]:
    """Return the ports of this machine where this person's MLflow may be, the likeliest first.

    A server that somebody else runs here, or that this user runs for another home, is not theirs: nobody is sent
    there.
    """
    listeners = {one.port: one for one in listening()}
    own: list[int] = []
    with suppress(QuickstartError):  # a damaged file of ours has a row of its own
        own = [server.port for server in records.load_all()]
    usual = [port for port in USUAL if port not in listeners or _home(listeners[port]) in (None, *_own_home())]
    others = sorted(port for port, one in listeners.items() if _home(one) in _own_home())
    return list(dict.fromkeys((*own, *usual, *others)))[:MOST]


def listening() -> list[Listener]:
    """Return who listens on this machine, as far as the operating system tells."""
    try:
        return _listeners((one, one.pid) for one in psutil.net_connections(kind="tcp"))
    except (psutil.Error, OSError):  # macOS tells it of one's own processes alone
        return [one for process in psutil.process_iter() for one in _of(process)]


def _of(process: psutil.Process) -> list[Listener]:
    look = getattr(process, "net_connections", None) or process.connections  # psutil before 6 has the older name
    with suppress(psutil.Error, OSError):
        return _listeners((one, process.pid) for one in look("tcp"))
    return []


def _listeners(connections: Iterable[tuple[Any, int | None]]) -> list[Listener]:
    return [Listener(one.laddr.port, pid) for one, pid in connections if one.status == psutil.CONN_LISTEN]


def _home(listener: Listener) -> str | None:
    """Return the home folder of whoever listens; None where nobody tells."""
    if listener.pid is None:
        return None
    with suppress(psutil.Error, OSError):
        environment = psutil.Process(listener.pid).environ()
        return next((environment[name] for name in HOME if environment.get(name)), "")
    return None


def _own_home() -> tuple[str, ...]:
    return tuple(os.environ[name] for name in HOME if os.environ.get(name))
