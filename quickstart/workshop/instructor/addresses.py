"""Which address of this machine a room reaches it by: chosen among its interfaces, never looked up elsewhere."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

import psutil

from quickstart.errors import ExitCode, QuickstartError

# Networks inside of this machine, and tunnels out of it: whoever sits in the room is in none of them.
VIRTUAL = re.compile(
    r"(docker|br-|veth|virbr|vmnet|vboxnet|tun|tap|utun|wg|tailscale|zt|cni|flannel|lxc|lxd|podman|ifb|dummy|kube|"
    r"vethernet|awdl|llw|bridge|ppp)",
    re.IGNORECASE,
)
# Nothing is sent to them: to connect a datagram socket only asks which way it would go.
SOMEWHERE = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))


@dataclass(frozen=True)
class Address:
    """An address of this machine.

    Args:
        interface: that has it.
        ip: the address.
        default: whether what goes to the internet leaves by it.
    """

    interface: str
    ip: str
    default: bool = False

    @property
    def virtual(self) -> bool:
        """Whether its network is inside of this machine, or a tunnel."""
        return bool(VIRTUAL.match(self.interface))


def find_addresses() -> list[Address]:
    """Return the addresses that others could reach this machine by; none where it may not be looked at."""
    try:
        up = {name for name, stats in psutil.net_if_stats().items() if stats.isup}
        interfaces = psutil.net_if_addrs()
    except OSError:
        return []
    leaving = _leaving()
    return [
        Address(name, ip, ip in leaving)
        for name, addresses in interfaces.items()
        if name in up
        for ip in (_reachable(one.address) for one in addresses)
        if ip
    ]


def rank_addresses(addresses: Iterable[Address]) -> list[Address]:
    """Return addresses in the order in which a room can probably use them.

    A private network comes before a public one: a class is where people sit. What goes to the internet by the same
    way comes before what does not, and IPv4 first of all: not every room's Wi-Fi has the other.
    """

    def rank(one: Address) -> tuple[bool, ...]:
        ip = ipaddress.ip_address(one.ip)
        return one.virtual, ip.version == 6, not ip.is_private, not one.default

    return sorted(addresses, key=rank)


def host_and_port(ip: str, port: int) -> str:
    """Return the web address of a host and port."""
    return f"https://[{ip}]:{port}" if ":" in ip else f"https://{ip}:{port}"


def validate_url(url: str, listening: int, name: str = "class") -> str:
    """Return the address that a room is to use as it is kept: scheme, host, and port where it is not the usual one.

    Args:
        url: as it was typed; without a scheme and a port it has that of the class.
        listening: the port of the class.
        name: of the class, for what mends.

    Raises:
        Fault: "bad-class-url" for what is no such address.
    """
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        port, host = parts.port, parts.hostname
    except ValueError as error:
        raise QuickstartError("bad-class-url", ExitCode.USAGE, name=name, url=url, detail=str(error)) from error
    if parts.scheme != "https":
        raise QuickstartError("bad-class-url", ExitCode.USAGE, name=name, url=url, detail="it must begin with https://")
    if not host or parts.username or parts.path.strip("/") or parts.query or parts.fragment:
        detail = "it must be a host, and a port if you like"
        raise QuickstartError("bad-class-url", ExitCode.USAGE, name=name, url=url, detail=detail)
    shown = f"[{host}]" if ":" in host else host
    port = port or (None if "://" in url else listening)
    return f"https://{shown}" + (f":{port}" if port and port != 443 else "")


def _reachable(address: str) -> str | None:
    """Return an interface's address where others can reach it, or None: loopback, link-local, or no IP at all."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    return None if ip.is_loopback or ip.is_link_local or ip.is_unspecified or ip.is_multicast else str(ip)


def _leaving() -> set[str]:
    """Return the addresses by which this machine goes to the internet."""
    leaving = set()
    for family, target in SOMEWHERE:
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as asking:
                asking.connect((target, 9))
                leaving.add(str(asking.getsockname()[0]))
        except OSError:  # no way out, or no such family
            continue
    return leaving


def is_ip(host: str) -> bool:
    """Tell whether a host is an IP address and no name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
