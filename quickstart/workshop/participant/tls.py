"""Trust in the server of a class: its certificate is compared with the code before a byte of HTTP is sent.

The first handshake verifies nothing and only reads the certificate. Everything else is said over connections that
accept that certificate and no other.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from quickstart.errors import QuickstartError
from quickstart.events import Progress, no_progress
from quickstart.workshop.join_code import Invitation, fingerprint_of
from quickstart.workshop.participant import routes
from quickstart.workshop.participant.routes import BROKEN, HandshakeTimeout, Route

HANDSHAKE = 15.0  # seconds: a room that begins all at once makes a server slow
TRIES, PAUSE = 3, 0.4  # of a handshake that was broken off, and seconds between
OF_THE_NAME = (62, 64)  # OpenSSL's X509_V_ERR_HOSTNAME_MISMATCH, ..._IP_ADDRESS_MISMATCH
OF_THE_TIME = (9, 10)  # ..._CERT_NOT_YET_VALID, ..._CERT_HAS_EXPIRED


@dataclass(frozen=True)
class Pinned:
    """A server that was found to be the one that the code means.

    Args:
        invitation: where it is.
        route: how it is reached.
        passed_by: the proxy that did not get there; None where there is none, or it did.
        digest: SHA-256 of its certificate.
        context: that accepts it.
        pem: the certificate, where no authority vouches for it; "" where one does.
        seconds: that it took to find out.
    """

    invitation: Invitation
    route: Route
    passed_by: Route | None
    digest: bytes = field(repr=False)
    context: ssl.SSLContext = field(repr=False)
    pem: str = field(repr=False)
    seconds: float = 0.0

    def open(self) -> ssl.SSLSocket:
        """Return a new connection to it, checked anew.

        Raises:
            Fault: "wrong-certificate" where somebody else answers now, "class-untrusted", or who is not reached.
        """
        try:
            opened = _shaken(self.context, self.invitation, self.route)
        except ssl.SSLCertVerificationError as error:
            raise _another(self.invitation) from error
        if not hmac.compare_digest(hashlib.sha256(_certificate(opened)).digest(), self.digest):
            opened.close()
            raise _another(self.invitation)
        return opened


def pin(invitation: Invitation, progress: Progress = no_progress) -> tuple[Pinned, ssl.SSLSocket]:
    """Find the server of a class, and whether it is the one that the code means.

    Args:
        invitation: what the participant typed.
        progress: told what is at work.

    Returns:
        The server, and a first connection to it, over which nothing was said yet.

    Raises:
        Fault: "wrong-certificate", "class-name", "class-dates", "class-untrusted", or why nobody is reached:
            "name-unknown", "room-proxy", or one of reaching.failure().
    """
    failed: list[tuple[Route, QuickstartError]] = []
    for route in routes.routes(invitation):
        through = f" through {route.shown}" if route.proxy else ""
        progress("looking for the class", f"{invitation.address}{through}")
        try:
            return _pinned(invitation, route, failed[0][0] if failed else None)
        except QuickstartError as fault:
            failed.append((route, fault))
    raise routes.combine_failures(failed)


def _pinned(invitation: Invitation, route: Route, passed_by: Route | None) -> tuple[Pinned, ssl.SSLSocket]:
    begun = time.monotonic()
    with _shaken(_reading(), invitation, route) as read:
        certificate = _certificate(read)
    if not hmac.compare_digest(fingerprint_of(certificate), invitation.code.fingerprint):
        raise _another(invitation, certificate)
    last: ssl.SSLCertVerificationError | None = None
    for context, pem in _contexts(certificate):
        try:
            opened = _shaken(context, invitation, route)
        except ssl.SSLCertVerificationError as error:
            last = error
            if error.verify_code in (*OF_THE_NAME, *OF_THE_TIME):
                break
            continue
        digest, seconds = hashlib.sha256(certificate).digest(), time.monotonic() - begun
        pinned = Pinned(invitation, route, passed_by, digest, context, pem, seconds)
        if not hmac.compare_digest(hashlib.sha256(_certificate(opened)).digest(), digest):
            opened.close()
            raise _another(invitation)
        return pinned, opened
    raise _unfit(invitation, last)


def _reading() -> ssl.SSLContext:
    """Return what accepts any certificate, to read it and nothing else."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _contexts(certificate: bytes) -> Iterator[tuple[ssl.SSLContext, str]]:
    """Yield what accepts a certificate: for its own sake, as MLflow's client will be told to, or for an authority's."""
    own, pem = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), ssl.DER_cert_to_PEM_cert(certificate)
    own.load_verify_locations(cadata=pem)
    yield own, pem
    usual = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    usual.load_verify_locations(*_authorities())
    yield usual, ""


def _authorities() -> tuple[str | None, str | None]:
    """Return the file or the folder of the authorities that MLflow's own client trusts."""
    named = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    if not named:
        from certifi import where  # what requests itself trusts

        named = where()
    return (None, named) if os.path.isdir(named) else (named, None)  # noqa: PTH112 - as requests does


def _shaken(context: ssl.SSLContext, invitation: Invitation, route: Route) -> ssl.SSLSocket:
    """Return a connection after its handshake; one that is broken off is tried again, as a busy server may do so.

    Raises:
        ssl.SSLCertVerificationError: the context does not accept the certificate.
        Fault: nobody is reached.
    """
    for attempt in range(1, TRIES + 1):
        try:
            return _shaken_once(context, invitation, route)
        except ssl.SSLCertVerificationError:
            raise
        except BROKEN as error:
            if attempt == TRIES:
                raise routes.failure(invitation, error) from error
            time.sleep(attempt * PAUSE)
        except OSError as error:
            raise routes.failure(invitation, error) from error
    raise AssertionError("the last attempt raises")


def _shaken_once(context: ssl.SSLContext, invitation: Invitation, route: Route) -> ssl.SSLSocket:
    raw = routes.open_route(invitation, route)
    try:
        raw.settimeout(HANDSHAKE)
        return context.wrap_socket(raw, server_hostname=invitation.host)
    except ssl.SSLCertVerificationError:
        raw.close()
        raise
    except TimeoutError as error:
        raw.close()
        raise HandshakeTimeout(HANDSHAKE) from error
    except OSError:
        raw.close()
        raise


def _certificate(opened: ssl.SSLSocket) -> bytes:
    return opened.getpeercert(binary_form=True) or b""


def _another(invitation: Invitation, certificate: bytes = b"") -> QuickstartError:
    seen = fingerprint_of(certificate) if certificate else "another one"
    facts: dict[str, Any] = {"url": invitation.url, "address": invitation.address, "port": invitation.port}
    return QuickstartError("wrong-certificate", **facts, seen=seen, wanted=invitation.code.fingerprint)


def _unfit(invitation: Invitation, error: ssl.SSLCertVerificationError | None) -> QuickstartError:
    """Return why the right certificate cannot be used all the same."""
    number = error.verify_code if error else 0
    facts: dict[str, Any] = {"url": invitation.url, "address": invitation.address, "host": invitation.host}
    if number in OF_THE_NAME:
        return QuickstartError("class-name", **facts)
    if number in OF_THE_TIME:
        return QuickstartError("class-dates", **facts)
    return QuickstartError("class-untrusted", **facts, detail=error.verify_message if error else "")
