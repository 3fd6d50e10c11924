"""The oldest MLflow that holds a class keeps seats apart as the newest does; the one before it is refused."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from quickstart.runtime.process import SCRIPTS
from tests.real.conftest import make_environment
from tests.real.workshop.classroom.test_ids import (
    READING,
    WRITING,
    Things,
    changes_nothing,
    reads_nothing,
    sends_no_spans,
)
from tests.real.workshop.classroom.workshop_server import WorkshopServer, run_workshop

pytestmark = pytest.mark.matrix


def test_the_oldest_keeps_seats_apart(tmp_path: Path) -> None:
    python = make_environment(tmp_path / "venv", "mlflow[auth]==3.17.0")
    with run_workshop(tmp_path, python=str(python)) as workshop:
        ada, ben = Things(workshop.sit("Ada")), Things(workshop.sit("Ben"))
        for asked in READING:
            reads_nothing(ada, ben, asked)
        for asked, body in WRITING:
            changes_nothing(ada, ben, asked, body)
        sends_no_spans(ada, ben)


def test_one_that_is_too_old_is_refused(tmp_path: Path) -> None:
    python = make_environment(tmp_path / "venv", "mlflow[auth]==3.16.*")
    workshop = WorkshopServer(tmp_path)
    done = subprocess.run(
        [str(python), str(SCRIPTS / "server_app.py"), "auto", "127.0.0.1", str(workshop.port), "--"],
        env={**os.environ, "QUICKSTART_CLASSROOM": str(workshop.settings_file), "MLFLOW_DISABLE_TELEMETRY": "true"},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )
    assert done.returncode == 97
    assert "3.17 or newer" in json.loads(done.stdout)["quickstart"]["detail"]
