"""A real class for the tests of the participants' side: the server as the instructor's side starts it."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quickstart.net.http import Http
from quickstart.runtime.process import SCRIPTS
from quickstart.workshop.participant.join_code import Code, Invitation, fingerprint_of, new_secret
from tests.conftest import PATIENCE, lasting_port

TOKEN = "steering-token-of-a-test"
INSTRUCTOR = "password-of-an-instructor"


@dataclass
class Room:
    """A class that is open.

    Args:
        folder: of its files.
        port: that it listens on.
        secret: that lets one in.
        fingerprint: of its certificate, as the code has it.
        digest: SHA-256 of its certificate, in hex.
        host: address that it listens on.
        process: the server; None while it does not run.
    """

    folder: Path
    port: int
    secret: str
    fingerprint: str
    digest: str
    host: str = "127.0.0.1"
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address of the server."""
        return f"https://{self.host}:{self.port}"

    @property
    def invitation(self) -> Invitation:
        """What a participant types."""
        return Invitation(self.host, self.port, Code(self.secret, self.fingerprint))

    @property
    def text(self) -> str:
        """What a participant types, in one word."""
        return self.invitation.text

    def start(self) -> None:
        """Run the server until it can be joined."""
        environment = {key: value for key, value in os.environ.items() if not key.startswith("MLFLOW_")}
        environment |= {
            "QUICKSTART_CLASSROOM": str(self.folder / "classroom.json"),
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "MLFLOW_SQLALCHEMYSTORE_POOL_SIZE": "40",
            "MLFLOW_SQLALCHEMYSTORE_MAX_OVERFLOW": "40",
        }
        arguments = ["--host", self.host, "--port", str(self.port), "--workers", "1"]
        arguments += ["--backend-store-uri", f"sqlite:///{self.folder}/mlflow.db"]
        arguments += ["--artifacts-destination", (self.folder / "artifacts").as_uri()]
        command = [
            sys.executable,
            str(SCRIPTS / "server_app.py"),
            "auto",
            self.host,
            str(self.port),
            "--",
            *arguments,
        ]
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.wait()

    def wait(self, made: int = 1) -> None:
        """Wait until it can be joined, and that many seats are made."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            assert self.process
            assert self.process.poll() is None, (self.folder / "server.log").read_text()[-3000:]
            try:
                with self._http() as http:
                    if (said := http.request("GET", "/quickstart/ready").json()) and said["made"] >= made:
                        return
            except Exception:
                time.sleep(0.05)
        raise TimeoutError((self.folder / "server.log").read_text()[-3000:])

    def stop(self, how: int = signal.SIGTERM) -> None:
        """End the server."""
        if self.process:
            os.killpg(self.process.pid, how)
            self.process.wait(30)
            self.process = None

    def steer(self, do: str, **what: Any) -> Mapping[str, Any]:
        """Steer the class as the instructor does."""
        with self._http() as http:
            http.authorize({"Authorization": f"Bearer {TOKEN}"})
            answer = http.request("POST", "/quickstart/steer", json={"do": do, **what})
        assert answer.status == 200, answer.text
        return dict(answer.json())

    def state(self) -> Mapping[str, Any]:
        """Return the class as the board shows it."""
        with self._http() as http:
            http.authorize({"Authorization": f"Bearer {TOKEN}"})
            return dict(http.request("GET", "/quickstart/state").json())

    def seat(self, number: int) -> dict[str, Any]:
        """Return what the board shows of a seat."""
        return next(dict(one) for one in self.state()["seats"] if one["seat"] == number)

    def _http(self) -> Http:
        return Http(self.url, direct=True, fingerprint=self.digest)


@contextmanager
def opened(folder: Path, *, seats: int = 12, **settings: Any) -> Iterator[Room]:
    """Open a class, and end it."""
    folder.mkdir(parents=True, exist_ok=True)
    room = made(folder, seats=seats, **settings)
    try:
        room.start()
        yield room
    finally:
        room.stop()


def made(
    folder: Path, *, seats: int = 12, names: tuple[str, ...] = ("localhost",), host: str = "127.0.0.1", **settings: Any
) -> Room:
    """Return a class with its certificate and settings, which does not run yet."""
    certificate, key, port = folder / "cert.pem", folder / "key.pem", lasting_port()
    asked = {"names": names, "addresses": [host], "certificate": str(certificate), "key": str(key)}
    told = subprocess.run(
        [sys.executable, str(SCRIPTS / "certificate.py")],
        input=json.dumps({**asked, "days": 2}),
        capture_output=True,
        text=True,
        check=True,
    )
    digest = json.loads(told.stdout)["fingerprint"]
    room = Room(folder, port, new_secret(), fingerprint_of(der_of(certificate)), digest, host)
    wanted: dict[str, Any] = {
        "title": "A class",
        "seats": seats,
        "folder": str(folder / "classroom"),
        "certificate": str(certificate),
        "key": str(key),
        "url": room.url,
        "install_line": "pip install mlflow-quickstart",
        "join_line": room.invitation.line,
        "secret_digest": hashlib.sha256(room.secret.encode()).hexdigest(),
        "expires": time.time() + 3600,
        "locked": False,
        "board_key": "0" * 32,
        "steer_digest": hashlib.sha256(TOKEN.encode()).hexdigest(),
        "instructor_digest": hashlib.sha256(INSTRUCTOR.encode()).hexdigest(),
        "experiment": "class",
        "shared": "read",
    }
    (folder / "classroom.json").write_text(json.dumps({**wanted, **settings}))
    return room


def der_of(certificate: Path) -> bytes:
    """Return a certificate in the form that its fingerprint is taken of."""
    import ssl

    return ssl.PEM_cert_to_DER_cert(certificate.read_text())
