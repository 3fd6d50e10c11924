"""A real HTTP proxy, as far as CONNECT goes: it knows names that nobody else does, or lets nobody through."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Proxy:
    """A proxy that runs.

    Args:
        url: for HTTPS_PROXY.
        asked: what it was asked for, one head each.
    """

    url: str
    asked: list[str] = field(default_factory=list)


@contextmanager
def proxying(refuses: str = "") -> Iterator[Proxy]:
    """Run a proxy that leads every name to this machine.

    Args:
        refuses: the status that it answers everybody with; "" to let them through.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    proxy = Proxy(f"http://me:secret@127.0.0.1:{listener.getsockname()[1]}")

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=_through, args=(client, proxy, refuses), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield proxy
    finally:
        listener.close()


def _through(client: socket.socket, proxy: Proxy, refuses: str) -> None:
    with client, suppress(OSError, ValueError):
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(1)
        proxy.asked.append(head.decode())
        if refuses:
            client.sendall(f"HTTP/1.1 {refuses}\r\nContent-Length: 0\r\n\r\n".encode())
            return
        port = int(head.split()[1].rpartition(b":")[2])
        with socket.create_connection(("127.0.0.1", port)) as server:
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_pump, args=(server, client), daemon=True)
            back.start()
            _pump(client, server)
            back.join(30)


def _pump(here: socket.socket, there: socket.socket) -> None:
    with suppress(OSError):
        while data := here.recv(65536):
            there.sendall(data)
        there.shutdown(socket.SHUT_WR)
