"""Where runs are kept: a store that MLflow refuses or cannot open, what is left of a killed server, another store."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.conftest import Home, Shared, free_port, new_home
from tests.messages import fix_of
from tests.real.diagnosis.helpers import cause, examined, failed, row, wrong
from tests.real.helpers import eventually, lasting_home, nobody_listens, only_server
from tests.real.server.databases import (
    OLD,
    add_run,
    copy_into,
    make_database,
    make_mlruns,
    revision_of,
    runs_of,
    set_revision,
)

pytestmark = pytest.mark.matrix  # it makes databases of its own, and servers on them

NEVER_SEEN = "ffffffffffff"  # a revision that no MLflow of today knows


@pytest.fixture
def person(tmp_path: Path) -> Home:
    """A home in which no server is started."""
    return new_home(tmp_path)


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A home whose server ran once and is stopped."""
    with lasting_home(tmp_path_factory, "stopped") as made:
        made.run("server", "start", "--port", str(free_port()))
        made.run("server", "stop")
        yield made


@pytest.fixture(scope="module")
def current(stopped: Home) -> Path:
    """A database that the installed MLflow made, with no runs in it."""
    return stopped.quickstart_home / "data" / "local" / "mlflow.db"


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of MLflow 2.18 to 2.22 with a run in it."""
    file = tmp_path_factory.mktemp("older") / "mlflow.db"
    make_database(file, OLD)
    add_run(file)
    return file


def add_first_run(file: Path) -> None:
    """Record a run in a database that MLflow has made whole, with its first experiment."""
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("DELETE FROM experiments")
    add_run(file)


def uri_of(file: Path) -> str:
    return f"sqlite:///{file.as_posix()}"


# A database that MLflow opens itself.


def test_a_database_of_this_mlflow_is_fine(person: Home, current: Path) -> None:
    file = copy_into(current, person.path / "store")
    document = examined(person, status=0, MLFLOW_TRACKING_URI=uri_of(file))
    assert wrong(document) == {}
    assert "up to date" in row(document, "database")["what"]


def test_a_database_that_is_not_there_yet_is_fine(person: Home) -> None:
    document = examined(person, status=0)
    assert document["data"]["origin"]["source"] == "default"
    assert wrong(document) == {}
    assert not (person.cwd / "mlflow.db").exists()


def test_an_older_database_is_the_cause_and_what_is_told_upgrades_it_after_a_copy(person: Home, older: Path) -> None:
    file = copy_into(older, person.path / "the store")
    document = examined(person, status=3, MLFLOW_TRACKING_URI=uri_of(file))
    assert (cause(document), failed(document)) == ("store-older", ["store-older"])
    assert "mlflow db upgrade" in fix_of(row(document, "database"))
    assert f"cp '{file}'" in fix_of(row(document, "database"))


def test_a_newer_database_is_the_cause_and_nobody_is_told_to_upgrade_it(person: Home, current: Path) -> None:
    file = copy_into(current, person.path / "store")
    add_first_run(file)
    set_revision(file, NEVER_SEEN)
    document = examined(person, status=3, MLFLOW_TRACKING_URI=uri_of(file))
    assert (cause(document), failed(document)) == ("database-newer", ["database-newer"])
    told = row(document, "database")
    assert "db upgrade" not in fix_of(told)
    assert "pip install" in fix_of(told)
    assert revision_of(file) == NEVER_SEEN


@pytest.mark.parametrize("content", [b"not a database" * 1000, b"SQLite format 3\x00" + bytes(range(256)) * 40])
def test_a_damaged_database_is_the_cause(person: Home, content: bytes) -> None:
    file = person.cwd / "mlflow.db"
    file.write_bytes(content)
    document = examined(person, status=3)
    assert (cause(document), failed(document)) == ("database-damaged", ["database-damaged"])
    assert file.read_bytes() == content


def test_somebody_elses_database_is_the_cause(person: Home) -> None:
    with closing(sqlite3.connect(person.cwd / "mlflow.db")) as database, database:
        database.execute("CREATE TABLE cats (name TEXT)")
        database.execute("INSERT INTO cats VALUES ('Mog')")
    document = examined(person, status=3)
    assert cause(document) == "database-damaged"
    assert "no tables of MLflow" in row(document, "database")["what"]


def test_a_database_that_another_program_holds_is_the_cause(person: Home, current: Path) -> None:
    file = copy_into(current, person.cwd)
    with closing(sqlite3.connect(file, isolation_level=None)) as holding:
        holding.execute("BEGIN EXCLUSIVE")
        document = examined(person, status=3)
    assert (cause(document), failed(document)) == ("database-locked", ["database-locked"])


def test_a_database_whose_making_was_broken_off_is_a_warning(person: Home, older: Path) -> None:
    file = copy_into(older, person.cwd)
    with closing(sqlite3.connect(file)) as database, database:
        for table in ("latest_metrics", "metrics", "runs"):
            database.execute(f"DELETE FROM {table}")
    document = examined(person, status=0)
    assert (cause(document), fix_of(row(document, "database"))) == ("store-unfinished", f"rm {file}")


def test_a_folder_in_the_place_of_a_database_is_the_cause(person: Home) -> None:
    (person.cwd / "mlflow.db").mkdir()
    document = examined(person, status=3)
    assert (cause(document), failed(document)) == ("database-damaged", ["database-damaged"])


def test_a_store_below_a_file_is_the_cause(person: Home) -> None:
    (person.cwd / "file").write_text("", encoding="utf-8")
    document = examined(person, status=3, MLFLOW_TRACKING_URI=uri_of(person.cwd / "file" / "mlflow.db"))
    assert (cause(document), failed(document)) == ("unwritable", ["unwritable"])


# Kinds of stores.


def test_a_database_in_memory_is_a_warning(person: Home) -> None:
    document = examined(person, status=0, MLFLOW_TRACKING_URI="sqlite:///:memory:")
    assert (cause(document), wrong(document)) == ("memory-store", {"store-kind": "memory-store"})


def test_a_sqlite_address_without_slashes_is_the_cause(person: Home) -> None:
    document = examined(person, status=3, MLFLOW_TRACKING_URI="sqlite:mlflow.db")
    assert (cause(document), failed(document)) == ("bad-store-uri", ["bad-store-uri"])
    expected = f"export MLFLOW_TRACKING_URI={uri_of(person.cwd / 'mlflow.db')}"
    assert fix_of(row(document, "store-kind")) == expected


@pytest.mark.parametrize("uri", ["./mlruns", "file:./mlruns", "tracking.example.org"])
def test_a_folder_as_tracking_uri_is_the_cause(person: Home, uri: str) -> None:
    document = examined(person, status=3, MLFLOW_TRACKING_URI=uri)
    assert (cause(document), failed(document)) == ("file-store", ["file-store"])
    assert uri_of(person.cwd / "mlflow.db") in fix_of(row(document, "store-kind"))
    assert "put http:// before it" in row(document, "store-kind")["why"]


def test_a_folder_that_mlflow_is_allowed_to_use_is_fine(person: Home) -> None:
    document = examined(person, status=0, MLFLOW_TRACKING_URI="./mlruns", MLFLOW_ALLOW_FILE_STORE="true")
    assert wrong(document) == {}


def test_old_runs_in_files_are_the_cause_and_are_to_be_brought_into_a_database(person: Home) -> None:
    mlruns = make_mlruns(person.cwd)
    document = examined(person, status=3)
    assert document["data"]["origin"]["source"] == "default"
    assert (cause(document), failed(document)) == ("file-store", ["file-store"])
    fix = fix_of(row(document, "store-kind"))
    assert f"server restore {mlruns} --name local" in fix
    assert "server start --name local" in fix


@pytest.mark.matrix
def test_what_is_told_of_old_runs_brings_them_to_a_server(home: Home) -> None:
    make_mlruns(home.cwd)
    fix = fix_of(row(examined(home, status=3), "store-kind"))
    subprocess.run(["bash", "-c", fix], env=home.environment, cwd=home.cwd, timeout=120, check=True)
    assert len(runs_of(home.quickstart_home / "data" / "local" / "mlflow.db")) == 1


@pytest.mark.parametrize(
    ("uri", "package"),
    [
        ("postgresql://me:hunter2@db.example.org/mlflow", "psycopg"),
        ("postgresql+psycopg2://me:hunter2@db.example.org/mlflow", "psycopg2-binary"),
        ("mysql://me:hunter2@db.example.org/mlflow", "mysqlclient"),
        ("mysql+pymysql://me:hunter2@db.example.org/mlflow", "pymysql"),
        ("mssql+pymssql://me:hunter2@db.example.org/mlflow", "pymssql"),
    ],
)
def test_a_database_without_its_driver_is_the_cause(person: Home, uri: str, package: str) -> None:
    ran = person.run("doctor", "--json", status=3, MLFLOW_TRACKING_URI=uri)
    assert (cause(ran.json), failed(ran.json)) == ("no-driver", ["no-driver"])
    assert f'-m pip install "{package}' in fix_of(row(ran.json, "driver"))
    assert "hunter2" not in ran.out + ran.err


# The store of one's own server.


@pytest.fixture
def its_database(stopped: Home) -> Iterator[Path]:
    """The database of that server, which is put back afterwards."""
    file = stopped.quickstart_home / "data" / "local" / "mlflow.db"
    whole = file.read_bytes()
    yield file
    file.write_bytes(whole)


def test_a_healthy_server_has_a_healthy_store(server: Shared) -> None:
    document = examined(server.home, status=0)
    assert wrong(document) == {}
    assert {row(document, name)["status"] for name in ("store", "store-disk", "database", "processes")} == {"ok"}


def test_a_newer_database_is_the_cause_of_a_server_that_is_down(stopped: Home, its_database: Path) -> None:
    add_first_run(its_database)
    set_revision(its_database, NEVER_SEEN)
    document = examined(stopped, status=3)
    assert (cause(document), failed(document)) == ("database-newer", ["database-newer"])


def test_a_damaged_database_is_the_cause_of_a_server_that_is_down(stopped: Home, its_database: Path) -> None:
    its_database.write_bytes(b"not a database" * 1000)
    document = examined(stopped, status=3)
    assert (cause(document), failed(document)) == ("database-damaged", ["database-damaged"])


def test_an_older_database_of_a_server_is_upgraded_by_its_start(stopped: Home, its_database: Path, older: Path) -> None:
    its_database.write_bytes(older.read_bytes())
    document = examined(stopped, status=3)
    assert (cause(document), failed(document)) == ("database-older", ["database-older"])
    assert "server start --name local" in fix_of(row(document, "database"))


def test_a_database_that_is_gone_is_told_beside_the_server_that_is_down(stopped: Home, its_database: Path) -> None:
    its_database.unlink()
    document = examined(stopped, status=3)
    assert row(document, "database")["code"] == "store-gone"
    assert row(document, "database")["status"] == "warn"


def test_a_database_that_is_gone_from_under_a_running_server_is_the_cause(home: Home) -> None:
    home.run("server", "start", "--port", str(free_port()))
    (home.quickstart_home / "data" / "local" / "mlflow.db").unlink()
    document = examined(home, status=3)
    assert (cause(document), failed(document)) == ("store-gone", ["store-gone"])


@pytest.mark.matrix
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no kill -9")
def test_processes_that_outlived_a_killed_server_are_the_cause(home: Home) -> None:
    port = free_port()
    started = only_server(home.json("server", "start", "--port", str(port), "--launcher", "mlflow-server"))
    psutil.Process(started["pid"]).send_signal(signal.SIGKILL)
    eventually("the root is gone", lambda: not psutil.pid_exists(started["pid"]))
    assert not nobody_listens(port)
    document = examined(home, status=3)
    assert (cause(document), failed(document)) == ("server-orphans", ["server-orphans"])
    subprocess.run(
        ["bash", "-c", fix_of(row(document, "processes"))], env=home.environment, cwd=home.cwd, timeout=120, check=True
    )
    assert wrong(examined(home, status=0)) == {}


# Runs in this folder, and a server that works on another store: its page stays empty.


def test_runs_that_are_in_this_folder_instead_are_told(person: Home, server: Shared, older: Path) -> None:
    file = copy_into(older, person.cwd)
    document = examined(person, server.uri, status=0)
    assert (cause(document), wrong(document)) == ("runs-here", {"runs-here": "runs-here"})
    told = row(document, "runs-here")
    assert told["what"].startswith(f"1 run is in {file}")
    assert f"server start --name here --store {person.cwd}" in fix_of(told)


def test_old_runs_that_are_in_this_folder_instead_are_told(person: Home, server: Shared) -> None:
    mlruns = make_mlruns(person.cwd)
    document = examined(person, server.uri, status=0)
    assert cause(document) == "runs-here"
    assert f"server restore {mlruns}" in fix_of(row(document, "runs-here"))


def test_a_shell_that_leads_to_the_server_logs_there(person: Home, server: Shared, older: Path) -> None:
    copy_into(older, person.cwd)
    assert wrong(examined(person, status=0, MLFLOW_TRACKING_URI=server.uri)) == {}


def test_a_database_without_runs_in_this_folder_is_fine(person: Home, server: Shared, current: Path) -> None:
    copy_into(current, person.cwd)
    assert wrong(examined(person, server.uri, status=0)) == {}


def test_a_server_that_works_on_this_folder_has_its_runs(stopped: Home, its_database: Path) -> None:
    add_first_run(its_database)
    inside = Home(stopped.path, its_database.parent, stopped.environment)
    assert row(examined(inside, status=3), "runs-here")["status"] == "ok"


# What cannot be made here: disks.


def disks(monkeypatch: pytest.MonkeyPatch, *mounted: tuple[str, str]) -> None:
    """Let the system tell of these disks, each by where it is mounted and its kind."""
    kind = type(psutil.disk_partitions(all=True)[0])
    fields: list[str] = list(kind._fields)

    def told(all: bool = False) -> list[Any]:
        return [kind(**{**dict.fromkeys(fields, ""), "mountpoint": at, "fstype": what}) for at, what in mounted]

    monkeypatch.setattr(psutil, "disk_partitions", told)


@pytest.mark.parametrize(
    ("mounted", "place", "code"),
    [
        ((("/", "ext4"),), "laptop", None),
        ((("/", "ext4"), ("/home", "nfs4")), "laptop", "network-disk"),
        ((("/", "ext4"), ("/home", "cifs")), "laptop", "network-disk"),
        ((("/", "ext4"), ("/home/me", "fuse.sshfs")), "laptop", "network-disk"),
        ((("/", "ext4"), ("/home/me", "fuse.gocryptfs")), "laptop", None),
        ((("/", "ext4"), ("/homes", "nfs4")), "laptop", None),
        ((("/", "nfs4"), ("/home/me/runs", "ext4")), "laptop", None),
        ((("/", "overlay"),), "container", "vanishing-disk"),
        ((("/", "overlay"), ("/home/me", "ext4")), "container", None),
        ((("/", "overlay"),), "laptop", None),
        ((("/", "tmpfs"),), "container", "vanishing-disk"),
        ((("/", "tmpfs"),), "laptop", None),
        ((), "laptop", None),
    ],
)
def test_a_disk_is_judged_by_what_the_system_says_of_it(
    monkeypatch: pytest.MonkeyPatch, mounted: tuple[tuple[str, str], ...], place: str, code: str | None
) -> None:
    from quickstart.diagnosis.checks.stores import disk
    from quickstart.diagnosis.context import Context, EffectiveUri

    disks(monkeypatch, *mounted)
    case = Context(
        EffectiveUri("sqlite:////home/me/runs/mlflow.db", "variable", "here"), environment={}, folder=Path("/")
    )
    vars(case)["machine"] = type("Machine", (), {"environment": place})
    seen = disk(case)
    assert (seen.error.code if seen.error else None) == code
