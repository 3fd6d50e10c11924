"""Servers with TLS and nothing behind it: what is looked at before the first word needs no MLflow."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import suppress
from pathlib import Path

from quickstart.workshop.participant.join_code import Code, Invitation, fingerprint_of
from tests.conftest import lasting_port
from tests.real.workshop.participant.room import der_of

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Stranger:
    """A server that keeps all that is sent to it, and answers each request in the same way.

    Args:
        certificate: PEM file.
        key: of its private key.
    """

    def __init__(self, certificate: Path, key: Path) -> None:
        self.heard = b""
        self.port = lasting_port()
        self.invitation = Invitation("127.0.0.1", self.port, Code("A" * 8, fingerprint_of(der_of(certificate))))
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate, key)
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                raw, _ = self._listener.accept()
                threading.Thread(target=self._talk, args=(raw,), daemon=True).start()

    def _talk(self, raw: socket.socket) -> None:
        with suppress(OSError), self._context.wrap_socket(raw, server_side=True) as client:
            client.settimeout(20)
            while more := client.recv(4096):
                self.heard += more
                client.sendall(ANSWER)

    def close(self) -> None:
        """Stop listening."""
        self._listener.close()
