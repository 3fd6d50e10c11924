"""Which MLflow created a database, and whether the installed one can open it, judged by schema revisions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from quickstart.errors import QuickstartError
from quickstart.server import database as db

SchemaState = Literal["missing", "current", "unfinished", "older", "newer", "unknown"]

# MLflow release: the revisions of the schema that it introduced, oldest first. Read from the wheels of 1.1 to 3.18;
# revisions of a release that was never published count for the next.
RELEASES: tuple[tuple[str, str], ...] = (
    ("1.1", "451aebb31d03 90e64c465722 181f10493468"),
    ("1.8", "df50e92ffc5e 7ac759974ad8 89d4b8295536 2b4d017a5e9b cfd24bdc0731 0a8213491aaa"),
    ("1.10", "728d730b5ebd 27a6a02d2cf1"),
    ("1.11", "84291f40a231"),
    ("1.14", "a8c4a736bde6"),
    ("1.15", "39d1c3be5f05"),
    ("1.16", "c48cb773bb87"),
    ("1.25", "bd07f7e963c5"),
    ("1.28", "0c779009ac13 cc1f77228345"),
    ("1.29", "97727af70f4d"),
    ("2.3", "3500859a5d39"),
    ("2.4", "7f2a7d5fae7d"),
    ("2.8", "2d6e25af4d3e acf3f17fdcc7"),
    ("2.13", "867495a8f9d4"),
    ("2.14", "5b0e9adcef9c"),
    ("2.15", "4465047574b1"),
    ("2.17", "f5a4f2784254"),
    ("2.18", "0584bdc529eb"),
    ("3.0", "400f98739977 6953534de441"),
    ("3.1.4", "bda7b8c39065"),
    ("3.2", "cbc13b556ace 770bee3ae1dd"),
    ("3.3", "a1b2c3d4e5f6 de4033877273 1a0cddfcaa16"),
    ("3.4", "534353b11cbc 71994744cf8e"),
    ("3.5", "3da73c924c2f bf29a5ff90ea"),
    ("3.8", "1bd49d398cd23"),
    ("3.9", "b7c8d9e0f1a2 5d2d30f0abce c9d4e5f6a7b8 2c33131f4dae d3e4f5a6b7c8"),
    ("3.10", "d0e1f2a3b4c5 c8d9e0f1a2b3 1b5f0d9ad7c1"),
    ("3.12", "e1f2a3b4c5d6 76601a5f987d c3d6457b6d8a a5b4c3d2e1f0 ae8bbe7743c9 7d34483879f0"),
    ("3.13", "da6fb0208061"),
    ("3.14", "89d3d66ed43f b7e4c1a90f23"),
    ("3.15", "a8b9c0d1e2f3 c1d2e3f4a5b6 c3d9e7f1a2b4 6f8d9c3b2a1e"),
    ("3.16", "1971f2d9a75b 17e22815139b b7e2c1a4d9f3"),
    ("3.17", "75868b020152 dc11669786a5"),
    ("3.18", "e7d1f4b2a9c6 8b6ad64cb8f5 f4a9b2c7d1e6"),
)
REVISIONS: Mapping[str, str] = {one: release for release, revisions in RELEASES for one in revisions.split()}


@dataclass(frozen=True)
class SchemaStatus:
    """Whether an installed MLflow can open a database.

    Args:
        state: "current": it can be opened; "unfinished": its creation was interrupted, and it is empty;
            "older": it must be upgraded first; "newer": only a newer MLflow can open it; "unknown": undecided.
        revision: of its schema.
        release: the first MLflow release with that schema, such as "2.18", if known.
    """

    state: SchemaState
    revision: str | None = None
    release: str | None = None


def release_of(revision: str | None) -> str | None:
    return REVISIONS.get(revision or "")


def known_revisions(packages: Path) -> Sequence[str]:
    """Return the revisions that the MLflow in a folder knows, oldest first; the last is its own."""
    before: dict[str, str | None] = {}
    for file in (packages / "mlflow" / "store" / "db_migrations" / "versions").glob("*.py"):
        text = file.read_text(encoding="utf-8", errors="replace")
        own = re.search(r"^revision\s*=\s*[\"'](\w+)[\"']", text, re.MULTILINE)
        down = re.search(r"^down_revision\s*=\s*[\"'](\w+)[\"']", text, re.MULTILINE)
        if own:
            before[own[1]] = down[1] if down else None
    after = {down: own for own, down in before.items()}
    chain: list[str] = []
    while (follows := after.get(chain[-1] if chain else None)) and follows not in chain:
        chain.append(follows)
    return chain


def schema_status(database: Path, packages: Path | None) -> SchemaStatus:
    """Change nothing; raise "database-damaged" or "database-locked"."""
    if not database.exists():
        return SchemaStatus("missing")
    known = known_revisions(packages) if packages else ()
    with db.open_database(database, patience=5.0) as connection:
        revision = db.read_revision(connection)
        release = release_of(revision)
        if not known:
            return SchemaStatus("unknown", revision, release)
        if revision == known[-1]:
            return SchemaStatus("current", revision, release)
        if db.is_empty(connection):
            return SchemaStatus("unfinished", revision, release)
        if revision in known:
            return SchemaStatus("older", revision, release)
        if revision is None:  # MLflow had no revisions before 1.1
            if "experiments" in db.table_names(connection):
                return SchemaStatus("older")
            raise QuickstartError("database-damaged", database=str(database), detail="it has no tables of MLflow")
        return SchemaStatus("newer", revision, release)
