"""A real workshop server for tests, and a client that speaks to it over TLS."""

from __future__ import annotations

import base64
import http.client
import json
import os
import secrets
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quickstart.runtime.process import SCRIPTS
from quickstart.workshop.classroom.passwords import digest

SECRET, STEER, BOARD_KEY, INSTRUCTOR = "K7QF3M2P", "steering-token", "b" * 32, "instructor-password"
JOIN_LINE = "quickstart join 192.168.1.20:5443/K7QF-3M2P-ABCD-EFGH-IJKL"
JOIN_QR = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1v1z"/></svg>'
DEADLINE = 60.0


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)

    @property
    def code(self) -> str:
        return str(self.json["error"]["code"])


class WorkshopServer:
    """A workshop's folder, and the server in it while it runs."""

    def __init__(self, folder: Path, python: str = sys.executable, **settings: Any) -> None:
        self.folder = folder
        self.python = python
        self.process: subprocess.Popen[bytes] | None = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.settings_file = folder / "settings.json"
        self.log = folder / "server.log"
        certificate = {"names": ["localhost"], "addresses": ["127.0.0.1"], "days": 2}
        certificate |= {name: str(folder / f"{name}.pem") for name in ("certificate", "key")}
        command = [sys.executable, str(SCRIPTS / "certificate.py")]
        subprocess.run(command, input=json.dumps(certificate), encoding="utf-8", check=True, capture_output=True)
        self.trust = ssl.create_default_context(cafile=str(certificate["certificate"]))
        facts = {
            "title": "MLOps course",
            "seats": 6,
            "folder": str(folder / "class"),
            "certificate": certificate["certificate"],
            "key": certificate["key"],
            "url": f"https://127.0.0.1:{self.port}",
            "install_line": "pip install mlflow-quickstart",
            "join_line": JOIN_LINE,
            "join_qr": JOIN_QR,
            "secret_digest": digest(SECRET),
            "expires": time.time() + 3600,
            "locked": False,
            "board_key": BOARD_KEY,
            "steer_digest": digest(STEER),
            "instructor_digest": digest(INSTRUCTOR),
            "experiment": "class",
            "shared": "read",
        }
        self.settings_file.write_text(json.dumps({**facts, **settings}))

    def start(self) -> None:
        arguments = {
            "--host": "127.0.0.1",
            "--port": str(self.port),
            "--workers": "1",
            "--backend-store-uri": f"sqlite:///{self.folder}/mlflow.db",
            "--artifacts-destination": (self.folder / "artifacts").as_uri(),
        }
        script = [self.python, str(SCRIPTS / "server_app.py"), "auto", "127.0.0.1", str(self.port), "--"]
        environment = {"QUICKSTART_CLASSROOM": str(self.settings_file), "MLFLOW_DISABLE_TELEMETRY": "true"}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*script, *[word for pair in arguments.items() for word in pair]],
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env={**os.environ, **environment},
            )
        self.wait_for(lambda: self.get("/quickstart/ready").json["joinable"])

    def wait_for(self, happens: Any) -> None:
        begun = time.monotonic()
        while time.monotonic() - begun < DEADLINE:
            assert self.process is None or self.process.poll() is None, self.log.read_text()[-3000:]
            try:
                if happens():
                    return
            except OSError:
                pass
            time.sleep(0.05)
        raise AssertionError(f"did not happen within {DEADLINE:.0f} s: {self.log.read_text()[-3000:]}")

    def all_made(self) -> None:
        def made() -> bool:
            ready = self.get("/quickstart/ready").json
            return bool(ready["made"] == ready["seats"])

        self.wait_for(made)

    def stop(self, how: int = signal.SIGTERM) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(30)
            self.process = None

    def connection(self, timeout: float = 30) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection("127.0.0.1", self.port, context=self.trust, timeout=timeout)

    def raw(self) -> ssl.SSLSocket:
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        return self.trust.wrap_socket(plain, server_hostname="127.0.0.1")

    def ask(self, method: str, path: str, body: Any = None, user: str | None = None, **headers: str) -> Answer:
        """Ask once; `user` is "name:password", a body that is no bytes goes as JSON."""
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if content is not None and not isinstance(body, bytes):
            sent["Content-Type"] = "application/json"
        if user is not None:
            sent["Authorization"] = "Basic " + base64.b64encode(user.encode()).decode()
        connection = self.connection()
        try:
            connection.request(method, path, content, sent)
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def get(self, path: str, user: str | None = None, **headers: str) -> Answer:
        return self.ask("GET", path, None, user, **headers)

    def post(self, path: str, body: Any, user: str | None = None, **headers: str) -> Answer:
        return self.ask("POST", path, body, user, **headers)

    def join(self, device: str | None = None, name: Any = "Ada", secret: Any = SECRET) -> Answer:
        return self.post(
            "/quickstart/join", {"secret": secret, "device": device or secrets.token_hex(16), "name": name}
        )

    def sit(self, name: str = "Ada") -> Participant:
        """Join and return who can act as that seat."""
        device = secrets.token_hex(16)
        answer = self.join(device, name)
        assert answer.status == 200, answer.content
        return Participant(self, device, answer.json)

    def steer(self, do: str, **facts: Any) -> Answer:
        return self.post("/quickstart/steer", {"do": do, **facts}, Authorization=f"Bearer {STEER}")

    def state(self) -> Any:
        return self.get(f"/quickstart/state?key={BOARD_KEY}").json

    def seat(self, number: int) -> Any:
        return next(seat for seat in self.state()["seats"] if seat["seat"] == number)


@dataclass(frozen=True)
class Participant:
    workshop: WorkshopServer
    device: str
    facts: dict[str, Any]

    @property
    def user(self) -> str:
        return f"{self.facts['username']}:{self.facts['password']}"

    @property
    def experiment(self) -> str:
        return str(self.facts["experiment"]["id"])

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        return self.workshop.ask(method, path, body, self.user, **headers)

    def api(self, path: str, body: Any) -> Answer:
        return self.ask("POST", f"/api/2.0/mlflow/{path}", body)

    def run(self, experiment: str | None = None) -> str:
        answer = self.api("runs/create", {"experiment_id": experiment or self.experiment, "start_time": 1})
        assert answer.status == 200, answer.content
        return str(answer.json["run"]["info"]["run_id"])

    def report(self, **facts: Any) -> Answer:
        return self.ask("POST", "/quickstart/report", facts)


@contextmanager
def run_workshop(folder: Path, **settings: Any) -> Iterator[WorkshopServer]:
    workshop = WorkshopServer(folder, **settings)
    try:
        workshop.start()
        yield workshop
    finally:
        workshop.stop()
