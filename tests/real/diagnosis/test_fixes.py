"""`quickstart doctor --fix`: what it mends is told, journalled, and taken back by undo; nothing else changes."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.conftest import Home, Shared, lasting_port, new_home
from tests.messages import fix_of
from tests.real.diagnosis.helpers import CHECK_KEYS, cause, examined, failed, row
from tests.real.helpers import (
    alive,
    ask,
    begin,
    eventually,
    journal_of,
    lasting_home,
    metrics_of,
    mlflow,
    nobody_listens,
    port_of,
    server_of,
    whole_tree,
)
from tests.real.methods.server.helpers import TOKEN, by_token
from tests.real.server.databases import OLD, RUN_ID, add_run, make_database
from tests.standins import front

pytestmark = pytest.mark.matrix  # each starts a server or two of its own

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows has access lists instead of modes")
BY_EVERY_NAME = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture
def person(tmp_path: Path) -> Home:
    """A home in which no server is started, in a shell without proxies."""
    return without_proxies(new_home(tmp_path))


@pytest.fixture(scope="module")
def owner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A home with a server of its own, whose port nobody else takes."""
    with lasting_home(tmp_path_factory, "owner") as home:
        without_proxies(home).run("server", "start", "--port", str(lasting_port()))
        yield home


def without_proxies(home: Home) -> Home:
    for name in BY_EVERY_NAME:
        home.environment.pop(name, None)
        home.environment.pop(name.upper(), None)
    return home


def mended(home: Home, *arguments: str, status: int = 0, **environment: Any) -> dict[str, Any]:
    """Let the doctor mend all that is safe, and return its document."""
    return examined(home, "--fix", "--yes", *arguments, status=status, **environment)


def told(document: dict[str, Any]) -> dict[str, str]:
    """Return what was mended: each step with its status."""
    steps = document["data"]["mended"]
    assert all(set(one) == {"id", "status", "detail"} and one["detail"] for one in steps)
    return {one["id"].partition(":")[0]: one["status"] for one in steps}


def remember(home: Home, uri: str, name: str = "team") -> Path:
    """Save a connection to a server by hand, as nobody should."""
    path = home.quickstart_home / "state" / "connections.json"
    path.parent.mkdir(parents=True, mode=0o700)
    connection = {"name": name, "method": "server", "tracking_uri": uri, "env": {}, "python": "", "folder": ""}
    path.write_text(json.dumps({"in_use": name, "connections": {name: connection}}), encoding="utf-8")
    path.chmod(0o600)
    return path


def connection_of(home: Home, name: str) -> dict[str, Any]:
    text = (home.quickstart_home / "state" / "connections.json").read_text(encoding="utf-8")
    return dict(json.loads(text)["connections"][name])


# A server of one's own.


def test_a_stopped_server_is_started_and_a_second_time_nothing_is_left_to_do(owner: Home) -> None:
    owner.run("server", "stop")
    before = examined(owner, status=3)
    assert (cause(before), row(before, "connect")["fixable"]) == ("own-server-down", True)
    assert "mended" not in before["data"]
    document = mended(owner)
    assert told(document) == {"start-server": "ok", "save-connection": "skip"}
    assert (cause(document), document["error"], document["status"]) == ("", None, "ok")
    assert server_of(owner)["running"]
    assert mended(owner)["data"]["mended"] == []


def test_a_server_that_was_killed_is_started_again(owner: Home) -> None:
    owner.run("server", "start")
    psutil.Process(server_of(owner)["pid"]).kill()
    assert cause(examined(owner, status=3)) == "own-server-ended"
    assert told(mended(owner))["start-server"] == "ok"
    assert server_of(owner)["running"]


@POSIX
@pytest.mark.matrix
def test_a_server_that_stands_still_goes_on_and_is_the_same(owner: Home) -> None:
    owner.run("server", "start")
    pid = server_of(owner)["pid"]
    os.kill(pid, signal.SIGSTOP)
    document = mended(owner, "--only", "host")
    assert told(document) == {"resume-server": "ok"}
    assert cause(document) == ""
    assert server_of(owner)["pid"] == pid


