"""The way to a class: through a proxy or direct, and what it means where nobody is reached. Nothing secret is sent."""

from __future__ import annotations

import base64
import errno
import ipaddress
import re
import socket
import ssl
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from quickstart.errors import QuickstartError
from quickstart.net.tcp import is_loopback, open_connection
from quickstart.workshop.join_code import Invitation

PATIENCE = 4.0  # seconds to connect, on bad Wi-Fi
MOST = 16_384  # bytes of what a proxy, or who speaks no TLS, says first
SHORT = 1.5  # seconds for a second look
NO_TLS = re.compile(r"WRONG_VERSION_NUMBER|UNKNOWN_PROTOCOL|RECORD_LAYER|record layer|HTTP_REQUEST|PACKET_LENGTH")
PORTAL = re.compile(r"captive|portal|hotspot|wi-?fi|log ?in|sign ?in|accept the terms", re.IGNORECASE)
NO_ROUTE = (errno.ENETUNREACH, errno.ENETDOWN)
BROKEN = (ConnectionResetError, ConnectionAbortedError, BrokenPipeError, ssl.SSLEOFError, ssl.SSLZeroReturnError)

Interface = tuple[str, str]  # address and netmask


@dataclass(frozen=True)
class Route:
    """A way to the server.

    Args:
        proxy: address of the proxy, with its login; "" for none.
    """

    proxy: str = field(default="", repr=False)

    @property
    def shown(self) -> str:
        """The proxy without its login."""
        parts = urlsplit(self.proxy)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if self.proxy else ""


DIRECT = Route()


def routes(invitation: Invitation) -> tuple[Route, ...]:
    """Return the ways to try: the proxy that the environment names, unless it excludes the host, and then direct."""
    from urllib.request import getproxies

    if is_loopback(invitation.host) or not getproxies():
        return (DIRECT,)
    # What reads NO_PROXY as MLflow's own client does takes 80 ms to import.
    from quickstart.net.http import environment_proxies

    found = environment_proxies(invitation.url)
    proxy = found.get("https") or found.get("all") or ""
    return (Route(proxy if "://" in proxy else f"http://{proxy}"), DIRECT) if proxy else (DIRECT,)


def no_proxy(host: str, environment: Mapping[str, str]) -> str:
    """Return what NO_PROXY must be so that no proxy stands before a host; what it names now stays. Pure."""
    named = (environment.get("no_proxy") or environment.get("NO_PROXY", "")).split(",")
    return ",".join(dict.fromkeys(filter(None, (*(one.strip() for one in named), host))))


def open_route(invitation: Invitation, route: Route) -> socket.socket:
    """Return a connection to the server.

    Raises:
        Fault: "room-proxy": the proxy did not let us through.
        OSError: as open_connection() does.
    """
    if not route.proxy:
        return open_connection(invitation.host, invitation.port, PATIENCE)
    parts = urlsplit(route.proxy)
    facts: dict[str, Any] = {"url": invitation.url, "address": invitation.address, "proxy": route.shown}
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise QuickstartError("room-proxy", **facts, said=f"it is no proxy for the web ({parts.scheme})")
    try:
        opened = open_connection(parts.hostname, parts.port or (443 if parts.scheme == "https" else 80), PATIENCE)
        if parts.scheme == "https":
            opened = ssl.create_default_context().wrap_socket(opened, server_hostname=parts.hostname)
        said = _asked_through(opened, invitation, parts.username, parts.password)
    except (OSError, ValueError) as error:
        raise QuickstartError("room-proxy", **facts, said=_words(error)) from error
    if not re.match(r"HTTP/1\.[01] 2\d\d", said):
        opened.close()
        raise QuickstartError("room-proxy", **facts, said=said.partition(" ")[2][:60] or "it is no proxy")
    return opened


def _asked_through(opened: socket.socket, invitation: Invitation, user: str | None, password: str | None) -> str:
    """Ask a proxy to connect, and return the first line of what it says."""
    head = [f"CONNECT {invitation.address} HTTP/1.1", f"Host: {invitation.address}"]
    if user:
        pair = f"{unquote(user)}:{unquote(password or '')}".encode()
        head.append(f"Proxy-Authorization: Basic {base64.b64encode(pair).decode('ascii')}")
    opened.settimeout(2 * PATIENCE)  # it has to connect, too
    opened.sendall("\r\n".join([*head, "", ""]).encode("latin-1"))
    said = b""
    while b"\r\n\r\n" not in said and len(said) < MOST:
        if not (more := opened.recv(1)):  # byte by byte: what follows is TLS, and not ours to read
            break
        said += more
    return said.partition(b"\r\n")[0].decode("latin-1")


