"""What participants export can be opened anywhere: numbers stay numbers, and nothing becomes a formula."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from quickstart.events import no_progress
from quickstart.workshop.instructor import export
from quickstart.workshop.instructor.export import _cell, _last


@pytest.mark.parametrize("value", ["-0.1", "+3", "1e-3", "-1E+5", "adam", "", 0.5, None])
def test_what_is_no_formula_stays_as_it_is(value: object) -> None:
    assert _cell(value) == value


@pytest.mark.parametrize("value", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1"])
def test_a_spreadsheet_takes_nothing_for_a_formula(value: str) -> None:
    assert _cell(value) == f"'{value}"


def test_the_last_value_is_that_of_the_latest_step_and_then_the_latest_time() -> None:
    points = [{"step": 1, "timestamp": 5, "value": 1.0}, {"step": 1, "timestamp": 9, "value": 2.0}]
    assert _last([*points, {"step": 0, "timestamp": 99, "value": 3.0}]) == 2.0


@pytest.mark.parametrize(
    ("run", "name"), [("../../out", "model"), ("r1", "../../../../out"), ("r1", "/out"), ("..", ".."), ("r1", "a/b\\c")]
)
def test_nothing_is_written_beside_the_export_whatever_an_archive_calls_it(
    run: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, ready = tmp_path / "kept", tmp_path / "to" / "export"
    for place in (kept / "1" / "r1" / "artifacts", kept / "1" / "models" / "m-1" / "artifacts"):
        place.mkdir(parents=True)
        (place / "x.txt").write_text("x")
    ready.mkdir(parents=True)
    monkeypatch.setattr(export, "server_of", lambda workshop: SimpleNamespace(artifacts=kept))
    before = {path for path in tmp_path.rglob("*") if not path.is_relative_to(ready)}
    found = [{"run_id": run, "artifact_uri": "mlflow-artifacts:/1/r1/artifacts", "models": {"m-1": name}}]
    assert export._artifacts(SimpleNamespace(), found, ready, no_progress) == 2  # type: ignore[arg-type]
    assert {path for path in tmp_path.rglob("*") if not path.is_relative_to(ready)} == before
    assert len(list(ready.glob("artifacts/*/**/x.txt"))) == 2
