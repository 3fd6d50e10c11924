"""Somebody answers: a stranger, AirPlay, an old MLflow; a name, an origin or a request that MLflow refuses."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Home, Shared, free_port
from tests.messages import fix_of
from tests.real.diagnosis.helpers import cause, examined, failed, row, wrong
from tests.real.methods.server.real import running, wait_for
from tests.standins.databricks import Fault, workspace
from tests.standins.databricks.wire import Answer, Call, as_html, as_json
from tests.standins.front import Rule, below, front, telling

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="the servers are started as POSIX does")
EMPTY_403 = b"HTTP/1.1 403 Forbidden\r\nServer: AirTunes/740.17.1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
ALWAYS_OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK"
CODESPACE = {"CODESPACE_NAME": "fluffy-disco"}


def old(call: Call) -> Answer | None:
    """Answer as MLflow did that did not tell its version."""
    return as_html("<title>404 Not Found</title>", 404) if call.path == "/version" else None


def without_page(call: Call) -> Answer | None:
    """Answer as MLflow does without its page."""
    return as_html("<title>404 Not Found</title>", 404) if call.path == "/" else None


def not_permitted(call: Call) -> Answer | None:
    """Answer as MLflow's own login does to somebody who may log in, and may not see an experiment."""
    if call.path.endswith("/experiments/get"):
        return Answer(403, b"Permission denied", {"Content-Type": "text/html; charset=utf-8"})
    return None


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A real MLflow server that takes one name and one origin alone; its port."""
    folder, port = tmp_path_factory.mktemp("strict"), free_port()
    command = [sys.executable, "-m", "mlflow", "server", "--workers", "1", "--port", str(port)]
    command += [
        "--backend-store-uri",
        f"sqlite:///{folder}/mlflow.db",
        "--artifacts-destination",
        f"{folder}/artifacts",
    ]
    command += ["--allowed-hosts", "localhost,localhost:*", "--cors-allowed-origins", "https://*.app.github.dev"]
    environment = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}
    with running(command, folder, **environment):
        wait_for(f"http://127.0.0.1:{port}/health", folder / "server.log")
        yield port


def examined_behind(rule: Rule, home: Home, server: Shared, status: int) -> dict[str, Any]:
    """Examine a real server behind a front."""
    with front(rule, server.uri) as before:
        return examined(home, before.url, status=status)


# A stranger on the port, AirPlay, an old MLflow.


def test_a_stranger_on_the_port_is_told_with_who_it_is(bare: Home, taken_port: Callable[..., int]) -> None:
    port = taken_port(ALWAYS_OK)
    document = examined(bare, f"http://127.0.0.1:{port}", status=3)
    assert cause(document) == "not-mlflow"
    assert failed(document) == ["not-mlflow"]
    assert f"Port {port} is held by " in row(document, "identify")["why"]
    assert f"(pid {os.getpid()})" in row(document, "identify")["why"]


def test_who_refuses_everything_without_a_word_is_told_to_be_airplay(
    bare: Home,
    taken_port: Callable[..., int],
) -> None:
    document = examined(bare, f"http://127.0.0.1:{taken_port(EMPTY_403)}", status=3)
    assert cause(document) == "empty-403"
    assert failed(document) == ["empty-403"]
    assert "AirPlay" in row(document, "identify")["why"]


def test_an_mlflow_that_does_not_tell_its_version_is_an_old_one_and_no_failure(home: Home, server: Shared) -> None:
    document = examined_behind(old, home, server, status=0)
    assert cause(document) == "old-mlflow"
    assert wrong(document) == {"versions": "old-mlflow"}


# A refused name, a refused origin, a missing permission.


@POSIX
def test_a_name_that_the_server_is_not_told_is_refused(bare: Home, strict: int) -> None:
    document = examined(bare, f"http://127.0.0.1:{strict}", status=3, **CODESPACE)
    assert cause(document) == "host-refused"
    assert failed(document) == ["host-refused"]
    assert "--allowed-hosts" in fix_of(row(document, "identify"))


def test_an_origin_that_the_server_is_not_told_is_refused_to_browsers_alone(home: Home, server: Shared) -> None:
    document = examined(home, server.uri, status=0, **CODESPACE)
    assert cause(document) == "origin-refused"
    assert failed(document) == []
    found = row(document, "origin")
    port = server.uri.rpartition(":")[2]
    assert f"https://fluffy-disco-{port}.app.github.dev" in found["what"]
    assert "--allowed-hosts is a different setting" in found["why"]
    assert fix_of(found).startswith(f"gh codespace ports forward --codespace fluffy-disco {port}:{port} ")


@POSIX
def test_an_origin_that_the_server_is_told_is_let_in(home: Home, strict: int) -> None:
    document = examined(home, f"http://localhost:{strict}", status=0, **CODESPACE)
    assert wrong(document) == {}
    assert "app.github.dev has access" in row(document, "origin")["what"]


def test_behind_a_hub_the_origin_is_that_of_the_hub(home: Home, server: Shared) -> None:
    hub = {"JUPYTERHUB_PUBLIC_URL": "https://hub.example.org/user/me/"}
    document = examined(home, server.uri, status=0, **hub)
    assert wrong(document) == {"origin": "origin-refused"}
    assert "--cors-allowed-origins https://hub.example.org " in fix_of(row(document, "origin"))


def test_who_is_let_in_and_may_not_see_an_experiment_lacks_a_permission(home: Home, server: Shared) -> None:
    document = examined_behind(not_permitted, home, server, status=3)
    assert cause(document) == "not-permitted"
    assert failed(document) == ["not-permitted"]
    assert "Permission denied" in row(document, "experiment")["what"]


def test_what_was_refused_is_told_in_three_ways(home: Home, server: Shared, strict: int) -> None:
    told = [
        examined(home, f"http://127.0.0.1:{strict}")["data"]["summary"]["headline"],
        examined(home, server.uri, status=0, **CODESPACE)["data"]["summary"]["headline"],
        examined_behind(not_permitted, home, server, status=3)["data"]["summary"]["headline"],
    ]
    assert len(set(told)) == 3


# What comes with the server: its page, its version, the clock.


def test_a_server_without_its_page_is_told_and_is_no_failure(home: Home, server: Shared) -> None:
    document = examined_behind(without_page, home, server, status=0)
    assert wrong(document) == {"page": "no-page"}


def test_behind_a_hub_it_is_said_where_the_page_is(home: Home, server: Shared) -> None:
    document = examined(home, server.uri, JUPYTERHUB_SERVICE_PREFIX="/user/me/")
    port = server.uri.rpartition(":")[2]
    assert f"/user/me/proxy/{port}/" in row(document, "page")["what"]


@pytest.mark.parametrize(
    ("version", "code", "lost"), [("2.10.0", "client-newer", "log_model()"), ("99.1.0", "client-older", "")]
)
def test_a_server_of_another_version_is_told_with_what_will_not_work(
    version: str, code: str, lost: str, home: Home, server: Shared
) -> None:
    document = examined_behind(telling(version), home, server, status=0)
    assert wrong(document) == {"versions": code}
    assert version in row(document, "versions")["what"]
    assert lost in row(document, "versions")["what"]
    assert f"{version.rpartition('.')[0]}.*" in fix_of(row(document, "versions"))


@pytest.mark.parametrize(("skew", "way"), [(600, "behind"), (-600, "ahead of")])
def test_a_clock_that_is_wrong_is_told_with_how_much(skew: float, way: str, home: Home, server: Shared) -> None:
    with workspace(server.uri) as place:
        place.fault = Fault(skew=skew, only="/version")
        login = {"DATABRICKS_HOST": place.url, "DATABRICKS_TOKEN": place.token}
        document = examined(home, "databricks", status=0, **login)
    assert row(document, "clock")["code"] == "clock-off"
    assert f"10 minutes {way} that of" in row(document, "clock")["what"]
    assert cause(document) == "clock-off"


@pytest.mark.matrix
@POSIX
def test_a_real_server_of_the_light_client_has_no_page(home: Home, tmp_path: Path, strict: int) -> None:
    """MLflow's own answer where its page was not built: the page's file is taken away from a copy of the package."""
    import mlflow

    package = Path(mlflow.__file__).parent
    copy = tmp_path / "copy"
    copy.mkdir()
    shutil.copytree(package, copy / "mlflow", ignore=shutil.ignore_patterns("build"))
    port = free_port()
    command = [sys.executable, "-m", "mlflow", "server", "--workers", "1", "--port", str(port)]
    command += ["--backend-store-uri", f"sqlite:///{tmp_path}/mlflow.db"]
    environment = {"PYTHONPATH": str(copy), "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    with running(command, tmp_path, **environment):
        wait_for(f"http://127.0.0.1:{port}/health", tmp_path / "server.log")
        document = examined(home, f"http://127.0.0.1:{port}", status=0)
    assert wrong(document) == {"page": "no-page"}


def test_no_request_of_the_doctor_writes(home: Home, server: Shared) -> None:
    reads = {"/api/2.0/mlflow/runs/search", "/ajax-api/2.0/mlflow/experiments/search"}
    with front(lambda call: None, server.uri) as before:
        examined(home, before.url, status=0, **CODESPACE)
        calls = {(method, path) for method, path, _ in before.seen}
    assert {path for method, path in calls if method != "GET"} <= reads


def test_a_gateway_whose_server_is_not_there_is_told(home: Home, server: Shared) -> None:
    document = examined_behind(lambda call: as_json({}, 502), home, server, status=3)
    assert cause(document) == "behind-down"


# MLflow itself fails; what is no MLflow at all.

GONE = {
    "error_code": "TEMPORARILY_UNAVAILABLE",
    "message": "(sqlite3.OperationalError) no such table: experiments\n[SQL: SELECT 1]\n(Background on this error)",
}
BUSY = {"error_code": "REQUEST_LIMIT_EXCEEDED", "message": "Slow down."}


def searching(answer: Answer) -> Rule:
    """Answer that to a search for experiments, and leave all else to MLflow."""
    return lambda call: answer if call.path.endswith("/experiments/search") else None


@pytest.mark.parametrize("status", [500, 503])
def test_what_mlflow_says_of_its_own_failure_is_told_and_no_gateway_is_blamed(
    status: int, bare: Home, server: Shared
) -> None:
    document = examined_behind(searching(as_json(GONE, status)), bare, server, status=3)
    assert cause(document) == "api-error"
    assert failed(document) == ["api-error"]
    told = row(document, "identify")
    assert told["what"].endswith(f"answered an MLflow request with {status}: no such table: experiments")
    assert "Its database is not usable" in told["why"]


def test_of_a_failure_in_many_lines_the_first_is_told(bare: Home, server: Shared) -> None:
    said = {"error_code": "INTERNAL_ERROR", "message": "The store is not ready.\nTraceback (most recent call last):"}
    document = examined_behind(searching(as_json(said, 500)), bare, server, status=3)
    assert cause(document) == "api-error"
    assert row(document, "identify")["what"].endswith(": The store is not ready.")


@pytest.mark.parametrize(("headers", "seconds"), [({"Retry-After": "17"}, 17), ({}, 60)], ids=["told", "not told"])
def test_a_server_that_puts_requests_off_is_told_with_how_long(
    headers: dict[str, str], seconds: int, bare: Home, server: Shared
) -> None:
    document = examined_behind(searching(as_json(BUSY, 429, **headers)), bare, server, status=3)
    assert cause(document) == "too-many-requests"
    assert failed(document) == ["too-many-requests"]
    assert fix_of(row(document, "identify")).startswith(f"sleep {seconds}; ")


@pytest.mark.parametrize("path", ["/mlflow", "/mlflow/team"])
def test_a_path_that_the_server_does_not_have_is_told_with_the_address_without_it(
    path: str, bare: Home, server: Shared
) -> None:
    document = examined(bare, f"{server.uri}{path}", status=3)
    assert cause(document) == "wrong-path"
    assert failed(document) == ["wrong-path"]
    assert fix_of(row(document, "identify")).startswith(f"export MLFLOW_TRACKING_URI={server.uri} ")


def test_a_path_that_is_one_too_many_is_told_with_the_address_one_level_up(bare: Home, server: Shared) -> None:
    with front(below("/team"), server.uri, prefix="/team") as before:
        document = examined(bare, f"{before.url}/experiments", status=3)
        assert cause(document) == "wrong-path"
        assert fix_of(row(document, "identify")).startswith(f"export MLFLOW_TRACKING_URI={before.url} ")


def test_who_answers_everything_with_nothing_is_to_blame_and_not_quickstart(bare: Home, server: Shared) -> None:
    document = examined_behind(lambda call: as_json({}), bare, server, status=3)
    assert cause(document) == "api-error"
    assert "check-crashed" not in wrong(document).values()
    assert "an answer that MLflow would not give" in row(document, "experiment")["what"]
