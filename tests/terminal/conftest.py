"""What the tests at a terminal share: a home in which no server is ever started."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Home, new_home


@pytest.fixture
def untouched(tmp_path: Path) -> Home:
    """A home in which no server is started."""
    return new_home(tmp_path)
