"""One classroom server for each module of tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.real.workshop.classroom.room import Room, open_room


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    with open_room(tmp_path_factory.mktemp("room"), seats=40, upload_limit=100_000) as opened:
        yield opened
