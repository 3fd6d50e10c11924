"""What a server's log and an installer's output tell about the cause."""

from __future__ import annotations

from typing import Any

import pytest

from quickstart.doctor.causes import INSTALL, log_cause
from quickstart.doctor.explain import explain
from quickstart.errors import Fault
from quickstart.target.install import CAUSES

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
        "another version of MLflow",
    ),
    (
        "alembic.util.exc.CommandError: Can't locate revision identified by 'ffffffffffff'\n"
        "ERROR [alembic.util.messaging] Can't locate revision identified by 'ffffffffffff'",
        "another version of MLflow",
    ),
    ("ModuleNotFoundError: No module named 'mlflow'", "There is no MLflow in /env/bin/python"),
    ("/env/bin/python: No module named mlflow", "There is no MLflow in /env/bin/python"),
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
    ("sqlite3.OperationalError: database is locked", "Another program is at work on the database in /data/local"),
    ("(sqlite3.OperationalError) unable to open database file", "cannot be written: /data/local"),
    ("(sqlite3.OperationalError) attempt to write a readonly database", "cannot be written: /data/local"),
    ("PermissionError: [Errno 13] Permission denied: '/data/local/artifacts'", "cannot be written: /data/local"),
    ("OSError: [Errno 30] Read-only file system: '/data/local'", "cannot be written: /data/local"),
    (
        "sqlalchemy.exc.DatabaseError: (sqlite3.DatabaseError) file is not a database",
        "/data/local/mlflow.db is damaged",
    ),
    ("(sqlite3.DatabaseError) database disk image is malformed", "/data/local/mlflow.db is damaged"),
    ("sqlite3.OperationalError: database or disk is full", "The disk of /data/local is full"),
    ("OSError: [Errno 28] No space left on device", "The disk of /data/local is full"),
    ("MemoryError", "not enough memory"),
    ("OSError: [Errno 12] Cannot allocate memory", "not enough memory"),
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
    what, why, fix = log_cause({**FACTS, "tail": [*NOISE, *line.splitlines(), AFTERWARDS]})
    assert what == 'The server "local" ended after 1.2 s, before it was ready.'
    assert cause in why
    assert why.endswith("Log: /state/logs/local.log")
    assert fix
    assert "{" not in fix


@pytest.mark.parametrize(
    ("line", "untrue"),
    [
        ("ModuleNotFoundError: No module named 'mlflow.server'; 'mlflow' is not a package", "There is no MLflow"),
        ("ModuleNotFoundError: No module named 'mlflow_export_import'", "There is no MLflow"),
    ],
)
def test_a_log_that_names_something_else_of_mlflow_does_not_mean_that_mlflow_is_missing(line: str, untrue: str) -> None:
    assert untrue not in log_cause({**FACTS, "tail": [*NOISE, line]})[1]


def test_a_server_without_a_known_cause_is_quoted() -> None:
    _, why, fix = log_cause({**FACTS, "tail": ["Something {odd} happened", "  it fell over {here}  ", "", ""]})
    assert why.startswith("Its last words: it fell over {here} Log:")
    assert fix == "quickstart server logs --name local"


@pytest.mark.parametrize("tail", [[], ["", "  "]])
def test_a_server_that_said_nothing_is_said_to_have_said_nothing(tail: list[str]) -> None:
    assert "it printed nothing" in log_cause({**FACTS, "tail": tail})[1]


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
    error = explain(Fault("install-failed", **facts))
    assert error.what == "mlflow could not be installed into /env/bin/python."
    assert error.why.endswith("Log: /state/logs/install.log")
    assert error.fix
    assert "{" not in error.why + error.fix


def test_no_cause_is_explained_that_an_installer_cannot_have() -> None:
    assert set(INSTALL) == {*(cause for cause, _ in CAUSES), "no-pip", "unknown"}
