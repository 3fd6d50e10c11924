"""What came of a class, for people and for programs; whatever participants called themselves."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from quickstart.workshop.classroom.roster import Seat
from quickstart.workshop.instructor.roster import Aside, as_markdown, plain, summary
from tests.unit.workshop.instructor.test_record import workshop

PROXY: dict[str, Any] = {"code": "proxy-failed", "headline": "a proxy is in the way"}
SEATS = [
    Seat(1, "proven", name="Ada", seconds=0.42, at="2026-03-02T09:05:00+00:00"),
    Seat(2, "trouble", name="Grace", at="2026-03-02T09:06:00+00:00", **PROXY),
    Seat(3, "trouble", name="Linus", at="2026-03-02T09:07:00+00:00", **PROXY),
    Seat(4, "joined", at="2026-03-02T09:08:00+00:00"),
    Seat(5),
]


def test_everybody_who_came_is_in_it() -> None:
    told = summary(workshop(seats=5), SEATS, "2026-03-02T12:00:00+00:00", 7)
    assert told["counts"] == {"free": 1, "joined": 1, "proven": 1, "trouble": 2}
    assert [one["seat"] for one in told["participants"]] == [1, 2, 3, 4]
    assert told["participants"][0]["seconds"] == 0.42
    assert told["participants"][1]["trouble"] == {"code": "proxy-failed", "headline": "a proxy is in the way"}


def test_what_went_wrong_most_is_told_first() -> None:
    text = as_markdown(summary(workshop(seats=5), SEATS, "2026-03-02T12:00:00+00:00", 7))
    assert "4 of 5 seats taken, 1 proven, 7 runs recorded." in text
    assert "- a proxy is in the way (2 seats)" in text
    assert "| 1 | Ada | proven |" in text


def test_its_times_can_be_read_anywhere_and_any_day() -> None:
    text = as_markdown(summary(workshop(seats=5), SEATS, "2026-03-02T12:00:00+00:00", 7))
    opened, closed = re.search(r"Opened (.*?), closed (.*?)\. ", text).groups()  # type: ignore[union-attr]
    assert datetime.fromisoformat(opened) == datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert datetime.fromisoformat(closed) == datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_what_was_put_aside_is_told_with_where_it_is() -> None:
    told = summary(workshop(), [], "2026-03-02T12:00:00+00:00", 2, [Aside("seat-07 (earlier 0a1b2c)", 2)])
    assert told["put_aside"] == [{"experiment": "seat-07 (earlier 0a1b2c)", "runs": 2}]
    assert r"experiment seat\-07 \(earlier 0a1b2c\): 2 runs" in as_markdown(told)


def test_a_class_that_nobody_came_to_has_no_table() -> None:
    text = as_markdown(summary(workshop(), [], "2026-03-02T12:00:00+00:00", 0))
    assert "##" not in text


def test_a_name_cannot_become_markup() -> None:
    assert plain("<b>|x|</b> [a](b) `c`\n# d") == r"\<b\>\|x\|\</b\> \[a\]\(b\) \`c\` \# d"
    text = as_markdown(summary(workshop(), [Seat(1, "joined", name="a | b\n| c")], "2026-03-02T12:00:00+00:00", 0))
    assert r"| 1 | a \| b \| c | joined |" in text
