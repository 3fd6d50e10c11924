"""A seat as a participant reads it, in a shell and where Python itself joined."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import pytest

from quickstart.errors import ExitCode, Explanation
from quickstart.models import Connection, Secret, Stage, Verification
from quickstart.output.console import Screen
from quickstart.output.workshop import draw_join
from quickstart.results import Outcome
from quickstart.workshop.participant.results import ClientStatus, JoinResult, Seat

URI = "https://192.0.2.7:5443"
SEAT = Seat(7, "seat-07", Secret("p"), "Ada", False, "A class", {"id": "3", "name": "seat-07"}, None, "none", "3.1")
RESULT = JoinResult(
    seat=SEAT,
    connection=Connection("class", "server", URI, {"MLFLOW_TRACKING_SERVER_CERT_PATH": "/x.pem"}),
    verification=Verification(
        URI, (Stage("write", "ok", 0), Stage("read", "ok", 0)), 0, run={"url": f"{URI}/#/runs/1"}
    ),
    client=ClientStatus("/p", installed=True),
)
MISSING = replace(RESULT, client=ClientStatus("/p", installed=False, install="/p -m pip install mlflow-skinny"))
ERROR = Explanation("install-failed", "It failed.", "No disk.", "df -h", "", "more")


@pytest.fixture
def drawn(capsys: pytest.CaptureFixture[str]) -> Any:
    """Return what draws an outcome, and returns what is on stdout then."""

    def draw(outcome: Outcome, cell: bool | None = None) -> str:
        assert isinstance(outcome.result, JoinResult)
        draw_join(Screen("never", everything=sys.stdout), outcome.result, outcome, cell=cell)
        return capsys.readouterr().out

    return draw


def test_in_a_shell(drawn: Any) -> None:
    said = drawn(Outcome("join", RESULT))
    assert 'eval "$(' in said
    assert "leave set_experiment out" in said
    assert "iris-seat-07" in said
    assert "MLflow is missing" not in said


@pytest.mark.parametrize(("cell", "home"), [(True, "!"), (False, "")])
def test_where_python_joined_no_line_is_for_a_shell_to_evaluate(drawn: Any, cell: bool, home: str) -> None:
    said = drawn(Outcome("join", RESULT), cell)
    for words in ("eval", "grep", "In this shell"):
        assert words not in said
    assert 'os.environ["MLFLOW_TRACKING_PASSWORD"]' in said
    # A long path of quickstart's own stands on the next line.
    assert said.split("At home")[1].strip().startswith("!") is bool(home)


def test_in_powershell(drawn: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quickstart.system.shell.shell_of", lambda environment: "powershell")
    said = drawn(Outcome("join", RESULT))
    assert "--format powershell | Out-String | Invoke-Expression" in said
    assert "findstr PASSWORD" in said
    for words in ("eval", "grep"):
        assert words not in said


@pytest.mark.parametrize("status", [ExitCode.OK, ExitCode.CANCELLED])
def test_what_is_missing_after_the_proof_is_a_warning(drawn: Any, status: ExitCode) -> None:
    said = drawn(Outcome("join", MISSING, exit_code=status))
    assert "PROVEN" in said or "█" in said
    assert "MLflow is missing in /p:" in said
    assert "/p -m pip install mlflow-skinny" in said


def test_what_failed_after_the_proof_is_told_once(drawn: Any) -> None:
    said = drawn(Outcome("join", MISSING, ERROR, ExitCode.FAILED))
    assert "Your seat" in said
    assert "MLflow is missing" not in said


def test_before_the_proof(drawn: Any) -> None:
    begun = JoinResult(seat=SEAT)
    assert drawn(Outcome("join", begun, exit_code=ExitCode.CANCELLED)) == ""
    said = drawn(Outcome("join", begun, ERROR, ExitCode.FAILED))
    assert "Your seat" in said
    assert "Open it" not in said
