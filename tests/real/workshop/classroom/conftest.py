"""One workshop server for each module of tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.real.workshop.classroom.workshop_server import WorkshopServer, run_workshop


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkshopServer]:
    with run_workshop(tmp_path_factory.mktemp("workshop"), seats=40, upload_limit=100_000) as opened:
        yield opened