def test_without_a_terminal_nothing_is_mended_unless_yes_is_said(owner: Home) -> None:
    owner.run("server", "stop")
    for arguments in ((), ("--json",)):
        ran = owner.run("doctor", "--fix", *arguments, status=4)
    assert ran.json["error"]["code"] == "answer-needed"
    assert fix_of(ran.json["error"]).endswith("doctor --fix --yes")
    assert ran.json["data"]["mended"] == []
    assert cause(ran.json) == "own-server-down"
    assert all(set(one) == CHECK_KEYS for one in ran.json["data"]["checks"])
    assert not server_of(owner)["running"]


def test_killed_in_the_middle_of_a_mend_undo_ends_what_it_began(tmp_path: Path) -> None:
    home = without_proxies(new_home(tmp_path))
    port = lasting_port()
    home.run("server", "start", "--port", str(port))
    home.run("server", "stop")
    before = journal_of(home).read_text(encoding="utf-8").count('"begin"')
    mending = begin(home, "doctor", "--fix", "--yes")
    eventually("it began", lambda: journal_of(home).read_text(encoding="utf-8").count('"begin"') > before)
    eventually("a process of the server", lambda: server_of(home)["pid"] is not None)
    mending.kill()
    mending.communicate()
    home.run("undo", "local", "--yes")
    assert nobody_listens(port)
    assert home.json("server", "status")["data"]["servers"] == []


def test_a_server_whose_runs_were_moved_is_not_started_empty(owner: Home) -> None:
    owner.run("server", "stop")
    store = Path(server_of(owner)["store"])
    moved = store.rename(store.with_name("moved"))
    try:
        document = mended(owner, status=3)
        assert document["data"]["mended"] == []
        assert not any(one["fixable"] for one in document["data"]["checks"])
        assert not store.exists()
    finally:
        moved.rename(store)


@pytest.mark.matrix
def test_an_older_database_is_upgraded_after_a_copy_and_then_its_server_is_started(home: Home) -> None:
    without_proxies(home)
    store, port = home.path / "runs", lasting_port()
    home.run("server", "start", "--store", str(store), "--port", str(port))
    home.run("server", "stop")
    (store / "mlflow.db").unlink()
    make_database(store / "mlflow.db", OLD)
    add_run(store / "mlflow.db")
    before = (store / "mlflow.db").read_bytes()
    document = mended(home)
    assert told(document) == {"upgrade-database": "ok", "start-server": "ok", "save-connection": "skip"}
    assert metrics_of(f"http://127.0.0.1:{port}", RUN_ID) == {"foo": 1.0}
    (copy,) = store.glob("mlflow.db.before-*")
    assert copy.stat().st_size == len(before)


@pytest.mark.matrix
def test_a_database_without_a_server_is_upgraded_and_undo_leaves_both(person: Home) -> None:
    make_database(person.cwd / "mlflow.db", OLD)
    add_run(person.cwd / "mlflow.db")
    assert cause(examined(person, status=3)) == "store-older"
    document = mended(person)
    assert (failed(document), told(document)) == ([], {"upgrade-database": "ok"})
    person.run("undo", "doctor", "--yes")
    assert len(list(person.cwd.glob("mlflow.db*"))) == 2


@POSIX
@pytest.mark.matrix
def test_what_is_left_of_a_killed_server_is_ended_and_the_server_started(home: Home) -> None:
    without_proxies(home).run("server", "start", "--launcher", "mlflow-server", "--port", str(lasting_port()))
    tree = whole_tree(server_of(home)["pid"])
    tree[0].kill()
    left = eventually("orphans", lambda: alive(tree[1:]))
    document = mended(home)
    assert (failed(document), told(document)["start-server"]) == ([], "ok")
    assert alive(left) == []


