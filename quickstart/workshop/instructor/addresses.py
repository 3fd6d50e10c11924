"""The addresses of this machine that participants can use, read from its interfaces only."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from quickstart.errors import ExitCode, QuickstartError
from quickstart.workshop.participant.routes import active_addresses

# Networks inside this machine and tunnels: participants are not in them.
VIRTUAL = re.compile(
    r"(docker|br-|veth|virbr|vmnet|vboxnet|tun|tap|utun|wg|tailscale|zt|cni|flannel|lxc|lxd|podman|ifb|dummy|kube|"
    r"vethernet|awdl|llw|bridge|ppp)",
    re.IGNORECASE,
)
# Connecting a datagram socket sends nothing; it only selects a route.
PROBE_TARGETS = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))


@dataclass(frozen=True)
class Address:
    """An address of this machine; `default` if traffic to the internet uses it."""

    interface: str
    ip: str
    default: bool = False

    @property
    def virtual(self) -> bool:
        """Whether its network is inside this machine or a tunnel."""
        return bool(VIRTUAL.match(self.interface))


def find_addresses() -> list[Address]:
    """Return the addresses of this machine that others may reach; none if the system denies access."""
    outgoing = _outgoing()
    found = ((name, _reachable(one.address)) for name, one in active_addresses())
    return [Address(name, ip, ip in outgoing) for name, ip in found if ip]


def rank_addresses(addresses: Iterable[Address]) -> list[Address]:
    """Return addresses, those that participants can most likely use first.

    IPv4 comes first, because not every Wi-Fi has IPv6; then private networks, because participants sit nearby; then
    the route to the internet.
    """

    def rank(one: Address) -> tuple[bool, ...]:
        ip = ipaddress.ip_address(one.ip)
        return one.virtual, ip.version == 6, not ip.is_private, not one.default

    return sorted(addresses, key=rank)


def host_and_port(ip: str, port: int) -> str:
    return f"https://[{ip}]:{port}" if ":" in ip else f"https://{ip}:{port}"


def validate_url(url: str, listening: int, name: str = "class") -> str:
    """Return a URL for participants in normal form: scheme, host, and the port unless it is 443.

    Args:
        url: as typed; without scheme and port it has the workshop's port.
        listening: the port of the workshop.
        name: of the workshop, for fixes.

    Raises:
        QuickstartError: "bad-class-url".
    """
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        port, host = parts.port, parts.hostname
        if parts.scheme != "https":
            raise ValueError("it must start with https://")
        if not host or parts.username or parts.path.strip("/") or parts.query or parts.fragment:
            raise ValueError("it must be a host with an optional port")
    except ValueError as error:
        raise QuickstartError("bad-class-url", ExitCode.USAGE, name=name, url=url, detail=str(error)) from error
    shown = f"[{host}]" if ":" in host else host
    port = port or (None if "://" in url else listening)
    return f"https://{shown}" + (f":{port}" if port and port != 443 else "")


def _reachable(address: str) -> str | None:
    """Return an interface's IP address, or None if others cannot reach it."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    return None if ip.is_loopback or ip.is_link_local or ip.is_unspecified or ip.is_multicast else str(ip)


def _outgoing() -> set[str]:
    outgoing = set()
    for family, target in PROBE_TARGETS:
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((target, 9))
                outgoing.add(str(probe.getsockname()[0]))
        except OSError:  # no route, or no such family
            continue
    return outgoing


def is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
