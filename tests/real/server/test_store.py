"""Where runs are kept: exactly in the folder that was named, or the name is refused with the reason."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import Home, Shared, free_port, ours
from tests.messages import fix_of
from tests.real.helpers import begin, metrics_of, only_server, runs_in, server_of, stages_of, unbroken

QUICK = 30.0  # seconds; a store that cannot work is refused before anything slow begins


@pytest.mark.matrix
def test_a_folder_of_almost_any_name_holds_the_runs(home: Home) -> None:
    quote = "" if sys.platform == "win32" else '"'  # Windows has no such file name
    store = home.path / f"Ada's {quote}first{quote} runs, größer 実験 #1 & more"
    server = only_server(home.json("server", "start", "--port", str(free_port()), "--store", str(store)))
    assert Path(server["store"]) == store
    verified = home.json("verify")
    assert stages_of(verified)["artifact"] == "ok"
    assert (store / "mlflow.db").stat().st_size > 0
    (artifact,) = (store / "artifacts").rglob("quickstart-check.txt")
    assert verified["data"]["run"]["id"] in artifact.parts


@pytest.mark.parametrize("name", ["what?", "50%41"])
def test_a_name_that_a_database_uri_would_garble_is_refused_at_once_and_nothing_is_written(
    home: Home, name: str
) -> None:
    stores = home.path / "stores"
    stores.mkdir()
    starting = begin(home, "server", "start", "--store", str(stores / name), "--json")
    try:
        out, _ = starting.communicate(timeout=QUICK)
    except subprocess.TimeoutExpired:
        starting.terminate()
        starting.communicate()
        pytest.fail(f"neither started nor refused within {QUICK:g} s")
    document = json.loads(out)
    assert starting.returncode == document["exit_code"] == 2
    assert document["error"]["code"] == "bad-store"
    assert name in document["error"]["what"]
    assert list(stores.iterdir()) == [], "neither there nor in a folder of a similar name"
    assert ours(home.quickstart_home) == []


def test_a_store_below_a_file_is_refused(home: Home) -> None:
    (home.path / "file").write_text("not a folder", encoding="utf-8")
    refused = home.json("server", "start", "--store", str(home.path / "file" / "runs"), status=1)
    assert refused["error"]["code"] == "unwritable"
    assert str(home.path / "file") in refused["error"]["what"]
    assert home.json("server", "status")["data"] == {"servers": []}
    assert home.json("undo", "--yes")["status"] == "ok"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows takes the right to write by other means than the mode")
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write everywhere")
def test_a_store_that_may_not_be_written_is_refused(home: Home) -> None:
    locked = home.path / "locked"
    locked.mkdir(mode=0o500)
    for store in (locked, locked / "runs"):
        refused = home.json("server", "start", "--store", str(store), status=1)
        assert refused["error"]["code"] == "unwritable"
        assert str(locked) in refused["error"]["what"]
    assert home.json("server", "status")["data"] == {"servers": []}


def test_without_mlflow_a_server_is_not_started_and_the_command_that_installs_it_is_named(home: Home) -> None:
    bare = home.path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(bare)], check=True, timeout=120)
    python = bare / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    refused = home.json("server", "start", "--python", str(python), status=1)
    assert refused["error"]["code"] == "mlflow-missing"
    assert str(python) in refused["error"]["what"]
    assert f"--yes --python {python}" in fix_of(refused["error"])
    assert home.json("server", "status")["data"] == {"servers": []}


def test_a_restore_that_fails_leaves_no_folder_where_there_was_none(home: Home) -> None:
    (home.cwd / "torn.tar.gz").write_bytes(b"\x1f\x8b torn")
    kept = home.path / "kept"
    kept.mkdir()
    for store in (home.path / "new", kept):
        words = ("server", "restore", "torn.tar.gz", "--name", "back", "--store", str(store))
        assert home.json(*words, status=1)["error"]["code"] == "backup-damaged"
    assert not (home.path / "new").exists()
    assert kept.exists(), "a folder that a person made stays"


def test_a_store_that_a_person_brings_is_used_on_and_never_deleted(home: Home, server: Shared) -> None:
    run_id = server.home.json("verify", server.uri)["data"]["run"]["id"]
    store = home.path / "brought"
    store.mkdir()
    database = Path(server_of(server.home)["store"]) / "mlflow.db"
    with closing(sqlite3.connect(database)) as theirs, closing(sqlite3.connect(store / "mlflow.db")) as copy:
        theirs.backup(copy)

    started = only_server(home.json("server", "start", "--port", str(free_port()), "--store", str(store)))
    assert run_id in runs_in(started["url"])
    assert metrics_of(started["url"], run_id) == {"foo": 1.0, "bar": 2.0}
    said = unbroken(home.run("undo", "--yes", "--delete-data", COLUMNS="300").out)
    assert (store / "mlflow.db").exists()
    assert f"Your runs kept in {store}" in said
    assert f"--store {store}" in said, "the command that brings them back says where they are"
