"""The real MLflow client tracks through the workspace stand-in, which keeps Databricks' rules for names and places."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import requests
from databricks.sdk.errors import AlreadyExists, NotFound
from databricks.sdk.oauth import TokenCache

from tests.conftest import Shared
from tests.standins.databricks import Fault, Workspace, workspace
from tests.standins.databricks.state import CLI, COLLEAGUE
from tests.standins.databricks.visitor import NO_MLFLOW, begin_to_sign_in, browse, live_in, sdk

pytestmark = pytest.mark.matrix

CLIENT = """
import json, os, pathlib, mlflow
mlflow.set_experiment(os.environ["EXPERIMENT"])
with mlflow.start_run() as run:
    mlflow.log_metric("foo", 1.5)
    mlflow.log_text("hello", "notes/hello.txt")
    empty = pathlib.Path("empty.txt")
    empty.touch()
    mlflow.log_artifact(str(empty))
client, run_id = mlflow.MlflowClient(), run.info.run_id
print(json.dumps({
    "experiment": run.info.experiment_id,
    "run": run_id,
    "uri": client.get_run(run_id).info.artifact_uri,
    "metrics": client.get_run(run_id).data.metrics,
    "found": [one.info.artifact_uri for one in client.search_runs([run.info.experiment_id])],
    "top": [(one.path, one.is_dir, one.file_size) for one in client.list_artifacts(run_id)],
    "notes": [(one.path, one.is_dir, one.file_size) for one in client.list_artifacts(run_id, "notes")],
    "text": pathlib.Path(
        mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path="notes/hello.txt", dst_path="down")
    ).read_text(),
    "all": sorted(one.name for one in pathlib.Path(
        mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path="", dst_path="down-all")
    ).rglob("*.txt")),
}))
"""


@pytest.fixture
def place(server: Shared) -> Iterator[Workspace]:
    """A workspace before the real server; its person is new there, since the server is everybody's."""
    with workspace(server.uri, user=f"{uuid.uuid4().hex[:8]}@example.com") as made:
        yield made


