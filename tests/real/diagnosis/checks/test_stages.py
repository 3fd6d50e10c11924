"""Logins that are refused: an expired token, a stale variable, another workspace's token, a missing permission."""

from __future__ import annotations

import base64
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Home, Shared
from tests.messages import fix_of
from tests.real.diagnosis.helpers import cause, examined, failed, row, wrong
from tests.real.helpers import ask, mlflow
from tests.real.methods.databricks.helpers import BAD, has_profiles
from tests.real.methods.databricks.helpers import log_in as log_in_to_workspace
from tests.real.methods.server import real
from tests.real.methods.server.helpers import TOKEN, by_token
from tests.standins.databricks import Workspace, workspace
from tests.standins.databricks.wire import Who
from tests.standins.front import bearer, front

pytestmark = pytest.mark.matrix

ELSEWHERE = "https://dbc-elsewhere.invalid"
STALE = "dapi" + "5ta1e" * 6


@pytest.fixture
def place(server: Shared) -> Iterator[Workspace]:
    """A stand-in for a workspace in which everything works."""
    with workspace(server.uri) as made:
        yield made


def headline(document: dict[str, Any]) -> str:
    """Return what the doctor says first."""
    return str(document["data"]["summary"]["headline"])


def expired(home: Home, place: Workspace) -> dict[str, Any]:
    """Examine a profile whose token had its time."""
    place.expires_in = -1
    token = place.new_access_token(Who(place.user, "oauth-user"), "databricks-cli", "all-apis")
    has_profiles(home, f"[work]\nhost = {place.url}\ntoken = {token}\n")
    return examined(home, "databricks://work", status=3)


def stale(home: Home, place: Workspace) -> dict[str, Any]:
    """Examine a good profile that a variable of the shell beats."""
    has_profiles(home, f"[work]\nhost = {place.url}\ntoken = {place.token}\n")
    return examined(home, "databricks://work", status=3, DATABRICKS_TOKEN=STALE)


def of_another(home: Home, place: Workspace) -> dict[str, Any]:
    """Examine a profile that has the token of another workspace."""
    has_profiles(home, f"[work]\nhost = {place.url}\ntoken = {BAD}\n[prod]\nhost = {ELSEWHERE}\ntoken = {BAD}\n")
    return examined(home, "databricks://work", status=3)


def test_a_token_that_has_expired_is_told_as_such(home: Home, place: Workspace) -> None:
    document = expired(home, place)
    assert cause(document) == "login-refused"
    assert failed(document) == ["login-refused"]
    assert "from profile work in " in headline(document)
    assert headline(document).endswith(". It has expired.")


def test_a_variable_that_beats_a_good_profile_is_told_as_such(home: Home, place: Workspace) -> None:
    document = stale(home, place)
    assert cause(document) == "login-refused"
    assert failed(document) == ["login-refused"]
    assert "from DATABRICKS_TOKEN in this shell, which overrides that of profile work: 403." in headline(document)
    assert fix_of(row(document, "auth")).startswith("unset DATABRICKS_TOKEN ")


def test_a_token_of_another_workspace_is_told_as_such(home: Home, place: Workspace) -> None:
    document = of_another(home, place)
    assert cause(document) == "login-refused"
    assert failed(document) == ["login-refused"]
    assert headline(document).endswith(". It belongs to another workspace.")
    assert f"profile prod for {ELSEWHERE}" in row(document, "auth")["why"]


def test_the_three_are_told_apart_and_no_token_is_told(home: Home, place: Workspace) -> None:
    documents = [stale(home, place), of_another(home, place), expired(home, place)]
    assert len({headline(one) for one in documents}) == 3
    assert not [secret for secret in (STALE, BAD, place.token) if secret in str(documents)]


def test_a_login_that_works_is_no_fault(home: Home, place: Workspace) -> None:
    has_profiles(home, f"[work]\nhost = {place.url}\ntoken = {place.token}\n")
    assert wrong(examined(home, "databricks://work", status=0)) == {}


