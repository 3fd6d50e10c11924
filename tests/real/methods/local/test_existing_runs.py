"""Runs that are in the working directory already are offered for use, once, and never taken unasked."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import Home
from tests.real.person import CTRL_C, DOWN, ENTER, MENU, QUESTIONS, Person, below
from tests.real.server.databases import make_mlruns

pytest.importorskip("pexpect", reason="a pseudo-terminal is POSIX only")


def make_runs(folder: Path) -> None:
    """Make what quickstart counts in a database: two runs."""
    with closing(sqlite3.connect(folder / "mlflow.db")) as database, database:
        database.execute("CREATE TABLE experiments (experiment_id, lifecycle_stage)")
        database.execute("CREATE TABLE runs (run_uuid, experiment_id, lifecycle_stage)")
        database.execute("CREATE TABLE alembic_version (version_num)")
        database.execute("INSERT INTO experiments VALUES (0, 'active')")
        database.execute("INSERT INTO runs VALUES ('1', 0, 'active'), ('2', 0, 'active')")
        database.execute("INSERT INTO alembic_version VALUES ('0584bdc529eb')")


def asked(home: Home) -> Person:
    """Return somebody who has answered the four questions."""
    person = Person(home)
    person.answers(*(ENTER for _ in QUESTIONS))
    return person


@pytest.mark.parametrize(
    ("keys", "used"), [pytest.param((ENTER,), True, id="Enter"), pytest.param((DOWN, ENTER), False, id="the other")]
)
def test_a_database_here_is_offered_and_upgraded_only_with_the_plan(
    keys: tuple[str, ...], used: bool, untouched: Home
) -> None:
    make_runs(untouched.cwd)
    before = below(untouched)
    person = asked(untouched)
    person.sees("Use the runs that are here?", *keys)
    person.sees(MENU, CTRL_C)
    assert person.leaves() == 130
    assert "mlflow.db in this folder holds 2 runs" in person.words
    plan = person.words.partition("This will:")[2]
    assert (str(untouched.cwd) in "".join(plan.split())) is used
    assert ("Copy the database of MLflow 2.18, then upgrade it to MLflow" in plan) is used
    assert {path for path in below(untouched) - before if "unfinished" not in path} <= {
        "quickstart",
        "quickstart/state",
    }


def test_an_mlruns_folder_here_is_offered_with_what_becomes_of_it(untouched: Home) -> None:
    make_mlruns(untouched.cwd)
    person = asked(untouched)
    person.sees("Bring in the runs that are here?", ENTER)
    person.sees(MENU, CTRL_C)
    assert person.leaves() == 130
    assert "the folder stays as it is" in person.words
    assert "by MLflow's own migration of a copy" in person.words.partition("This will:")[2]


def test_with_yes_runs_here_are_only_told_of(untouched: Home) -> None:
    make_runs(untouched.cwd)
    make_mlruns(untouched.cwd)
    data = untouched.json("--yes", "--dry-run")["data"]
    assert data["detected"]["runs_here"] == ["mlflow.db", "mlruns"]
    told = " ".join(data["recommendation"]["warnings"])
    assert "quickstart server start --name here --store ." in told
    assert "quickstart server restore mlruns --name old" in told
    assert str(untouched.cwd) not in str(data["plan"])
