"""Who may stand in the door: connections by address, from their first packet on, and none that never says anything."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from typing import Any

from .rate_limit import network

PATIENCE = 10.0  # seconds for a handshake, and for any request's head
FAREWELL = 0.5  # seconds that a client has to close its side when the server ends
WAITING = 600  # connections of one network that have not sent a request yet; a whole class behind one address is 200
OPEN = 3000  # connections of one network
KEPT_BACK = 300  # files that connections leave to databases and artifacts


class ConnectionCounts:
    """The connections there are, by network."""

    def __init__(self) -> None:
        self.inside: Counter[str] = Counter()
        self.shaken: Counter[str] = Counter()  # hands: those whose handshake is over
        self.waiting: Counter[str] = Counter()
        self.most = max(_files() - KEPT_BACK, KEPT_BACK)

    def may_come(self, where: str) -> bool:
        """Tell whether there is room for one more."""
        here = self.inside[where]
        return here < OPEN and here - self.shaken[where] < WAITING and self.inside.total() < self.most


def _files() -> int:
    """Return how many files may be open."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return 1_000_000
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return 1_000_000 if limit == resource.RLIM_INFINITY else limit


class CountedSocket(socket.socket):
    """A connection that says when it is gone."""

    crowd: ConnectionCounts | None = None
    where = ""

    def close(self) -> None:
        """Close it, and make room."""
        if self.crowd is not None:
            _less(self.crowd.inside, self.where)
            self.crowd = None
        super().close()


class Listener(socket.socket):
    """A listener that turns away whoever holds too many connections: a handshake that never ends costs a file, too.

    Windows accepts connections by another way, past this one.

    Args:
        listener: what it takes the place of.
        crowd: who is there.
    """

    def __init__(self, listener: socket.socket, crowd: ConnectionCounts) -> None:
        super().__init__(listener.family, listener.type, listener.proto, fileno=listener.detach())
        self.crowd = crowd

    def accept(self) -> tuple[socket.socket, Any]:
        """Return the next connection.

        Raises:
            ConnectionAbortedError: it was turned away.
        """
        plain, address = super().accept()
        where = network(str(address[0]))
        if not self.crowd.may_come(where):
            plain.close()
            raise ConnectionAbortedError
        counted = CountedSocket(plain.family, plain.type, plain.proto, fileno=plain.detach())
        counted.crowd, counted.where = self.crowd, where
        self.crowd.inside[where] += 1
        return counted, address


def _less(counter: Counter[str], where: str) -> None:
    counter[where] -= 1
    if not counter[where]:
        del counter[where]


def with_handshake_timeout(protocol: type[Any], crowd: ConnectionCounts) -> type[Any]:
    """Return a protocol of uvicorn's that closes connections without a request's head within PATIENCE.

    uvicorn waits for ever for a head that has begun. `cycle` is what both of its protocols set once a head is there.

    Args:
        protocol: the class that uvicorn chose.
        crowd: who is there.
    """

    class Impatient(protocol):  # type: ignore[misc]
        """As its base, but not for ever, and not for any number of connections from one network."""

        alarm: asyncio.TimerHandle | None = None
        where: str | None = None

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            peer = transport.get_extra_info("peername")
            self.where = network(str(peer[0])) if peer else "local"
            crowd.shaken[self.where] += 1
            self.wait()
            if crowd.waiting[self.where] > WAITING:
                transport.abort()

        def connection_lost(self, exc: Exception | None) -> None:
            self.heard()
            if self.where is not None:
                _less(crowd.shaken, self.where)
                self.where = None
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            if self.idle() and self.alarm is None:
                self.wait()
            super().data_received(data)
            if not self.idle():
                self.heard()

        def idle(self) -> bool:
            """Tell whether no request is being answered."""
            return self.cycle is None or bool(self.cycle.response_complete)

        def wait(self) -> None:
            """Begin to wait for a head."""
            crowd.waiting[str(self.where)] += 1
            self.alarm = asyncio.get_running_loop().call_later(PATIENCE, self.give_up)

        def heard(self) -> None:
            """Stop waiting."""
            if self.alarm is not None:
                self.alarm.cancel()
                self.alarm = None
                _less(crowd.waiting, str(self.where))

        def give_up(self) -> None:
            """Close a connection that said nothing whole."""
            self.heard()
            if self.idle() and not self.transport.is_closing():
                self.transport.abort()

        def shutdown(self) -> None:
            super().shutdown()
            self.hang_up_soon()

        def hang_up_soon(self) -> None:
            """Wait no longer than FAREWELL for a client's part of the good-bye, which idle browsers never say."""
            asyncio.get_running_loop().call_later(FAREWELL, self.hang_up)

        def hang_up(self) -> None:
            """Break an idle connection while the server ends; one that is being answered is looked at again."""
            if self.where is None:
                return
            if self.idle():
                self.transport.abort()
            else:
                self.hang_up_soon()

    return Impatient
