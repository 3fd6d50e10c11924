"""What is told of a class as it goes on."""

from __future__ import annotations

from typing import Any

import pytest

from quickstart.workshop.instructor.client import changes, running_status
from tests.unit.workshop.instructor.test_record import workshop


def state(*seats: tuple[int, str, str], **more: Any) -> dict[str, Any]:
    """Return a class's state as its server tells it."""
    told = [
        {"seat": number, "name": name, "state": how, "trouble": None, "at": None, "seconds": 0.5}
        for number, name, how in seats
    ]
    states = [how for _, _, how in seats]
    counts = {key: states.count(key) for key in ("free", "joined", "proven", "trouble")}
    usual = {"open": True, "locked": False, "expires": 2e9, "join_line": "quickstart join ...", "version": 1}
    return {**usual, "seats": told, "counts": counts, **more}


def test_the_contract_shows_of_a_seat_what_it_says() -> None:
    shown = running_status(workshop(), state((1, "Ada", "proven")))
    assert set(shown.seats[0].to_json()) == {"seat", "name", "state", "trouble", "at"}
    assert shown.address == "https://192.168.1.20:5443"


@pytest.mark.parametrize(("expires", "expired"), [(1.0, True), (4e9, False), (None, False)])
def test_a_code_that_expired_is_told_apart_from_a_locked_class(expires: float | None, expired: bool) -> None:
    assert running_status(workshop(), state(expires=expires, open=not expired)).expired is expired


def test_each_change_is_a_line_and_the_last_one_counts() -> None:
    before = running_status(workshop(), state((1, "", "free"), (2, "Grace", "joined")))
    after = running_status(workshop(), state((1, "Ada", "joined"), (2, "Grace", "proven")))
    assert changes(before, after) == ["seat 1 Ada joined", "seat 2 Grace proven (1 of 2 proven)"]
    assert changes(after, after) == []


def test_a_lock_is_a_change_too() -> None:
    before, after = (
        running_status(workshop(), state((1, "", "free"))),
        running_status(workshop(), state((1, "", "free"), open=False)),
    )
    assert changes(before, after) == ["no longer accepts participants (0 of 1 proven)"]
