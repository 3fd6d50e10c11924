"""The connection to a workshop's server: its certificate must match the join code before any HTTP is sent.

The first handshake verifies nothing and only reads the certificate. Every later connection accepts that certificate
and no other. This is not net.http.Http: importing requests costs one participant about 100 ms of a join, and a
session for each of the 200 participants of a rehearsal costs many times the CPU time of http.client.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import os
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from quickstart.errors import QuickstartError
from quickstart.events import Progress, no_progress
from quickstart.net.http import Answer
from quickstart.workshop.participant import routes
from quickstart.workshop.participant.join_code import Invitation, fingerprint_of
from quickstart.workshop.participant.routes import BROKEN, HandshakeTimeout, Route, facts_of

READ_TIMEOUT = 30.0  # seconds: when all participants start at once, the last one waits
MAX_BODY = 16_000_000  # bytes
HANDSHAKE_TIMEOUT = 15.0  # seconds: the server is slow when all participants start at once
ATTEMPTS, PAUSE = 3, 0.4  # of a handshake that was broken off, and seconds between
NAME_MISMATCH = (62, 64)  # OpenSSL's X509_V_ERR_HOSTNAME_MISMATCH, ..._IP_ADDRESS_MISMATCH
WRONG_DATES = (9, 10)  # ..._CERT_NOT_YET_VALID, ..._CERT_HAS_EXPIRED


@dataclass(frozen=True)
class Pinned:
    """A server whose certificate matches the join code, and how it is reached.

    Args:
        failed_proxy: the proxy that could not reach it, if there is one.
        digest: SHA-256 of its certificate.
        context: accepts the certificate.
        pem: the certificate if no authority signed it, else "".
    """

    invitation: Invitation
    route: Route
    failed_proxy: Route | None
    digest: bytes = field(repr=False)
    context: ssl.SSLContext = field(repr=False)
    pem: str = field(repr=False)

    def open(self) -> ssl.SSLSocket:
        """Return a new connection; raises "wrong-certificate", or why the server is unreachable."""
        try:
            return self.open_raw()
        except ssl.SSLCertVerificationError as error:
            raise _wrong_certificate(self.invitation) from error

    def open_raw(self) -> ssl.SSLSocket:
        """Like open(), but raise ssl.SSLCertVerificationError for a certificate that the context rejects."""
        opened = _shake_hands(self.context, self.invitation, self.route)
        if not hmac.compare_digest(hashlib.sha256(_certificate(opened)).digest(), self.digest):
            opened.close()
            raise _wrong_certificate(self.invitation)
        return opened


class _Connection(http.client.HTTPConnection):
    def __init__(self, pinned: Pinned, first: ssl.SSLSocket | None, read_timeout: float) -> None:
        super().__init__(pinned.invitation.host, pinned.invitation.port, timeout=read_timeout)
        self._pinned = pinned
        self._first = first

    def connect(self) -> None:
        opened, self._first = self._first or self._pinned.open(), None
        opened.settimeout(self.timeout)
        # Head and body are two packets, and the second would wait 40 ms for the acknowledgement of the first.
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = opened


class WorkshopConnection:
    """A kept-alive HTTP connection to a workshop's server; `first` is a connection to it that is already open."""

    def __init__(self, pinned: Pinned, first: ssl.SSLSocket | None = None, read_timeout: float = READ_TIMEOUT) -> None:
        self.pinned = pinned
        self.base = pinned.invitation.url
        self._read_timeout = read_timeout
        self._headers = {"Host": self.base.removeprefix("https://"), "User-Agent": "quickstart"}
        self._connection = _Connection(pinned, first, read_timeout)

    def __enter__(self) -> WorkshopConnection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    def authorize(self, headers: Mapping[str, str]) -> None:
        """Send these credentials with every later request."""
        self._headers.update(headers)

    def request(self, method: str, path: str, **options: Any) -> Answer:
        """Send a request and return the answer with any status; `options` are "params", "json" or "data".

        Raises:
            QuickstartError: "room-no-answer", "room-broke-off", or what Pinned.open() raises.
        """
        url = f"{path}?{urlencode(options['params'])}" if options.get("params") else path
        body, headers = options.get("data"), self._headers
        if "json" in options:
            body, headers = json.dumps(options["json"]).encode(), {**headers, "Content-Type": "application/json"}
        reused = self._connection.sock is not None
        while True:
            try:
                self._connection.request(method, url, body, headers)
                answer = self._connection.getresponse()
                content = answer.read(MAX_BODY)
                break
            except (OSError, http.client.HTTPException) as error:
                self._connection.close()
                # A server that stopped or timed out closes an idle connection: it has not read this request.
                if reused and isinstance(error, (http.client.BadStatusLine, *BROKEN)):
                    reused = False
                    continue
                raise self._error(error) from error
        if not answer.isclosed():
            self._connection.close()  # the rest of a longer body is not read
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, content)

    def _error(self, error: Exception) -> QuickstartError:
        if isinstance(error, TimeoutError):
            return QuickstartError("room-no-answer", **facts_of(self.pinned.invitation), seconds=self._read_timeout)
        return QuickstartError("room-broke-off", **facts_of(self.pinned.invitation), detail=type(error).__name__)


