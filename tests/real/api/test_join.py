"""quickstart.join() in a cell of a real kernel: it sets that kernel; what a cloud notebook cannot reach is said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Home, new_home
from tests.real.api.kernel import kernel_of
from tests.real.workshop.participant.room import Room, opened

pytestmark = pytest.mark.matrix


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """A class that is open."""
    with opened(tmp_path_factory.mktemp("room"), seats=3) as made:
        yield made


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A participant's machine; no server is started on it."""
    return new_home(tmp_path)


def test_the_kernel_logs_into_the_seats_experiment(room: Room, home: Home) -> None:
    with kernel_of(home) as kernel:
        told = kernel.run(f"import quickstart\nmade = quickstart.join({room.text!r}, 'Ada')")
        assert told.status == "ok", told.traceback
        assert "Your seat" in told.text
        assert "█" in told.text  # a cell is as wide as a terminal
        assert "eval" not in told.text
        password = kernel.run('import os; print(os.environ["MLFLOW_TRACKING_PASSWORD"])').text.strip()
        assert len(password) == 32
        assert f"This Python now logs to {room.url}" in told.text
        logged = kernel.run(
            "import mlflow\nwith mlflow.start_run() as run: mlflow.log_metric('foo', 1)\n"
            "print(mlflow.get_experiment(run.info.experiment_id).name, made.env['MLFLOW_EXPERIMENT_NAME'])"
        )
        ours, meant = logged.text.split()[-2:]
        assert ours == meant
        assert room.seat(int(meant.partition("-")[2]))["state"] == "proven"


def test_a_mistyped_code_is_an_explanation_and_no_traceback(room: Room, home: Home) -> None:
    with kernel_of(home) as kernel:
        told = kernel.run(f"import quickstart\nquickstart.join({room.text[:-1]!r})")
    assert told.error == "SetupError"
    assert "1 too few" in told.traceback
    assert "participant.py" not in told.traceback


def test_a_cloud_notebook_cannot_reach_a_room(room: Room, home: Home) -> None:
    line = f"10.0.0.7:5443/{room.invitation.code.text}"
    with kernel_of(home, COLAB_RELEASE_TAG="release-colab_20260101") as kernel:
        told = kernel.run(f"import quickstart\nquickstart.join({line!r})")
    assert told.error == "SetupError"
    assert "10.0.0.7:5443 cannot be reached from Google Colab" in told.traceback
    assert "--url" in told.traceback
