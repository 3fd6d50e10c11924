"""What seats may reach of MLflow, and how their uploads are served.

MLflow's auth app decides who may read and write which experiment, run, model and trace. This module closes the rest:
users, roles and permissions, the gateway and everything that runs something on the server or calls other hosts, and
paths on the server's disk that a request may name. The list is of what is open: what a later MLflow adds
stays closed until its code has been reviewed.
"""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import unquote

Headers = list[tuple[bytes, bytes]]

FAMILIES = (
    "experiments|runs|metrics|artifacts|registered-models|model-versions|traces|logged-models|datasets|assessments"
)
API = r"/(?:ajax-)?api/\d+\.\d+"
OPEN = re.compile(
    rf"/|/version|/health|/graphql|/(?:static-files|favicon)[^\\]*|/manifest\.json|/v1/traces"
    rf"|/get-artifact|/model-versions/get-artifact"
    rf"|{API}/mlflow/(?:{FAMILIES})(?:/.*)?"
    rf"|{API}/mlflow/(?:get-trace-artifact|upload-artifact|server-info|unified-traces)"
    rf"|{API}/mlflow/users/current(?:/permissions)?"
    rf"|{API}/mlflow-artifacts/(?:artifacts|mpu|presigned)(?:/.*)?",
    re.DOTALL,
)
# Calls of models and of other hosts, within the families above.
SHUT = re.compile(rf"{API}/mlflow/(?:runs/create-promptlab-run|traces/[^/]+/evaluate)", re.DOTALL)
ARTIFACTS = re.compile(
    rf"/get-artifact|/model-versions/get-artifact|{API}/mlflow/get-trace-artifact"
    rf"|{API}/mlflow/logged-models/[^/]+/artifacts/files|{API}/mlflow-artifacts/artifacts/.*",
    re.DOTALL,
)
# MLflow streams these to a file; it holds all other bodies in memory whole.
UPLOADS = re.compile(r"/(?:ajax-)?api/2\.0/mlflow-artifacts/artifacts/.*", re.DOTALL)
# Requests whose body may name an artifact location (any file of the server's, or another seat's folder), or another
# object than the path does, and MLflow checks the permission of the path's.
VERBS = "search|create|get|batchGet|batchGetInfos|metrics|delete-traces|link-to-run|link-prompts"
BODIES = re.compile(
    rf"{API}/mlflow/(?:experiments/create|(traces|logged-models|datasets)(?:/(?:(?:{VERBS})|([^/]+))(?:/.*)?)?)",
    re.DOTALL,
)
IDS = {"traces": ("traceid", "requestid"), "logged-models": ("modelid",), "datasets": ("datasetid",)}
CALLS = re.compile(rf"(?:{API}/mlflow(?:-artifacts)?/.*|/graphql|/v1/traces)", re.DOTALL)
# Bytes of a request that is no upload; MLflow's own limits are 1 MB for a batch and 10 for a file.
BODY = 16 * 1024 * 1024
# Spans become objects while nothing else is served.
SPANS, BODY_OF_SPANS = "/v1/traces", 4 * 1024 * 1024
SANDBOX: Headers = [
    # An opaque origin without scripts: neither the board's nor the tracking pages' address is its own.
    (b"content-security-policy", b"sandbox; default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]


def is_open(path: str) -> bool:
    """Tell whether a seat may reach a path at all; MLflow decides what it may do there."""
    return _is_plain(path) and OPEN.fullmatch(path) is not None and SHUT.fullmatch(path) is None


def _is_plain(path: str) -> bool:
    """Tell whether a path means the same to every parser, however often it is decoded."""
    return ".." not in unquote(path).split("/") and "\\" not in path and "\0" not in path and "//" not in path


def is_artifact(path: str) -> bool:
    """Tell whether a path answers with an uploaded file."""
    return ARTIFACTS.fullmatch(path) is not None


def is_call(path: str) -> bool:
    """Tell whether a path is a short API call, neither an upload nor a download."""
    return CALLS.fullmatch(path) is not None and not is_artifact(path) and UPLOADS.fullmatch(path) is None


def is_upload(method: str, path: str) -> bool:
    from_page = path.endswith("/mlflow/upload-artifact")
    return from_page or (method not in ("GET", "HEAD", "DELETE") and "/mlflow-artifacts/" in path)


def limit_of(method: str, path: str, upload_limit: int) -> int:
    """Return the maximum size of a request, in bytes."""
    if path == SPANS:
        return BODY_OF_SPANS
    return upload_limit if method == "PUT" and UPLOADS.fullmatch(path) else BODY


def is_inspected(method: str, path: str) -> bool:
    """Tell whether a request's body must be checked before MLflow sees it."""
    return method not in ("GET", "HEAD") and BODIES.fullmatch(path) is not None


def access_problem(path: str, content: bytes) -> str | None:
    """Return why a seat may not send a body; None if it may."""
    try:
        body = json.loads(content) if content.strip() else {}
    except (ValueError, RecursionError):
        body = None
    # MLflow decodes a text within JSON once more; no client of today sends one.
    if not isinstance(body, dict):
        return "seats may send only JSON objects here"
    if _has_location(body):
        return "seats may not choose an artifact location"
    return None if _matches_path(path, body) else "the path and the body name different objects"


def _matches_path(path: str, body: dict[str, Any]) -> bool:
    match = BODIES.fullmatch(path)
    family, named = match.groups() if match else (None, None)
    ids = IDS.get(family or "", ())
    return named is None or all(body[key] in (None, "", named) for key in body if _normalize(key) in ids)


def _has_location(value: Any) -> bool:
    """Tell whether an artifact location is anywhere in a value, as a field or as a tag's name."""
    if isinstance(value, dict):
        return any((_is_location(key) and item not in (None, "")) or _has_location(item) for key, item in value.items())
    if isinstance(value, list):
        return any(_has_location(item) for item in value)
    return _is_location(value) and "mlflow." in value


def _is_location(word: Any) -> bool:
    return isinstance(word, str) and _normalize(word).endswith("artifactlocation")


def _normalize(word: str) -> str:
    return word.replace("_", "").lower()


def response_headers(headers: Headers) -> Headers:
    """Return an artifact's headers changed so that a browser shows or saves it, but never runs it."""
    result = [(name, value) for name, value in headers if name.lower() not in {own for own, _ in SANDBOX}]
    content_type = next((value for name, value in headers if name.lower() == b"content-type"), b"").lower()
    is_shown = content_type.startswith((b"image/", b"text/plain", b"application/json")) and not content_type.startswith(
        b"image/svg"
    )
    if not is_shown and not any(name.lower() == b"content-disposition" for name, _ in headers):
        result.append((b"content-disposition", b"attachment"))
    return [*result, *SANDBOX]
