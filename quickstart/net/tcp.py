"""TCP as quickstart opens it: never without a deadline, the look-up of a name included."""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")
CONNECT_TIMEOUT = 2.0  # seconds
# A server that listens on all addresses is called at the loopback address.
WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104


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
    try:
        return in_time(partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM), seconds)
    except (TimeoutError, ValueError, OverflowError) as error:
        raise socket.gaierror(socket.EAI_AGAIN, f"no answer to its name in {seconds:g} s") from error


def in_time(act: Callable[[], T], seconds: float) -> T:
    """Return the result of a function; raise TimeoutError if it takes longer.

    requests' own timeout restarts with each byte, so a server that trickles headers could block us forever.
    """
    done: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            done.append(act())
        except BaseException as error:
            failed.append(error)

    working = threading.Thread(target=run, daemon=True)
    working.start()
    working.join(seconds)
    if failed:
        raise failed[0]
    if not done:
        raise TimeoutError
    return done[0]
