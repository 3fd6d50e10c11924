"""What comes in, within limits: the body of a request, by size and by time."""

from __future__ import annotations

import asyncio
import json
import zlib
from typing import Any

from .responses import Receive, Scope, header
from .roster import RequestRefused

SMALL = 4096  # bytes of a request to the classroom itself
PATIENCE = 10.0  # seconds for such a body as a whole


async def small_json(scope: Scope, receive: Receive) -> dict[str, Any]:
    """Return a small request's JSON object.

    Raises:
        Refused: "too-large", "too-slow" or "bad-request".
    """
    told = header(scope, b"content-length")
    if told is not None and (not told.isdigit() or int(told) > SMALL):
        raise RequestRefused(413, "too-large", f"at most {SMALL} bytes")
    try:
        content = await asyncio.wait_for(_read(receive), PATIENCE)
    except asyncio.TimeoutError as error:  # noqa: UP041 - another one before Python 3.11
        raise RequestRefused(408, "too-slow", f"the request took more than {PATIENCE:.0f} s") from error
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise RequestRefused(400, "bad-request", "this is no JSON") from error
    if not isinstance(found, dict):
        raise RequestRefused(400, "bad-request", "this is no JSON object")
    return found


async def _read(receive: Receive) -> bytes:
    content = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise RequestRefused(400, "bad-request", "the request ended early")
        content += message.get("body", b"")
        if len(content) > SMALL:
            raise RequestRefused(413, "too-large", f"at most {SMALL} bytes")
        if not message.get("more_body"):
            return bytes(content)


def decompress(scope: Scope, content: bytes, limit: int) -> tuple[Scope, bytes]:
    """Return a request and its body as it was before it was packed: MLflow would unpack a few bytes to any size.

    Args:
        scope: the request.
        content: its body.
        limit: bytes of the body unpacked.

    Raises:
        Refused: "too-large" or "bad-request".
    """
    how = (header(scope, b"content-encoding") or b"").lower()
    others = [pair for pair in scope["headers"] if pair[0] != b"content-encoding"]
    if len(others) + bool(how) != len(scope["headers"]) or how not in (b"", b"identity", b"gzip", b"deflate"):
        raise RequestRefused(400, "bad-request", "spans come plain, or packed by gzip or deflate")
    if how in (b"gzip", b"deflate"):
        unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)  # either, told by its first bytes
        try:
            content = unpacker.decompress(content, limit + 1)
        except zlib.error as error:
            raise RequestRefused(400, "bad-request", "this cannot be unpacked") from error
        if len(content) > limit:
            raise RequestRefused(413, "too-large", f"at most {limit} bytes once unpacked", limit=limit)
        if not unpacker.eof:
            raise RequestRefused(400, "bad-request", "this ends too early")
    length = str(len(content)).encode()
    return {**scope, "headers": [(k, length if k == b"content-length" else v) for k, v in others]}, content
