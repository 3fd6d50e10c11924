"""What server_app.py needs to serve a class: MLflow's environment beforehand, and uvicorn's settings."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import secrets
import socket
from typing import Any

from packaging.version import Version

from . import connections, log_filter
from .settings import Settings

OLDEST = (3, 17)  # MLflow; with 3.16 a model version may lie in the folder of somebody else's run, and is read there
AUTH = """[mlflow]
default_permission = NO_PERMISSIONS
database_uri = {database}
admin_username = instructor
admin_password = {password}
authorization_function = {function}
"""


class NoClassroom(Exception):
    """Why there can be no class here."""


def check() -> None:
    """See that this MLflow can serve a class.

    Raises:
        NoClassroom: it is too old, or lacks what its auth app needs.
    """
    try:
        version = importlib.metadata.version("mlflow")
    except importlib.metadata.PackageNotFoundError as error:
        raise NoClassroom("MLflow is not installed in full here (mlflow-skinny has no server)") from error
    if Version(version).release[:2] < OLDEST:
        raise NoClassroom(f"a class needs MLflow {OLDEST[0]}.{OLDEST[1]} or newer; here is {version}")
    if importlib.util.find_spec("flask_wtf") is None:
        raise NoClassroom("MLflow's auth app needs Flask-WTF: install mlflow[auth]")


def prepare(path: str) -> list[str]:
    """Set MLflow's environment up for its auth app, before MLflow is imported.

    Args:
        path: the settings' file.

    Returns:
        What `mlflow server` needs on its command line.
    """
    settings = Settings.load(path)
    os.makedirs(settings.folder, mode=0o700, exist_ok=True)
    ini = os.path.join(settings.folder, "auth.ini")
    database = "sqlite:///" + os.path.join(os.path.abspath(settings.folder), "basic_auth.db").replace(os.sep, "/")
    content = AUTH.format(
        database=database.replace("%", "%%"),
        # Asked for once and never valid: our own function lets people in.
        password=secrets.token_hex(16),
        function=f"{__package__}.auth:check",
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
    # Against another page's scripts that use a name of their own for this address: TLS knows no such name.
    os.environ.setdefault("MLFLOW_SERVER_ALLOWED_HOSTS", "*")
    return ["--app-name", "basic-auth"]


def options(path: str) -> dict[str, Any]:
    """Return uvicorn's options for a class: TLS, and no patience with clients that say nothing."""
    settings = Settings.load(path)
    return {
        "ssl_certfile": settings.certificate,
        "ssl_keyfile": settings.key,
        "timeout_graceful_shutdown": 3,  # boards stay connected until they are cut off
        "access_log": False,  # the board's key is in its address
        "server_header": False,
        # Those that door.py knows, whatever else is installed: with httptools a head has no limit.
        "loop": "asyncio",
        "http": "h11",
        "ws": "none",
        "proxy_headers": False,  # the room comes to this server itself: else anybody could say to be somebody else
        "h11_max_incomplete_event_size": 64 * 1024,
    }


def harden(config: Any, listener: socket.socket) -> socket.socket:
    """Make a loaded uvicorn configuration impatient.

    Args:
        config: uvicorn's.
        listener: the port.

    Returns:
        The port, with somebody in the door.
    """
    import asyncio.constants

    log_filter.limit_logs()
    crowd = connections.ConnectionCounts()
    asyncio.constants.SSL_HANDSHAKE_TIMEOUT = connections.PATIENCE
    config.http_protocol_class = connections.with_handshake_timeout(config.http_protocol_class, crowd)
    return connections.Listener(listener, crowd)
