"""What the stand-in knows: keys, servers, rights, files, and what it was asked."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

REGION = "eu-west-1"
ACCOUNT = "123456789012"
BUCKET = "mlflow-of-the-stand-in"
APP = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:mlflow-app/app-ABCDEFGHIJKL"


@dataclass
class Key:
    """An access key: its id, its secret, and the token of a temporary one."""

    key_id: str
    secret: str
    token: str = ""
    expired: bool = False


@dataclass
class Server:
    """A tracking server as SageMaker lists it."""

    name: str
    status: str = "Created"
    mlflow: str = "3.0.0"

    @property
    def arn(self) -> str:
        """Its ARN."""
        return f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:mlflow-tracking-server/{self.name}"


@dataclass(frozen=True)
class Request:
    """One request, as it was noted: no header is."""

    service: str
    method: str
    path: str
    key_id: str
    status: int


def _key() -> Key:
    return Key(f"AKIA{secrets.token_hex(8).upper()}", secrets.token_urlsafe(30))


@dataclass
class Aws:
    """One account of AWS with its managed MLflow."""

    mlflow_url: str
    url: str = ""
    key: Key = field(default_factory=_key)
    keys: list[Key] = field(default_factory=list)  # further ones
    user: str = "newcomer"
    servers: list[Server] = field(default_factory=lambda: [Server("my-server")])
    apps: bool = False
    denied: set[str] = field(default_factory=set)  # actions, such as "sagemaker-mlflow:CreateRun"
    clock: float = 0.0  # seconds by which its clock is ahead of ours
    page: bool = False  # whether a login page stands before everything
    down: int = 0  # the status that MLflow's calls are answered with; 0 for what is right
    stored: dict[str, bytes] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)

    @property
    def me(self) -> str:
        """The ARN of whoever the keys are for."""
        return f"arn:aws:iam::{ACCOUNT}:user/{self.user}"

    @property
    def arn(self) -> str:
        """The ARN of the first server."""
        return self.servers[0].arn

    @property
    def places(self) -> dict[str, Any]:
        """The variables that lead AWS's own libraries, and the plugin, to the stand-in."""
        services = {f"AWS_ENDPOINT_URL_{name}": self.url for name in ("S3", "SAGEMAKER", "STS")}
        return {**services, "SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT": self.url, "AWS_EC2_METADATA_DISABLED": "true"}

    @property
    def login(self) -> dict[str, Any]:
        """The variables that log in."""
        token = {"AWS_SESSION_TOKEN": self.key.token} if self.key.token else {}
        return {"AWS_ACCESS_KEY_ID": self.key.key_id, "AWS_SECRET_ACCESS_KEY": self.key.secret, **token}

    def calls(self, service: str) -> list[Request]:
        """Return what a service was asked."""
        return [request for request in self.requests if request.service == service]
