"""MLflow's REST API as a workspace offers it: a real MLflow server behind Databricks' rules for names and places."""

from __future__ import annotations

import http.client
import json
import posixpath
import re
from typing import Any
from urllib.parse import urlsplit

from tests.standins.databricks.state import Workspace
from tests.standins.databricks.wire import Answer, Call, Who, error

ARTIFACTS = "dbfs:/databricks/mlflow-tracking"
PATH = re.compile(r"/api/\d\.\d/mlflow/(?P<what>.+)")
NOT_PASSED_ON = {"host", "authorization", "content-length", "connection", "accept-encoding", "cookie"}
PATIENCE = 60.0  # seconds


class Server:
    """One kept-alive conversation with the real MLflow server; not for two threads at once."""

    def __init__(self, url: str) -> None:
        self._target = urlsplit(url)
        self._connection: http.client.HTTPConnection | None = None

    def ask(self, call: Call, body: bytes) -> Answer:
        """Pass a call on; a connection that the server closed meanwhile is opened once more."""
        for last in (False, True):
            try:
                return self._ask(call, body)
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                self.close()
                if last:
                    break
            except OSError:
                self.close()
                break
        return error(503, "TEMPORARILY_UNAVAILABLE", "The service is temporarily unavailable. Please try again later.")

    def _ask(self, call: Call, body: bytes) -> Answer:
        if self._connection is None:
            host, port = self._target.hostname or "127.0.0.1", self._target.port
            self._connection = http.client.HTTPConnection(host, port, timeout=PATIENCE)
        headers = {name: value for name, value in call.headers.items() if name not in NOT_PASSED_ON}
        self._connection.request(call.method, self._target.path.rstrip("/") + call.target, body or None, headers)
        answer = self._connection.getresponse()
        content = answer.read()
        return Answer(answer.status, content, {"Content-Type": answer.getheader("Content-Type", "application/json")})

    def close(self) -> None:
        """End the conversation."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def pass_on(place: Workspace, call: Call, server: Server) -> Answer:
    """Answer one call of MLflow's API, as far as a workspace allows it."""
    assert call.who is not None
    found = PATH.fullmatch(call.path)
    what = found["what"] if found else ""
    body = call.body
    if what == "experiments/create":
        wanted = call.json()
        # A name below /Workspace is stored without it (mlflow/mlflow#11077).
        name = str(wanted.get("name", "")).removeprefix("/Workspace")
        if refusal := _may_not_create(place, call.who, name):
            return refusal
        body = json.dumps({**wanted, "name": name}).encode()
    elif what == "experiments/get-by-name" and not call.argument("experiment_name").startswith("/"):
        # Unverified: a workspace may say RESOURCE_DOES_NOT_EXIST here, with the same text.
        return _no_path(call.argument("experiment_name"))
    answer = server.ask(call, body)
    try:
        content = json.loads(answer.body)
    except ValueError:
        return answer
    return Answer(answer.status, json.dumps(_located(content)).encode(), answer.headers)


def _no_path(name: str) -> Answer:
    """Refuse a name that is no path (mlflow/mlflow#8269, and the tests of terraform-provider-databricks)."""
    rule = "An experiment name must be an absolute path within the Databricks workspace"
    example = "e.g. '/Users/<some-username>/my-experiment'."
    return error(400, "INVALID_PARAMETER_VALUE", f"Got an invalid experiment name '{name}'. {rule}, {example}")


def _may_not_create(place: Workspace, who: Who, name: str) -> Answer | None:
    """Return why somebody may not create an experiment, or None where they may."""
    if not name.startswith("/"):
        return _no_path(name)
    folder = posixpath.dirname(name)
    homes = {f"/Users/{one}" for one in place.everyone()}
    if folder not in {"/", "/Users", "/Shared", *homes, *place.folders, *place.forbidden}:
        # databricks-demos/dbdemos#155
        return error(404, "RESOURCE_DOES_NOT_EXIST", f"Parent directory {folder} does not exist.")
    mine = f"/Users/{who.name}"
    foreign = folder.startswith("/Users") and folder != mine and not folder.startswith(f"{mine}/")
    if foreign or folder == "/" or any(f"{folder}/".startswith(f"{one}/") for one in place.forbidden):
        # Unverified: we know the code, not the words.
        message = f"User {who.name} does not have permission to create an experiment in folder {folder}."
        return error(403, "PERMISSION_DENIED", message)
    return None


def _located(value: Any) -> Any:
    """Return an answer in which runs, models and experiments keep their artifacts where a workspace keeps them."""
    if isinstance(value, list):
        return [_located(one) for one in value]
    if not isinstance(value, dict):
        return value
    value = {key: _located(one) for key, one in value.items()}
    experiment = value.get("experiment_id")
    if experiment is None:
        return value
    if "artifact_location" in value:
        value["artifact_location"] = f"{ARTIFACTS}/{experiment}"
    if "artifact_uri" in value and "run_id" in value:
        value["artifact_uri"] = f"{ARTIFACTS}/{experiment}/{value['run_id']}/artifacts"
    elif "artifact_uri" in value and "model_id" in value:
        value["artifact_uri"] = f"{ARTIFACTS}/{experiment}/logged_models/{value['model_id']}/artifacts"
    return value
