"""Ports: whether one is free, who holds it, and which to choose."""

from __future__ import annotations

import errno
import socket
import sys
from dataclasses import dataclass

import psutil

# macOS gives 5000 to its AirPlay receiver.
FIRST_CHOICE = 5001 if sys.platform == "darwin" else 5000
TRIES = 20


@dataclass(frozen=True)
class Holder:
    """The program that listens on a port, as far as the operating system tells."""

    port: int
    pid: int | None = None
    program: str | None = None

    def __str__(self) -> str:
        return f"{self.program} (pid {self.pid})" if self.pid else "another program"


def is_free(host: str, port: int) -> bool:
    """Tell whether a server could listen on a port: no program answers on it, and it can be bound."""
    try:
        # A bind alone is not enough: on macOS it succeeds beside a program that listens on all addresses.
        return _connect(host, port) != 0 and _bind_error(host, port) is None
    except socket.gaierror:  # no such host
        return False


def is_in_use(host: str, port: int) -> bool:
    """Tell whether a program listens on a port of this machine."""
    # A program that is too busy to accept at once holds the port as well.
    return _connect(host, port) in (0, errno.EAGAIN, errno.EWOULDBLOCK)


def _connect(host: str, port: int) -> int:
    family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind) as caller:
        caller.settimeout(0.3)
        return caller.connect_ex(address)


def is_forbidden(host: str, port: int) -> bool:
    """Tell whether this user may not listen on a port, such as one below 1024 on many systems."""
    return isinstance(_bind_error(host, port), PermissionError)


def _bind_error(host: str, port: int) -> OSError | None:
    family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind) as listener:
        # On Windows SO_REUSEADDR would let two servers share the port.
        if sys.platform == "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
        except OSError as error:
            return error
    return None


def holder(port: int) -> Holder:
    try:
        connections = psutil.net_connections(kind="tcp")
    except (psutil.Error, OSError):
        return Holder(port)
    for connection in connections:
        listening = connection.status == psutil.CONN_LISTEN and connection.laddr
        if listening and listening.port == port and connection.pid:
            try:
                return Holder(port, connection.pid, psutil.Process(connection.pid).name())
            except psutil.Error:
                return Holder(port, connection.pid, "a program")
    return Holder(port)


def choose(host: str, preferred: int) -> tuple[int, Holder | None]:
    """Return the preferred port if it is free, else the next free one and who holds the preferred one."""
    if is_free(host, preferred):
        return preferred, None
    for port in range(preferred + 1, min(preferred + TRIES, 65536)):
        if is_free(host, port):
            return port, holder(preferred)
    with socket.socket() as any_port:
        any_port.bind(("", 0))
        return int(any_port.getsockname()[1]), holder(preferred)
