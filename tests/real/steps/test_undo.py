"""The journal: what a killed wizard began is finished or taken back; runs stay unless they are to go."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Home, ours
from tests.messages import fix_of
from tests.real.helpers import begin, eventually, journal_of, metrics_of, record_of, runs_in, server_of, whole_tree

EXAMPLE = "log_mlflow_with_localhost.py"


def begun_steps(home: Home) -> list[str]:
    """Return the ids of the steps that the journal says were begun."""
    try:
        lines = journal_of(home).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    return [line["step"]["id"] for line in map(json.loads, lines) if line["event"] == "begin"]


def recorded(home: Home) -> dict[str, Any]:
    """Return what is remembered of the server, or nothing yet."""
    try:
        value: dict[str, Any] = json.loads(record_of(home).read_text(encoding="utf-8"))
    except OSError:
        return {}
    return value


def killed(wizard: subprocess.Popen[str]) -> None:
    """Kill a wizard, and it alone; it must not have come to its end before."""
    assert wizard.poll() is None
    wizard.kill()
    wizard.communicate()


def test_a_wizard_killed_half_way_twice_is_followed_by_one_that_succeeds_and_by_an_undo_of_all(home: Home) -> None:
    wizard = begin(home, "--yes")
    eventually("the server's step is begun", lambda: "start-server:local" in begun_steps(home))
    killed(wizard)

    wizard = begin(home, "--yes")
    half_started = eventually("the server's process is there", lambda: recorded(home).get("pid"))
    killed(wizard)
    assert recorded(home)["mlflow_version"] is None

    document = home.json("--yes")
    assert document["data"]["verification"]["metrics"] == {"foo": 1.0, "bar": 2.0}
    server = server_of(home)
    assert {one.pid for one in ours(home.quickstart_home)} == {one.pid for one in whole_tree(server["pid"])}
    assert half_started

    with journal_of(home).open("a", encoding="utf-8") as journal:
        journal.write('{"event": "begin", "step": {"id": "torn by a ki')
    undone = home.json("undo", "--yes")["data"]
    assert [step["id"] for step in undone["undone"]] == [
        "save-connection:local",
        "start-server:local",
        "create-store:local",
    ]
    assert undone["kept"] == [server["store"]]
    assert (Path(server["store"]) / "mlflow.db").exists()
    assert ours(home.quickstart_home) == []
    assert not journal_of(home).exists()
    assert home.json("list")["data"] == {"connections": []}
    assert home.json("server", "status")["data"] == {"servers": []}

    assert home.json("undo", "--yes")["data"] == {"undone": [], "kept": []}
    assert "Nothing to undo." in home.run("undo", "--yes").out


def test_undo_of_a_wizard_killed_half_way_takes_back_what_it_began(home: Home) -> None:
    wizard = begin(home, "--yes")
    eventually("the server's process is there", lambda: recorded(home).get("pid"))
    killed(wizard)
    undone = home.json("undo", "--yes")["data"]["undone"]
    assert [(step["id"], step["status"]) for step in undone] == [
        ("start-server:local", "ok"),
        ("create-store:local", "skip"),
    ]
    assert ours(home.quickstart_home) == []
    assert home.json("server", "status")["data"] == {"servers": []}


def test_an_unknown_name_cannot_be_undone(home: Home) -> None:
    refused = home.json("undo", "nobody", "--yes", status=2)
    assert refused["error"]["code"] == "unknown-connection"


def test_undo_without_anybody_to_ask_takes_nothing_back(home: Home) -> None:
    journal_of(home).parent.mkdir(parents=True)
    journal_of(home).write_text("", encoding="utf-8")
    refused = home.json("undo", status=4)
    assert refused["error"]["code"] == "answer-needed"
    assert "undo --yes" in fix_of(refused["error"])


def test_the_example_script_logs_a_run_is_never_overwritten_and_goes_only_if_nobody_changed_it(home: Home) -> None:
    folders = [home.path / name for name in ("kept as it is", "changed", "somebody else's")]
    for folder in folders:
        folder.mkdir()
    unchanged, changed, foreign = (folder / EXAMPLE for folder in folders)
    foreign.write_text("print('mine')\n", encoding="utf-8")

    statuses = []
    for folder in folders:
        steps = replace(home, cwd=folder).json("--yes", "--write-script")["data"]["steps"]
        statuses.append({step["id"].split(":")[0]: step["status"] for step in steps}["write-example"])
    assert statuses == ["ok", "ok", "skip"]
    assert foreign.read_text(encoding="utf-8") == "print('mine')\n"

    uri = server_of(home)["url"]
    before = set(runs_in(uri))
    subprocess.run([sys.executable, EXAMPLE], check=True, timeout=120, cwd=unchanged.parent, env=home.environment)
    (run_id,) = set(runs_in(uri)) - before
    assert metrics_of(uri, run_id) == {"foo": 1.0, "bar": 2.0}

    changed.write_text(changed.read_text(encoding="utf-8") + "# my own line\n", encoding="utf-8")
    again = replace(home, cwd=changed.parent).json("--yes", "--write-script")["data"]["steps"]
    assert again[-1]["status"] == "skip"
    assert changed.read_text(encoding="utf-8").endswith("# my own line\n")

    store = home.quickstart_home / "data" / "local"
    (store / "notes.txt").write_text("mine too", encoding="utf-8")
    undone = home.json("undo", "--yes", "--delete-data")["data"]
    assert (unchanged.exists(), changed.exists(), foreign.exists()) == (False, True, True)
    assert undone["kept"] == []
    assert [path.name for path in store.iterdir()] == ["notes.txt"], (
        "the database and the artifacts are gone, and nothing else"
    )


@pytest.mark.parametrize(
    "options",
    [
        (
            "--yes",
            "--dry-run",
        ),
        ("--yes", "--dry-run", "--yes", "--write-script"),
    ],
)
def test_a_dry_run_leaves_no_trace(home: Home, options: tuple[str, ...]) -> None:
    document = home.json(*options)
    assert [step["id"] for step in document["data"]["plan"]] == [
        "create-store:local",
        "start-server:local",
        "save-connection:local",
    ]
    assert not home.quickstart_home.exists()
    assert list(home.cwd.iterdir()) == []
