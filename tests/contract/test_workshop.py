"""A class from its opening to its archive, and a participant on another machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Home, end_servers, lasting_port, new_home
from tests.contract.golden import Documents, check_files

pytestmark = pytest.mark.matrix


@pytest.fixture
def instructor(tmp_path: Path) -> Iterator[Home]:
    """The machine on which the class is opened."""
    made = new_home(tmp_path / "instructor")
    yield made
    end_servers(made)


def test_a_class(instructor: Home, tmp_path: Path, documents: Documents) -> None:
    line = ("workshop", "open", "--port", str(lasting_port()), "--seats", "4", "--title", "Monday")
    opened = documents.run("open", instructor, *line)
    documents.run("open again", instructor, "workshop", "open")
    documents.run("open with less seats", instructor, "workshop", "open", "--port", "6000", status=2)
    ada = new_home(tmp_path / "ada")
    place = opened["data"]["join"].removeprefix("quickstart join ")
    address, _, code = place.partition("/")
    place = f"127.0.0.1:{address.rpartition(':')[2]}/{code}"
    documents.run("join with another code", ada, "join", place[:-4] + ("AAAA" if place[-4:] != "AAAA" else "BBBB"),
                  status=1)  # fmt: skip
    documents.run("join", ada, "join", place, "--name", "Ada")
    check_files("join", ada)
    documents.run("status", instructor, "workshop", "status")
    check_files("workshop_open", instructor)
    documents.run("rehearse", instructor, "workshop", "rehearse", "--seats", "2")
    documents.run("lock", instructor, "workshop", "lock")
    documents.run("unlock", instructor, "workshop", "unlock")
    documents.run("handout", instructor, "workshop", "handout")
    documents.run("export", instructor, "workshop", "export", "1", "--to", "of-ada")
    documents.run("export over another", instructor, "workshop", "export", "1", "--to", "of-ada", status=2)
    documents.run("free of no seat", instructor, "workshop", "free", "99", status=2)
    documents.run("undo of a seat", ada, "undo", "--yes")
    check_files("join_undone", ada)
    documents.run("join again", ada, "join", place)
    documents.run("free", instructor, "workshop", "free", "1")
    documents.run("join another seat", ada, "join", place, status=None)
    documents.run("remove", instructor, "workshop", "remove", "2")
    documents.run("close", instructor, "workshop", "close", "--yes")
    documents.run("status of a closed class", instructor, "workshop", "status")
    documents.check("workshop")
    check_files("workshop_closed", instructor)
