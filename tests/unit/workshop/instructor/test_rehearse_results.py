"""What the result of a rehearsal says."""

from __future__ import annotations

from quickstart.workshop.instructor.rehearse import Rehearsal, describe_rehearsal, rehearsal_error
from tests.unit.workshop.instructor.test_record import workshop


def test_a_rehearsal_is_told_with_the_most_frequent_failure_first() -> None:
    done = Rehearsal(6, 0.0, (0.5, 1.0, 2.0), 2.5, {"no-answer": 1, "class-full": 2})
    told = describe_rehearsal(workshop(), done)
    assert (told.seats, told.proven, told.last) == (6, 3, 2.5)
    assert told.to_json()["failures"] == [{"code": "class-full", "count": 2}, {"code": "no-answer", "count": 1}]
    assert rehearsal_error(workshop(), done).facts["worst"] == "class-full"


def test_a_rehearsal_in_which_nobody_was_proven_has_no_times() -> None:
    told = describe_rehearsal(workshop(), Rehearsal(2, 0.0, (), 0.0, {"no-answer": 2}))
    assert (told.p50, told.p95, told.last) == (None, None, None)
