"""Routes to a workshop, through a proxy or direct, and what a connection failure means. No secret is sent here."""

from __future__ import annotations

import base64
import errno
import ipaddress
import re
import socket
import ssl
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies

import psutil

from quickstart.errors import QuickstartError
from quickstart.net.tcp import is_loopback, open_connection
from quickstart.workshop.participant.join_code import Invitation

CONNECT_TIMEOUT = 4.0  # seconds, for bad Wi-Fi
MAX_HEAD = 16_384  # bytes read of the answer of a proxy, or of a server without TLS
PROBE_TIMEOUT = 1.5  # seconds
NO_TLS = re.compile(r"WRONG_VERSION_NUMBER|UNKNOWN_PROTOCOL|RECORD_LAYER|record layer|HTTP_REQUEST|PACKET_LENGTH")
PORTAL = re.compile(r"captive|portal|hotspot|wi-?fi|log ?in|sign ?in|accept the terms", re.IGNORECASE)
NO_ROUTE = (errno.ENETUNREACH, errno.ENETDOWN)
BROKEN = (ConnectionResetError, ConnectionAbortedError, BrokenPipeError, ssl.SSLEOFError, ssl.SSLZeroReturnError)
SHORT_REASONS = {
    "room-proxy": "rejected ({detail})",
    "wrong-certificate": "another server answered",
    "room-silent": "timed out",
    "room-elsewhere": "timed out",
    "room-closed": "connection refused",
    "name-unknown": "unknown host name",
}

Interface = tuple[str, str]  # address and netmask


@dataclass(frozen=True)
class Route:
    """A route to the server, through the proxy with this URL, credentials included; "" for none."""

    proxy: str = field(default="", repr=False)

    @property
    def display(self) -> str:
        """The proxy without its credentials."""
        parts = urlsplit(self.proxy)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if self.proxy else ""


DIRECT = Route()


class HandshakeTimeout(TimeoutError):
    """The server accepted the connection, then timed out."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"timed out after {seconds:g} s")
        self.seconds = seconds


def facts_of(invitation: Invitation) -> dict[str, Any]:
    """Return the facts about a server that messages name; none of them is secret."""
    about = {"url": invitation.url, "host": invitation.host, "port": invitation.port, "address": invitation.address}
    return {**about, "again": f"quickstart join {invitation.address}/CODE"}


def find_routes(invitation: Invitation) -> tuple[Route, ...]:
    """Return the routes to try: the proxy from the environment, unless NO_PROXY excludes the host, then direct."""
    if is_loopback(invitation.host) or not getproxies():
        return (DIRECT,)
    from quickstart.net.http import environment_proxies  # noqa: PLC0415 - start-up: a malformed join code does not need it

    proxies = environment_proxies(invitation.url)
    proxy = proxies.get("https") or proxies.get("all") or ""
    return (Route(proxy if "://" in proxy else f"http://{proxy}"), DIRECT) if proxy else (DIRECT,)


def open_route(invitation: Invitation, route: Route) -> socket.socket:
    """Return a TCP connection to the server; raises "room-proxy", or an OSError as open_connection() does."""
    if not route.proxy:
        return open_connection(invitation.host, invitation.port, CONNECT_TIMEOUT)
    parts = urlsplit(route.proxy)
    detail = "it is not an HTTP proxy"
    if parts.scheme != "http" or not parts.hostname:
        raise _proxy_error(invitation, route, detail)
    try:
        opened = open_connection(parts.hostname, parts.port or 80, CONNECT_TIMEOUT)
        status = _connect_through(opened, invitation, parts.username, parts.password)
    except (OSError, ValueError) as error:
        raise _proxy_error(invitation, route, _reason(error)) from error
    if not re.match(r"HTTP/1\.[01] 2\d\d", status):
        opened.close()
        raise _proxy_error(invitation, route, status.partition(" ")[2][:60] or detail)
    return opened


def _proxy_error(invitation: Invitation, route: Route, detail: str) -> QuickstartError:
    return QuickstartError("room-proxy", **facts_of(invitation), proxy=route.display, detail=detail)


def _connect_through(opened: socket.socket, invitation: Invitation, user: str | None, password: str | None) -> str:
    """Send CONNECT to a proxy and return the status line of its answer."""
    head = [f"CONNECT {invitation.address} HTTP/1.1", f"Host: {invitation.address}"]
    if user:
        pair = f"{unquote(user)}:{unquote(password or '')}".encode()
        head.append(f"Proxy-Authorization: Basic {base64.b64encode(pair).decode('ascii')}")
    opened.settimeout(2 * CONNECT_TIMEOUT)  # the proxy has to connect, too
    opened.sendall("\r\n".join([*head, "", ""]).encode("latin-1"))
    answer = b""
    while b"\r\n\r\n" not in answer and len(answer) < MAX_HEAD:
        if not (more := opened.recv(1)):  # byte by byte: what follows is TLS
            break
        answer += more
    return answer.partition(b"\r\n")[0].decode("latin-1")


def connection_error(invitation: Invitation, error: OSError) -> QuickstartError:
    """Return what a failed connection or handshake means."""
    if isinstance(error, socket.gaierror):
        return QuickstartError("name-unknown", **facts_of(invitation), detail=error.strerror or str(error))
    if isinstance(error, ConnectionRefusedError):
        return QuickstartError("room-closed", **facts_of(invitation))
    if isinstance(error, ssl.SSLError) and NO_TLS.search(str(error)):
        is_portal, seen = _probe_http(invitation)
        if is_portal:
            return QuickstartError("room-portal", **facts_of(invitation))
        return QuickstartError("room-not-tls", **facts_of(invitation), seen=seen)
    if isinstance(error, HandshakeTimeout):
        return QuickstartError("room-no-answer", **facts_of(invitation), seconds=error.seconds)
    if isinstance(error, TimeoutError) or error.errno in (*NO_ROUTE, errno.EHOSTUNREACH):
        mine = interfaces()
        if error.errno in NO_ROUTE or is_neighbor(invitation.host, mine) is False:
            addresses = ", ".join(address for address, _ in mine) or "none"
            return QuickstartError("room-elsewhere", **facts_of(invitation), mine=addresses)
        return QuickstartError("room-silent", **facts_of(invitation), seconds=CONNECT_TIMEOUT)
    return QuickstartError("room-broke-off", **facts_of(invitation), detail=_reason(error))


def is_neighbor(host: str, mine: Iterable[Interface]) -> bool | None:
    """Tell whether a host is in one of these networks (address and netmask); None if its address does not tell."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    if not address.is_private:
        return None  # many networks lie between anyway
    networks = [ipaddress.ip_network(f"{one}/{mask}", strict=False) for one, mask in mine]
    return any(address in network for network in networks if network.version == address.version)


