"""Nothing of a person's is lost by undo, and nothing of ours stays unseen."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Home, free_port, ours


def start(home: Home, name: str, store: Path) -> None:
    """Start a server on a free port."""
    home.run("server", "start", "--name", name, "--port", str(free_port()), "--store", str(store))


@pytest.mark.matrix
def test_undo_leaves_a_persons_own_files_alone_and_another_servers_runs(home: Home) -> None:
    project = home.path / "project"
    (project / "artifacts").mkdir(parents=True)
    precious = project / "artifacts" / "model.bin"
    precious.write_text("precious", encoding="utf-8")
    start(home, "mine", project)
    refused = home.json("server", "start", "--name", "mine", "--store", str(home.path / "elsewhere"), status=1)
    assert refused["error"]["code"] == "already-running"
    home.run("undo", "mine", "--yes", "--delete-data")
    assert precious.read_text(encoding="utf-8") == "precious"

    shared = home.path / "shared"
    start(home, "one", shared)
    home.run("server", "stop", "--name", "one")
    start(home, "two", shared)
    home.run("undo", "one", "--yes", "--delete-data")
    assert (shared / "mlflow.db").exists()
    uri = home.json("server", "status", "--name", "two")["data"]["servers"][0]["url"]
    assert home.json("verify", uri)["status"] == "ok"


def test_undo_works_without_its_journal(home: Home) -> None:
    start(home, "local", home.path / "runs")
    (home.quickstart_home / "state" / "journal" / "local.jsonl").unlink()
    undone = home.json("undo", "--yes")["data"]
    assert [step["status"] for step in undone["undone"]][:2] == ["ok", "ok"]
    assert undone["kept"] == [str(home.path / "runs")]
    assert ours(home.quickstart_home) == []
    assert home.json("list")["data"]["connections"] == []
