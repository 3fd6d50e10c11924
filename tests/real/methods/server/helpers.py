"""What the tests of a team's server share: a login, and what it left behind."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

from tests.conftest import Home

TOKEN = "tok-0123456789abcdef-good"
PASSWORD = "pä ss:w%rd"


def log_in(
    home: Home, url: str, *arguments: str, status: int = 0, stdin: str = "", **environment: str
) -> dict[str, Any]:
    """Log in to a server by its URL, and return the document."""
    ran = home.run("login", "server", url, *arguments, "--json", status=status, stdin=stdin, **environment)
    return ran.json


def by_token(home: Home, url: str, *arguments: str, **more: Any) -> dict[str, Any]:
    """Log in by the right token."""
    return log_in(home, url, "--token-stdin", *arguments, stdin=f"{TOKEN}\n", **more)


def by_password(home: Home, url: str, *arguments: str, **more: Any) -> dict[str, Any]:
    """Log in by the right user and password."""
    return log_in(home, url, "--username", "me", "--password-stdin", *arguments, stdin=f"{PASSWORD}\n", **more)


def secrets_file(home: Home, name: str = "server") -> Path:
    """Return the file that keeps the secrets of a connection."""
    return home.quickstart_home / "state" / "secrets" / f"{name}.json"


def kept(home: Home, name: str = "server") -> dict[str, str]:
    """Return the secrets that were kept, from a file that nobody else can read."""
    path = secrets_file(home, name)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    value: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))["variables"]
    return value


def stages(document: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Return the stages of a proof: status and detail of each."""
    proof = document["data"].get("verification", document["data"])
    return {stage["id"]: (stage["status"], stage["detail"]) for stage in proof["stages"]}


def credentials_file(home: Home) -> Path:
    """Return MLflow's own file of credentials."""
    return home.path / "home" / ".mlflow" / "credentials"
