"""Limits for wrong join codes, per address and in all, so that 40 random bits cannot be guessed in a day.

Only wrong tries count: a whole workshop behind one address joins within a second without meeting a limit.
Worst case, 5 tries a second for 8 hours: 144,000 of 10^12 codes.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import Any

ADDRESSES = 10_000  # remembered; the one that tried longest ago is forgotten first
LOCKED_OUT_AFTER = 200  # wrong tries of one address
LOCKED_OUT = 300.0  # seconds
TIMEOUT = 10.0  # seconds for a handshake, and for any request's head
CLOSE_TIMEOUT = 0.5  # seconds for a client to close its side when the server ends
WAITING = 600  # connections of one network without a request yet; a whole workshop behind one address has 200
OPEN = 3000  # connections of one network
RESERVED_FILES = 300  # that connections leave to databases and artifacts


class Bucket:
    """Tries that may be wrong: `size` at once, then `rate` a second."""

    def __init__(self, size: float, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.size, self.rate, self.clock = size, rate, clock
        self.left, self.at = size, clock()

    def wait(self) -> float:
        """Return the seconds until a try is available, 0 if one is."""
        now = self.clock()
        self.left, self.at = min(self.size, self.left + (now - self.at) * self.rate), now
        return 0.0 if self.left >= 1 else (1 - self.left) / self.rate

    def take(self) -> None:
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
        """Return the seconds until a client, a network() or a device that has a seat, may try another code."""
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


class ConnectionCounts:
    """The open connections, by network."""

    def __init__(self) -> None:
        self.open: Counter[str] = Counter()
        self.handshaken: Counter[str] = Counter()
        self.waiting: Counter[str] = Counter()  # for a request's head
        self.most = max(_open_files_limit() - RESERVED_FILES, RESERVED_FILES)

    def may_connect(self, client: str) -> bool:
        count = self.open[client]
        return count < OPEN and count - self.handshaken[client] < WAITING and self.open.total() < self.most


def _open_files_limit() -> int:
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return 1_000_000
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return 1_000_000 if limit == resource.RLIM_INFINITY else limit


class CountedSocket(socket.socket):
    """A connection that is counted until it is closed."""

    counts: ConnectionCounts | None = None
    client = ""

    def close(self) -> None:
        if self.counts is not None:
            _decrement(self.counts.open, self.client)
            self.counts = None
        super().close()


class Listener(socket.socket):
    """A listener that rejects a network with too many connections: a handshake that never ends costs a file too.

    On Windows asyncio accepts connections another way, without this.
    """

    def __init__(self, listener: socket.socket, counts: ConnectionCounts) -> None:
        super().__init__(listener.family, listener.type, listener.proto, fileno=listener.detach())
        self.counts = counts

    def accept(self) -> tuple[socket.socket, Any]:
        """Return the next connection, or raise ConnectionAbortedError if it was rejected."""
        plain, address = super().accept()
        client = network(str(address[0]))
        if not self.counts.may_connect(client):
            plain.close()
            raise ConnectionAbortedError
        counted = CountedSocket(plain.family, plain.type, plain.proto, fileno=plain.detach())
        counted.counts, counted.client = self.counts, client
        self.counts.open[client] += 1
        return counted, address


def _decrement(counter: Counter[str], client: str) -> None:
    counter[client] -= 1
    if not counter[client]:
        del counter[client]


def with_handshake_timeout(protocol: type[Any], counts: ConnectionCounts) -> type[Any]:
    """Return a protocol of uvicorn's that closes connections without a request's head within TIMEOUT.

    uvicorn waits for ever for a head that has begun. `cycle` is what both of its protocols set once a head is there.
    """

    class LimitedProtocol(protocol):  # type: ignore[misc]
        """As its base, with limits for time and for the number of connections of one network."""

        timer: asyncio.TimerHandle | None = None
        client_network: str | None = None

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            peer = transport.get_extra_info("peername")
            self.client_network = network(str(peer[0])) if peer else "local"
            counts.handshaken[self.client_network] += 1
            self.start_timer()
            if counts.waiting[self.client_network] > WAITING:
                transport.abort()

        def connection_lost(self, exc: Exception | None) -> None:
            self.stop_timer()
            if self.client_network is not None:
                _decrement(counts.handshaken, self.client_network)
                self.client_network = None
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            if self.is_idle() and self.timer is None:
                self.start_timer()
            super().data_received(data)
            if not self.is_idle():
                self.stop_timer()

        def is_idle(self) -> bool:
            return self.cycle is None or bool(self.cycle.response_complete)

        def start_timer(self) -> None:
            counts.waiting[str(self.client_network)] += 1
            self.timer = asyncio.get_running_loop().call_later(TIMEOUT, self.time_out)

        def stop_timer(self) -> None:
            if self.timer is not None:
                self.timer.cancel()
                self.timer = None
                _decrement(counts.waiting, str(self.client_network))

        def time_out(self) -> None:
            self.stop_timer()
            if self.is_idle() and not self.transport.is_closing():
                self.transport.abort()

        def shutdown(self) -> None:
            super().shutdown()
            self.abort_soon()

        def abort_soon(self) -> None:
            """Wait no longer than CLOSE_TIMEOUT for the client to close, which idle browsers never do."""
            asyncio.get_running_loop().call_later(CLOSE_TIMEOUT, self.abort_idle)

        def abort_idle(self) -> None:
            """Abort an idle connection while the server ends, and check one that is being answered again later."""
            if self.client_network is None:
                return
            if self.is_idle():
                self.transport.abort()
            else:
                self.abort_soon()

    return LimitedProtocol
