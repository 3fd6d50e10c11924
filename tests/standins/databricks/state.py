"""The workspace as a test sees and changes it: who may come in, what is wrong with it, and what was asked of it."""

from __future__ import annotations

import secrets
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Literal

from tests.standins.databricks.faults import Fault
from tests.standins.databricks.wire import Who

COLLEAGUE = "colleague@example.com"
CLI = "databricks-cli"  # the client id that every workspace knows, and that the SDK and the official CLI use


@dataclass(frozen=True)
class Request:
    """One request that was answered; it holds no secret, and so no query either.

    `seconds` is how long the stand-in took for it, of which `mlflow_seconds` in the real MLflow server; `kind` is the
    kind of credential that was accepted, if any. A request that is left hanging has status 0 and took no time.
    """

    method: str
    path: str
    status: int
    seconds: float
    mlflow_seconds: float
    kind: str | None


@dataclass(frozen=True)
class Grant:
    """What a person agreed to, until the code for it is spent."""

    client_id: str
    redirect_uri: str
    challenge: str
    scope: str
    user: str


@dataclass(frozen=True)
class Bearer:
    """What an OAuth token stands for: access tokens end at a monotonic time, refresh tokens never."""

    who: Who
    client_id: str
    scope: str
    ends: float = float("inf")


@dataclass
class Workspace:
    """A workspace that a test can look into and change while it runs.

    Attributes:
        url: its address, without a slash at the end.
        user: the person who owns the default token, and who says yes in the browser.
        token: their personal access token.
        client_id: a service principal, which acts under this id.
        client_secret: its secret.
        tokens: the personal access tokens that are accepted, each with its owner's name; delete one to revoke it.
        clients: the service principals that are accepted, each with its secret.
        public_clients: the OAuth clients that may ask a person for consent.
        users: further people who have a home folder.
        folders: folders beside the home folders and /Shared.
        forbidden: folders in which nobody may create anything.
        consent: what the person does who is asked.
        expires_in: seconds for which an access token is good.
        single_use_refresh_tokens: whether a refresh replaces the refresh token (an option of Databricks' OAuth apps).
        files_api: whether artifacts can be stored through the Files API; else only through signed addresses.
        requests: what was asked, oldest first.
        stored: the bytes of the artifacts, by place.
    """

    mlflow_url: str
    user: str = "newcomer@example.com"
    token: str = field(default_factory=lambda: f"dapi{secrets.token_hex(16)}", repr=False)
    client_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    client_secret: str = field(default_factory=lambda: f"dose{secrets.token_hex(16)}", repr=False)
    url: str = ""
    tokens: dict[str, str] = field(default_factory=dict, repr=False)
    clients: dict[str, str] = field(default_factory=dict, repr=False)
    public_clients: set[str] = field(default_factory=lambda: {CLI})
    users: set[str] = field(default_factory=lambda: {COLLEAGUE})
    folders: set[str] = field(default_factory=set)
    forbidden: set[str] = field(default_factory=set)
    consent: Literal["yes", "deny", "wrong-state"] = "yes"
    expires_in: int = 3600
    single_use_refresh_tokens: bool = False
    files_api: bool = True
    account_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    workspace_id: str = field(default_factory=lambda: str(secrets.randbelow(9 * 10**15) + 10**15))
    requests: list[Request] = field(default_factory=list)
    stored: dict[str, bytes] = field(default_factory=dict, repr=False)
    codes: dict[str, Grant] = field(default_factory=dict, repr=False)
    access_tokens: dict[str, Bearer] = field(default_factory=dict, repr=False)
    refresh_tokens: dict[str, Bearer] = field(default_factory=dict, repr=False)
    signed: dict[str, tuple[str, str]] = field(default_factory=dict, repr=False)  # ticket -> method, place

    def __post_init__(self) -> None:
        self.tokens.setdefault(self.token, self.user)
        self.clients.setdefault(self.client_id, self.client_secret)
        self.closing = threading.Event()
        self._lock = threading.Lock()
        self._fault: Fault | None = None
        self._left: int | None = None

    @property
    def fault(self) -> Fault | None:
        """What is wrong now; None when everything works."""
        return self._fault

    @fault.setter
    def fault(self, fault: Fault | None) -> None:
        with self._lock:
            self._fault = fault
            self._left = fault.times if fault else None

    def fault_for(self, path: str) -> Fault | None:
        """Return what is wrong with one request, and count it."""
        with self._lock:
            fault = self._fault
            if fault is None or not path.startswith(fault.only) or self._left == 0:
                return None
            if self._left is not None:
                self._left -= 1
            return fault

    def seconds(self) -> float:
        """Return how long all requests together took here, the MLflow server behind it included."""
        return sum(request.seconds for request in list(self.requests))

    def calls(self, start: str = "/") -> list[str]:
        """Return method and path of every request whose path starts so, oldest first."""
        return [f"{one.method} {one.path}" for one in list(self.requests) if one.path.startswith(start)]

    def everyone(self) -> set[str]:
        """Return whoever has a home folder: people, and service principals under their application id."""
        return {self.user, *self.users, *self.tokens.values(), *self.clients}

    def new_access_token(self, who: Who, client_id: str, scope: str) -> str:
        """Return an access token; it has the look of a JWT, since tools that hide secrets go by that."""
        token = "eyJ" + ".".join(secrets.token_urlsafe(24) for _ in range(3))
        self.access_tokens[token] = Bearer(who, client_id, scope, time.monotonic() + self.expires_in)
        return token

    def new_refresh_token(self, who: Who, client_id: str, scope: str) -> str:
        """Return a refresh token."""
        token = secrets.token_urlsafe(32)
        self.refresh_tokens[token] = Bearer(who, client_id, scope)
        return token

    def signed_address(self, method: str, where: str) -> str:
        """Return an address at which one place in the store can be read or written without a credential."""
        ticket = secrets.token_urlsafe(24)
        self.signed[ticket] = (method, where)
        return f"{self.url}/storage/{ticket}"