def failure(invitation: Invitation, error: OSError) -> QuickstartError:
    """Return what it means that a server could not be reached, or broke off, without a proxy.

    Args:
        invitation: where it should be.
        error: that connecting or the handshake raised.
    """
    facts: dict[str, Any] = {"url": invitation.url, "host": invitation.host, "port": invitation.port}
    facts |= {"address": invitation.address, "again": f"quickstart join {invitation.address}/CODE"}
    if isinstance(error, socket.gaierror):
        return QuickstartError("name-unknown", **facts, detail=error.strerror or str(error))
    if isinstance(error, ConnectionRefusedError):
        return QuickstartError("room-closed", **facts)
    if isinstance(error, ssl.SSLError) and NO_TLS.search(str(error)):
        portal, seen = _spoken(invitation)
        return (
            QuickstartError("room-portal", **facts) if portal else QuickstartError("room-not-tls", **facts, seen=seen)
        )
    if isinstance(error, HandshakeTimeout):
        return QuickstartError("room-no-answer", **facts, seconds=error.seconds)
    if isinstance(error, TimeoutError) or error.errno in (*NO_ROUTE, errno.EHOSTUNREACH):
        mine = interfaces()
        if error.errno in NO_ROUTE or neighbour(invitation.host, mine) is False:
            named = ", ".join(address for address, _ in mine) or "none at all"
            return QuickstartError("room-elsewhere", **facts, mine=named)
        return QuickstartError("room-silent", **facts, seconds=PATIENCE)
    return QuickstartError("room-broke-off", **facts, detail=_words(error))


class HandshakeTimeout(TimeoutError):
    """Somebody took the connection, and then said nothing.

    Args:
        seconds: of silence.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(f"{seconds:g} s of silence")
        self.seconds = seconds


def neighbour(host: str, mine: Iterable[Interface]) -> bool | None:
    """Tell whether a machine is in a network of ours; None where its address does not tell. Pure.

    Args:
        host: name or address.
        mine: addresses of this machine, each with its netmask.
    """
    try:
        there = ipaddress.ip_address(host)
    except ValueError:
        return None
    if not there.is_private:
        return None  # many networks lie between anyway
    networks = [ipaddress.ip_network(f"{address}/{mask}", strict=False) for address, mask in mine]
    return any(there in network for network in networks if network.version == there.version)


def interfaces() -> list[Interface]:
    """Return the IPv4 addresses of this machine that are up, with their netmasks; loopback is none of them."""
    import psutil

    found = []
    with suppress(OSError):
        up = {name for name, state in psutil.net_if_stats().items() if state.isup}
        for name in sorted(up):
            for one in psutil.net_if_addrs().get(name, ()):
                if one.family == socket.AF_INET and one.netmask and not is_loopback(one.address):
                    found.append((one.address, one.netmask))
    return found


def combine_failures(failed: Sequence[tuple[Route, QuickstartError]]) -> QuickstartError:
    """Return the one fault that stands for all ways that were tried; another certificate outweighs silence. Pure."""
    route, fault = next((one for one in failed if one[1].code == "wrong-certificate"), failed[-1])
    for other, beside in failed:
        if other is not route:
            way = f"Through the proxy {other.shown}" if other.proxy else "Without the proxy"
            return fault.with_defaults(aside=f"{way} it was: {_in_short(beside)}.")
    return fault


def _in_short(fault: QuickstartError) -> str:
    shorts = {
        "room-proxy": f"not let through ({fault.facts.get('said')})",
        "wrong-certificate": "another server that answered",
        "room-silent": "silence",
        "room-elsewhere": "silence",
        "room-closed": "refused",
        "name-unknown": "a name that nobody knows",
    }
    return shorts.get(fault.code, "broken off")


def _spoken(invitation: Invitation) -> tuple[bool, str]:
    """Find out who answers without TLS: whether it is a page to log in to the Wi-Fi, and what it says first."""
    said = ""
    with suppress(OSError), open_connection(invitation.host, invitation.port, SHORT) as opened:
        opened.settimeout(SHORT)
        opened.sendall(f"GET / HTTP/1.0\r\nHost: {invitation.address}\r\n\r\n".encode("latin-1"))
        while len(said) < MOST and (more := opened.recv(4096)):
            said += more.decode("latin-1")
    status = said.partition("\r\n")[0][:60]
    elsewhere = re.search(r"(?im)^location:\s*https?://(?!" + re.escape(invitation.host) + r")", said)
    portal = said.startswith("HTTP/") and bool(" 511 " in status or elsewhere or PORTAL.search(said))
    return portal, status or "something that is no web server"


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "silence"
    return str(getattr(error, "strerror", None) or error)[:120]
