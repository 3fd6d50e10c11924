"""What is counted in a server's database, on real SQLite files."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from quickstart.server.database import count_experiments_and_runs

# MLflow needs a second to make its schema, and these two tables, as far as counts() reads them, are the same in every
# version of it; that the real ones are counted right is shown where a real server runs.
SCHEMA = """
CREATE TABLE experiments (experiment_id INTEGER PRIMARY KEY, name VARCHAR(256), lifecycle_stage VARCHAR(32));
CREATE TABLE runs (run_uuid VARCHAR(32) PRIMARY KEY, experiment_id INTEGER, lifecycle_stage VARCHAR(20));
"""
DEFAULT = (0, "active")
Rows = Sequence[tuple[int, str]]


def database(path: Path, experiments: Rows = (), runs: Rows = ()) -> Path:
    """Make a database.

    Args:
        path: of the file.
        experiments: the number of each, and its stage.
        runs: the number of each one's experiment, and its stage.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(SCHEMA)
        connection.executemany("INSERT INTO experiments VALUES (?1, 'experiment ' || ?1, ?2)", experiments)
        connection.executemany("INSERT INTO runs VALUES (hex(randomblob(16)), ?, ?)", runs)
        connection.commit()
    return path


@pytest.mark.parametrize(
    ("experiments", "runs", "expected"),
    [
        ([], [], (0, 0)),
        ([DEFAULT], [], (0, 0)),
        ([DEFAULT, (1, "active")], [(1, "active")], (1, 1)),
        ([DEFAULT, (1, "active")], [(1, "active")] * 12, (1, 12)),
        ([DEFAULT, (1, "active"), (2, "active")], [(0, "active"), (2, "active"), (2, "active")], (2, 3)),
        ([DEFAULT, (1, "active")], [(1, "active"), (1, "deleted")], (1, 1)),
        ([DEFAULT, (1, "active")], [(1, "deleted")], (0, 0)),
        ([DEFAULT, (1, "deleted")], [(1, "active"), (0, "active")], (1, 1)),
        ([DEFAULT, (1, "deleted")], [(1, "deleted")], (0, 0)),
    ],
    ids=[
        "a new file",
        "nothing but Default",
        "one run",
        "many runs of one experiment",
        "two experiments with runs, one without",
        "a run was deleted",
        "the only run was deleted",
        "an experiment was deleted with what is in it",
        "both were deleted",
    ],
)
def test_what_a_person_recorded_is_counted_and_what_they_deleted_is_not(
    experiments: Rows, runs: Rows, expected: tuple[int, int], tmp_path: Path
) -> None:
    assert count_experiments_and_runs(database(tmp_path / "mlflow.db", experiments, runs)) == expected


NAMES = ["my runs", "100%", "%20", "a#b", "grün", "a'b", "a;b", "a&mode=rwc"]


@pytest.mark.parametrize("name", [*NAMES, *([] if sys.platform == "win32" else ["why?", '"'])])
def test_a_folder_may_have_any_name(name: str, tmp_path: Path) -> None:
    path = database(tmp_path / name / f"{name}.db", [(1, "active")], [(1, "active")])
    assert count_experiments_and_runs(path) == (1, 1)


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    assert count_experiments_and_runs(tmp_path / "mlflow.db") is None
    assert count_experiments_and_runs(tmp_path / "missing" / "mlflow.db") is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"not a database at all", bytes(range(256)) * 64, b"SQLite format 3\0" * 200])
def test_what_is_no_database_of_mlflows_is_not_counted(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "mlflow.db"
    path.write_bytes(content)
    assert count_experiments_and_runs(path) is None
    assert path.read_bytes() == content


def test_a_folder_and_a_database_of_something_else_are_not_counted(tmp_path: Path) -> None:
    assert count_experiments_and_runs(tmp_path) is None
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection:
        connection.execute("CREATE TABLE runs (distance INTEGER)")
    assert count_experiments_and_runs(tmp_path / "other.db") is None


def test_it_is_counted_while_somebody_writes(tmp_path: Path) -> None:
    path = database(tmp_path / "mlflow.db", [(1, "active")], [(1, "active")])
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO runs VALUES ('new', 1, 'active')")
        assert count_experiments_and_runs(path) == (1, 1)
        writer.execute("COMMIT")
        assert count_experiments_and_runs(path) == (1, 2)


def test_it_does_not_wait_for_whoever_has_the_file_for_themselves(tmp_path: Path) -> None:
    path = database(tmp_path / "mlflow.db", [(1, "active")], [(1, "active")])
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        assert count_experiments_and_runs(path) is None
        writer.execute("ROLLBACK")
    assert count_experiments_and_runs(path) == (1, 1)
