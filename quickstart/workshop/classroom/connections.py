"""Limits for connections: how many of each network, from their first packet on, and how long one may stay idle."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from typing import Any

from .rate_limit import network

TIMEOUT = 10.0  # seconds for a handshake, and for any request's head
CLOSE_TIMEOUT = 0.5  # seconds for a client to close its side when the server ends
WAITING = 600  # connections of one network without a request yet; a whole workshop behind one address has 200
OPEN = 3000  # connections of one network
RESERVED_FILES = 300  # that connections leave to databases and artifacts


class ConnectionCounts:
    """The open connections, by network."""

    def __init__(self) -> None:
        self.open: Counter[str] = Counter()
        self.handshaken: Counter[str] = Counter()
        self.waiting: Counter[str] = Counter()  # for a request's head
        self.most = max(_open_files_limit() - RESERVED_FILES, RESERVED_FILES)

    def may_connect(self, client: str) -> bool:
        """Tell whether a network may open one more connection."""
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
        """Return the next connection.

        Raises:
            ConnectionAbortedError: it was rejected.
        """
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
            """Close a connection that sent no whole head."""
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
