"""What the tests of the participants' side share: one class that is open, and homes of participants."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import Home, new_home
from tests.real.workshop.participant.room import Room, opened

BEHIND = "class.test"  # a name that only the proxy of the tests knows


@pytest.fixture(scope="session")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """One class for all that only join it."""
    names = ("localhost", BEHIND)
    with opened(tmp_path_factory.mktemp("room"), seats=30, names=names) as made:
        yield made


@pytest.fixture
def laptop(tmp_path: Path) -> Callable[[str], Home]:
    """Return what makes a participant's machine."""
    return lambda name: new_home(tmp_path / name)


@pytest.fixture
def ada(laptop: Callable[[str], Home]) -> Home:
    """A participant's machine."""
    return laptop("ada")
