"""Runs that another MLflow left: brought up to date after asking, left alone where they are newer, and never lost."""

from __future__ import annotations

import json
import shlex
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path

import psutil
import pytest

from tests.conftest import Home, free_port
from tests.messages import fix_of
from tests.real.helpers import begin, eventually, metrics_of
from tests.real.server.databases import (
    OLD,
    RUN_ID,
    add_run,
    copy_into,
    make_database,
    make_mlruns,
    revision_of,
    runs_of,
    set_revision,
)

pytestmark = pytest.mark.matrix  # MLflow rewrites databases for it


@pytest.fixture(scope="module")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of MLflow 2.18 to 2.22, which is half of what a newer one makes, with nothing in it."""
    file = tmp_path_factory.mktemp("empty") / "mlflow.db"
    make_database(file, OLD)
    return file


@pytest.fixture(scope="module")
def old_database(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with one run in it."""
    file = copy_into(empty_database, tmp_path_factory.mktemp("old"))
    add_run(file)
    return file


def store_of(home: Home) -> Path:
    return home.quickstart_home / "data" / "local"


def test_an_older_database_is_upgraded_after_asking_and_a_copy_of_it_stays(home: Home, old_database: Path) -> None:
    database = copy_into(old_database, store_of(home))
    before = database.read_bytes()
    asked = home.json("server", "start", "--port", str(free_port()), status=4)
    assert asked["error"]["code"] == "answer-needed"
    assert "MLflow 2.18" in asked["error"]["what"]
    assert shlex.join(["--python", sys.executable, "--yes"]) in fix_of(asked["error"])
    assert database.read_bytes() == before

    data = home.json("--yes")["data"]
    assert {step["id"]: step["status"] for step in data["steps"]}["upgrade-database:local"] == "ok"
    assert data["verification"]["metrics"] == {"foo": 1.0, "bar": 2.0}
    assert metrics_of(data["connection"]["tracking_uri"], RUN_ID) == {"foo": 1.0}
    (backup,) = store_of(home).glob("mlflow.db.before-*")
    assert (revision_of(backup), runs_of(backup)) == (OLD, [RUN_ID])
    again = home.json("--yes")["data"]["plan"]
    assert "upgrade-database:local" not in {step["id"] for step in again}


@pytest.mark.parametrize(
    ("revision", "requirement"),
    [
        pytest.param("f4a9b2c7d1e6", "mlflow>=3.18", id="of a release that is known"),
        pytest.param("ffffffffffff", "mlflow", id="of one that came later"),
    ],
)
def test_a_newer_database_is_left_alone_and_the_mlflow_that_opens_it_is_named(
    home: Home, old_database: Path, revision: str, requirement: str
) -> None:
    database = copy_into(old_database, store_of(home))
    set_revision(database, revision)
    before = database.read_bytes()
    for command in (("--yes",), ("server", "start", "--yes")):
        error = home.json(*command, status=1)["error"]
        assert error["code"] == "database-newer"
        assert fix_of(error).endswith(f'-m pip install "{requirement}"')
        assert "db upgrade" not in json.dumps(error)
    assert database.read_bytes() == before


def test_an_upgrade_that_fails_leaves_the_database_as_it_was_and_nothing_beside_it(
    home: Home, old_database: Path
) -> None:
    database = copy_into(old_database, store_of(home))
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE logged_models (in_the_way INTEGER)")
    before = database.read_bytes()
    error = home.json("server", "start", "--yes", status=1)["error"]
    assert error["code"] == "upgrade-failed"
    assert "logged_models" in error["what"]
    assert shlex.join(["server", "start", "--name", "local", "--store", str(store_of(home))]) in fix_of(error)
    assert 'pip install "mlflow==2.18.*"' in fix_of(error)
    assert database.read_bytes() == before
    assert {path.name for path in store_of(home).iterdir()} == {"mlflow.db"}


def copies_in(home: Home) -> list[Path]:
    """Return the copies of a database that are being upgraded."""
    return list(store_of(home).glob(".*/mlflow.db"))