def interfaces() -> list[Interface]:
    """Return the IPv4 addresses of this machine's active interfaces, except loopback, with their netmasks."""
    return [
        (one.address, one.netmask)
        for _, one in sorted(active_addresses(), key=lambda pair: pair[0])
        if one.family == socket.AF_INET and one.netmask and not is_loopback(one.address)
    ]


def active_addresses() -> list[tuple[str, Any]]:
    """Return pairs of an active interface's name and psutil's address of it; none if the system denies access."""
    try:
        up = {name for name, state in psutil.net_if_stats().items() if state.isup}
        return [(name, one) for name, addresses in psutil.net_if_addrs().items() if name in up for one in addresses]
    except OSError:
        return []


def combine_errors(failures: Sequence[tuple[Route, QuickstartError]]) -> QuickstartError:
    """Return one error for all routes that failed; a wrong certificate is more important than a timeout."""
    route, error = next((one for one in failures if one[1].code == "wrong-certificate"), failures[-1])
    for other, beside in failures:
        if other is not route:
            way = f"Through the proxy {other.display}" if other.proxy else "Without the proxy"
            reason = SHORT_REASONS.get(beside.code, "connection closed").format(**{"detail": "", **beside.facts})
            return error.with_defaults(aside=f"{way}: {reason}.")
    return error


def _probe_http(invitation: Invitation) -> tuple[bool, str]:
    """Return whether a server without TLS is a login page of the Wi-Fi, and the first line that it sends."""
    answer = ""
    with suppress(OSError), open_connection(invitation.host, invitation.port, PROBE_TIMEOUT) as opened:
        opened.settimeout(PROBE_TIMEOUT)
        opened.sendall(f"GET / HTTP/1.0\r\nHost: {invitation.address}\r\n\r\n".encode("latin-1"))
        while len(answer) < MAX_HEAD and (more := opened.recv(4096)):
            answer += more.decode("latin-1")
    status = answer.partition("\r\n")[0][:60]
    redirect = re.search(r"(?im)^location:\s*https?://(?!" + re.escape(invitation.host) + r")", answer)
    is_portal = answer.startswith("HTTP/") and bool(" 511 " in status or redirect or PORTAL.search(answer))
    return is_portal, status or "it is not a web server"


def _reason(error: Exception) -> str:
    return "timed out" if isinstance(error, TimeoutError) else str(getattr(error, "strerror", None) or error)[:120]
