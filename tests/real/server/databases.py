"""Databases and folders of runs as other MLflows leave them, made by the installed MLflow's own migrations."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

RUN_ID = "0123456789abcdef0123456789abcdef"
OLD = "0584bdc529eb"  # MLflow 2.18 to 2.22

MAKE = """
import sys
import sqlalchemy
from alembic import command
from mlflow.store.db.utils import InitialBase, _get_alembic_config
uri, revision = sys.argv[1:]
engine = sqlalchemy.create_engine(uri)
InitialBase.metadata.create_all(engine)
config = _get_alembic_config(uri)
with engine.begin() as connection:
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
"""


def make_database(file: Path, revision: str) -> None:
    """Make an empty database whose schema is that of a revision."""
    command = [sys.executable, "-c", MAKE, f"sqlite:///{file}", revision]
    subprocess.run(command, check=True, capture_output=True, timeout=120, cwd=file.parent)


def add_run(file: Path) -> None:
    """Record a run with foo=1 in a database of any revision since MLflow 1.1."""
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage) "
                         "VALUES (0, 'Default', 'mlflow-artifacts:/0', 'active')")  # fmt: skip
        database.execute(
            "INSERT INTO runs (run_uuid, name, user_id, experiment_id, status, start_time, lifecycle_stage, "
            "artifact_uri) VALUES (?, 'old-run', 'me', 0, 'FINISHED', 1, 'active', ?)",
            (RUN_ID, f"mlflow-artifacts:/0/{RUN_ID}/artifacts"),
        )
        for table in ("metrics", "latest_metrics"):
            database.execute(
                f"INSERT INTO {table} (key, value, timestamp, run_uuid, step, is_nan) VALUES ('foo', 1, 1, ?, 0, 0)",
                (RUN_ID,),
            )


def set_revision(file: Path, revision: str) -> None:
    """Make a database look as if another MLflow had made it."""
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = ?", (revision,))


def revision_of(file: Path) -> str:
    """Return a database's revision."""
    with closing(sqlite3.connect(file)) as database:
        return str(database.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def runs_of(file: Path) -> list[str]:
    """Return the ids of the runs in a database."""
    with closing(sqlite3.connect(file)) as database:
        return [run for (run,) in database.execute("SELECT run_uuid FROM runs")]


def make_mlruns(folder: Path) -> Path:
    """Make a folder of runs as MLflow 2 kept them: one experiment with one run; return it."""
    experiment = folder / "mlruns" / "0"
    run = experiment / RUN_ID
    for part in ("metrics", "params", "tags", "artifacts"):
        (run / part).mkdir(parents=True)
    (experiment / "meta.yaml").write_text(
        f"artifact_location: {experiment.as_uri()}\ncreation_time: 1\nexperiment_id: '0'\nlast_update_time: 1\n"
        "lifecycle_stage: active\nname: Default\n",
        encoding="utf-8",
    )
    (run / "meta.yaml").write_text(
        f"artifact_uri: {(run / 'artifacts').as_uri()}\nend_time: 2\nentry_point_name: ''\nexperiment_id: '0'\n"
        f"lifecycle_stage: active\nrun_id: {RUN_ID}\nrun_name: old-run\nrun_uuid: {RUN_ID}\nsource_name: ''\n"
        "source_type: 4\nsource_version: ''\nstart_time: 1\nstatus: 3\ntags: []\nuser_id: me\n",
        encoding="utf-8",
    )
    (run / "metrics" / "foo").write_text("1 1.0 0\n", encoding="utf-8")
    (run / "params" / "lr").write_text("0.1", encoding="utf-8")
    (run / "artifacts" / "model.bin").write_bytes(b"model")
    return folder / "mlruns"


def copy_into(file: Path, store: Path) -> Path:
    """Copy a database into a store that is made for it, and return it there."""
    store.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copy(file, store / "mlflow.db"))
