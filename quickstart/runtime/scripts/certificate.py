"""Make a temporary certificate and its key, in the interpreter that has `cryptography` (MLflow depends on it).

Reads one JSON object from stdin: {"names": [...], "addresses": [...], "certificate": path, "key": path, "days": 30}.
Answers {"fingerprint": sha256 of the certificate's DER in hex, "expires": unix seconds}, or {"error", "detail"}.
Standard library and cryptography only.
"""

from __future__ import annotations

import datetime
import ipaddress
import json
import os
import sys
from typing import Any

SLACK = datetime.timedelta(days=1)  # participants' clocks may be slow


def make(request: dict[str, Any]) -> dict[str, Any]:
    """Write a self-signed certificate and its key, both 0600."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    # P-256: every client supports it, and the server signs 200 handshakes in a fraction of RSA's time.
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "MLflow workshop")])
    alternatives: list[x509.GeneralName] = [x509.DNSName(one) for one in request.get("names", [])]
    alternatives += [x509.IPAddress(ipaddress.ip_address(one)) for one in request.get("addresses", [])]
    now = datetime.datetime.now(datetime.timezone.utc)  # noqa: UP017 - Python 3.10 runs this too
    expires = now + datetime.timedelta(days=request.get("days", 30))
    usage = x509.KeyUsage(True, False, False, False, False, True, False, False, False)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SLACK)
        .not_valid_after(expires)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        # Its own authority, so that a client can trust exactly this one by naming it as its CA file.
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    encryption, form = serialization.NoEncryption(), serialization.PrivateFormat.PKCS8
    _write(request["key"], key.private_bytes(serialization.Encoding.PEM, form, encryption))
    _write(request["certificate"], certificate.public_bytes(serialization.Encoding.PEM))
    return {"fingerprint": certificate.fingerprint(hashes.SHA256()).hex(), "expires": expires.timestamp()}


def _write(path: str, content: bytes) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)


if __name__ == "__main__":
    try:
        answer = make(json.load(sys.stdin))
    except ImportError as error:
        answer = {"error": "no-cryptography", "detail": str(error)}
    except (OSError, ValueError, KeyError) as error:
        answer = {"error": "no-certificate", "detail": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer))
