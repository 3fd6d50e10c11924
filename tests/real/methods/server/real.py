"""Real servers for the tests of a team's server: MLflow with its own login, and nginx before it, with TLS."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from textwrap import dedent

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.conftest import PATIENCE, free_port

ADMIN = "admin"
PASSWORD = "a-long-password-of-its-own"
AUTH = """\
[mlflow]
default_permission = READ
database_uri = sqlite:///{folder}/basic_auth.db
admin_username = admin
admin_password = {password}
authorization_function = mlflow.server.auth:authenticate_request_basic_auth
"""


@contextmanager
def running(command: list[str], folder: Path, **environment: str) -> Iterator[None]:
    """Run a server with all that it starts, and end it."""
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, **environment},
            start_new_session=True,
        )
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def wait_for(url: str, log: Path, **options: str) -> None:
    """Wait until somebody answers there."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            requests.get(url, timeout=5, **options)  # type: ignore[arg-type]
            return
        except requests.ConnectionError:
            time.sleep(0.1)
    raise TimeoutError(f"{url}: {log.read_text()[-2000:]}")


@contextmanager
def mlflow_with_login(folder: Path) -> Iterator[str]:
    """Run a real MLflow server with its own login (basic auth), and give its address."""
    port = free_port()
    (folder / "auth.ini").write_text(AUTH.format(folder=folder, password=PASSWORD))
    command = [sys.executable, "-m", "mlflow", "server", "--app-name", "basic-auth", "--workers", "1"]
    command += ["--port", str(port), "--backend-store-uri", f"sqlite:///{folder}/mlflow.db"]
    environment = {
        "MLFLOW_AUTH_CONFIG_PATH": str(folder / "auth.ini"),
        "MLFLOW_FLASK_SERVER_SECRET_KEY": "for tests",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
    with running([*command, "--artifacts-destination", str(folder / "artifacts")], folder, **environment):
        url = f"http://127.0.0.1:{port}"
        wait_for(f"{url}/health", folder / "server.log")
        yield url


@contextmanager
def nginx(folder: Path, servers: str, first: str, ca: Path) -> Iterator[None]:
    """Run a real nginx.

    Args:
        folder: of its files.
        servers: the server blocks of its configuration.
        first: an address to wait for.
        ca: certificates to trust for that.
    """
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind}; " for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    head = f"daemon off; pid {folder}/nginx.pid; error_log stderr; worker_processes 1; events {{}}\n"
    (folder / "nginx.conf").write_text(f"{head}http {{ access_log off; {temporary}\n{dedent(servers)}\n}}\n")
    with running(["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")], folder):
        wait_for(first, folder / "server.log", verify=str(ca))
        yield


def certificates(folder: Path) -> tuple[Path, Path, Path]:
    """Make a throw-away authority and a certificate for this machine by it; return the authority's file, both others.

    They are good for a day. Source: the tutorial of `cryptography`.
    """
    now = datetime.now(UTC)
    own, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Throw-away authority")])

    def signed(subject: x509.Name, of: ec.EllipticCurvePrivateKey, *more: tuple[x509.ExtensionType, bool]) -> bytes:
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(authority)
            .public_key(of.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=5))
            .not_valid_after(now + timedelta(days=1))
        )
        for extension, critical in more:
            made = made.add_extension(extension, critical)
        return made.sign(own, hashes.SHA256()).public_bytes(Encoding.PEM)

    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    server = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
    files = (folder / "ca.pem", folder / "server.pem", folder / "server.key")
    files[0].write_bytes(
        signed(authority, own, (x509.BasicConstraints(True, None), True), (usage, True), _identifier(own))
    )
    files[1].write_bytes(signed(server, key, (names, False), _issuer(own)))
    files[2].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return files


def _identifier(key: ec.EllipticCurvePrivateKey) -> tuple[x509.ExtensionType, bool]:
    return x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False


def _issuer(key: ec.EllipticCurvePrivateKey) -> tuple[x509.ExtensionType, bool]:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), False
