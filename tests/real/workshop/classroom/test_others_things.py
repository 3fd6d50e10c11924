"""What a seat may see and do: its own, the class experiment as the instructor chose, and nothing of others'."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from quickstart.workshop.classroom import access
from tests.real.workshop.classroom.workshop_server import INSTRUCTOR, Participant, WorkshopServer

TEACHER = f"instructor:{INSTRUCTOR}"


@pytest.fixture(scope="module")
def ada(workshop: WorkshopServer) -> Participant:
    return workshop.sit("Ada")


@pytest.fixture(scope="module")
def ben(workshop: WorkshopServer) -> Participant:
    return workshop.sit("Ben")


@pytest.fixture(scope="module")
def run_of_ben(ben: Participant) -> str:
    run = ben.run()
    assert ben.api("runs/log-metric", {"run_id": run, "key": "foo", "value": 1, "timestamp": 1}).status == 200
    put = ben.ask("PUT", artifact(ben, run, "secret.txt"), b"ben's own")
    assert put.status == 200, put.content
    return run


def artifact(seat: Participant, run: str, name: str) -> str:
    return f"/api/2.0/mlflow-artifacts/artifacts/{seat.experiment}/{run}/artifacts/{name}"


def test_a_seat_writes_and_reads_its_own(ben: Participant, run_of_ben: str) -> None:
    read = ben.ask("GET", f"/api/2.0/mlflow/runs/get?run_id={run_of_ben}").json["run"]
    assert [metric["key"] for metric in read["data"]["metrics"]] == ["foo"]
    assert ben.ask("GET", f"/get-artifact?run_uuid={run_of_ben}&path=secret.txt").content == b"ben's own"
    found = ben.api("runs/search", {"experiment_ids": [ben.experiment]}).json["runs"]
    assert [run["info"]["run_id"] for run in found] == [run_of_ben]


@pytest.mark.parametrize(
    "path",
    [
        "/api/2.0/mlflow/runs/get?run_id={run}",
        "/ajax-api/2.0/mlflow/runs/get?run_id={run}",
        "/api/2.0/mlflow/experiments/get?experiment_id={experiment}",
        "/api/2.0/mlflow/experiments/get-by-name?experiment_name={name}",
        "/api/2.0/mlflow/metrics/get-history?run_id={run}&metric_key=foo",
        "/ajax-api/2.0/mlflow/metrics/get-history-bulk?run_id={run}&metric_key=foo",
        "/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval?run_ids={run}&metric_key=foo",
        "/api/2.0/mlflow/artifacts/list?run_id={run}",
        "/get-artifact?run_uuid={run}&path=secret.txt",
        "/api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}/artifacts/secret.txt",
        "/ajax-api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}/artifacts/secret.txt",
        "/api/2.0/mlflow-artifacts/artifacts?path={experiment}/{run}/artifacts",
        "/api/2.0/mlflow-artifacts/artifacts/{own}/../{experiment}/{run}/artifacts/secret.txt",
        "/api/2.0/mlflow-artifacts/artifacts/{own}/%2e%2e/{experiment}/{run}/artifacts/secret.txt",
        "/api/2.0/mlflow-artifacts/artifacts?path={own}/../{experiment}/{run}/artifacts",
    ],
)
def test_a_seat_reads_nothing_of_another(ada: Participant, ben: Participant, run_of_ben: str, path: str) -> None:
    asked = path.format(run=run_of_ben, experiment=ben.experiment, own=ada.experiment, name=ben.facts["username"])
    answer = ada.ask("GET", asked)
    assert answer.status in (400, 403, 404), answer.content
    assert b"ben" not in answer.content


def test_a_search_finds_only_what_is_ones_own(ada: Participant, ben: Participant, run_of_ben: str) -> None:
    found = ada.api("runs/search", {"experiment_ids": [ada.experiment, ben.experiment]})
    assert run_of_ben.encode() not in found.content
    names = {one["name"] for one in ada.api("experiments/search", {"max_results": 100}).json["experiments"]}
    assert names == {ada.facts["username"], "class"}


GRAPHQL = {
    "runs": 'query {{ mlflowSearchRuns(input: {{experimentIds: ["{experiment}"]}}) {{ runs {{ info {{ runId }} }} }} }}',  # noqa: E501
    "run": 'query {{ mlflowGetRun(input: {{runId: "{run}"}}) {{ run {{ info {{ runId experimentId }} }} }} }}',
    "experiment": 'query {{ mlflowGetExperiment(input: {{experimentId: "{experiment}"}}) {{ experiment {{ name }} }} }}',  # noqa: E501
    "artifacts": 'query {{ mlflowListArtifacts(input: {{runId: "{run}"}}) {{ files {{ path }} }} }}',
}


@pytest.mark.parametrize("query", GRAPHQL.values(), ids=GRAPHQL.keys())
def test_graphql_tells_no_more(
    workshop: WorkshopServer, ada: Participant, ben: Participant, run_of_ben: str, query: str
) -> None:
    asked = {"query": query.format(run=run_of_ben, experiment=ben.experiment)}
    data = {
        name: workshop.post("/graphql", asked, user).content for name, user in (("ada", ada.user), ("ben", ben.user))
    }
    found = (run_of_ben.encode(), b"secret.txt", b"seat-")
    assert any(word in data["ben"] for word in found), data["ben"]
    assert not any(word in data["ada"] for word in found), data["ada"]


def test_a_seat_writes_nothing_of_another(ada: Participant, ben: Participant, run_of_ben: str) -> None:
    assert ada.api("runs/create", {"experiment_id": ben.experiment, "start_time": 1}).status == 403
    assert ada.api("runs/log-metric", {"run_id": run_of_ben, "key": "x", "value": 1, "timestamp": 1}).status == 403
    assert ada.api("runs/delete", {"run_id": run_of_ben}).status == 403
    assert ada.api("experiments/delete", {"experiment_id": ben.experiment}).status == 403
    assert ada.ask("PUT", artifact(ben, run_of_ben, "x.txt"), b"x").status == 403
    assert ada.ask("DELETE", artifact(ben, run_of_ben, "secret.txt")).status == 403


def test_the_class_experiment_is_for_reading_here(ada: Participant) -> None:
    shared = ada.facts["class_experiment"]["id"]
    assert ada.ask("GET", f"/api/2.0/mlflow/experiments/get?experiment_id={shared}").status == 200
    assert ada.api("runs/create", {"experiment_id": shared, "start_time": 1}).status == 403


def test_the_instructor_sees_all(workshop: WorkshopServer, ben: Participant, run_of_ben: str) -> None:
    assert workshop.get(f"/api/2.0/mlflow/runs/get?run_id={run_of_ben}", TEACHER).status == 200
    assert workshop.get("/api/2.0/mlflow/users/list", TEACHER).status == 200


def test_a_registered_model_is_its_owners(ada: Participant, ben: Participant) -> None:
    assert ada.api("registered-models/create", {"name": "ada-model"}).status == 200
    assert ada.ask("GET", "/api/2.0/mlflow/registered-models/get?name=ada-model").status == 200
    assert ben.ask("GET", "/api/2.0/mlflow/registered-models/get?name=ada-model").status == 403
    assert b"ada-model" not in ben.ask("GET", "/api/2.0/mlflow/registered-models/search").content


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/2.0/mlflow/users/create", {"username": "mallory", "password": "a-long-password"}),
        ("PATCH", "/api/2.0/mlflow/users/update-password", {"username": "{me}", "password": "a-long-password"}),
        ("PATCH", "/api/2.0/mlflow/users/update-admin", {"username": "{me}", "is_admin": True}),
        ("GET", "/api/2.0/mlflow/users/list", None),
        ("GET", "/signup", None),
        (
            "POST",
            "/api/3.0/mlflow/users/permissions/grant",
            {"username": "{other}", "resource_type": "experiment", "resource_id": "{own}", "permission": "READ"},
        ),
        ("POST", "/api/3.0/mlflow/gateway/secrets/create", {}),
        ("POST", "/api/2.0/mlflow/webhooks", {}),
        ("POST", "/ajax-api/3.0/mlflow/demo/generate", {}),
        ("GET", "/ajax-api/3.0/mlflow/assistant/config", None),
        ("POST", "/ajax-api/2.0/mlflow/runs/create-promptlab-run", {"experiment_id": "{own}"}),
        ("GET", "/api/3.0/jobs/x", None),
    ],
)
def test_what_no_class_needs_is_closed(ada: Participant, method: str, path: str, body: object) -> None:
    words = {"me": ada.facts["username"], "other": "seat-02", "own": ada.experiment}
    content = json.loads(re.sub(r"\{(\w+)\}", lambda found: words[found[1]], json.dumps(body)))
    answer = ada.ask(method, path, content)
    assert (answer.status, answer.code) == (403, "closed-for-seats")


@pytest.mark.parametrize("location", ["file:///etc", "/etc", "mlflow-artifacts:/1", "s3://bucket/x"])
def test_a_seat_does_not_choose_where_artifacts_are(ada: Participant, location: str) -> None:
    made = ada.api("experiments/create", {"name": "mine " + location, "artifact_location": location})
    assert (made.status, made.code) == (403, "closed-for-seats")
    spelled = ada.api("experiments/create", {"name": "mine2 " + location, "artifactLocation": location})
    assert spelled.status == 403


def test_a_seat_may_make_an_experiment(ada: Participant, ben: Participant) -> None:
    made = ada.api("experiments/create", {"name": "another of ada's"})
    assert made.status == 200
    assert ben.ask("GET", f"/api/2.0/mlflow/experiments/get?experiment_id={made.json['experiment_id']}").status == 403


ROUTES = """
import json, re, sys
import uvicorn, mlflow.server
from types import SimpleNamespace
from mlflow.server import auth
auth.create_app()
found = []
for rule in auth.app.url_map.iter_rules():
    for method in rule.methods - {"HEAD", "OPTIONS"}:
        path = re.sub(r"<[^>]+>", "x1", rule.rule)
        asked = SimpleNamespace(path=path, method=method)
        decided = (
            auth._find_validator(asked) is not None or auth.is_unprotected_route(path)
            or auth._is_proxy_artifact_path(path) or auth._authorized_outside_before_request(asked)
        )
        found.append([method, path, decided])