def test_a_variable_that_would_beat_a_saved_login_is_told_though_the_saved_one_works(
    home: Home, place: Workspace
) -> None:
    log_in_to_workspace(home, place)
    document = examined(home, status=0, DATABRICKS_TOKEN=STALE)
    assert cause(document) == "login-beaten"
    assert failed(document) == []
    assert "this shell sets DATABRICKS_TOKEN" in headline(document)
    assert fix_of(row(document, "resolve")) == "unset DATABRICKS_TOKEN"


# A plain server that asks for a login.


def test_a_server_that_asks_for_a_login_which_nobody_gave(home: Home, server: Shared) -> None:
    with front(bearer(TOKEN), server.uri) as before:
        document = examined(home, before.url, status=3)
    assert cause(document) == "login-needed"
    assert failed(document) == ["login-needed"]


def test_a_server_that_refuses_the_login_of_the_shell(home: Home, server: Shared) -> None:
    with front(bearer(TOKEN), server.uri) as before:
        document = examined(home, before.url, status=3, MLFLOW_TRACKING_TOKEN="tok-of-yesterday-0123456789")
    assert cause(document) == "server-login-refused"
    assert failed(document) == ["server-login-refused"]
    assert "this shell's variables" in row(document, "auth")["why"]
    assert "tok-of-yesterday" not in str(document)


def test_a_user_of_the_shell_that_would_beat_a_saved_token(home: Home, server: Shared) -> None:
    others = {"MLFLOW_TRACKING_USERNAME": "old", "MLFLOW_TRACKING_PASSWORD": "0ld-pässword"}
    with front(bearer(TOKEN), server.uri) as before:
        by_token(home, before.url)
        assert wrong(examined(home, status=0)) == {}
        document = examined(home, status=0, **others)
    assert cause(document) == "login-beaten"
    assert failed(document) == []
    assert "this shell sets MLFLOW_TRACKING_USERNAME, MLFLOW_TRACKING_PASSWORD" in headline(document)
    assert "0ld-p" not in str(document)


@pytest.mark.skipif(sys.platform == "win32", reason="the server is started as POSIX does")
def test_mlflows_own_login_tells_a_wrong_login_from_a_missing_permission(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        real, "AUTH", real.AUTH.replace("default_permission = READ", "default_permission = NO_PERMISSIONS")
    )
    folder = tmp_path / "auth"
    folder.mkdir()
    with real.mlflow_with_login(folder) as url:
        pair = base64.b64encode(f"{real.ADMIN}:{real.PASSWORD}".encode()).decode()
        headers = {"Authorization": f"Basic {pair}"}
        user = {"username": "newcomer", "password": "a-password-of-12"}
        assert ask(url, "POST", "/api/2.0/mlflow/users/create", user, **headers)[0] == 200
        shell = {"MLFLOW_TRACKING_USERNAME": "newcomer", "MLFLOW_TRACKING_PASSWORD": user["password"]}
        told = {
            "nobody": cause(examined(home, url, status=3)),
            "a wrong password": cause(examined(home, url, status=3, **{**shell, "MLFLOW_TRACKING_PASSWORD": "wrong"})),
            "no permission": cause(examined(home, url, status=3, **shell)),
        }
    assert told == {
        "nobody": "login-needed",
        "a wrong password": "server-login-refused",
        "no permission": "not-permitted",
    }


def test_runs_of_a_workspace_are_counted_too(home: Home, place: Workspace) -> None:
    name = f"/Users/{place.user}/counted-{time.time_ns()}"
    login = {"DATABRICKS_HOST": place.url, "DATABRICKS_TOKEN": place.token}
    made = mlflow(place.mlflow_url, "POST", "experiments/create", name=name)["experiment_id"]
    mlflow(place.mlflow_url, "POST", "runs/create", experiment_id=made, start_time=int(time.time() * 1000))
    document = examined(home, "databricks", "--experiment", name, status=0, **login)
    assert wrong(document) == {}
    assert row(document, "runs")["what"] == "1 in the experiment"
