"""After the login: a deleted experiment, one that is not there, runs that are elsewhere, files that go nowhere."""

from __future__ import annotations

import importlib.util
import json
import sys
import time
import uuid
from pathlib import Path

import pytest

from tests.conftest import Home, Shared
from tests.messages import fix_of
from tests.real.diagnosis.helpers import cause, examined, failed, row, wrong
from tests.real.helpers import ask, mlflow
from tests.standins.databricks import workspace
from tests.standins.databricks.wire import Answer, Call, as_json
from tests.standins.front import front

pytestmark = pytest.mark.matrix


def made(server: Shared, name: str = "", **more: str) -> tuple[str, str]:
    """Make an experiment on a real server; return its name and its id."""
    name = name or f"experiment-{uuid.uuid4().hex[:8]}"
    return name, str(mlflow(server.uri, "POST", "experiments/create", name=name, **more)["experiment_id"])


def logged(server: Shared, experiment: str) -> str:
    """Log a run, and return its id."""
    now = int(time.time() * 1000)
    return str(
        mlflow(server.uri, "POST", "runs/create", experiment_id=experiment, start_time=now)["run"]["info"]["run_id"]
    )


def deleted(server: Shared) -> tuple[str, str]:
    """Make an experiment and delete it, as the page does."""
    name, number = made(server)
    mlflow(server.uri, "POST", "experiments/delete", experiment_id=number)
    return name, number


@pytest.mark.parametrize("by", ["--experiment", "MLFLOW_EXPERIMENT_NAME", "MLFLOW_EXPERIMENT_ID"])
def test_a_deleted_experiment_is_named_and_who_names_it(by: str, home: Home, server: Shared) -> None:
    name, number = deleted(server)
    value = number if by.endswith("ID") else name
    arguments, environment = ((by, value), {}) if by.startswith("--") else ((), {by: value})
    document = examined(home, server.uri, *arguments, status=3, **environment)
    assert cause(document) == "experiment-deleted"
    assert failed(document) == ["experiment-deleted"]
    found = row(document, "experiment")
    assert name in found["what"]
    assert by in found["why"]
    assert f"--experiment-id {number} " in fix_of(found)


def test_a_deleted_default_is_a_warning_since_a_script_may_name_another(home: Home, server: Shared) -> None:
    gone = {
        "experiment_id": "0",
        "name": "Default",
        "lifecycle_stage": "deleted",
        "artifact_location": "mlflow-artifacts:/0",
    }

    def rule(call: Call) -> Answer | None:
        return as_json({"experiment": gone}) if call.path.endswith("/experiments/get") else None

    with front(rule, server.uri) as before:
        document = examined(home, before.url, status=0)
    assert wrong(document) == {"experiment": "default-deleted"}


@pytest.mark.parametrize("number", ["987654321", "no-number"])
def test_an_id_that_is_not_there_is_told(number: str, home: Home, server: Shared) -> None:
    document = examined(home, server.uri, status=3, MLFLOW_EXPERIMENT_ID=number)
    assert cause(document) == "experiment-missing"
    assert failed(document) == ["experiment-missing"]
    assert number in row(document, "experiment")["what"]


def test_a_name_that_is_not_there_is_made_at_the_first_run(home: Home, server: Shared) -> None:
    document = examined(home, server.uri, "--experiment", "not-there-yet", status=0)
    assert wrong(document) == {}
    assert "the first run creates" in row(document, "experiment")["what"]
    status, _ = ask(server.uri, "GET", "/api/2.0/mlflow/experiments/get-by-name?experiment_name=not-there-yet")
    assert status == 404, "the doctor made it"


def test_an_id_and_a_name_of_two_experiments_are_a_contradiction(home: Home, server: Shared) -> None:
    (name, _), (_, other) = made(server), made(server)
    document = examined(home, server.uri, status=3, MLFLOW_EXPERIMENT_NAME=name, MLFLOW_EXPERIMENT_ID=other)
    assert cause(document) == "experiment-contradicted"
    assert failed(document) == ["experiment-contradicted"]


