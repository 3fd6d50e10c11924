"""From nothing to a proven run, once more, and back to nothing."""

from __future__ import annotations

from tests.conftest import Home


def test_one_command_leads_to_a_proven_run_and_undo_takes_it_back(home: Home) -> None:
    first = home.json("--yes")
    data = first["data"]
    assert first["status"] == "ok"
    assert data["verification"]["metrics"] == {"foo": 1.0, "bar": 2.0}
    assert [step["status"] for step in data["steps"]] == ["ok", "ok", "ok"]

    again = home.json("--yes")["data"]
    assert [step["status"] for step in again["steps"]] == ["ok", "skip", "skip"]
    assert again["connection"] == data["connection"]
    assert again["verification"]["run"]["id"] != data["verification"]["run"]["id"]

    undone = home.json("undo", "--yes")["data"]
    assert undone["kept"] == [str(home.quickstart_home / "data" / "local")]
    assert home.json("list")["data"] == {"connections": []}
    assert home.json("server", "status")["data"] == {"servers": []}
