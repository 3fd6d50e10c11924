"""What is advised after a rehearsal that did not go well."""

from __future__ import annotations

from pathlib import Path

import pytest

from quickstart.workshop.instructor.rehearse import HostResources, Rehearsal, advice, measure_host

GOOD = HostResources(cores=8, load=1.0, disk=0.002, files=1_000_000)


def rehearsal(last: float = 3.0, over: float = 0.0, **failures: int) -> Rehearsal:
    named = {code.replace("_", "-"): count for code, count in failures.items()}
    return Rehearsal(40, over, [last] * (40 - sum(failures.values())), last, named)


def test_nothing_where_all_went_well() -> None:
    assert advice(rehearsal(), HostResources(cores=1, load=50.0, disk=1.0, files=10), "two") == []


@pytest.mark.parametrize(
    ("done", "on", "words"),
    [
        (rehearsal(class_full=3), GOOD, "--seats MORE"),
        (rehearsal(room_closed=3), GOOD, "quickstart workshop status"),
        (rehearsal(not_through=3), HostResources(8, 1.0, 0.002, 50), "ulimit -n 240"),
        (rehearsal(40.0), HostResources(8, 1.0, 0.08, None), "takes 80 ms"),
        (rehearsal(40.0), HostResources(1, 1.0, 0.002, None), "two processors"),
        (rehearsal(40.0), HostResources(2, 9.0, 0.002, None), "9 on 2 processors"),
        (rehearsal(40.0), GOOD, "quickstart server logs"),
        (rehearsal(2.0, over=60.0), GOOD, "quickstart server logs"),
    ],
)
def test_the_likeliest_first(done: Rehearsal, on: HostResources, words: str) -> None:
    assert words in advice(done, on, "two")[0]


def test_a_crowd_at_once_is_told_how_a_class_begins() -> None:
    assert "--over 60" in advice(rehearsal(40.0), GOOD, "two")[-1]
    assert not [one for one in advice(rehearsal(2.0, over=60.0), GOOD, "two") if "--over" in one]


def test_the_ground_of_this_machine(tmp_path: Path) -> None:
    found = measure_host(tmp_path)
    assert found.cores >= 1
    assert found.disk is not None
    assert list(tmp_path.iterdir()) == []
    assert measure_host(tmp_path / "nowhere").disk is None


@pytest.mark.parametrize("code", ["class-full", "room-closed", "room-elsewhere", "x"])
def test_what_is_typed_names_the_class(code: str) -> None:
    lines = [line for line in advice(rehearsal(**{code: 3}), GOOD, "two") if "quickstart" in line]
    assert lines
    assert not [line for line in lines if " two" not in line.split("`")[1]]
