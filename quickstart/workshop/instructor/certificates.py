"""The certificate of a workshop: temporary, or the instructor's own; tested as participants will use it."""

from __future__ import annotations

import hashlib
import ssl
import time
from pathlib import Path

from quickstart.errors import ExitCode, QuickstartError
from quickstart.runtime.process import run_script

DAYS = 30  # validity of a temporary certificate; a course of some weeks keeps its fingerprint
SECONDS = 60.0  # to create one; less than one is usual
EXPIRED, TOO_EARLY, ANOTHER_NAME = 10, 9, (62, 64)  # OpenSSL's error numbers


def make(python: str, names: tuple[str, ...], addresses: tuple[str, ...], certificate: Path, key: Path) -> None:
    """Create a temporary certificate and its private key as PEM files that only this user can read.

    The package cryptography, which comes with MLflow, creates it in `python`.

    Raises:
        QuickstartError: "certificate-not-made", or what run_script() raises.
    """
    files = {"certificate": str(certificate), "key": str(key)}
    request = {"names": names, "addresses": addresses, **files, "days": DAYS}
    answer = run_script(Path(python), "certificate.py", request=request, timeout=SECONDS)
    if "error" in answer:
        raise QuickstartError("certificate-not-made", python=python, detail=answer["detail"])


def fingerprint(certificate: Path) -> str:
    """Return the SHA-256 of the first certificate in a PEM file, in hex."""
    return hashlib.sha256(der_of(certificate)).hexdigest()


def der_of(certificate: Path) -> bytes:
    """Return the server's certificate, the first in a PEM file; raises "certificate-unreadable"."""
    try:
        text = certificate.read_text(encoding="ascii", errors="replace")
    except OSError as error:
        raise _unreadable(certificate, error.strerror or str(error)) from error
    begin, end = text.find(ssl.PEM_HEADER), text.find(ssl.PEM_FOOTER)
    if begin < 0 or end < begin:
        raise _unreadable(certificate, "it has no -----BEGIN CERTIFICATE-----")
    try:
        return ssl.PEM_cert_to_DER_cert(text[begin : end + len(ssl.PEM_FOOTER)])
    except ValueError as error:
        raise _unreadable(certificate, "its content is not a certificate") from error


def check(certificate: Path, key: Path, host: str) -> None:
    """Test a certificate and its key with a TLS handshake in memory, as a participant's machine does it.

    Args:
        certificate: PEM file; the server's certificate first, then those of its authorities.
        key: PEM file of its private key, without a passphrase.
        host: that participants connect to.

    Raises:
        QuickstartError: "certificate-unreadable", "key-unreadable", "key-locked", "certificate-key-differ",
            "certificate-expired", "certificate-not-yet" or "certificate-names".
    """
    der = der_of(certificate)
    server = _server(certificate, key)
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        client.load_verify_locations(cadata=der)
    except ssl.SSLError as error:
        raise _unreadable(certificate, "its content is not a certificate") from error
    # Only the certificate itself is tested: participants' machines judge its authority.
    client.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    client.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
    try:
        _shake_hands(server, client, host)
    except ssl.SSLCertVerificationError as error:
        raise _rejected(certificate, host, error) from error
    except ssl.SSLError as error:
        raise _unreadable(certificate, error.reason or str(error)) from error


def lasts(certificate: Path, key: Path, hosts: tuple[str, ...]) -> bool:
    """Tell whether a temporary certificate exists, is valid for some days, and names all of these hosts."""
    try:
        for host in hosts:
            check(certificate, key, host)
    except QuickstartError:
        return False
    age = time.time() - certificate.stat().st_mtime
    return age < (DAYS - 2) * 86400  # it must not expire during the workshop


def _server(certificate: Path, key: Path) -> ssl.SSLContext:
    try:
        key.open("rb").close()
    except OSError as error:
        raise QuickstartError(
            "key-unreadable", ExitCode.USAGE, path=str(key), detail=error.strerror or str(error)
        ) from error

    def refuse() -> bytes:
        raise QuickstartError("key-locked", ExitCode.USAGE, path=str(key))

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate, key, password=refuse)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            facts = {"certificate": str(certificate), "key": str(key)}
            raise QuickstartError("certificate-key-differ", ExitCode.USAGE, **facts) from error
        # OpenSSL names neither the file nor the problem.
        raise QuickstartError(
            "key-unreadable", ExitCode.USAGE, path=str(key), detail="it is not a private key (PEM)"
        ) from error
    return context


def _shake_hands(server: ssl.SSLContext, client: ssl.SSLContext, host: str) -> None:
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(to_client, to_server, server_hostname=host),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    while ends:
        for end in tuple(ends):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            ends.remove(end)


def _rejected(certificate: Path, host: str, error: ssl.SSLCertVerificationError) -> QuickstartError:
    facts = {"certificate": str(certificate), "host": host, "detail": error.verify_message}
    if error.verify_code == TOO_EARLY:
        return QuickstartError("certificate-not-yet", ExitCode.USAGE, **facts)
    if error.verify_code == EXPIRED:
        return QuickstartError("certificate-expired", ExitCode.USAGE, **facts)
    if error.verify_code in ANOTHER_NAME:
        return QuickstartError("certificate-names", ExitCode.USAGE, **facts)
    return _unreadable(certificate, error.verify_message)


def _unreadable(certificate: Path, detail: str) -> QuickstartError:
    return QuickstartError("certificate-unreadable", ExitCode.USAGE, path=str(certificate), detail=detail)