print(json.dumps(found))
"""
# Answered without a look at permissions, and by MLflow's own rule refused then (MLFLOW_BASIC_AUTH_FAIL_CLOSED).
REFUSED_BY_MLFLOW = {"/ajax-api/2.0/mlflow/unified-traces", "/api/2.0/mlflow/unified-traces"}


@pytest.mark.matrix  # another import of MLflow, and its answer changes with MLflow's version alone
def test_mlflow_decides_about_every_route_that_seats_reach(tmp_path: Path) -> None:
    ini = tmp_path / "auth.ini"
    lines = ["[mlflow]", "default_permission = NO_PERMISSIONS", f"database_uri = sqlite:///{tmp_path}/auth.db"]
    ini.write_text("\n".join([*lines, "admin_username = instructor", "admin_password = a-long-password"]))
    done = subprocess.run(
        [sys.executable, "-c", ROUTES],
        env={
            "PATH": "",
            "HOME": str(tmp_path),
            "MLFLOW_AUTH_CONFIG_PATH": str(ini),
            "MLFLOW_FLASK_SERVER_SECRET_KEY": "x" * 32,
            "MLFLOW_DISABLE_TELEMETRY": "true",
        },
        capture_output=True,
        encoding="utf-8",
        check=True,
        cwd=tmp_path,
    )
    routes = json.loads(done.stdout)
    assert len(routes) > 200
    undecided = {path for _, path, decided in routes if not decided and access.is_open(path)}
    assert undecided <= REFUSED_BY_MLFLOW
