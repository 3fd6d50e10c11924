"""HTTP with the server of a class: one kept-alive connection whose certificate is checked whenever it is made anew.

http.Http would do, but costs a participant 100 ms to import, and a rehearsal for 200 of them too much.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from quickstart.errors import QuickstartError
from quickstart.net.http import Answer
from quickstart.workshop.participant import routes
from quickstart.workshop.participant.tls import Pinned

PATIENCE = 30.0  # seconds for an answer: when a whole room begins at once, the last wait
MOST = 16_000_000  # bytes of an answer


class _Connection(http.client.HTTPConnection):
    """What http.client speaks over; it would connect without TLS if it were left to itself."""

    def __init__(self, pinned: Pinned, first: ssl.SSLSocket | None, patience: float) -> None:
        super().__init__(pinned.invitation.host, pinned.invitation.port, timeout=patience)
        self._pinned = pinned
        self._first = first
        self._patience = patience

    def connect(self) -> None:
        opened, self._first = self._first or self._pinned.open(), None
        opened.settimeout(self._patience)
        # Head and body go in two pieces, and the second would wait 40 ms for an answer to the first.
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = opened


class WorkshopConnection:
    """A conversation with the server of a class.

    Args:
        pinned: the server.
        first: a connection to it that is open already.
        patience: seconds for an answer.
    """

    def __init__(self, pinned: Pinned, first: ssl.SSLSocket | None = None, patience: float = PATIENCE) -> None:
        self.pinned = pinned
        self.base = pinned.invitation.url
        self._patience = patience
        self._headers = {"Host": self.base.removeprefix("https://"), "User-Agent": "quickstart"}
        self._connection = _Connection(pinned, first, patience)

    def __enter__(self) -> WorkshopConnection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def authorize(self, headers: Mapping[str, str]) -> None:
        """Send a login with every request from now on."""
        self._headers.update(headers)

    def request(self, method: str, path: str, **options: Any) -> Answer:
        """Send one request and return the answer, whatever its status.

        Args:
            method: such as "GET".
            path: on the server.
            options: "params" for a query, and "json" or "data" for a body.

        Raises:
            Fault: "room-no-answer", "room-broke-off", or what Pinned.open() raises.
        """
        target = f"{path}?{urlencode(options['params'])}" if options.get("params") else path
        body, kind = options.get("data"), {}
        if "json" in options:
            body, kind = json.dumps(options["json"]).encode(), {"Content-Type": "application/json"}
        reused = self._connection.sock is not None
        try:
            return self._asked(method, target, body, kind)
        except (http.client.BadStatusLine, *routes.BROKEN) as error:
            # A server that was ended, or tired of waiting, closes what was kept alive: nobody has read this request.
            self._connection.close()
            if not reused:
                raise self._failed(error) from error
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise self._failed(error) from error
        try:
            return self._asked(method, target, body, kind)
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise self._failed(error) from error

    def _asked(self, method: str, target: str, body: bytes | None, kind: Mapping[str, str]) -> Answer:
        self._connection.request(method, target, body, {**self._headers, **kind})
        answer = self._connection.getresponse()
        content = answer.read(MOST)
        if not answer.isclosed():
            self._connection.close()  # what is longer than that is not waited for
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, content)

    def _failed(self, error: Exception) -> QuickstartError:
        invitation = self.pinned.invitation
        facts: dict[str, Any] = {"url": self.base, "host": invitation.host, "port": invitation.port}
        facts |= {"address": invitation.address, "again": f"quickstart join {invitation.address}/CODE"}
        if isinstance(error, TimeoutError):
            return QuickstartError("room-no-answer", **facts, seconds=self._patience)
        return QuickstartError("room-broke-off", **facts, detail=type(error).__name__)
