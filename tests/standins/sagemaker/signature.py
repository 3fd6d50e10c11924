"""Signature Version 4, computed anew from what came in.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, unquote

from tests.standins.databricks.wire import Call
from tests.standins.sagemaker.state import Key

PARTS = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/]+)/(?P<day>\d{8})/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request, "
    r"SignedHeaders=(?P<names>[^,]+), Signature=(?P<signature>[0-9a-f]{64})"
)
TOLERANCE = 300  # seconds
UNSIGNED = ("UNSIGNED-PAYLOAD", "STREAMING-")


class Refused(Exception):
    """Why a signature is not taken: AWS's own code and words."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Signed:
    """Who signed, and for what."""

    key: Key
    region: str
    service: str


def service_of(call: Call) -> str:
    """Return the service that a request claims to be for; "" where it is not signed."""
    found = PARTS.fullmatch(call.headers.get("authorization", ""))
    return found["service"] if found else ""


def checked(call: Call, keys: list[Key], clock: float) -> Signed:
    """Return who signed a request.

    Args:
        call: as it came in.
        keys: those that are known.
        clock: seconds by which the stand-in's clock is ahead.

    Raises:
        Refused: with what AWS would answer.
    """
    found = PARTS.fullmatch(call.headers.get("authorization", ""))
    if not found:
        raise Refused("MissingAuthenticationTokenException", "Missing Authentication Token")
    key = next((one for one in keys if one.key_id == found["key"]), None)
    if key is None or call.headers.get("x-amz-security-token", "") != key.token:
        raise Refused("UnrecognizedClientException", "The security token included in the request is invalid.")
    when = call.headers.get("x-amz-date", "")
    _in_time(when, time.time() + clock)
    names = found["names"].split(";")
    unsigned = [name for name in call.headers if (name == "host" or name.startswith("x-amz-")) and name not in names]
    if unsigned or not hmac.compare_digest(_signature(call, found, key, when, names), found["signature"]):
        raise Refused(
            "InvalidSignatureException",
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
            "Access Key and signing method. Consult the service documentation for details.",
        )
    if key.expired:
        raise Refused("ExpiredTokenException", "The security token included in the request is expired")
    return Signed(key, found["region"], found["service"])


def _in_time(when: str, now: float) -> None:
    signed = datetime.strptime(when, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
    here = _stamp(now)
    if signed < now - TOLERANCE:
        edge = _stamp(now - TOLERANCE)
        message = f"Signature expired: {when} is now earlier than {edge} ({here} - 5 min.)"
        raise Refused("InvalidSignatureException", message)
    if signed > now + TOLERANCE:
        edge = _stamp(now + TOLERANCE)
        message = f"Signature not yet current: {when} is still later than {edge} ({here} + 5 min.)"
        raise Refused("InvalidSignatureException", message)


def _stamp(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y%m%dT%H%M%SZ")


def _signature(call: Call, found: re.Match[str], key: Key, when: str, names: list[str]) -> str:
    """Return the signature that a request should have."""
    body = hashlib.sha256(call.body).hexdigest()
    claimed = call.headers.get("x-amz-content-sha256", body)
    if claimed != body and not claimed.startswith(UNSIGNED):
        raise Refused("XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match.")
    # S3 takes a path as it is; everybody else has what is escaped escaped once more.
    path = call.path if found["service"] == "s3" else quote(call.path, safe="/-_.~")
    headers = "".join(f"{name}:{' '.join(call.headers.get(name, '').split())}\n" for name in names)
    canonical = "\n".join((call.method, path or "/", _query(call.query), headers, ";".join(names), claimed))
    scope = f"{found['day']}/{found['region']}/{found['service']}/aws4_request"
    text = "\n".join(("AWS4-HMAC-SHA256", when, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    secret = f"AWS4{key.secret}".encode()
    for part in (found["day"], found["region"], found["service"], "aws4_request"):
        secret = hmac.digest(secret, part.encode(), "sha256")
    return hmac.new(secret, text.encode(), "sha256").hexdigest()


def _query(query: str) -> str:
    """Return a query as it is signed: sorted, and escaped anew; a + is a plus, not a blank."""
    pairs = (part.partition("=") for part in query.split("&") if part)
    escaped = sorted(tuple(quote(unquote(text), safe="-_.~") for text in (name, value)) for name, _, value in pairs)
    return "&".join(f"{name}={value}" for name, value in escaped)
