"""What is told of an error that a server answers with."""

from __future__ import annotations

import pytest

from quickstart.tracking.rest import _gist

RAISED = "(raised as a result of Query-invoked autoflush; consider using a session.no_autoflush block)\n"


@pytest.mark.parametrize(
    ("message", "gist"),
    [
        (
            f"{RAISED}(sqlite3.OperationalError) attempt to write a readonly database\n[SQL: INSERT INTO runs]",
            "attempt to write a readonly database",
        ),
        ("(psycopg2.errors.DiskFull) could not extend file", "(psycopg2.errors.DiskFull) could not extend file"),
        ("(psycopg2.OperationalError) server closed the connection\n\tThis means", "server closed the connection"),
        ("No Experiment with id=7 exists", "No Experiment with id=7 exists"),
        ("x" * 1000, "x" * 300),
    ],
)
def test_of_a_databases_error_what_it_says_is_told_and_not_the_statement(message: str, gist: str) -> None:
    assert _gist(message) == gist
