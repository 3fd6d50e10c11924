"""What is in a server's database, read without MLflow and without disturbing whoever writes to it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote


def counts(database: Path) -> tuple[int, int] | None:
    """Count what a person recorded; None where the database cannot be read.

    Args:
        database: MLflow's SQLite file. Its tables have had these names and columns since MLflow 1.0.

    Returns:
        The number of experiments that hold a run, and of runs; what was deleted is not counted.
    """
    uri = f"file:{quote(database.as_posix())}?mode=ro"
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=0.2)) as connection:
            query = (
                "SELECT count(DISTINCT experiment_id), count(*) FROM runs JOIN experiments USING (experiment_id) "
                "WHERE runs.lifecycle_stage = 'active' AND experiments.lifecycle_stage = 'active'"
            )
            experiments, runs = connection.execute(query).fetchone()
    except sqlite3.Error:
        return None
    return int(experiments), int(runs)
