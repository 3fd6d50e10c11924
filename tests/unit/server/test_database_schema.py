"""What a database is to an installed MLflow, told from revisions alone; the databases are real SQLite files."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from quickstart.errors import QuickstartError
from quickstart.server.database import RELEASES, REVISIONS, SchemaStatus, known_revisions, schema_status

OLDER, OWN, NEWER = "0584bdc529eb", "dc11669786a5", "f4a9b2c7d1e6"


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """A folder of packages whose MLflow knows two revisions, the older one first."""
    versions = tmp_path / "packages" / "mlflow" / "store" / "db_migrations" / "versions"
    versions.mkdir(parents=True)
    (versions / "b.py").write_text(f'revision = "{OWN}"\ndown_revision = "{OLDER}"\n', encoding="utf-8")
    (versions / "a.py").write_text(f"revision = '{OLDER}'\ndown_revision = None\n", encoding="utf-8")
    return tmp_path / "packages"


def database(folder: Path, revision: str | None, *statements: str) -> Path:
    """Make a database with MLflow's first tables at a revision."""
    file = folder / "mlflow.db"
    with closing(sqlite3.connect(file)) as connection, connection:
        for statement in ("CREATE TABLE experiments (experiment_id INTEGER)", "CREATE TABLE runs (run_uuid)"):
            connection.execute(statement)
        if revision:
            connection.execute("CREATE TABLE alembic_version (version_num)")
            connection.execute("INSERT INTO alembic_version VALUES (?)", (revision,))
        for statement in statements:
            connection.execute(statement)
    return file


A_RUN = "INSERT INTO runs VALUES ('1')"


def test_a_chain_of_revisions_is_read_from_the_migrations(packages: Path) -> None:
    assert known_revisions(packages) == [OLDER, OWN]
    assert known_revisions(packages / "elsewhere") == []


def test_the_installed_mlflow_ends_with_a_revision_that_its_release_is_known_by() -> None:
    mlflow = pytest.importorskip("importlib.metadata").distribution("mlflow")
    chain = known_revisions(Path(str(mlflow.locate_file(""))))
    installed = tuple(int(part) for part in mlflow.version.split(".")[:2])
    known = [one for one in chain if one in REVISIONS]
    assert known == list(REVISIONS)[: len(known)], "the table has them in MLflow's own order"
    assert tuple(int(part) for part in REVISIONS[known[-1]].split(".")[:2]) <= installed


def test_the_table_is_in_order_and_names_each_revision_once() -> None:
    releases = [tuple(map(int, release.split("."))) for release, _ in RELEASES]
    assert releases == sorted(releases)
    names = [one for _, revisions in RELEASES for one in revisions.split()]
    assert len(names) == len(set(names)) == len(REVISIONS)
    assert all(re.fullmatch(r"[0-9a-f]{12,13}", one) for one in names)


@pytest.mark.parametrize(
    ("revision", "statements", "judged"),
    [
        pytest.param(OWN, (A_RUN,), SchemaStatus("current", OWN, "3.17"), id="its own"),
        pytest.param(OWN, (), SchemaStatus("current", OWN, "3.17"), id="its own, empty"),
        pytest.param(OLDER, (A_RUN,), SchemaStatus("older", OLDER, "2.18"), id="older"),
        pytest.param(NEWER, (A_RUN,), SchemaStatus("newer", NEWER, "3.18"), id="newer"),
        pytest.param("ffffffffffff", (A_RUN,), SchemaStatus("newer", "ffffffffffff"), id="unheard of"),
        pytest.param(OLDER, (), SchemaStatus("unfinished", OLDER, "2.18"), id="broken off"),
        pytest.param(None, (), SchemaStatus("unfinished"), id="broken off at once"),
        pytest.param(None, (A_RUN,), SchemaStatus("older"), id="of a time before revisions"),
        pytest.param(
            OLDER,
            ("INSERT INTO experiments VALUES (0)",),
            SchemaStatus("unfinished", OLDER, "2.18"),
            id="with the experiment that every database has",
        ),
        pytest.param(
            OLDER,
            ("INSERT INTO experiments VALUES (7)",),
            SchemaStatus("older", OLDER, "2.18"),
            id="with an experiment that a person made",
        ),
        pytest.param(
            OLDER,
            (
                "CREATE TABLE _alembic_tmp_runs (run_uuid)",
                "DROP TABLE runs",
                "INSERT INTO _alembic_tmp_runs VALUES (1)",
            ),
            SchemaStatus("older", OLDER, "2.18"),
            id="whose runs are in a twin that a killed upgrade left",
        ),
    ],
)
def test_a_database_is_judged(
    tmp_path: Path, packages: Path, revision: str | None, statements: tuple[str, ...], judged: SchemaStatus
) -> None:
    assert schema_status(database(tmp_path, revision, *statements), packages) == judged


def test_what_is_not_there_is_missing_and_what_cannot_be_compared_unknown(tmp_path: Path, packages: Path) -> None:
    assert schema_status(tmp_path / "none.db", packages) == SchemaStatus("missing")
    assert schema_status(database(tmp_path, OLDER), None) == SchemaStatus("unknown", OLDER, "2.18")


@pytest.mark.parametrize("content", [b"no database at all, " * 100, b"SQLite format 3\0" + b"x" * 5000])
def test_what_is_no_database_is_damaged(tmp_path: Path, packages: Path, content: bytes) -> None:
    (tmp_path / "mlflow.db").write_bytes(content)
    with pytest.raises(QuickstartError, match="database-damaged"):
        schema_status(tmp_path / "mlflow.db", packages)


def test_a_database_of_another_program_is_not_taken_for_an_old_one(tmp_path: Path, packages: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as connection, connection:
        connection.execute("CREATE TABLE songs (title)")
        connection.execute("INSERT INTO songs VALUES ('one')")
    with pytest.raises(QuickstartError, match="database-damaged"):
        schema_status(tmp_path / "mlflow.db", packages)
