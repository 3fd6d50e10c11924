"""Artifacts: the Files API, which MLflow tries first, and the signed addresses to which it falls back."""

from __future__ import annotations

import hashlib
import re
import time
from email.utils import formatdate
from urllib.parse import unquote

from tests.standins.databricks.state import Workspace
from tests.standins.databricks.wire import Answer, Call, as_json, error, no_api

FILES = "/api/2.0/fs/files"
DIRECTORIES = "/api/2.0/fs/directories"
# Where mlflow.store.artifact.databricks_run_artifact_repo puts what belongs to a run.
OF_A_RUN = re.compile(r"/WorkspaceInternal/Mlflow/Artifacts/[^/]+/Runs/(?P<run>[^/]+)/artifacts(?P<rest>/.*)?")


def _place(path: str) -> str:
    """Return where a path of the Files API is stored: the same for a run as its signed addresses."""
    path = "/" + unquote(path).strip("/")
    found = OF_A_RUN.fullmatch(path)
    return _place_in_run(found["run"], found["rest"] or "") if found else path


def _place_in_run(run_id: str, path: str) -> str:
    """Return where a file of a run is stored."""
    return f"/runs/{run_id}/{path.strip('/')}".rstrip("/")


def _listing(place: Workspace, folder: str) -> list[tuple[str, int | None]] | None:
    """Return the names directly in a folder, each with its size or None for a folder; None where it is none."""
    found: dict[str, int | None] = {}
    for where, content in list(place.stored.items()):
        if where.startswith(f"{folder}/"):
            name, slash, _ = where.removeprefix(f"{folder}/").partition("/")
            found[name] = None if slash else len(content)
    return sorted(found.items()) or None


def files_api(place: Workspace, call: Call) -> Answer:
    """Answer the Files API."""
    if not place.files_api:
        # Not 404: MLflow takes that for an empty folder, and does not fall back. The words are unverified.
        return error(403, "PERMISSION_DENIED", "The Files API is not available in this workspace.")
    if call.path == "/api/2.0/fs/create-download-url":
        where = _place(call.argument("path"))
        if where not in place.stored:
            return _missing(call.argument("path"))
        return as_json({"url": place.signed_address("GET", where), "headers": []})
    if call.path.startswith(f"{DIRECTORIES}/"):
        return _directory(place, call, call.path.removeprefix(DIRECTORIES))
    if not call.path.startswith(f"{FILES}/"):
        return no_api(call)
    path = call.path.removeprefix(FILES)
    where = _place(path)
    if call.method == "PUT":
        if call.argument("overwrite") != "true" and where in place.stored:
            return error(409, "ALREADY_EXISTS", "The file being created already exists.")
        place.stored[where] = call.body
        return Answer(204)
    if where not in place.stored:
        return _missing(path)
    if call.method == "DELETE":
        del place.stored[where]
        return Answer(204)
    if call.method in ("GET", "HEAD"):
        return _bytes(place.stored[where])
    return no_api(call)


def _directory(place: Workspace, call: Call, path: str) -> Answer:
    """List a folder, or tell whether there is one."""
    if call.method == "PUT":
        return Answer(204)
    listing = _listing(place, _place(path))
    if listing is None:
        return _missing(path)
    if call.method == "HEAD":
        return Answer(200)
    parent = "/" + unquote(path).strip("/")
    contents = [
        {
            "path": f"{parent}/{name}",
            "name": name,
            "is_directory": size is None,
            "last_modified": int(time.time()) * 1000,
        }
        | ({} if size is None else {"file_size": size})
        for name, size in listing
    ]
    return as_json({"contents": contents})


def _missing(path: str) -> Answer:
    """Refuse a path where nothing is; the words are unverified."""
    return error(404, "NOT_FOUND", f"The file or directory {unquote(path)} does not exist.")


def _bytes(content: bytes) -> Answer:
    """Return a file."""
    headers = {"Content-Type": "application/octet-stream", "Last-Modified": formatdate(usegmt=True)}
    return Answer(200, content, headers)


def credentials(place: Workspace, call: Call) -> Answer:
    """Hand out signed addresses for files of a run, as `artifacts/credentials-for-read` and `-for-write` do."""
    asked = call.json()
    run_id = str(asked.get("run_id", ""))
    method = "PUT" if call.path.endswith("write") else "GET"
    paths = [str(path) for path in asked.get("path", [])]
    infos = [
        {
            "run_id": run_id,
            "path": path,
            "signed_uri": place.signed_address(method, _place_in_run(run_id, path)),
            "headers": [],
            "type": "AWS_PRESIGNED_URL",
        }
        for path in paths
    ]
    return as_json({"credential_infos": infos})


def listing(place: Workspace, call: Call) -> Answer:
    """List the files of a run, as `artifacts/list` does; a file lists itself."""
    run_id, path = call.argument("run_id"), call.argument("path").strip("/")
    where = _place_in_run(run_id, path)
    if where in place.stored:
        found: list[tuple[str, int | None]] = [(path, len(place.stored[where]))]
    else:
        prefix = f"{path}/" if path else ""
        found = [(prefix + name, size) for name, size in _listing(place, where) or []]
    files = [
        {"path": name, "is_dir": size is None} | ({} if size is None else {"file_size": size}) for name, size in found
    ]
    return as_json({"root_uri": "", "files": files})


def storage(place: Workspace, call: Call) -> Answer:
    """Answer at a signed address as an object store does: without a credential, and with XML when it refuses."""
    method, where = place.signed.get(call.path.removeprefix("/storage/"), ("", ""))
    if method != call.method:
        body = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
        return Answer(403, body, {"Content-Type": "application/xml"})
    if method == "PUT":
        place.stored[where] = call.body
        return Answer(200, b"", {"ETag": f'"{hashlib.sha256(call.body).hexdigest()[:32]}"'})
    if where not in place.stored:
        body = b"<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>"
        return Answer(404, body, {"Content-Type": "application/xml"})
    return _bytes(place.stored[where])