def other_name() -> str:
    """Return a name of this very machine that MLflow does not know by itself."""
    hosts = Path("/etc/hosts")
    lines = hosts.read_text(encoding="utf-8").splitlines() if hosts.exists() else []
    named = [name for line in lines if line.startswith("127.0.0.1") for name in line.split("#")[0].split()[1:]]
    for name in (socket.gethostname(), *named):
        try:
            found = {str(one[4][0]) for one in socket.getaddrinfo(name, 80)}
        except OSError:
            continue
        if found == {"127.0.0.1"} and not name.startswith("localhost"):
            return name
    pytest.skip("this machine has no further name for 127.0.0.1")


def test_what_lets_others_in_is_never_done_by_yes(owner: Home) -> None:
    owner.run("server", "start")
    name, port = other_name(), port_of(server_of(owner)["url"])
    pid = server_of(owner)["pid"]
    for arguments in (("--yes",), ("--no-input",)):
        document = examined(owner, f"http://{name}:{port}", "--fix", *arguments, status=3)
        assert (cause(document), told(document)) == ("host-refused", {"allow-hosts": "skip"})
        (left,) = document["data"]["mended"]
        assert "widens access" in left["detail"]
    assert server_of(owner)["pid"] == pid
    assert ask(server_of(owner)["url"], "GET", "/api/2.0/mlflow/experiments/search?max_results=1", Host=name)[0] == 403


# A tracking URI in a file.

DOTENV = "# mine\r\nOTHER=1\nexport MLFLOW_TRACKING_URI = {}   # the workshop's server\r\n\n SECRET='x y'\nLAST=é"


@pytest.mark.parametrize("form", ["{host}", "'{uri} '", '"{uri}/#/experiments/1?o=2"', "{uri}/#/experiments/1"])
def test_the_line_for_a_dotenv_is_shown_and_the_file_stays_as_it_is(person: Home, server: Shared, form: str) -> None:
    file = person.cwd / ".env"
    before = DOTENV.format(form.format(uri=server.uri, host=server.uri.removeprefix("http://"))).encode()
    file.write_bytes(before)
    document = mended(person, status=3)
    assert document["data"]["mended"] == []
    found = row(document, "address")
    line = f"Put this line into {file}: MLFLOW_TRACKING_URI={server.uri}"
    assert (found["fixable"], found["command"], found["note"]) == (False, "", line)
    assert file.read_bytes() == before


def test_credentials_in_a_dotenv_are_not_repeated(person: Home, server: Shared) -> None:
    text = f"MLFLOW_TRACKING_URI=http://me:planted-secret@127.0.0.1:{port_of(server.uri)}/#/\n"
    (person.cwd / ".env").write_text(text, encoding="utf-8")
    ran = person.run("doctor", "--fix", "--yes", "--json", status=3)
    assert ran.json["data"]["mended"] == []
    assert "planted-secret" not in ran.out + ran.err


def test_a_variable_of_the_shell_is_not_ours_to_change_and_the_line_for_it_is_told(
    person: Home, server: Shared
) -> None:
    document = mended(person, status=3, MLFLOW_TRACKING_URI=f"{server.uri}/#/experiments/1")
    assert document["data"]["mended"] == []
    found = row(document, "address")
    assert (found["fixable"], fix_of(found)) == (False, f"export MLFLOW_TRACKING_URI={server.uri}")


def test_a_saved_connection_gets_the_address_that_can_be_called(person: Home, server: Shared) -> None:
    bare = server.uri.removeprefix("http://")
    remember(person, bare)
    document = mended(person)
    assert (cause(document), told(document)) == ("", {"correct-connection": "ok"})
    assert connection_of(person, "team")["tracking_uri"] == server.uri
    undone = person.json("undo", "team", "--yes")["data"]["undone"]
    assert [one["status"] for one in undone] == ["ok"]
    assert bare in undone[0]["detail"]


# An experiment that was deleted.


def deleted_experiment(uri: str, name: str) -> tuple[str, str]:
    """Make an experiment with a run, and delete it; return the ids of both."""
    experiment = mlflow(uri, "POST", "experiments/create", name=name)["experiment_id"]
    run = mlflow(uri, "POST", "runs/create", experiment_id=experiment, start_time=1)["run"]["info"]["run_id"]
    mlflow(uri, "POST", "experiments/delete", experiment_id=experiment)
    return experiment, run