def pin(invitation: Invitation, progress: Progress = no_progress) -> tuple[Pinned, ssl.SSLSocket]:
    """Return the server that a join code identifies, and a connection to it over which no HTTP was sent.

    Raises:
        QuickstartError: "wrong-certificate", "class-name", "class-dates", "class-untrusted", "room-proxy", or what
            routes.connection_error() returns.
    """
    failures: list[tuple[Route, QuickstartError]] = []
    for route in routes.find_routes(invitation):
        through = f" through {route.display}" if route.proxy else ""
        progress("connecting to the workshop", f"{invitation.address}{through}")
        try:
            return _pin_by(invitation, route, failures[0][0] if failures else None)
        except QuickstartError as error:
            failures.append((route, error))
    raise routes.combine_errors(failures)


def _pin_by(invitation: Invitation, route: Route, failed_proxy: Route | None) -> tuple[Pinned, ssl.SSLSocket]:
    reading = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    reading.check_hostname = False
    reading.verify_mode = ssl.CERT_NONE
    with _shake_hands(reading, invitation, route) as opened:
        certificate = _certificate(opened)
    if not hmac.compare_digest(fingerprint_of(certificate), invitation.code.fingerprint):
        raise _wrong_certificate(invitation, certificate)
    last: ssl.SSLCertVerificationError | None = None
    for context, pem in _contexts(certificate):
        pinned = Pinned(invitation, route, failed_proxy, hashlib.sha256(certificate).digest(), context, pem)
        try:
            return pinned, pinned.open_raw()
        except ssl.SSLCertVerificationError as error:
            last = error
            if error.verify_code in (*NAME_MISMATCH, *WRONG_DATES):
                break
    raise _untrusted(invitation, last)


def _contexts(certificate: bytes) -> Iterator[tuple[ssl.SSLContext, str]]:
    """Yield what can accept a certificate: the certificate itself, as MLflow's client will use it; the authorities."""
    own, pem = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), ssl.DER_cert_to_PEM_cert(certificate)
    own.load_verify_locations(cadata=pem)
    yield own, pem
    authorities = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    if not authorities:
        from certifi import where  # noqa: PLC0415 - start-up: a malformed join code does not need it

        authorities = where()
    usual = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # As requests, and so MLflow's own client, does.
    usual.load_verify_locations(**{"capath" if os.path.isdir(authorities) else "cafile": authorities})  # noqa: PTH112
    yield usual, ""


def _shake_hands(context: ssl.SSLContext, invitation: Invitation, route: Route) -> ssl.SSLSocket:
    """Return a connection after its handshake; retry one that a busy server broke off.

    Raises:
        ssl.SSLCertVerificationError: the context rejects the certificate.
        QuickstartError: the server is unreachable.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with ExitStack() as on_error:
                raw = on_error.enter_context(routes.open_route(invitation, route))
                raw.settimeout(HANDSHAKE_TIMEOUT)
                try:
                    opened = context.wrap_socket(raw, server_hostname=invitation.host)
                except TimeoutError as error:
                    raise HandshakeTimeout(HANDSHAKE_TIMEOUT) from error
                on_error.pop_all()
                return opened
        except ssl.SSLCertVerificationError:
            raise
        except OSError as error:
            if attempt == ATTEMPTS or not isinstance(error, BROKEN):
                raise routes.connection_error(invitation, error) from error
            time.sleep(attempt * PAUSE)
    raise AssertionError("the last attempt raises")


def _certificate(opened: ssl.SSLSocket) -> bytes:
    return opened.getpeercert(binary_form=True) or b""


def _wrong_certificate(invitation: Invitation, certificate: bytes = b"") -> QuickstartError:
    seen = fingerprint_of(certificate) if certificate else "another one"
    return QuickstartError("wrong-certificate", **facts_of(invitation), seen=seen, wanted=invitation.code.fingerprint)


def _untrusted(invitation: Invitation, error: ssl.SSLCertVerificationError | None) -> QuickstartError:
    number = error.verify_code if error else 0
    if number in NAME_MISMATCH:
        return QuickstartError("class-name", **facts_of(invitation))
    if number in WRONG_DATES:
        return QuickstartError("class-dates", **facts_of(invitation))
    return QuickstartError("class-untrusted", **facts_of(invitation), detail=error.verify_message if error else "")
