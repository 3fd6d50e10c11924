"""What a class says no by, and what a participant reads and keeps then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from quickstart.workshop.participant.join_code import Code, Invitation
from tests.conftest import Home
from tests.messages import fix_of
from tests.real.methods.databricks.interpreters import bare_python
from tests.real.person import Person
from tests.real.workshop.participant.room import Room, opened

pytestmark = pytest.mark.matrix


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """A class of two seats, which the tests may steer."""
    with opened(tmp_path_factory.mktemp("small"), seats=2) as made:
        made.wait(2)
        yield made


@pytest.fixture(autouse=True)
def emptied(small: Room) -> None:
    """Nobody has a seat, and it is open."""
    for seat in small.state()["seats"]:
        if seat["state"] != "free":
            small.steer("free", seat=seat["seat"])
    small.steer("unlock")
    small.wait(2)


def files(home: Home) -> set[str]:
    """Return what is left of quickstart, but locks."""
    return {path.name for path in home.quickstart_home.rglob("*") if path.is_file() and path.suffix != ".lock"}


def test_a_wrong_code_leaves_nothing(small: Room, ada: Home) -> None:
    code = Code("A" * 8, small.fingerprint)
    text = Invitation("127.0.0.1", small.port, code).text
    document = ada.json("join", text, status=1)
    assert document["error"]["code"] == "wrong-code"
    assert files(ada) == set()


def test_a_full_class(small: Room, laptop: Callable[[str], Home]) -> None:
    first, second, third = (laptop(name) for name in ("one", "two", "three"))
    seat = first.json("join", small.text)["data"]["seat"]["seat"]
    second.json("join", small.text)
    document = third.json("join", small.text, status=1)
    assert document["error"]["code"] == "class-full"
    assert files(third) == set()
    # Who has a seat already is let in, full or not.
    assert first.json("join", small.text)["data"]["seat"]["seat"] == seat


def test_a_locked_class(small: Room, laptop: Callable[[str], Home]) -> None:
    inside, outside = laptop("inside"), laptop("outside")
    inside.json("join", small.text)
    small.steer("lock")
    assert outside.json("join", small.text, status=1)["error"]["code"] == "join-locked"
    assert inside.json("join", small.text)["data"]["seat"]["again"] is True


def test_a_seat_that_was_taken_away(small: Room, ada: Home) -> None:
    seat = ada.json("join", small.text)["data"]["seat"]["seat"]
    small.steer("free", seat=seat)
    assert ada.json("verify", status=3)["error"]["code"] == "seat-gone"
    small.wait(2)
    assert ada.json("join", small.text)["data"]["seat"]["again"] is False
    assert ada.json("verify")["status"] == "ok"


def test_without_mlflow_and_without_a_network_the_seat_is_kept(small: Room, ada: Home, tmp_path: Path) -> None:
    python = bare_python(tmp_path / "bare")
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "UV_INDEX_URL": "http://127.0.0.1:9/simple"}
    nowhere |= {"UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0", "UV_HTTP_TIMEOUT": "2"}
    document = ada.json("join", small.text, "--yes", "--python", str(python), status=1, **nowhere)
    assert document["error"]["code"] == "install-failed"
    assert f"{small.invitation.text} --python {python} --yes" in fix_of(document["error"])
    assert document["data"]["verification"]["metrics"] == {"foo": 1.0, "bar": 2.0}
    assert document["data"]["client"]["installed"] is False
    shown = small.seat(document["data"]["seat"]["seat"])
    assert (shown["state"], shown["trouble"]) == ("proven", None)
    assert ada.json("list")["data"]["connections"][0]["in_use"]
    ran = ada.run("join", small.text, "--yes", "--python", str(python), status=1, **nowhere)
    assert ran.out.splitlines()[0] == "PROVEN"


@pytest.mark.parametrize(("typed", "status"), [("n\r", 0), ("\x03", 130)], ids=["no", "Ctrl-C"])
def test_who_does_not_want_the_client_is_proven(
    small: Room, ada: Home, tmp_path: Path, typed: str, status: int
) -> None:
    pytest.importorskip("pexpect", reason="a pseudo-terminal is POSIX only")
    python = bare_python(tmp_path / "bare")
    person = Person(ada, "join", small.text, "--python", str(python))
    person.reads("MLflow is missing in")
    assert [one["state"] for one in small.state()["seats"]].count("proven") == 1
    person.types(typed)
    assert person.leaves() == status
    assert "Your seat" in person.raw
    assert "mlflow-skinny" in person.raw.partition("Your seat")[2]


def test_the_line_of_before_the_class_was_opened_anew(small: Room, ada: Home) -> None:
    ada.json("join", small.text)
    old = Invitation("127.0.0.1", small.port, Code("A" * 8, small.fingerprint)).text
    document = ada.json("join", old, status=1)
    assert document["error"]["code"] == "class-reopened"
    assert ada.json("verify")["status"] == "ok"


def test_a_machine_that_was_removed(small: Room, ada: Home) -> None:
    small.steer("remove", seat=ada.json("join", small.text)["data"]["seat"]["seat"])
    error = ada.json("join", small.text, status=1)["error"]
    assert error["code"] == "seat-removed"
    assert "undo" not in fix_of(error)
