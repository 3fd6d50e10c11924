"""Files of runs as a workspace keeps them: signed addresses from its history service, and blobs behind them."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

from tests.standins.azureml.state import Workspace
from tests.standins.databricks.wire import Answer, Call, as_json

# The plugin downloads from no other address than https://...blob.core.windows.net/...?...; on loopback the account
# is the first part of the path, as azure-storage-blob has it for emulators.
STORAGE = "/standin.blob.core.windows.net/"
RUN = re.compile(r".*/runs/(?P<run>[^/]+)/artifacts(?P<what>/.*)?")


def history(place: Workspace, call: Call) -> Answer:
    """Answer the plugin's calls about the files of a run (azureml.mlflow._restclient.run_artifact.operations)."""
    found = RUN.fullmatch(call.path)
    if found is None:
        return as_json({"error": {"code": "NotFound", "message": "no such run"}}, 404)
    run = unquote(found["run"])
    if found["what"] == "/batch/metadata" and call.method == "POST":
        paths = [str(one["path"]) for one in call.json().get("paths", [])]
        return as_json(
            {
                "artifacts": {path: {"path": path} for path in paths},
                "artifactContentInformation": {path: _content(place, run, path) for path in paths},
                "errors": {},
            }
        )
    if found["what"] == "/contentinfo":
        path = call.argument("path")
        if f"{run}/{path}" not in place.blobs:
            return as_json({"error": {"code": "NotFound", "message": f"no {path}"}}, 404)
        return as_json(_content(place, run, path))
    if not found["what"]:
        names = [name.removeprefix(f"{run}/") for name in place.blobs if name.startswith(f"{run}/")]
        return as_json({"value": [{"path": name} for name in names]})
    return as_json({"error": {"code": "NotFound", "message": call.path}}, 404)


def storage(place: Workspace, call: Call) -> Answer:
    """Take or give one blob; its address is its own login."""
    name = unquote(call.path.removeprefix(STORAGE)).partition("/")[2]
    if call.argument("sig") != "standin":
        return Answer(403)
    etag = {"ETag": '"0x1"', "Last-Modified": "Tue, 01 Jan 2030 00:00:00 GMT", "x-ms-version": "2024-01-01"}
    if call.method == "PUT":
        place.blobs[name] = call.body
        return Answer(201, b"", etag)
    if name not in place.blobs:
        return Answer(404)
    body = place.blobs[name]
    more = {**etag, "x-ms-blob-type": "BlockBlob", "Content-Type": "application/octet-stream"}
    if "x-ms-range" in call.headers or "range" in call.headers:
        if not body:
            return Answer(416, b"", {**more, "Content-Range": "bytes */0"})
        return Answer(206, body, {**more, "Content-Range": f"bytes 0-{len(body) - 1}/{len(body)}"})
    return Answer(200, body, more)


def _content(place: Workspace, run: str, path: str) -> dict[str, str]:
    uri = f"{place.url}{STORAGE}runs/{quote(f'{run}/{path}')}?sv=2024-01-01&sig=standin"
    return {"contentUri": uri, "origin": "ExperimentRun", "container": run, "path": path}