def broken_off(home: Home, by: signal.Signals) -> int:
    """Begin an upgrade and send a signal in the middle of it; return how the command ended."""
    upgrading = begin(home, "server", "start", "--yes", "--port", str(free_port()))
    eventually("a copy that is being migrated", lambda: copies_in(home) and migration_below(upgrading.pid))
    upgrading.send_signal(by)
    upgrading.communicate()
    return upgrading.returncode


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_an_upgrade_that_is_broken_off_or_not_alone_leaves_the_database_as_it_was(
    home: Home, old_database: Path
) -> None:
    database = copy_into(old_database, store_of(home))
    before = database.read_bytes()
    assert broken_off(home, signal.SIGINT) == 130
    assert {path.name for path in store_of(home).iterdir()} == {"mlflow.db"}
    for _ in range(2):
        assert broken_off(home, signal.SIGKILL) == -signal.SIGKILL
    assert not list(store_of(home).glob("*before*")), "killed attempts pile up no copies"
    assert len(copies_in(home)) == 1
    assert database.read_bytes() == before

    with subprocess.Popen([sys.executable, "-c", WRITER, str(database)], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        error = home.json("server", "start", "--yes", status=1)["error"]
        writer.kill()
    assert error["code"] == "database-open"
    assert f"pid {writer.pid}" in error["what"]
    assert database.read_bytes() == before
    assert not copies_in(home)


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.matrix
def test_the_migration_of_an_upgrade_that_was_killed_never_meets_the_next(home: Home, old_database: Path) -> None:
    database = copy_into(old_database, store_of(home))
    port = str(free_port())
    first = begin(home, "server", "start", "--yes", "--port", port)
    orphan = eventually("a migration", lambda: migration_below(first.pid))
    orphan.suspend()
    first.kill()
    first.communicate()
    try:
        second = begin(home, "server", "start", "--yes", "--port", port)
        eventually("another migration", lambda: migration_below(second.pid))
        orphan.resume()
        _, said = second.communicate()
        assert second.returncode == 0, said
        orphan.wait(60)
    finally:
        if orphan.is_running():
            orphan.kill()
    assert runs_of(database) == [RUN_ID]
    (backup,) = store_of(home).glob("*before*")
    assert revision_of(backup) == OLD
    home.run("server", "restart")
    assert not list(store_of(home).glob(".*"))


def migration_below(pid: int) -> psutil.Process | None:
    """Return the process in which MLflow upgrades a database for a wizard."""
    with suppress(psutil.Error):
        for child in psutil.Process(pid).children(recursive=True):
            if any("mlflow_command.py" in word for word in child.cmdline()):
                return child
    return None


WRITER = """
import sqlite3, sys, time

connection = sqlite3.connect(sys.argv[1])
connection.execute("SELECT 1 FROM runs").fetchall()
print("open", flush=True)
time.sleep(60)
"""


def test_what_agrees_to_an_upgrade_names_the_store_from_any_folder(home: Home, old_database: Path) -> None:
    copy_into(old_database, home.cwd / "my runs")
    asked = home.json("server", "start", "--name", "here", "--store", "my runs", "--no-input", status=4)
    store = shlex.quote(str(home.cwd / "my runs"))
    assert f"server start --name here --store {store} " in fix_of(asked["error"])


def test_a_database_whose_making_was_broken_off_is_made_anew(home: Home, empty_database: Path) -> None:
    database = copy_into(empty_database, store_of(home))
    home.run("server", "start", "--port", str(free_port()))
    assert revision_of(database) != OLD
    assert not list(store_of(home).glob("*before*"))


def test_what_is_no_database_is_named_and_left_alone(home: Home) -> None:
    store_of(home).mkdir(parents=True)
    database = store_of(home) / "mlflow.db"
    database.write_bytes(b"SQLite format 3\0" + b"precious" * 1000)
    error = home.json("--yes", status=1)["error"]
    assert error["code"] == "database-damaged"
    assert "restore" in fix_of(error)
    assert database.read_bytes().startswith(b"SQLite format 3\0precious")


def test_a_stores_runs_that_were_moved_away_are_missed_and_said_so(home: Home) -> None:
    home.run("server", "start", "--port", str(free_port()))
    store_of(home).rename(home.path / "moved")
    steps = {step["id"]: step for step in home.json("--yes")["data"]["steps"]}
    assert steps["start-server:local"]["status"] == "warn"
    assert f"the runs in {store_of(home)} are missing" in steps["start-server:local"]["detail"]
    assert home.json("verify")["status"] == "ok", "it works on a new database, not on one that is gone"


def test_an_mlruns_folder_is_brought_into_an_empty_store_and_stays_as_it_is(home: Home) -> None:
    mlruns = make_mlruns(home.cwd)
    before = {path: path.read_bytes() for path in mlruns.rglob("*") if path.is_file()}
    restored = home.json("server", "restore", "mlruns", "--name", "old")
    assert "1 run" in restored["data"]["restored"]
    assert runs_of(home.quickstart_home / "data" / "old" / "mlflow.db") == [RUN_ID]
    assert {path: path.read_bytes() for path in mlruns.rglob("*") if path.is_file()} == before
    refused = home.json("server", "restore", "mlruns", "--name", "old", status=1)
    assert refused["error"]["code"] == "store-not-empty"
