"""Answers of the classroom's own pages: JSON and files, with headers that let a page do nothing but show."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

SAFE: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
        b" base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
]
ASK = (b"www-authenticate", b'Basic realm="mlflow"')


async def body(send: Send, status: int, kind: str, content: bytes, headers: Headers | None = None) -> None:
    """Send one whole answer.

    Args:
        send: ASGI's.
        status: HTTP's.
        kind: the content type.
        content: the bytes.
        headers: more of them.
    """
    own = [(b"content-type", kind.encode()), (b"content-length", str(len(content)).encode()), *SAFE, *(headers or [])]
    await send({"type": "http.response.start", "status": status, "headers": own})
    await send({"type": "http.response.body", "body": content})


async def as_json(send: Send, status: int, value: object, headers: Headers | None = None) -> None:
    """Send a value as JSON."""
    await body(send, status, "application/json", json.dumps(value).encode(), headers)


async def refusal(send: Send, status: int, code: str, detail: str, **facts: Any) -> None:
    """Send why something is not granted; "retry_after" (seconds) becomes the header as well."""
    headers = [(b"retry-after", str(facts["retry_after"]).encode())] if "retry_after" in facts else []
    # What is left unread of a request's body would be taken for the next request.
    headers.append((b"connection", b"close"))
    await as_json(send, status, {"error": {"code": code, "detail": detail, **facts}}, headers)


async def nothing(send: Send) -> None:
    """Send 204."""
    await send({"type": "http.response.start", "status": 204, "headers": list(SAFE)})
    await send({"type": "http.response.body", "body": b""})


def header(scope: Scope, name: bytes) -> bytes | None:
    """Return a request's header, or None where it is missing or comes twice (who means what, then?)."""
    found = [value for key, value in scope["headers"] if key == name]
    return found[0] if len(found) == 1 else None
