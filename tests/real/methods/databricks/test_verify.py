"""`quickstart verify` of a workspace: a saved connection, a profile by its URI, and what a shell has set."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Home
from tests.messages import fix_of
from tests.real.methods.databricks.helpers import has_profiles, log_in
from tests.standins.databricks import Workspace

STALE = "dapi" + "57a1e" * 6 + "zz"
CHECKED = [
    "GET /api/2.0/mlflow/experiments/get-by-name",
    "POST /api/2.0/mlflow/runs/create",
    "POST /api/2.0/mlflow/runs/log-metric",
    "POST /api/2.0/mlflow/runs/log-metric",
    "POST /api/2.0/mlflow/runs/update",
    "GET /api/2.0/mlflow/runs/get",
]


@pytest.fixture
def no_target(home: Home, tmp_path: Path) -> Home:
    """A home whose runtime notes that it was run, and does nothing."""
    python = tmp_path / "python-that-tells"
    python.write_text(f'#!/bin/sh\necho "$@" >> "{tmp_path}/ran"\nexit 1\n')
    python.chmod(0o755)
    home.environment["QUICKSTART_PYTHON"] = str(python)
    return home


def test_a_saved_connection_with_a_token_needs_no_interpreter(home: Home, place: Workspace, tmp_path: Path) -> None:
    python = tmp_path / "python-that-tells"
    python.write_text(
        f'#!/bin/sh\necho "$@" >> "{tmp_path}/ran"\nexec "{home.environment["QUICKSTART_PYTHON"]}" "$@"\n'
    )
    python.chmod(0o755)
    home.environment["QUICKSTART_PYTHON"] = str(python)
    log_in(home, place)
    (tmp_path / "ran").unlink()
    place.requests.clear()
    document = home.json("verify")
    assert document["data"]["metrics"] == {"foo": 1.0, "bar": 2.0}
    assert document["data"]["tracking_uri"] == "databricks"
    assert not (tmp_path / "ran").exists()
    assert place.calls("/api/2.0/mlflow") == CHECKED
    assert {request.status for request in place.requests} <= {200, 204}


@pytest.mark.parametrize("uri", ["databricks://work", "databricks"])
def test_a_profile_is_enough_and_no_interpreter_is_run(
    uri: str, no_target: Home, place: Workspace, tmp_path: Path
) -> None:
    name = "work" if "work" in uri else "DEFAULT"
    before = has_profiles(no_target, f"[{name}]\nhost = {place.url}/\ntoken = {place.token}\n")
    document = no_target.json("verify", uri)
    assert (document["status"], document["data"]["tracking_uri"]) == ("ok", uri)
    assert not (tmp_path / "ran").exists()
    assert (no_target.path / "home" / ".databrickscfg").read_bytes() == before
    assert place.token not in str(document)
    assert not no_target.quickstart_home.exists()


def test_the_environment_is_enough(no_target: Home, place: Workspace) -> None:
    document = no_target.json("verify", "databricks", DATABRICKS_HOST=place.url, DATABRICKS_TOKEN=place.token)
    assert document["status"] == "ok"
    assert "from DATABRICKS_TOKEN in this shell" in str(document["data"]["stages"][0])
    document = no_target.json(
        *("verify", "databricks"),
        DATABRICKS_HOST=place.url,
        DATABRICKS_CLIENT_ID=place.client_id,
        DATABRICKS_CLIENT_SECRET=place.client_secret,
    )
    assert document["data"]["experiment"]["name"].startswith(f"/Users/{place.client_id}/")
    assert place.client_secret not in str(document)


def test_mlflow_tracking_uri_and_a_profile_in_the_shell_are_what_is_verified(home: Home, place: Workspace) -> None:
    has_profiles(home, f"[work]\nhost = {place.url}\ntoken = {place.token}\n")
    assert home.json("verify", "databricks", DATABRICKS_CONFIG_PROFILE="work")["status"] == "ok"


def test_a_stale_token_in_the_shell_is_warned_of_but_the_saved_login_is_used(home: Home, place: Workspace) -> None:
    log_in(home, place)
    document = home.json("verify", DATABRICKS_TOKEN=STALE)
    first = document["data"]["stages"][0]
    assert (document["status"], first["status"]) == ("ok", "warn")
    assert "unset DATABRICKS_TOKEN" in first["detail"]
    assert STALE not in str(document)
    same = home.json("verify", DATABRICKS_TOKEN=place.token, DATABRICKS_HOST=f"{place.url}/")
    assert same["data"]["stages"][0]["status"] == "ok"


def test_a_stale_token_that_beats_the_profile_is_named(home: Home, place: Workspace) -> None:
    has_profiles(home, f"[work]\nhost = {place.url}\ntoken = {place.token}\n")
    document = home.json("verify", "databricks://work", DATABRICKS_TOKEN=STALE, status=3)
    error = document["error"]
    assert error["code"] == "login-refused"
    assert f"token ({STALE[:4]}...{STALE[-4:]}) from DATABRICKS_TOKEN in this shell" in error["what"]
    assert "It overrides every profile." in error["why"]
    assert fix_of(error).startswith("unset DATABRICKS_TOKEN")
    assert STALE not in str(document)


def test_two_ways_at_once_are_told_apart_by_where_they_come_from(home: Home, place: Workspace) -> None:
    has_profiles(home, f"[work]\nhost = {place.url}\ntoken = {place.token}\n")
    error = home.json("verify", "databricks://work", status=3, DATABRICKS_CLIENT_ID="stale-id")["error"]
    assert error["code"] == "login-ambiguous"
    assert "DATABRICKS_CLIENT_ID in this shell" in error["what"]
    assert "profile work" in error["what"]
    assert fix_of(error).startswith("unset DATABRICKS_CLIENT_ID ")


def test_a_host_in_the_shell_that_is_another_one_is_named(home: Home, place: Workspace) -> None:
    log_in(home, place)
    first = home.json("verify", DATABRICKS_HOST="https://dbc-old.invalid")["data"]["stages"][0]
    assert "unset DATABRICKS_HOST" in first["detail"]


def test_what_leads_nowhere_is_told(home: Home, place: Workspace) -> None:
    assert home.json("verify", "databricks", status=3)["error"]["code"] == "no-workspace"
    has_profiles(home, f"[work]\nhost = {place.url}\ntoken = {place.token}\n")
    error = home.json("verify", "databricks://wrok", status=3)["error"]
    assert error["code"] == "profile-unknown"
    assert "Existing profiles: work." in error["why"]


def test_a_profile_that_only_the_sdk_can_read_asks_for_the_sdk(home: Home, place: Workspace) -> None:
    has_profiles(home, f"[work]\nhost = {place.url}\nauth_type = external-browser\n")
    error = home.json("verify", "databricks://work", status=3)["error"]
    assert error["code"] == "sdk-missing"
    assert "mlflow-skinny" in fix_of(error)


def test_artifacts_that_the_files_api_does_not_take_are_a_warning(home: Home, place: Workspace) -> None:
    place.files_api = False
    document = log_in(home, place)
    last = document["data"]["verification"]["stages"][-1]
    assert (document["status"], last["id"], last["status"]) == ("ok", "artifact", "warn")
