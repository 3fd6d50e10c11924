"""What server_app.py needs to serve a workshop: its settings, MLflow's environment, uvicorn's and a limit for the log.

The settings are one JSON file, which `workshop open` writes and steering changes, so that a restart knows them.
"""

from __future__ import annotations

import asyncio.constants
import importlib.metadata
import importlib.util
import json
import logging
import os
import secrets
import socket
from dataclasses import asdict, dataclass, fields
from typing import Any

from . import limits
from .limits import Bucket

MB = 1024 * 1024
OLDEST = (3, 17)  # MLflow; with 3.16 a seat can read another seat's files through a model version
LOG_BURST, LOG_RATE = 500, 2.0  # records at once, and a second
LOG_LENGTH = 4000  # characters of a message, and of the traceback below it
AUTH = """[mlflow]
default_permission = NO_PERMISSIONS
database_uri = {database}
admin_username = instructor
admin_password = {password}
authorization_function = {function}
"""


@dataclass
class Settings:
    """A workshop; see the fields' comments for the units."""

    title: str
    seats: int
    folder: str  # for classroom.db, basic_auth.db and auth.ini; 0700
    certificate: str
    key: str
    url: str  # for participants
    install_line: str
    join_line: str
    secret_digest: str | None  # SHA-256, hex; None: joining is impossible
    expires: float | None  # unix seconds
    locked: bool
    board_key: str
    steer_digest: str
    instructor_digest: str
    experiment: str | None  # the shared experiment's name
    shared: str  # what seats may do in it: read, edit or none
    join_qr: str = ""  # SVG of join_line's QR code
    upload_limit: int = 200 * MB  # bytes of one artifact
    reserve: int = 500 * MB  # bytes of the disk that uploads leave free

    @classmethod
    def load(cls, path: str) -> Settings:
        """Read the settings, without unknown keys; raises OSError, ValueError, or TypeError for a missing key."""
        with open(path, encoding="utf-8") as file:
            content = json.load(file)
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in content.items() if name in known})

    def save(self, path: str) -> None:
        """Write what steering changed atomically, and keep the file's unknown keys."""
        with open(path, encoding="utf-8") as file:
            content: dict[str, Any] = json.load(file)
        content.update(asdict(self))
        temporary = f"{path}.new"
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(content, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)


class WorkshopUnavailable(Exception):
    """Why this MLflow cannot serve a workshop."""


def check() -> None:
    """Raise WorkshopUnavailable if this MLflow is too old, or if its auth app lacks a package."""
    try:
        version = importlib.metadata.version("mlflow")
    except importlib.metadata.PackageNotFoundError as error:
        raise WorkshopUnavailable("the full MLflow is not installed here (mlflow-skinny has no server)") from error
    from packaging.version import Version  # MLflow depends on it: without MLflow it may be missing

    if Version(version).release[:2] < OLDEST:
        raise WorkshopUnavailable(f"a workshop needs MLflow {OLDEST[0]}.{OLDEST[1]} or newer; this is {version}")
    if importlib.util.find_spec("flask_wtf") is None:
        raise WorkshopUnavailable("MLflow's auth app needs Flask-WTF: install mlflow[auth]")


def prepare(path: str) -> list[str]:
    """Set up MLflow's environment for its auth app, before MLflow is imported; return arguments for `mlflow server`."""
    settings = Settings.load(path)
    os.makedirs(settings.folder, mode=0o700, exist_ok=True)
    ini = os.path.join(settings.folder, "auth.ini")
    database = "sqlite:///" + os.path.join(os.path.abspath(settings.folder), "basic_auth.db").replace(os.sep, "/")
    content = AUTH.format(
        database=database.replace("%", "%%"),
        # MLflow requires one, but it is never valid: our own check() decides.
        password=secrets.token_hex(16),
        function=f"{__package__}.passwords:check",
    )
    with open(os.open(ini, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(content)
    for name in ("MLFLOW_AUTH_ADMIN_USERNAME", "MLFLOW_AUTH_ADMIN_PASSWORD"):
        os.environ.pop(name, None)
    os.environ.update(
        MLFLOW_AUTH_CONFIG_PATH=ini,
        MLFLOW_FLASK_SERVER_SECRET_KEY=secrets.token_hex(32),
        MLFLOW_BASIC_AUTH_FAIL_CLOSED="true",
        MLFLOW_SERVER_ENABLE_JOB_EXECUTION="false",
    )
    # MLflow's check is against pages that point a name of their own at this address; TLS covers that.
    os.environ.setdefault("MLFLOW_SERVER_ALLOWED_HOSTS", "*")
    return ["--app-name", "basic-auth"]


def options(path: str) -> dict[str, Any]:
    """Return uvicorn's options for a workshop: TLS, and short timeouts."""
    settings = Settings.load(path)
    return {
        "ssl_certfile": settings.certificate,
        "ssl_keyfile": settings.key,
        "timeout_graceful_shutdown": 3,  # boards stay connected until they are cut off
        "access_log": False,  # the board's key is in its address
        "server_header": False,
        # What limits.py is made for, even if others are installed: httptools has no limit for a head.
        "loop": "asyncio",
        "http": "h11",
        "ws": "none",
        "proxy_headers": False,  # participants connect directly, and a header could fake any address
        "h11_max_incomplete_event_size": 64 * 1024,
    }


def harden(config: Any, listener: socket.socket) -> socket.socket:
    """Limit a uvicorn configuration's log and the time and number of its connections; return the listener to use."""
    limit_logs()
    counts = limits.ConnectionCounts()
    asyncio.constants.SSL_HANDSHAKE_TIMEOUT = limits.TIMEOUT
    config.http_protocol_class = limits.with_handshake_timeout(config.http_protocol_class, counts)
    return limits.Listener(listener, counts)


class LogLimit(logging.Filter):
    """Drops a flood of log records, so that no client can fill the disk."""

    def __init__(self) -> None:
        super().__init__()
        self.bucket = Bucket(LOG_BURST, LOG_RATE)

    def filter(self, record: logging.LogRecord) -> bool:
        if self.bucket.wait():
            return False
        self.bucket.take()
        record.msg, record.args = record.getMessage()[:LOG_LENGTH], ()
        if record.exc_info and record.exc_info[0]:
            record.exc_text = logging.Formatter().formatException(record.exc_info)[-LOG_LENGTH:]
        return True


def limit_logs() -> None:
    """Put one filter before all existing handlers."""
    limit = LogLimit()
    loggers = [logging.root, *(one for one in logging.root.manager.loggerDict.values() if hasattr(one, "handlers"))]
    for handler in {handler for logger in loggers for handler in logger.handlers}:
        handler.addFilter(limit)
    if logging.lastResort:
        logging.lastResort.addFilter(limit)
