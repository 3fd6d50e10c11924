"""Limits for wrong join codes, per address and in all, so that 40 random bits cannot be guessed in a day.

Only wrong tries count: a whole workshop behind one address joins within a second without meeting a limit.
Worst case, 5 tries a second for 8 hours: 144,000 of 10^12 codes.
"""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable

ADDRESSES = 10_000  # remembered; the one that tried longest ago is forgotten first
LOCKED_OUT_AFTER = 200  # wrong tries of one address
LOCKED_OUT = 300.0  # seconds


class Bucket:
    """Tries that may be wrong: `size` at once, then `rate` a second.

    Args:
        size: how many at once.
        rate: how many come back each second.
        clock: seconds that only go forward.
    """

    def __init__(self, size: float, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.size, self.rate, self.clock = size, rate, clock
        self.left, self.at = size, clock()

    def wait(self) -> float:
        """Return the seconds until a try is available, 0 if one is."""
        now = self.clock()
        self.left, self.at = min(self.size, self.left + (now - self.at) * self.rate), now
        return 0.0 if self.left >= 1 else (1 - self.left) / self.rate

    def take(self) -> None:
        """Use up one try."""
        self.wait()
        self.left -= 1


class WrongTries:
    """Counts wrong join codes of each client and, with `together`, of all clients."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, *, together: bool = True) -> None:
        self.clock = clock
        self.all = Bucket(300, 5, clock) if together else None
        self.buckets: OrderedDict[str, Bucket] = OrderedDict()
        self.wrong: dict[str, int] = {}
        self.locked: dict[str, float] = {}
        self.total = 0

    def wait(self, client: str) -> float:
        """Return the seconds until another code is accepted, 0 for now.

        Args:
            client: a network(), or a device that has a seat.
        """
        if (locked_out := self.locked.get(client, 0.0) - self.clock()) > 0:
            return locked_out
        mine = self.buckets.get(client)
        return max(bucket.wait() if bucket else 0.0 for bucket in (self.all, mine))

    def record(self, client: str) -> None:
        self.total += 1
        if self.all:
            self.all.take()
        bucket = self.buckets.pop(client, None) or Bucket(30, 0.5, self.clock)
        bucket.take()
        self.buckets[client] = bucket
        self.wrong[client] = self.wrong.get(client, 0) + 1
        if self.wrong[client] >= LOCKED_OUT_AFTER:
            self.locked[client] = self.clock() + LOCKED_OUT
            self.wrong[client] = 0
        while len(self.buckets) > ADDRESSES:
            oldest, _ = self.buckets.popitem(last=False)
            self.wrong.pop(oldest, None)
            self.locked.pop(oldest, None)


def network(address: str) -> str:
    """Return what one client can use: an IPv4 address, or the half of an IPv6 address that a site gets."""
    try:
        ip = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped:
            return str(ip.ipv4_mapped)
        return str(ipaddress.ip_network((int(ip) >> 64 << 64, 64)))
    return str(ip)
