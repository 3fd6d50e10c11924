"""What the tests of the doctor share: a home in which no server is ever started."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Home, new_home


@pytest.fixture
def bare(tmp_path: Path) -> Home:
    """A home for commands that start no server, so that nothing has to be looked for afterwards."""
    return new_home(tmp_path / "bare")
