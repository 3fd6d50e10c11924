"""What passes over the wire: a call that came in, an answer that goes out, and the shapes of Databricks' errors."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Who:
    """Somebody whose credential was accepted: their name, and the kind of credential."""

    name: str
    kind: str  # "pat", "oauth-user" or "oauth-service-principal"


@dataclass(frozen=True)
class Call:
    """One request: header names are in lower case, the path is without its query, and still escaped."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    who: Who | None = None

    @property
    def target(self) -> str:
        """Path and query as they came."""
        return f"{self.path}?{self.query}" if self.query else self.path

    def argument(self, name: str) -> str:
        """The first value of a query parameter, or an empty text."""
        return parse_qs(self.query).get(name, [""])[0]

    def form(self) -> dict[str, str]:
        """The fields of a form that was posted."""
        return {name: values[0] for name, values in parse_qs(self.body.decode("utf-8", "replace")).items()}

    def json(self) -> dict[str, Any]:
        """The JSON object that was posted; an empty one where there is none."""
        try:
            value = json.loads(self.body)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}


@dataclass(frozen=True)
class Answer:
    """One answer; Content-Length, Date and Server are added when it is sent."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def as_json(value: Any, status: int = 200, **headers: str) -> Answer:
    """Return an answer with a JSON body."""
    return Answer(status, json.dumps(value).encode(), {"Content-Type": JSON, **headers})


def as_html(text: str, status: int = 200, **headers: str) -> Answer:
    """Return an answer with an HTML page."""
    return Answer(status, text.encode(), {"Content-Type": HTML, **headers})


def redirect(location: str, status: int = 302) -> Answer:
    """Return an answer that sends the caller elsewhere."""
    return Answer(status, b"", {"Location": location})


def error(status: int, code: str | int, message: str, **headers: str) -> Answer:
    """Return an error of the REST API, which reports `error_code` and `message`."""
    return as_json({"error_code": code, "message": message}, status, **headers)


def request_id() -> str:
    """Return what the front door adds to its messages."""
    return f"[ReqId: {uuid.uuid4()}]"


def no_credential() -> Answer:
    """Return the refusal of a call that has no Authorization header, or one that is not a Bearer token.

    Seen in PipedreamHQ/pipedream#20701; the realm in public fakes of the front door; not verified by us.
    """
    message = f"Credential was not sent or was of an unsupported type for this API. {request_id()}"
    return error(401, 401, message, **{"WWW-Authenticate": 'Bearer realm="DatabricksRealm"'})


def invalid_token() -> Answer:
    """Return the refusal of a token that is wrong, revoked or expired.

    The code is a number and not a text: databricks-sdk-go#873 and #917 show the bytes (2024, then without ReqId).
    """
    reason = {"X-Databricks-Reason-Phrase": "Invalid access token."}
    return error(403, 403, f"Invalid access token. {request_id()}", **reason)


def expired_token() -> Answer:
    """Return the refusal of an OAuth access token whose time is over.

    403 is what n8n-io/n8n#34147 reports, the text is from databricks-sdk-go#1061; splunk-integration#55 saw 401 with
    "Token is expired" on Azure in 2025. Unverified: which of them a workspace on AWS sends today.
    """
    return error(403, 403, "JWT has expired", **{"X-Databricks-Reason-Phrase": "JWT has expired"})


def no_api(call: Call) -> Answer:
    """Return the refusal of a path of the API that does not exist; wording unverified."""
    return error(404, "ENDPOINT_NOT_FOUND", f"No API found for '{call.method} {call.path.removeprefix('/api/2.0')}'")
