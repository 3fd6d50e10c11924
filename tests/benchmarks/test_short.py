"""The benchmarks measure what they say. How fast that is, is theirs to print and nobody's to assert."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks import workshop
from tests.benchmarks.rounds import measure
from tests.benchmarks.table import CLIENTS, HEADER, NAMES, draw, lines

SHORT_CLIENTS = 20


@pytest.mark.matrix
def test_one_short_round_fills_every_row_of_the_table(tmp_path: Path) -> None:
    samples = measure(tmp_path, rounds=1, clients=SHORT_CLIENTS)
    table = lines(samples)
    assert [line.name for line in table] == list(NAMES)
    assert {line.name: (line.ours, line.theirs) for line in table if min(line.ours, line.theirs) <= 0} == {}
    assert [line.reached for line in table if line.name == CLIENTS] == [True]
    assert samples.crowds["ours"].succeeded == SHORT_CLIENTS
    assert list(tmp_path.iterdir()) == []

    drawn = draw(table).splitlines()
    assert len(drawn) == 2 + len(NAMES)
    assert {line.count(" | ") for line in drawn} == {len(HEADER) - 1}


@pytest.mark.matrix
def test_a_short_class_fills_every_row_of_its_table(tmp_path: Path) -> None:
    lines = workshop.measure(tmp_path, seats=4, spread=1.0, rounds=1, progress=lambda _: None)

    ours, theirs = " ".join(line.ours for line in lines), " ".join(line.theirs for line in lines)
    assert ours.count("4 of 4") == 2  # at once, and spread
    assert "4 of 4 in" in theirs
    assert len(lines) == 7
    assert [line.what for line in lines if not line.ours] == []
    assert list(tmp_path.iterdir()) == []
