"""What the unit tests of classes share: certificates of every kind, made in a moment."""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Made = tuple[Path, Path]
Maker = Callable[..., Made]


@pytest.fixture
def certified(tmp_path: Path) -> Maker:
    """Make a certificate and its key, valid from and until so many days from now, for names and addresses."""

    def make(
        name: str = "good",
        begins: float = -1,
        ends: float = 10,
        hosts: tuple[str, ...] = ("localhost", "127.0.0.1"),
        passphrase: bytes | None = None,
    ) -> Made:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a class")])
        now = datetime.datetime.now(datetime.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + datetime.timedelta(days=begins))
            .not_valid_after(now + datetime.timedelta(days=ends))
            .add_extension(x509.SubjectAlternativeName([_general(host) for host in hosts]), critical=False)
            .sign(key, hashes.SHA256())
        )
        locked = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
        files = tmp_path / f"{name}-cert.pem", tmp_path / f"{name}-key.pem"
        files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        files[1].write_bytes(key.private_bytes(encoding, form, locked))
        return files

    return make


def _general(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
