"""Joining a class: one's own seat, kept, proven, told to the board, and taken back."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from quickstart.runtime.install import install_command
from tests.conftest import Home
from tests.messages import fix_of
from tests.real.methods.databricks.interpreters import bare_python
from tests.real.methods.server.helpers import kept, secrets_file, stages
from tests.real.workshop.participant.room import Room


def join(home: Home, room: Room, *arguments: str, status: int = 0, **environment: str) -> dict[str, Any]:
    """Join, and return the document."""
    return home.json("join", room.text, *arguments, status=status, **environment)


def test_a_seat_of_ones_own(room: Room, ada: Home) -> None:
    document = join(ada, room, "--name", "Ada")
    seat, connection = document["data"]["seat"], document["data"]["connection"]
    assert document["command"] == "join"
    assert document["error"] is None
    assert connection["tracking_uri"] == room.url
    assert connection["method"] == "server"
    assert connection["env"]["MLFLOW_EXPERIMENT_NAME"] == seat["username"] == seat["experiment"]["name"]
    assert document["data"]["verification"]["metrics"] == {"foo": 1.0, "bar": 2.0}
    assert {name: status for name, (status, _) in stages(document).items()} == dict.fromkeys(
        ("tls", "auth", "write", "read"), "ok"
    )
    password = kept(ada, "class")["MLFLOW_TRACKING_PASSWORD"]
    assert password not in json.dumps(document)
    run = document["data"]["verification"]["run"]["id"]
    pem = connection["env"]["MLFLOW_TRACKING_SERVER_CERT_PATH"]
    found = requests.get(
        f"{room.url}/api/2.0/mlflow/runs/get",
        params={"run_id": run},
        auth=(seat["username"], password),
        verify=pem,
        timeout=30,
    ).json()["run"]
    assert found["info"]["experiment_id"] == seat["experiment"]["id"]
    assert found["info"]["status"] == "FINISHED"
    shown = room.seat(seat["seat"])
    assert (shown["name"], shown["state"], shown["trouble"]) == ("Ada", "proven", None)


def test_again_is_the_same_seat_and_a_name_can_come_later(room: Room, ada: Home) -> None:
    first = join(ada, room)["data"]["seat"]
    before = kept(ada, "class")
    again = join(ada, room, "--name", "Grace")["data"]["seat"]
    assert (first["again"], again["again"]) == (False, True)
    assert again["seat"] == first["seat"]
    assert room.seat(first["seat"])["name"] == "Grace"
    assert kept(ada, "class") != before  # a new password; the one of before goes on working
    connections = ada.json("list")["data"]["connections"]
    assert [one["name"] for one in connections] == ["class"]


def test_another_machine_gets_another_seat(room: Room, laptop: Callable[[str], Home]) -> None:
    seats = {join(laptop(name), room)["data"]["seat"]["seat"] for name in ("one", "two")}
    assert len(seats) == 2


def test_undo_leaves_nothing_and_goes_back_to_the_former_connection(room: Room, ada: Home) -> None:
    folder = ada.quickstart_home / "state"
    folder.mkdir(parents=True, mode=0o700)
    former = {"name": "former", "method": "server", "tracking_uri": "https://mlflow.example.org"}
    text = json.dumps({"in_use": "former", "connections": {"former": {**former, "env": {}, "python": ""}}})
    (folder / "connections.json").write_text(text)
    join(ada, room)
    assert [one["in_use"] for one in ada.json("list")["data"]["connections"]] == [False, True]
    undone = ada.json("undo", "--yes")["data"]["undone"]
    assert {one["status"] for one in undone} == {"ok"}
    assert [(one["name"], one["in_use"]) for one in ada.json("list")["data"]["connections"]] == [("former", True)]
    assert {path.name for path in folder.rglob("*") if path.is_file()} == {
        "connections.json",
        "connections.lock",
        "set-up.lock",
    }


def test_what_is_kept_is_for_the_owner_alone(room: Room, ada: Home) -> None:
    join(ada, room)
    files = [path for path in ada.quickstart_home.rglob("*") if path.is_file()]
    assert {"class.json", "connections.json"} <= {path.name for path in files}
    assert not [path for path in files if path.stat().st_mode & 0o077]
    password = kept(ada, "class")["MLFLOW_TRACKING_PASSWORD"]
    assert [path for path in files if password in path.read_text()] == [secrets_file(ada, "class")]


def test_verify_goes_on_working_and_stays_in_the_seats_own_experiment(room: Room, ada: Home) -> None:
    seat = join(ada, room)["data"]["seat"]
    document = ada.json("verify")
    assert document["data"]["experiment"] == seat["experiment"]
    assert {status for status, _ in stages(document).values()} == {"ok"}
    assert ada.json("doctor")["data"]["summary"]["fail"] == 0


@pytest.mark.matrix
def test_mlflows_own_client_logs_with_what_env_prints(room: Room, ada: Home) -> None:
    seat = join(ada, room)["data"]["seat"]
    lines = ada.run("env", "--format", "dotenv", "--with-secrets").out.splitlines()
    variables = dict(line.split("=", 1) for line in lines)
    script = "import mlflow\nwith mlflow.start_run() as run:\n    mlflow.log_text('hi', 'a.txt')\n"
    done = subprocess.run(
        [sys.executable, "-c", f"{script}print(run.info.experiment_id)"],
        capture_output=True,
        text=True,
        env={**os.environ, **ada.environment, **variables},
        cwd=ada.cwd,
        check=True,
    )
    assert done.stdout.split()[-1] == seat["experiment"]["id"]


def test_what_a_person_reads(room: Room, ada: Home) -> None:
    ran = ada.run("join", room.text, "--name", "Ada")
    assert ran.out.splitlines()[0] == "PROVEN"
    for words in ("Ada", "A class", room.url, "seat-", "--with-secrets", "quickstart undo"):
        assert words in ran.out, words
    assert kept(ada, "class")["MLFLOW_TRACKING_PASSWORD"] not in ran.out + ran.err


def test_a_code_in_small_letters_with_blanks_and_the_whole_line(room: Room, ada: Home) -> None:
    words = room.invitation.line.lower().replace("-", " ").split()
    assert ada.json("join", *words)["data"]["seat"]["username"]


def test_a_machine_that_cannot_run_its_python_has_its_seat_all_the_same(room: Room, ada: Home) -> None:
    ran = ada.run("join", room.text, "--name", "Ada L.", "--python", "/nowhere/python", status=2)
    assert ran.out.splitlines()[0] == "PROVEN"
    assert f"{room.invitation.line} --name 'Ada L.' --yes --python $(command -v python3)" in ran.err
    # Mended, and said once more.
    document = join(ada, room)
    assert document["data"]["connection"]["tracking_uri"] == room.url
    shown = room.seat(document["data"]["seat"]["seat"])
    assert (shown["name"], shown["state"], shown["trouble"]) == ("Ada L.", "proven", None)


def test_without_mlflow_and_without_anybody_to_ask_it_is_proven(room: Room, ada: Home, tmp_path: Path) -> None:
    python = bare_python(tmp_path / "bare")
    document = join(ada, room, "--no-input", "--python", str(python))
    by_hand = shlex.join(install_command(python, "mlflow-skinny"))
    assert document["data"]["client"] == {"python": str(python), "installed": False, "install": by_hand}
    assert room.seat(document["data"]["seat"]["seat"])["state"] == "proven"
    ran = ada.run("join", room.text, "--no-input", "--python", str(python))
    assert ran.out.splitlines()[0] == "PROVEN"
    assert by_hand in ran.out.replace("\n", "")


def test_an_experiment_that_another_seat_has(room: Room, laptop: Callable[[str], Home]) -> None:
    first, second = laptop("one"), laptop("two")
    join(first, room)
    first.json("verify", "--experiment", "iris")
    seat = join(second, room)["data"]["seat"]["username"]
    mend = f"export MLFLOW_EXPERIMENT_NAME=iris-{seat}"
    for command in (("verify", "--experiment", "iris"), ("doctor",)):
        ran = second.run(*command, status=3, MLFLOW_EXPERIMENT_NAME="iris")
        said = " ".join((ran.out + ran.err).split())
        assert 'Another seat of the workshop has an experiment named "iris".' in said
        assert mend in said
    told = stages(second.json("verify", MLFLOW_EXPERIMENT_NAME="iris"))["experiment"]
    assert told == ("warn", told[1])
    assert "in this shell MLFLOW_EXPERIMENT_NAME is iris, which belongs to another seat" in told[1]
    document = second.json("verify", "--experiment", f"iris-{seat}")
    assert f"iris-{seat}" in stages(document)["experiment"][1]
    assert f"iris-{seat}" in second.run("join", room.text).out


def test_a_home_that_cannot_be_written_to(room: Room, ada: Home) -> None:
    ada.quickstart_home.write_text("a file, where the folder should be")
    error = join(ada, room, status=1)["error"]
    assert "quickstart --yes" not in fix_of(error)


def test_without_a_code_it_is_a_usage_error_and_no_trouble(ada: Home) -> None:
    ran = ada.run("join", status=2)
    assert ran.out == ""
    assert "Missing argument" in ran.err
