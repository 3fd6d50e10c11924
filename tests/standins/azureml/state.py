"""The stand-in as a test sees and changes it: who may come in, what is wrong with it, and what was asked of it."""

from __future__ import annotations

import base64
import json
import secrets
import threading
import time
from dataclasses import dataclass, field

SUBSCRIPTION = "1b2c3d4e-1111-2222-3333-444455556666"
TENANT = "9f8e7d6c-aaaa-bbbb-cccc-ddddeeee0001"
GROUP, NAME = "our-group", "our-workspace"
SCOPE = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}"
    f"/providers/Microsoft.MachineLearningServices/workspaces/{NAME}"
)


@dataclass(frozen=True)
class Wrong:
    """One thing that is wrong while it is set.

    Args:
        status: answer with this HTTP status whoever is logged in; None for the real answer.
        message: what that answer says.
        code: the code that it says it under.
        retry_after: seconds in its Retry-After header.
        page: answer everything with a login page.
        hangs: take the request and never answer.
        skew: seconds by which the Date header is ahead of the time.
        before_login: whether whoever is not logged in gets it too.
        only: a part of the paths that are affected.
    """

    status: int | None = None
    message: str = ""
    code: str = "UserError"
    retry_after: int | None = None
    page: bool = False
    hangs: bool = False
    skew: float = 0.0
    before_login: bool = False
    only: str = "/"


@dataclass
class Workspace:
    """A workspace, and the authority that gives tokens for it."""

    mlflow_url: str
    url: str = ""
    user: str = "newcomer@example.com"
    client_id: str = "6f1b0d2e-0000-4000-8000-00000000c11e"
    client_secret: str = field(default_factory=lambda: "s~" + secrets.token_urlsafe(24))
    identity_header: str = field(default_factory=lambda: secrets.token_hex(12))
    wrong: Wrong = field(default_factory=Wrong)
    tokens: dict[str, str] = field(default_factory=dict)  # each with the way that it was given out
    calls: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)  # paths to which somebody sent a login
    blobs: dict[str, bytes] = field(default_factory=dict)
    closing: threading.Event = field(default_factory=threading.Event)

    @property
    def host(self) -> str:
        """Host and port."""
        return self.url.partition("//")[2]

    @property
    def uri(self) -> str:
        """The tracking URI."""
        return f"azureml://{self.host}/mlflow/v1.0{SCOPE}"

    def new_token(self, way: str, name: str) -> str:
        """Return a token for somebody, with the look and the claims of an Entra token; the signature is none."""
        who = {"appid": name} if way in ("secret", "managed") else {"upn": name}
        claims = {**who, "tid": TENANT, "exp": int(time.time()) + 3600, "jti": secrets.token_hex(4)}
        middle = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
        token = f"eyJhbGciOiJub25lIn0.{middle}.{secrets.token_urlsafe(12)}"
        self.tokens[token] = way
        return token