def standing(uri: str, experiment: str) -> str:
    found = mlflow(uri, "GET", "experiments/get", experiment_id=experiment)["experiment"]
    return str(found["lifecycle_stage"])


def test_a_deleted_experiment_comes_back_with_its_runs_and_undo_deletes_it_again(person: Home, server: Shared) -> None:
    experiment, run = deleted_experiment(server.uri, "exams")
    setting: dict[str, Any] = {"MLFLOW_TRACKING_URI": server.uri, "MLFLOW_EXPERIMENT_NAME": "exams"}
    assert cause(examined(person, status=3, **setting)) == "experiment-deleted"
    document = mended(person, **setting)
    assert (failed(document), told(document)) == ([], {"restore-experiment": "ok"})
    assert standing(server.uri, experiment) == "active"
    assert mlflow(server.uri, "GET", "runs/get", run_id=run)["run"]["info"]["lifecycle_stage"] == "active"
    person.run("undo", "doctor", "--yes")
    assert standing(server.uri, experiment) == "deleted"


def test_undo_keeps_an_experiment_that_runs_came_into_since(person: Home, server: Shared) -> None:
    experiment, _ = deleted_experiment(server.uri, "lectures")
    mended(person, MLFLOW_TRACKING_URI=server.uri, MLFLOW_EXPERIMENT_NAME="lectures")
    mlflow(server.uri, "POST", "runs/create", experiment_id=experiment, start_time=int(time.time() * 1000) + 1)
    undone = person.json("undo", "doctor", "--yes")["data"]["undone"]
    assert [(one["status"], "since" in one["detail"]) for one in undone] == [("skip", True)]
    assert standing(server.uri, experiment) == "active"


def test_the_login_of_the_connection_restores_and_is_written_nowhere(person: Home, server: Shared) -> None:
    experiment, _ = deleted_experiment(server.uri, "behind a login")
    with front.front(front.bearer(TOKEN), server.uri) as place:
        by_token(person, place.url)
        document = mended(person, MLFLOW_EXPERIMENT_NAME="behind a login")
        assert told(document) == {"restore-experiment": "ok"}
        assert standing(server.uri, experiment) == "active"
        assert TOKEN not in journal_of(person, "server").read_text(encoding="utf-8")
        undone = person.json("undo", "server", "--yes")["data"]["undone"]
        assert undone[0]["status"] == "ok"
    assert standing(server.uri, experiment) == "deleted"


# What is on this machine.


@POSIX
def test_files_with_logins_are_closed_to_others_and_undo_opens_them_as_they_were(person: Home, server: Shared) -> None:
    files = [person.path / "home" / name for name in (".netrc", ".databrickscfg")]
    for file, mode in zip(files, (0o644, 0o640), strict=True):
        file.write_text("", encoding="utf-8")
        file.chmod(mode)
    document = mended(person, server.uri)
    assert [one["status"] for one in document["data"]["mended"]] == ["ok", "ok"]
    assert [file.stat().st_mode & 0o777 for file in files] == [0o600, 0o600]
    assert mended(person, server.uri)["data"]["mended"] == []
    files[1].chmod(0o400)
    person.run("undo", "doctor", "--yes")
    assert [file.stat().st_mode & 0o777 for file in files] == [0o644, 0o400]


def test_a_connection_goes_past_the_proxy_to_this_machine_and_so_it_stays(owner: Home) -> None:
    owner.run("server", "start")
    proxy: dict[str, Any] = {"HTTP_PROXY": f"http://127.0.0.1:{lasting_port()}", "NO_PROXY": "intranet.example"}
    assert cause(examined(owner, status=3, **proxy)) == "client-proxied"
    document = mended(owner, **proxy)
    assert (failed(document), told(document)) == ([], {"set-variables": "ok"})
    assert owner.json("env")["data"]["connection"]["env"]["NO_PROXY"] == "intranet.example,localhost,127.0.0.1"
    assert mended(owner, **proxy)["data"]["mended"] == []
    owner.run("server", "restart")
    assert "NO_PROXY" in connection_of(owner, "local")["env"]
