"""What seats may reach of MLflow, and how what they upload is served.

MLflow's auth app decides who may read and write which experiment, run, model and trace. Closed here is the rest: users,
roles and permissions, the gateway and everything that runs something on the server or calls other hosts, and places
on the server's disk that a request may name. A list of what is open, not of what is closed: what a later MLflow adds
stays shut until somebody has looked at it.
"""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import unquote

from .responses import Headers

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
# What MLflow passes on to a file as it comes; all other bodies it holds in memory whole.
UPLOADS = re.compile(r"/(?:ajax-)?api/2\.0/mlflow-artifacts/artifacts/.*", re.DOTALL)
# Requests whose body may name a place where artifacts lie (any file of the server's, or another seat's folder), or
# another thing than the path does, which is all that MLflow asks permission for.
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
    """Tell whether a seat may reach a path at all; what it may do there, MLflow decides."""
    return _is_plain(path) and OPEN.fullmatch(path) is not None and SHUT.fullmatch(path) is None


def _is_plain(path: str) -> bool:
    """Tell whether a path means the same to everybody who reads it, however often it is decoded."""
    return ".." not in unquote(path).split("/") and "\\" not in path and "\0" not in path and "//" not in path


def is_artifact(path: str) -> bool:
    """Tell whether a path answers with what somebody uploaded."""
    return ARTIFACTS.fullmatch(path) is not None


def is_call(path: str) -> bool:
    """Tell whether a path is a short call of the API, which is neither a file's way in nor out."""
    return CALLS.fullmatch(path) is not None and not is_artifact(path) and UPLOADS.fullmatch(path) is None


def is_upload(method: str, path: str) -> bool:
    """Tell whether a request brings a file."""
    by_page = path.endswith("/mlflow/upload-artifact")
    return by_page or (method not in ("GET", "HEAD", "DELETE") and "/mlflow-artifacts/" in path)


def limit_of(method: str, path: str, upload_limit: int) -> int:
    """Return how many bytes a request may have."""
    if path == SPANS:
        return BODY_OF_SPANS
    return upload_limit if method == "PUT" and UPLOADS.fullmatch(path) else BODY


def is_inspected(method: str, path: str) -> bool:
    """Tell whether a request's body has to be looked at before MLflow sees it."""
    return method not in ("GET", "HEAD") and BODIES.fullmatch(path) is not None


def access_problem(path: str, content: bytes) -> str | None:
    """Return what a seat may not do that a body asks for, None where there is nothing.

    Args:
        path: one that looked_into() knows.
        content: the body.
    """
    try:
        asked = json.loads(content) if content.strip() else {}
    except (ValueError, RecursionError):
        asked = None
    # MLflow decodes a text within JSON once more; no client of today sends one.
    if not isinstance(asked, dict):
        return "seats may not send this: it is no JSON object"
    if _places(asked):
        return "seats may not choose where artifacts are kept"
    return None if _agrees(path, asked) else "seats may not ask for one thing in the path and another in the body"


def _agrees(path: str, asked: dict[str, Any]) -> bool:
    """Tell whether a body names what the path names, where both name something."""
    found = BODIES.fullmatch(path)
    family, named = found.groups() if found else (None, None)
    ids = IDS.get(family or "", ())
    return named is None or all(asked[key] in (None, "", named) for key in asked if _bare(key) in ids)


def _places(value: Any) -> bool:
    """Tell whether an artifact location is anywhere in a value, as a field or as a tag's name."""
    if isinstance(value, dict):
        return any((_is_place(key) and item not in (None, "")) or _places(item) for key, item in value.items())
    if isinstance(value, list):
        return any(_places(item) for item in value)
    return _is_place(value) and "mlflow." in value


def _is_place(word: Any) -> bool:
    return isinstance(word, str) and _bare(word).endswith("artifactlocation")


def _bare(word: str) -> str:
    """Return a field's name as all its spellings have it in common."""
    return word.replace("_", "").lower()


def response_headers(path: str, headers: Headers) -> Headers:
    """Return an artifact's headers so that a browser shows it as what it is, or keeps it, but never runs it."""
    kept = [(name, value) for name, value in headers if name.lower() not in {own for own, _ in SANDBOX}]
    kind = next((value for name, value in headers if name.lower() == b"content-type"), b"").lower()
    shown = kind.startswith((b"image/", b"text/plain", b"application/json")) and not kind.startswith(b"image/svg")
    if not shown and not any(name.lower() == b"content-disposition" for name, _ in headers):
        kept.append((b"content-disposition", b"attachment"))
    return [*kept, *SANDBOX]
