"""What participants export can be opened anywhere: numbers stay numbers, and nothing becomes a formula."""

from __future__ import annotations

import pytest

from quickstart.workshop.exporting import _cell, _last


@pytest.mark.parametrize("value", ["-0.1", "+3", "1e-3", "-1E+5", "adam", "", 0.5, None])
def test_what_is_no_formula_stays_as_it_is(value: object) -> None:
    assert _cell(value) == value


@pytest.mark.parametrize("value", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1"])
def test_a_spreadsheet_takes_nothing_for_a_formula(value: str) -> None:
    assert _cell(value) == f"'{value}"


def test_the_last_value_is_that_of_the_latest_step_and_then_the_latest_time() -> None:
    points = [{"step": 1, "timestamp": 5, "value": 1.0}, {"step": 1, "timestamp": 9, "value": 2.0}]
    assert _last([*points, {"step": 0, "timestamp": 99, "value": 3.0}]) == 2.0
