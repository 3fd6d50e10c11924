"""TCP as quickstart opens it: never without a deadline, the look-up of a name included."""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Mapping
from typing import Any

CONNECT_TIMEOUT = 2.0  # seconds


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address means this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def no_proxy(environment: Mapping[str, str], *hosts: str) -> str:
    """Return the NO_PROXY that adds some hosts to those it has."""
    named = (environment.get("no_proxy") or environment.get("NO_PROXY", "")).split(",")
    return ",".join(dict.fromkeys(filter(None, (*(one.strip() for one in named), *hosts))))


def connect(host: str, port: int, seconds: float = CONNECT_TIMEOUT) -> None:
    open_connection(host, port, seconds).close()


def open_connection(host: str, port: int, seconds: float = CONNECT_TIMEOUT) -> socket.socket:
    """Open a TCP connection; all addresses of a name share the time.

    Args:
        seconds: to look up the name, and again to connect to one of its addresses.

    Raises:
        socket.gaierror: the name is unknown, or its look-up timed out.
        OSError: refused; TimeoutError: timed out.
    """
    addresses = _looked_up(host, port, seconds)
    deadline = time.monotonic() + seconds
    last: OSError = TimeoutError("no address left to try")
    # A large host has six addresses: each its own two seconds would be twelve.
    for number, (family, kind, protocol, _, address) in enumerate(addresses):
        left = (deadline - time.monotonic()) / (len(addresses) - number)
        if left <= 0:
            break
        opened = socket.socket(family, kind, protocol)
        opened.settimeout(left)
        try:
            opened.connect(address)
            return opened
        except OSError as error:
            opened.close()
            last = error
    raise last


def _looked_up(host: str, port: int, seconds: float) -> list[Any]:
    """The resolver has no deadline of its own."""
    found: list[Any] = []

    def look_up() -> None:
        try:
            found.append(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except OSError as error:
            found.append(error)

    asking = threading.Thread(target=look_up, daemon=True)
    asking.start()
    asking.join(seconds)
    answer = found[0] if found else socket.gaierror(socket.EAI_AGAIN, f"no answer to its name in {seconds:g} s")
    if isinstance(answer, OSError):
        raise answer
    return list(answer)
