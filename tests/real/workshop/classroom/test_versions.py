"""The oldest MLflow that holds a class keeps seats apart as the newest does; the one before it is refused."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from quickstart.runtime.process import SCRIPTS
from tests.real.conftest import make_environment
from tests.real.workshop.classroom.room import Room, open_room
from tests.real.workshop.classroom.test_ids import (
    READING,
    WRITING,
    Things,
    changes_nothing,
    reads_nothing,
    sends_no_spans,
)

pytestmark = pytest.mark.matrix


def test_the_oldest_keeps_seats_apart(tmp_path: Path) -> None:
    python = make_environment(tmp_path / "venv", "mlflow[auth]==3.17.0")
    with open_room(tmp_path, python=str(python)) as room:
        ada, ben = Things(room.sit("Ada")), Things(room.sit("Ben"))
        for asked in READING:
            reads_nothing(ada, ben, asked)
        for asked, body in WRITING:
            changes_nothing(ada, ben, asked, body)
        sends_no_spans(ada, ben)


def test_one_that_is_too_old_is_refused(tmp_path: Path) -> None:
    python = make_environment(tmp_path / "venv", "mlflow[auth]==3.16.*")
    room = Room(tmp_path)
    done = subprocess.run(
        [str(python), str(SCRIPTS / "server_app.py"), "auto", "127.0.0.1", str(room.port), "--"],
        env={**os.environ, "QUICKSTART_CLASSROOM": str(room.settings_file), "MLFLOW_DISABLE_TELEMETRY": "true"},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )
    assert done.returncode == 97
    assert "3.17 or newer" in json.loads(done.stdout)["quickstart"]["detail"]