def test_an_experiment_that_the_shell_names_instead_of_the_one_looked_at(home: Home, server: Shared) -> None:
    (looked_at, _), (active, _) = made(server), made(server)
    document = examined(home, server.uri, "--experiment", looked_at, status=0, MLFLOW_EXPERIMENT_NAME=active)
    assert failed(document) == []
    assert active in document["data"]["summary"]["headline"]
    assert row(document, "experiment")["code"] == "experiment-elsewhere"
    assert f'Runs go to the experiment "{active}", not to "{looked_at}".' == row(document, "experiment")["what"]


def test_runs_that_are_in_another_experiment_are_found(home: Home, server: Shared) -> None:
    (empty, _), (full, number) = made(server), made(server)
    logged(server, number)
    document = examined(home, server.uri, "--experiment", empty, status=0)
    assert wrong(document) == {"runs": "runs-in-another"}
    assert f'"{empty}" has no runs, but "{full}" has' in row(document, "runs")["what"]


def test_runs_where_one_looks_are_counted(home: Home, server: Shared) -> None:
    name, number = made(server)
    logged(server, number)
    document = examined(home, server.uri, "--experiment", name, status=0)
    assert wrong(document) == {}
    assert row(document, "runs")["what"] == "1 in the experiment"


@pytest.mark.skipif(sys.platform == "win32", reason="the path is one of POSIX")
@pytest.mark.parametrize("location", ["/no-such-disk-of-a-server/1", "file:///no-such-disk-of-a-server/1"])
def test_files_that_would_go_to_a_disk_which_is_not_here(location: str, home: Home, server: Shared) -> None:
    name, _ = made(server, artifact_location=location)
    document = examined(home, server.uri, "--only", "artifact", "--experiment", name, status=3)
    assert cause(document) == "artifact-path"
    assert failed(document) == ["artifact-path"]
    assert "/no-such-disk-of-a-server/1" in row(document, "artifact")["what"]


def test_files_that_go_to_a_folder_of_this_machine_are_no_fault(home: Home, server: Shared, tmp_path: Path) -> None:
    name, _ = made(server, artifact_location=(tmp_path / "files").as_uri())
    document = examined(home, server.uri, "--experiment", name, status=0)
    assert row(document, "artifact")["status"] == "ok"


@pytest.mark.parametrize(
    ("location", "module", "package"),
    [("s3://bucket/runs", "boto3", "boto3"), ("gs://bucket/runs", "google.cloud.storage", "google-cloud-storage")],
)
def test_files_that_go_to_a_store_whose_package_is_not_installed(
    location: str, module: str, package: str, home: Home, server: Shared
) -> None:
    if _importable(module):
        pytest.skip(f"{module} is installed here")
    name, _ = made(server, artifact_location=location)
    document = examined(home, server.uri, "--only", "artifact", "--experiment", name, status=3)
    assert cause(document) == "artifact-driver"
    assert failed(document) == ["artifact-driver"]
    assert fix_of(row(document, "artifact")).endswith(f"-m pip install {package}")


def _importable(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def test_a_name_without_a_folder_where_experiments_are_paths(home: Home, server: Shared) -> None:
    with workspace(server.uri) as place:
        login = {"DATABRICKS_HOST": place.url, "DATABRICKS_TOKEN": place.token}
        document = examined(home, "databricks", status=3, MLFLOW_EXPERIMENT_NAME="first", **login)
        assert cause(document) == "experiment-relative"
        assert failed(document) == ["experiment-relative"]
        better = f"/Users/{place.user}/first"
        assert better in fix_of(row(document, "experiment"))
        assert wrong(examined(home, "databricks", status=0, **login)) == {}


def test_a_run_that_lands_in_another_experiment_is_seen_after_writing(home: Home, server: Shared) -> None:
    def rule(call: Call) -> Answer | None:
        if not call.path.endswith("/runs/get"):
            return None
        _, text = ask(server.uri, "GET", call.target)
        run = json.loads(text)
        run["run"]["info"]["experiment_id"] = "0"
        return as_json(run)

    with front(rule, server.uri) as before:
        document = examined(home, before.url, "--write", "--only", "read", status=3)
    assert cause(document) == "run-elsewhere"
    assert failed(document) == ["run-elsewhere"]


def test_with_write_all_goes_well_on_a_healthy_server(home: Home, server: Shared) -> None:
    document = examined(home, server.uri, "--write", status=0)
    assert wrong(document) == {}
    assert row(document, "read")["status"] == "ok"
    assert row(document, "artifact")["status"] == "ok"
