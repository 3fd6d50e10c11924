"""The saved connections, and which of them is in use."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from quickstart.errors import ExitCode, QuickstartError
from quickstart.models import Connection
from quickstart.state import files
from quickstart.state.connections import Connections
from tests.unit.conftest import POSIX_MODES, mode


def connection(name: str, port: int = 5000) -> Connection:
    return Connection(
        name, "local", f"http://127.0.0.1:{port}", {"MLFLOW_DISABLE_TELEMETRY": "true"}, "/env/bin/python"
    )


@pytest.fixture
def saved(place: Path) -> Connections:
    """Three connections, of which "b" is in use."""
    connections = Connections()
    for name in ("a", "b", "c"):
        connections.save(connection(name), use=name == "b")
    return connections


def in_use(connections: Connections) -> str | None:
    found = connections.in_use()
    return found.name if found else None


def test_at_first_there_is_none(place: Path) -> None:
    assert Connections().all() == {}
    assert Connections().in_use() is None
    assert not place.exists()


def test_what_is_saved_is_what_is_read(place: Path) -> None:
    Connections().save(connection("local"), use=True)
    assert Connections().all() == {"local": connection("local")}
    assert Connections().in_use() == connection("local")


@POSIX_MODES
def test_connections_are_their_owners_alone(saved: Connections) -> None:
    assert mode(saved.path) == "600"


def test_connections_keep_the_order_in_which_they_were_made(saved: Connections) -> None:
    saved.save(connection("a", 5001), use=False)
    assert list(saved.all()) == ["a", "b", "c"]
    assert saved.all()["a"] == connection("a", 5001)


def test_the_only_connection_is_in_use_without_being_asked(place: Path) -> None:
    Connections().save(connection("local"), use=False)
    assert in_use(Connections()) == "local"


def test_a_further_connection_is_in_use_only_where_asked(saved: Connections) -> None:
    assert in_use(saved) == "b"
    assert saved.use("c") == connection("c")
    assert in_use(saved) == "c"


def test_an_unknown_connection_cannot_be_used_and_changes_nothing(saved: Connections) -> None:
    with pytest.raises(QuickstartError) as unknown:
        saved.use("d")
    assert (unknown.value.code, unknown.value.exit_code) == ("unknown-connection", ExitCode.USAGE)
    assert unknown.value.facts == {"name": "d", "known": "a, b, c"}
    assert in_use(saved) == "b"


@pytest.mark.parametrize(
    ("forgotten", "fall_back_to", "then"),
    [("b", "c", "c"), ("b", None, None), ("b", "gone", None), ("b", "b", None), ("a", "c", "b")],
)
def test_forgetting_falls_back_to_what_was_in_use_before(
    saved: Connections, forgotten: str, fall_back_to: str | None, then: str | None
) -> None:
    assert saved.forget(forgotten, fall_back_to)
    assert forgotten not in saved.all()
    assert in_use(saved) == then


def test_forgetting_what_is_not_there_changes_nothing(saved: Connections) -> None:
    before = saved.path.read_bytes()
    assert not saved.forget("d", "a")
    assert saved.path.read_bytes() == before


def test_after_the_last_was_forgotten_the_next_one_is_in_use_again(place: Path) -> None:
    connections = Connections()
    connections.save(connection("a"), use=True)
    connections.forget("a")
    connections.save(connection("b"), use=False)
    assert in_use(connections) == "b"


@pytest.mark.parametrize(
    "value",
    [
        [],
        "text",
        7,
        {"connections": []},
        {"connections": {"a": None}, "in_use": "a"},
        {"connections": {"a": {"name": "a"}}, "in_use": "a"},
        {"connections": {"a": {"name": "a", "method": "m", "tracking_uri": "u", "colour": "red"}}, "in_use": "a"},
    ],
    ids=json.dumps,
)
def test_a_file_that_was_changed_by_hand_is_named(place: Path, value: object) -> None:
    files.write_json(Connections().path, value)
    with pytest.raises(QuickstartError) as damaged:
        Connections().all()
    assert damaged.value.code == "state-damaged"
    assert damaged.value.facts["path"] == str(Connections().path)
