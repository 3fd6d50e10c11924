"""What a server is started with: its command line, its environment, its log."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest

from quickstart.runtime.process import SCRIPTS
from quickstart.server import launcher
from quickstart.server.processes import TOKEN
from quickstart.server.records import Server

LOCAL = Server("local", "127.0.0.1", 5000, "/data/local", "/env/bin/python", instance="ab12")


def options(server: Server) -> dict[str, str]:
    """Return what follows -- on the command line, by option."""
    words = launcher.command(server)
    after = words[words.index("--") + 1 :]
    return dict(zip(after[::2], after[1::2], strict=True))


def test_the_targets_own_interpreter_runs_our_launcher() -> None:
    assert launcher.command(LOCAL)[:5] == [LOCAL.python, str(SCRIPTS / "server_app.py"), "auto", "127.0.0.1", "5000"]
    plain = replace(LOCAL, launcher_choice="mlflow-server")
    assert launcher.command(plain)[2] == "mlflow-server"


def test_the_server_gets_one_address_one_worker_and_one_store() -> None:
    assert options(replace(LOCAL, host="::1", port=5007)) == {
        "--host": "::1",
        "--port": "5007",
        "--workers": "1",
        "--backend-store-uri": "sqlite:////data/local/mlflow.db",
        "--artifacts-destination": "file:///data/local/artifacts",
    }


STORES = ["my runs", "größe 漢", "a#b", "a&b=c", "a+b", "it's", 'say "so"', "a;b", "a@b:c"]


@pytest.mark.parametrize("name", STORES)
def test_a_store_may_have_any_name(name: str, tmp_path: Path) -> None:
    sqlalchemy = pytest.importorskip("sqlalchemy", reason="SQLAlchemy, which MLflow brings, is not installed")
    server = replace(LOCAL, store=str(tmp_path / name))
    given = options(server)
    assert Path(sqlalchemy.make_url(given["--backend-store-uri"]).database) == tmp_path / name / "mlflow.db"
    assert Path(url2pathname(urlsplit(given["--artifacts-destination"]).path)) == tmp_path / name / "artifacts"


def test_a_database_is_always_named_by_its_whole_path() -> None:
    assert launcher.database_uri(Path("/data/mlflow.db")) == "sqlite:////data/mlflow.db"


def test_nothing_of_the_shell_decides_where_a_server_keeps_its_data(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_BACKEND_STORE_URI", "MLFLOW_SERVER_ALLOWED_HOSTS", "PYTHONPATH"):
        monkeypatch.setenv(name, "of the shell")
    assert "of the shell" not in launcher.environment(LOCAL).values()


def test_a_server_is_marked_light_and_ready_for_a_burst() -> None:
    given = launcher.environment(LOCAL)
    assert given[TOKEN] == "ab12"
    assert given["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] == "false"
    assert int(given["MLFLOW_SQLALCHEMYSTORE_POOL_SIZE"]) >= 40
    assert int(given["MLFLOW_SQLALCHEMYSTORE_MAX_OVERFLOW"]) >= 40


def test_jobs_run_only_where_they_are_asked_for() -> None:
    assert launcher.environment(replace(LOCAL, with_jobs=True))["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] == "true"


@pytest.mark.parametrize("private", [True, False])
def test_a_private_server_reports_nothing_about_the_person(private: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_DISABLE_TELEMETRY", raising=False)
    given = launcher.environment(replace(LOCAL, private=private))
    assert (given.get("MLFLOW_DISABLE_TELEMETRY") == "true") is private


def test_further_names_are_added_to_this_machines_own_with_and_without_a_port() -> None:
    given = launcher.environment(replace(LOCAL, allowed_hosts=("mlflow.example.org",)))
    assert given["MLFLOW_SERVER_ALLOWED_HOSTS"].split(",") == [
        form for name in ("localhost", "127.0.0.1", "[::1]", "mlflow.example.org") for form in (name, f"{name}:*")
    ]
    assert "MLFLOW_SERVER_ALLOWED_HOSTS" not in launcher.environment(LOCAL)


def test_the_last_logs_are_kept_and_older_ones_go(place: Path) -> None:
    log = LOCAL.log
    for number in range(6):
        launcher.rotate_log(log)
        log.write_text(f"start {number}")
    kept = {path.name: path.read_text() for path in log.parent.iterdir()}
    assert kept == {
        "local.log": "start 5",
        "local.log.1": "start 4",
        "local.log.2": "start 3",
        "local.log.3": "start 2",
    }


def test_another_servers_logs_are_left_alone(place: Path) -> None:
    launcher.rotate_log(LOCAL.log)
    other = replace(LOCAL, name="local2").log
    other.write_text("other")
    launcher.rotate_log(LOCAL.log)
    assert other.read_text() == "other"


def test_the_tail_of_a_log_is_its_last_lines(tmp_path: Path) -> None:
    log = tmp_path / "local.log"
    assert launcher.tail_log(log) == []
    log.write_bytes(b"first\n" + b"\xff middle\n" * 40 + b"last\n")
    assert len(launcher.tail_log(log)) == launcher.TAIL
    assert launcher.tail_log(log, 1) == ["last"]


@pytest.mark.parametrize(("host", "url"), [("127.0.0.1", "http://127.0.0.1:5000"), ("::1", "http://[::1]:5000")])
def test_a_server_is_called_by_its_address(host: str, url: str) -> None:
    assert replace(LOCAL, host=host).url == url
