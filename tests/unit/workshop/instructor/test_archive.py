"""An archive from somebody else cannot make a class show files of this machine."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from quickstart.workshop.instructor.archive import location_outside


def database(folder: Path, location: str | None) -> Path:
    """Return a database with one run whose files are somewhere; it has no logged models, as an older one."""
    path = folder / "mlflow.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE experiments (artifact_location TEXT)")
        connection.execute("CREATE TABLE runs (artifact_uri TEXT)")
        connection.execute("CREATE TABLE model_versions (source TEXT, storage_location TEXT)")
        connection.execute("INSERT INTO experiments VALUES ('mlflow-artifacts:/1')")
        connection.execute("INSERT INTO model_versions VALUES ('models:/m-1', NULL)")
        connection.execute("INSERT INTO runs VALUES (?)", (location,))
    return path


@pytest.mark.parametrize("location", ["mlflow-artifacts:/1/2/artifacts", "s3://bucket/1", "", None])
def test_what_is_reached_through_the_server_or_lies_elsewhere_is_fine(tmp_path: Path, location: str | None) -> None:
    assert location_outside(database(tmp_path, location)) is None


@pytest.mark.parametrize(
    "location", ["file:///etc", "FILE:/etc", "/etc", "./mlruns/1", "mlruns", "C:\\Users", "c:/Users", "\\\\host\\share"]
)
def test_a_path_of_this_machine_is_found(tmp_path: Path, location: str) -> None:
    assert location_outside(database(tmp_path, location)) == location
