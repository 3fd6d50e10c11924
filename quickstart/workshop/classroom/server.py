"""What server_app.py needs to serve a workshop: MLflow's environment, uvicorn's settings and a limit for the log."""

from __future__ import annotations

import asyncio.constants
import importlib.metadata
import importlib.util
import logging
import os
import secrets
import socket
from typing import Any

from . import limits
from .limits import Bucket
from .settings import Settings

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