def track(home: Path, experiment: str) -> tuple[dict[str, Any], str]:
    """Run the real client with the profile `there` of a home folder; return what it saw, and its stderr."""
    foreign = ("DATABRICKS_", "MLFLOW_", "PYTHONPATH")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(foreign)}
    environment |= {
        "HOME": str(home),
        "USERPROFILE": str(home),
        "MLFLOW_TRACKING_URI": "databricks",
        "DATABRICKS_CONFIG_PROFILE": "there",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "EXPERIMENT": experiment,
    }
    done = subprocess.run(
        [sys.executable, "-c", CLIENT],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        cwd=home,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return seen, done.stderr


def sign_in(place: Workspace, profile: str) -> None:
    """Sign in with the SDK's own parts, and leave the token in its cache."""
    endpoints, consent = begin_to_sign_in(place)
    scopes = ["all-apis", "offline_access"]
    cache = TokenCache(place.url, endpoints, CLI, scopes=scopes, profile=profile)
    cache.save(consent.exchange_callback_parameters(browse(consent)))


def check_what_was_seen(seen: dict[str, Any]) -> None:
    uri = f"dbfs:/databricks/mlflow-tracking/{seen['experiment']}/{seen['run']}/artifacts"
    assert (seen["uri"], seen["found"], seen["metrics"]) == (uri, [uri], {"foo": 1.5})
    assert seen["top"] == [["empty.txt", False, 0], ["notes", True, None]]
    assert seen["notes"] == [["notes/hello.txt", False, 5]]
    assert (seen["text"], seen["all"]) == ("hello", ["empty.txt", "hello.txt"])


def test_a_token_and_the_files_api_carry_a_run_there_and_back(place: Workspace, tmp_path: Path) -> None:
    (tmp_path / ".databrickscfg").write_text(f"[there]\nhost = {place.url}\ntoken = {place.token}\n")
    seen, _ = track(tmp_path, f"/Users/{place.user}/first")
    check_what_was_seen(seen)
    assert {one.kind for one in place.requests if one.path.startswith("/api/")} == {"pat"}
    assert not place.calls("/api/2.0/mlflow/artifacts/")
    assert any(call.startswith("PUT") for call in place.calls("/api/2.0/fs/files/"))
    assert 0 < sum(one.mlflow_seconds for one in place.requests) < place.seconds()


def test_signing_in_and_signed_addresses_carry_a_run_there_and_back(
    place: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.files_api = False
    live_in(tmp_path, monkeypatch)
    sign_in(place, "there")
    (tmp_path / ".databrickscfg").write_text(f"[there]\nhost = {place.url}\nauth_type = external-browser\n")
    seen, _ = track(tmp_path, f"/Users/{place.user}/second")
    check_what_was_seen(seen)
    assert {one.kind for one in place.requests if one.path.startswith("/api/")} == {"oauth-user"}
    assert len(place.calls("/oidc/v1/token")) == 1
    assert "PUT /storage" in place.calls("/storage")
    assert "POST /api/2.0/mlflow/artifacts/credentials-for-read" in place.calls("/api/2.0/mlflow/artifacts/")


def create(place: Workspace, name: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {place.token}"}
    url = f"{place.url}/api/2.0/mlflow/experiments/create"
    return requests.post(url, json={"name": name}, headers=headers, timeout=30)


@pytest.mark.parametrize(
    ("name", "status", "code", "message"),
    [
        ("bare", 400, "INVALID_PARAMETER_VALUE", "Got an invalid experiment name 'bare'. An experiment name must be"),
        (f"/Users/{COLLEAGUE}/x", 403, "PERMISSION_DENIED", f"/Users/{COLLEAGUE}"),
        ("/x", 403, "PERMISSION_DENIED", "folder /"),
        ("/closed/x", 403, "PERMISSION_DENIED", "/closed"),
        ("/nowhere/x", 404, "RESOURCE_DOES_NOT_EXIST", "Parent directory /nowhere does not exist."),
        ("/Users/nobody@example.com/x", 404, "RESOURCE_DOES_NOT_EXIST", "Parent directory /Users/nobody@example.com"),
    ],
)
def test_an_experiment_has_its_place(place: Workspace, name: str, status: int, code: str, message: str) -> None:
    place.forbidden = {"/closed"}
    answer = create(place, name)
    assert (answer.status_code, answer.json()["error_code"]) == (status, code)
    assert message in answer.json()["message"]


def test_one_s_own_folder_the_shared_one_and_a_folder_that_was_made_will_do(place: Workspace) -> None:
    place.folders = {"/team", f"/Users/{place.user}/deep"}
    for folder in ("/Shared", "/team", f"/Users/{place.user}", f"/Users/{place.user}/deep"):
        made = create(place, f"{folder}/{place.user}")
        assert made.status_code == 200, made.text
    again = create(place, f"/Workspace/Users/{place.user}/{place.user}")
    assert again.json()["error_code"] == "RESOURCE_ALREADY_EXISTS"


def test_a_service_principal_has_a_folder_too(place: Workspace) -> None:
    form = {"grant_type": "client_credentials"}
    given = requests.post(f"{place.url}/oidc/v1/token", form, auth=(place.client_id, place.client_secret), timeout=5)
    place.token = given.json()["access_token"]
    assert create(place, f"/Users/{place.client_id}/x").status_code == 200
    assert create(place, f"/Users/{place.user}/x").json()["error_code"] == "PERMISSION_DENIED"


def test_a_fault_can_befall_tracking_alone(place: Workspace) -> None:
    place.fault = Fault(status=503, only="/api/2.0/mlflow/", times=1)
    assert create(place, f"/Users/{place.user}/x").json()["error_code"] == "TEMPORARILY_UNAVAILABLE"
    assert create(place, f"/Users/{place.user}/x").status_code == 200


def test_the_sdk_keeps_a_file_and_finds_another_way_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    live_in(tmp_path, monkeypatch)
    with workspace(NO_MLFLOW) as place:
        keep_a_file(place)


def keep_a_file(place: Workspace) -> None:
    files, path = sdk(place, token=place.token).files, "/Volumes/main/default/kept/one file.txt"

    def content() -> bytes:
        found = files.download(path).contents
        assert found is not None
        return found.read()

    files.upload(path, BytesIO(b"one"), overwrite=True)
    assert files.get_metadata(path).content_length == 3
    assert content() == b"one"
    assert "GET /storage" in place.calls("/storage")
    place.fault = Fault(status=404, only="/api/2.0/fs/create-download-url")
    assert content() == b"one"
    with pytest.raises(AlreadyExists):
        files.upload(path, BytesIO(b"two"), overwrite=False)
    files.delete(path)
    with pytest.raises(NotFound):
        content()
