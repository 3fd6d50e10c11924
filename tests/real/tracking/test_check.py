"""The foo/bar check against a server that works: what it says, what may be pasted, and MLflow's own client."""

from __future__ import annotations

import re

import pytest

from tests.conftest import Shared, free_port
from tests.messages import fix_of
from tests.real.helpers import EXPERIMENT, MLFLOW, metrics_of, mlflow, port_of, runs_in, stages_of

STAGES = ["resolve", "connect", "tls", "identify", "host", "auth", "experiment", "write", "read", "artifact"]


def test_verify_tells_what_the_contract_promises(server: Shared) -> None:
    document = server.home.json("verify", server.uri)
    assert list(document) == ["schema", "command", "status", "exit_code", "data", "error"]
    assert (document["command"], document["status"], document["exit_code"]) == ("verify", "ok", 0)
    data = document["data"]
    assert set(data) == {"tracking_uri", "experiment", "run", "metrics", "stages", "seconds"}
    assert set(data["experiment"]) == {"id", "name"}
    assert set(data["run"]) == {"id", "name", "url"}
    assert all(set(stage) == {"id", "status", "seconds", "detail"} for stage in data["stages"])
    assert data["tracking_uri"] == server.uri
    assert data["experiment"]["name"] == EXPERIMENT
    assert data["metrics"] == {"foo": 1.0, "bar": 2.0}
    assert list(stages_of(document)) == STAGES
    assert {name for name, status in stages_of(document).items() if status != "ok"} == {"tls"}
    assert sum(stage["seconds"] for stage in data["stages"]) <= data["seconds"] + 0.01


def test_the_run_it_names_is_in_the_server_and_finished(server: Shared) -> None:
    data = server.home.json("verify", server.uri)["data"]
    info = mlflow(server.uri, "GET", "runs/get", run_id=data["run"]["id"])["run"]["info"]
    assert (info["run_name"], info["status"]) == (data["run"]["name"], "FINISHED")
    assert metrics_of(server.uri, data["run"]["id"]) == {"foo": 1.0, "bar": 2.0}
    page = f"{server.uri}/#/experiments/{info['experiment_id']}/runs/{info['run_id']}"
    assert data["run"]["url"] == f"{page}?workflowType=machine_learning"


def test_with_client_the_run_of_mlflows_own_client_is_found_from_outside(server: Shared) -> None:
    before = set(runs_in(server.uri, server.home.json("verify", server.uri)["data"]["experiment"]["name"]))
    document = server.home.json("verify", server.uri, "--with-client")
    assert list(stages_of(document)) == [*STAGES, "client"]
    assert stages_of(document)["client"] == "ok"
    detail = document["data"]["stages"][-1]["detail"]
    assert f"MLflow {MLFLOW}" in detail
    found = re.search(r"/runs/(\w+)", detail)
    assert found
    assert found[1] != document["data"]["run"]["id"]
    assert set(runs_in(server.uri)) - before == {found[1], document["data"]["run"]["id"]}
    assert metrics_of(server.uri, found[1]) == {"foo": 1.0, "bar": 2.0}


def test_with_client_an_experiment_of_any_name_is_logged_to(server: Shared) -> None:
    name = """Ada's "first" \\ größer"""
    document = server.home.json("verify", server.uri, "--with-client", "--experiment", name)
    assert stages_of(document)["client"] == "ok"
    assert document["data"]["experiment"]["name"] == name
    assert len(runs_in(server.uri, name)) == 2


def test_with_client_a_proxy_that_swallows_calls_to_this_machine_is_named_as_the_cause(server: Shared) -> None:
    """MLflow's client sends even what is meant for 127.0.0.1 through HTTP_PROXY, and so will the person's scripts."""
    nobody = f"http://127.0.0.1:{free_port()}"
    document = server.home.json("verify", server.uri, "--with-client", status=3, HTTP_PROXY=nobody, http_proxy=nobody)
    stages = stages_of(document)
    assert (stages["artifact"], stages["client"]) == ("ok", "fail")
    assert "NO_PROXY" in fix_of(document["error"])


def test_another_experiment_is_logged_to_when_it_is_named(server: Shared) -> None:
    data = server.home.json("verify", server.uri, "--experiment", "another one")["data"]
    assert data["experiment"]["name"] == "another one"
    assert runs_in(server.uri, "another one") == [data["run"]["id"]]


def test_an_experiment_that_was_deleted_is_restored_and_that_is_said(server: Shared) -> None:
    made = server.home.json("verify", server.uri, "--experiment", "deleted once")["data"]["experiment"]
    mlflow(server.uri, "POST", "experiments/delete", experiment_id=made["id"])
    document = server.home.json("verify", server.uri, "--experiment", "deleted once")
    assert document["data"]["experiment"] == made
    assert stages_of(document)["experiment"] == "warn"
    assert "restored" in next(stage["detail"] for stage in document["data"]["stages"] if stage["id"] == "experiment")
    assert (
        mlflow(server.uri, "GET", "experiments/get", experiment_id=made["id"])["experiment"]["lifecycle_stage"]
        == "active"
    )


@pytest.mark.parametrize(
    "pasted",
    [
        "http://127.0.0.1:{port}/#/experiments/0/runs/0123456789abcdef",
        "http://127.0.0.1:{port}/?workspace=default#/experiments",
        "http://0.0.0.0:{port}",
        "  http://127.0.0.1:{port}  \n",
        "'http://127.0.0.1:{port}'",
        "127.0.0.1:{port}",
        "http://127.0.0.1:{port}///",
    ],
)
def test_what_people_paste_is_brought_into_form_and_that_is_said(server: Shared, pasted: str) -> None:
    document = server.home.json("verify", pasted.format(port=port_of(server.uri)))
    assert document["data"]["tracking_uri"] == server.uri
    slashes_only = pasted.endswith("///")
    assert stages_of(document)["resolve"] == ("ok" if slashes_only else "warn")
    assert document["data"]["metrics"] == {"foo": 1.0, "bar": 2.0}


def test_without_a_connection_the_environment_says_what_to_verify(
    server: Shared, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = str(tmp_path_factory.mktemp("elsewhere"))
    document = server.home.json("verify", QUICKSTART_HOME=elsewhere, MLFLOW_TRACKING_URI=server.uri)
    assert document["data"]["tracking_uri"] == server.uri
