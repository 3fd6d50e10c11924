"""The proof by MLflow's own client: each way to log in carries it, metrics and artifacts alike."""

from __future__ import annotations

import sys

import pytest

from tests.conftest import Home
from tests.real.methods.databricks.helpers import log_in, stages
from tests.real.methods.databricks.interpreters import browser
from tests.standins.databricks import Workspace

pytestmark = pytest.mark.matrix


def kinds(place: Workspace) -> set[str | None]:
    """Return by what kinds of credential MLflow's API was called."""
    return {request.kind for request in place.requests if request.path.startswith("/api/2.0/mlflow")}


def artifacts(place: Workspace) -> int:
    """Return how many runs have an artifact in the workspace."""
    return len({where.split("/")[2] for where in place.stored})


def test_mlflow_itself_logs_by_the_token_and_by_either_way_for_artifacts(whole: Home, place: Workspace) -> None:
    document = log_in(whole, place)
    assert stages(document)["client"] == "ok"
    assert artifacts(place) == 2, "one of the check's run, one of the client's"
    assert kinds(place) == {"pat"}
    place.files_api = False
    place.stored.clear()
    document = whole.json("verify", "--with-client")
    told = {stage["id"]: stage["status"] for stage in document["data"]["stages"]}
    assert (told["artifact"], told["client"]) == ("warn", "ok")
    assert artifacts(place) == 1


def test_mlflow_itself_logs_as_a_service_principal(whole: Home, place: Workspace) -> None:
    line = ("login", "databricks", "--host", place.url, "--client-id", place.client_id, "--client-secret-stdin")
    assert stages(whole.json(*line, stdin=place.client_secret))["client"] == "ok"
    assert kinds(place) == {"oauth-service-principal"}


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for a browser is a script with #!")
def test_mlflow_itself_takes_the_browsers_login_and_renews_it(whole: Home, place: Workspace) -> None:
    place.expires_in = 30  # so short that the SDK renews it at each use
    whole.environment.update(browser(whole.path / "bin"))
    assert stages(whole.json("login", "databricks", "--host", place.url, "--oauth"))["client"] == "ok"
    assert kinds(place) == {"oauth-user"}
    assert len(place.calls("/oidc/v1/authorize")) == 1
    assert len(place.calls("/oidc/v1/token")) > 2
    assert artifacts(place) == 2
