"""What a server's log and an installer's output tell about the cause."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from quickstart.errors import QuickstartError
from quickstart.explain import explain
from quickstart.explain.causes import INSTALL, database_cause, log_cause
from quickstart.runtime.install import CAUSES
from quickstart.server import records
from quickstart.server.records import Server
from quickstart.state import files
from tests.messages import fix_of
from tests.unit.conftest import POSIX_MODES

FACTS: dict[str, Any] = {
    "name": "local",
    "status": 1,
    "seconds": 1.2,
    "python": "/env/bin/python",
    "store": "/data/local",
    "log": "/state/logs/local.log",
}

# The last telling lines of real logs of MLflow 2.22 to 3.17, and the words that the cause must hold.
LOGS = [
    (
        "mlflow.exceptions.MlflowException: Detected out-of-date database schema (found version ffffffffffff, but "
        "expected dc11669786a5). Take a backup of your database, then run 'mlflow db upgrade <database_uri>' to "
        "migrate your database to the latest schema. NOTE: schema migration may result in database downtime",
        "Another version of MLflow",
    ),
    (
        "alembic.util.exc.CommandError: Can't locate revision identified by 'ffffffffffff'\n"
        "ERROR [alembic.util.messaging] Can't locate revision identified by 'ffffffffffff'",
        "Another version of MLflow",
    ),
    ("ModuleNotFoundError: No module named 'mlflow'", "/env/bin/python has no MLflow"),
    ("/env/bin/python: No module named mlflow", "/env/bin/python has no MLflow"),
    ("ModuleNotFoundError: No module named 'sqlalchemy'", "cannot be imported there"),
    ("ImportError: cannot import name 'EncodedFile' from 'pandas.io.common' (/env/x.py)", "cannot be imported there"),
    ("TypeError: Descriptors cannot be created directly.", "Descriptors cannot be created directly"),
    (
        "ERROR:    [Errno 98] error while attempting to bind on address ('127.0.0.1', 5000): address already in use",
        "Another program took its port",
    ),
    (
        "ERROR:    [Errno 10048] [WinError 10048] Only one usage of each socket address is normally permitted",
        "Another program took its port",
    ),
    ("sqlite3.OperationalError: database is locked", "Another program is using the database in /data/local"),
    ("(sqlite3.OperationalError) unable to open database file", "not writable: /data/local"),
    ("(sqlite3.OperationalError) attempt to write a readonly database", "not writable: /data/local"),
    ("PermissionError: [Errno 13] Permission denied: '/data/local/artifacts'", "not writable: /data/local"),
    ("OSError: [Errno 30] Read-only file system: '/data/local'", "not writable: /data/local"),
    (
        "sqlalchemy.exc.DatabaseError: (sqlite3.DatabaseError) file is not a database",
        "/data/local/mlflow.db is damaged",
    ),
    ("(sqlite3.DatabaseError) database disk image is malformed", "/data/local/mlflow.db is damaged"),
    ("sqlite3.OperationalError: database or disk is full", "The disk of /data/local is full"),
    ("OSError: [Errno 28] No space left on device", "The disk of /data/local is full"),
    ("MemoryError", "not enough memory"),
    ("OSError: [Errno 12] Cannot allocate memory", "not enough memory"),
    ("TypeError: Couldn't build proto file into descriptor pool: out of memory", "not enough memory"),
    ("ImportError: /env/numpy.so: failed to map segment from shared object", "not enough memory"),
    ("OpenBLAS error: Memory allocation still failed after 10 retries, giving up.", "not enough memory"),
    (
        "memory allocation of 262144 bytes failed\nskipping backtrace printing to avoid potential recursion",
        "not enough memory",
    ),
    ("skipping backtrace printing to avoid potential recursion", "not enough memory"),
    ("RuntimeError: can't start new thread", "not enough memory"),
    ("terminate called after throwing an instance of 'std::bad_alloc'\n  what():  std::bad_alloc", "not enough memory"),
]
NOISE = [
    '{"quickstart": {"launcher": "one-process"}}',
    "2026/11/23 21:38:07 INFO mlflow.store.db.utils: Creating initial MLflow database tables...",
    '  File "/env/lib/python3.11/site-packages/sqlalchemy/engine/default.py", line 1192, in do_execute',
    "    cursor.execute(statement, parameters)",
]
AFTERWARDS = "(Background on this error at: https://sqlalche.me/e/21/4xp6)"


@pytest.mark.parametrize(
    ("line", "cause"), LOGS, ids=[f"{cause[:30]}-{number}" for number, (_, cause) in enumerate(LOGS)]
)
def test_the_cause_is_read_out_of_a_log(line: str, cause: str) -> None:
    told = log_cause({**FACTS, "tail": [*NOISE, *line.splitlines(), AFTERWARDS]})
    what, why, fix = told.what, told.why, fix_of(told)
    assert what == 'The server "local" exited after 1.2 s, before it was ready.'
    assert cause in why
    assert why.endswith("Log: /state/logs/local.log")
    assert fix
    assert "{" not in fix


@pytest.mark.parametrize(
    ("line", "untrue"),
    [
        ("ModuleNotFoundError: No module named 'mlflow.server'; 'mlflow' is not a package", "has no MLflow"),
        ("ModuleNotFoundError: No module named 'mlflow_export_import'", "has no MLflow"),
    ],
)
def test_a_log_that_names_something_else_of_mlflow_does_not_mean_that_mlflow_is_missing(line: str, untrue: str) -> None:
    assert untrue not in log_cause({**FACTS, "tail": [*NOISE, line]}).why


# What ended servers under `ulimit -v` besides: no word of memory, or one that means something else without a limit.
ONLY_UNDER_A_LIMIT = [
    ["SystemError: error return without exception set"],
    ["SystemError: <function _path_stat at 0x7f2> returned NULL without setting an exception"],
    ["ImportError: cannot import name 'x' from 'y' (unknown location)"],
    ["Something odd happened"],
    [],
]


@pytest.mark.parametrize("tail", [*ONLY_UNDER_A_LIMIT, ["MemoryError"], ["std::bad_alloc"]], ids=str)
@pytest.mark.parametrize("status", [1, -6, -11, None])
def test_under_a_limit_of_the_memory_the_limit_is_the_cause(tail: list[str], status: int | None) -> None:
    told = log_cause({**FACTS, "name": "mine", "status": status, "tail": tail, "limit_mb": 409})
    _, why, fix = told.what, told.why, fix_of(told)
    assert why.startswith("There is not enough memory: ulimit -v allows 409 MB, and a server needs 1 GB")
    assert fix.startswith("ulimit -v unlimited && quickstart server start --name mine")


@pytest.mark.parametrize("tail", ONLY_UNDER_A_LIMIT, ids=str)
def test_without_a_limit_none_of_them_means_memory(tail: list[str]) -> None:
    assert "memory" not in log_cause({**FACTS, "tail": tail, "limit_mb": None}).why


def test_under_a_limit_a_cause_that_has_nothing_to_do_with_memory_stays_one() -> None:
    told = log_cause({**FACTS, "tail": ["sqlite3.OperationalError: database or disk is full"], "limit_mb": 409})
    assert "The disk of /data/local is full" in told.why


def test_what_ends_for_want_of_memory_is_started_again_by_its_name() -> None:
    assert log_cause({**FACTS, "name": "mine", "tail": ["MemoryError"]}).command.startswith(
        "quickstart server start --name mine"
    )


def test_a_server_without_a_known_cause_is_quoted() -> None:
    told = log_cause({**FACTS, "tail": ["Something {odd} happened", "  it fell over {here}  ", "", ""]})
    _, why, fix = told.what, told.why, fix_of(told)
    assert why.startswith("The last line of its log: it fell over {here} Log:")
    assert fix == "quickstart server logs --name local"


@POSIX_MODES
@pytest.mark.parametrize("runs", [True, False])
def test_a_running_server_that_broke_off_a_file_is_explained_by_its_log(place: Path, runs: bool) -> None:
    folder = place / "data" / "local" / "artifacts"
    folder.mkdir(parents=True)
    created = psutil.Process().create_time()
    server = Server("local", "127.0.0.1", 5000, str(folder.parent), "/env/bin/python", pid=os.getpid())
    records.save(replace(server, create_time=created if runs else created - 3600))
    refused = f"PermissionError: [Errno 13] Permission denied: '{folder / '1' / '{x}'}'"
    files.private_folder(server.log.parent)
    server.log.write_text(f"{refused}\nINFO: 127.0.0.1 - GET /version HTTP/1.1 200 OK\n", encoding="utf-8")
    cause = database_cause({"url": server.url, "detail": "ConnectionError"})
    assert (cause is not None) is runs
    if cause:
        why, fix = cause.why, cause.command
        assert why.startswith(f"{folder / '1' / '{x}'} cannot be written: Permission denied.")
        assert fix
    assert database_cause({"url": "http://127.0.0.1:5999", "detail": "ConnectionError"}) is None


@pytest.mark.parametrize("tail", [[], ["", "  "]])
def test_a_server_that_said_nothing_is_said_to_have_said_nothing(tail: list[str]) -> None:
    assert "it is empty" in log_cause({**FACTS, "tail": tail}).why


@pytest.mark.parametrize("cause", [*(cause for cause, _ in CAUSES), "no-pip", "unknown"])
def test_every_cause_that_an_installer_can_have_is_explained(cause: str) -> None:
    facts: dict[str, Any] = {
        "requirement": "mlflow",
        "python": "/env/bin/python",
        "cause": cause,
        "status": 1,
        "log": "/state/logs/install.log",
        "detail": "the last line",
        "command": "/env/bin/python -m pip install mlflow",
    }
    error = explain(QuickstartError("install-failed", **facts))
    assert error.what == "mlflow could not be installed into /env/bin/python."
    assert error.why.endswith("Log: /state/logs/install.log")
    assert fix_of(error)
    assert "{" not in error.why + fix_of(error)


def test_no_cause_is_explained_that_an_installer_cannot_have() -> None:
    assert set(INSTALL) == {*(cause for cause, _ in CAUSES), "no-pip", "unknown"}
