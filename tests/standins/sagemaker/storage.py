"""S3, as far as MLflow's client writes and reads files there."""

from __future__ import annotations

import hashlib
from email.utils import formatdate
from urllib.parse import unquote

from tests.standins.databricks.wire import Answer, Call
from tests.standins.sagemaker.state import Aws

XML = "application/xml"
ACTIONS = {"PUT": "s3:PutObject", "GET": "s3:GetObject", "HEAD": "s3:GetObject"}


def storage(aws: Aws, call: Call) -> Answer:
    """Answer one call. Source: S3's API reference."""
    bucket, _, key = unquote(call.path).lstrip("/").partition("/")
    action = ACTIONS.get(call.method, "") if key else "s3:ListBucket"
    if action in aws.denied:
        return error(403, "AccessDenied", "Access Denied")
    if not key:
        return _listing(aws, bucket, call.argument("prefix"))
    name = f"{bucket}/{key}"
    if call.method == "PUT":
        aws.stored[name] = call.body
        return Answer(200, b"", {"ETag": _etag(call.body)})
    if name not in aws.stored:
        return error(404, "NoSuchKey", "The specified key does not exist.")
    content = aws.stored[name]
    headers = {"Content-Type": "binary/octet-stream", "ETag": _etag(content), "Last-Modified": formatdate(usegmt=True)}
    return Answer(200, content, headers)


def _etag(content: bytes) -> str:
    return f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'


def _listing(aws: Aws, bucket: str, prefix: str) -> Answer:
    rows = "".join(
        f"<Contents><Key>{name.partition('/')[2]}</Key><Size>{len(content)}</Size></Contents>"
        for name, content in aws.stored.items()
        if name.startswith(f"{bucket}/{prefix}")
    )
    text = f"<ListBucketResult><Name>{bucket}</Name><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>"
    return Answer(200, text.encode(), {"Content-Type": XML})


def error(status: int, code: str, message: str) -> Answer:
    """Return an error of S3's."""
    text = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return Answer(status, text.encode(), {"Content-Type": XML})
