"""A class from the instructor's side, on one real server: opened, looked at, steered, exported; a copy is closed."""

from __future__ import annotations

import csv
import json
import re
import shutil
import socket
import sqlite3
import stat
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from quickstart.errors import QuickstartError
from quickstart.net.http import Http
from quickstart.workshop.classroom.roster import Seat
from quickstart.workshop.instructor import roster
from tests.conftest import Home, Shared, new_home, ours
from tests.messages import fix_of
from tests.real.workshop.instructor.people import Opened, Person, opened_class


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """A class with twelve seats."""
    home = new_home(tmp_path_factory.mktemp("class"))
    with opened_class(home, "--seats", "12", "--title", "MLOps course") as made:
        yield made
    assert not ours(home.path)


@pytest.fixture(scope="module")
def ada(opened: Opened) -> Person:
    """Somebody who joined, recorded a run, and was proven."""
    person = opened.join("Ada")
    person.log(foo=[1.0, 0.5, 0.25], bar=[2.0])
    person.report("proven")
    return person


@pytest.fixture(scope="module")
def grace(opened: Opened, ada: Person) -> Person:
    """Somebody who joined, and whose name and trouble are not nice."""
    person = opened.join("Grace | <b>`x`</b>")
    person.report("trouble", "proxy-failed", "a proxy is in the way")
    return person


def test_what_the_room_types_is_told(opened: Opened) -> None:
    data = opened.data
    assert re.fullmatch(r"quickstart join [^ ]+:\d+/([A-Z2-7]{4}-){4}[A-Z2-7]{4}", data["join"])
    assert data["address"].startswith("https://")
    assert data["board"] == f"{data['address']}/board?key={opened.record['board_key']}"
    assert len(opened.record["board_key"]) == 32
    assert (data["seats"], data["title"], data["already"], data["certificate"]["made"]) == (
        12,
        "MLOps course",
        False,
        True,
    )


def test_to_open_it_again_shows_the_same(opened: Opened) -> None:
    again = opened.home.json("workshop", "open")["data"]
    assert again["already"]
    assert {**again, "already": False} == opened.data


def test_what_cannot_be_changed_while_it_runs_is_named(opened: Opened) -> None:
    document = opened.home.json("workshop", "open", "--port", "6000", "--title", "Another", status=2)
    assert document["error"]["code"] == "workshop-running"
    assert "--port, --title" in document["error"]["what"]


def test_seats_are_added_while_it_runs_and_not_taken_from_under_anybody(opened: Opened, grace: Person) -> None:
    assert opened.home.json("workshop", "open", "--seats", "14")["data"]["seats"] == 14
    assert sum(opened.home.json("workshop", "status")["data"]["counts"].values()) == 14
    fewer = opened.home.json("workshop", "open", "--seats", "1", status=2)
    assert fewer["error"]["code"] == "seats-taken"
    opened.home.json("workshop", "open", "--seats", "12")


def test_the_status_has_what_the_contract_says(opened: Opened, ada: Person, grace: Person) -> None:
    data = opened.home.json("workshop", "status")["data"]
    assert {"address", "open", "seats", "counts"} <= set(data)
    assert set(data["counts"]) == {"free", "joined", "proven", "trouble"}
    first, second, *_ = data["seats"]
    assert set(first) == {"seat", "name", "state", "trouble", "at"}
    assert (first["seat"], first["name"], first["state"], first["trouble"]) == (1, "Ada", "proven", None)
    assert second["trouble"] == {"code": "proxy-failed", "headline": "a proxy is in the way"}


def test_the_status_reads_like_a_board(opened: Opened, ada: Person, grace: Person) -> None:
    out = opened.home.run("workshop", "status", COLUMNS="100").out
    assert "MLOps course · join with" in out
    assert opened.data["join"] in out
    assert "1 of 12 proven" in out
    assert "seat 2 (Grace | <b>`x`</b>: a proxy is in the way)" in out


def test_who_watches_sees_each_change(opened: Opened, ada: Person, grace: Person) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "quickstart", "workshop", "status", "--watch"],
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        cwd=opened.home.cwd,
        env=opened.home.environment,
    ) as watching:
        assert watching.stdout is not None
        while not watching.stdout.readline().startswith("in trouble: "):
            pass
        joined = opened.join("Linus")
        try:
            line = watching.stdout.readline()
            assert line.startswith(f"seat {joined.seat['seat']} Linus joined")
        finally:
            watching.terminate()
        watching.communicate()
    assert watching.returncode == 130
    opened.home.json("workshop", "free", str(joined.seat["seat"]))


def test_a_locked_class_lets_nobody_in_and_shows_no_code(opened: Opened, ada: Person) -> None:
    locked = opened.home.json("workshop", "lock")["data"]
    assert (locked["locked"], locked["open"], locked["join"]) == (True, False, None)
    with pytest.raises(AssertionError, match="join-locked"):
        opened.join("late")
    assert opened.record["locked"]
    unlocked = opened.home.json("workshop", "unlock")["data"]
    assert (unlocked["locked"], unlocked["join"]) == (False, opened.data["join"])


def test_who_is_removed_is_out_and_stays_out(opened: Opened, ada: Person, grace: Person) -> None:
    device = "ab" * 16
    person = opened.join("Mallory", device)
    seat = person.seat["seat"]
    opened.home.json("workshop", "remove", str(seat))
    assert person.http.request("GET", "/api/2.0/mlflow/experiments/search?max_results=1").status == 401
    with pytest.raises(AssertionError, match="seat-removed"):
        opened.join("Mallory", device)
    opened.home.json("workshop", "free", str(seat))


def test_a_seat_that_is_not_there_is_told_as_such(opened: Opened) -> None:
    document = opened.home.json("workshop", "free", "99", status=2)
    assert document["error"]["code"] == "no-such-seat"
    assert "1 to 12" in document["error"]["why"]


def test_the_instructor_gets_their_password_on_request_alone(opened: Opened) -> None:
    password = opened.record["password"]
    assert password not in opened.home.run("workshop", "status").out
    shown = opened.home.run("workshop", "status", "--with-secrets").out
    assert f"user instructor, password {password}" in shown
    for line in (
        f"export MLFLOW_TRACKING_URI={opened.data['address']}",
        f"export MLFLOW_TRACKING_PASSWORD={password}",
        f"export MLFLOW_TRACKING_SERVER_CERT_PATH={opened.record['certificate']}",
    ):
        assert line in shown
    assert opened.home.json("workshop", "status", "--with-secrets", status=2)["error"]["code"] == "password-shown"


def test_secrets_are_in_no_command_line_and_in_no_log(opened: Opened, ada: Person) -> None:
    told = [" ".join(process.cmdline()) + json.dumps(process.environ()) for process in ours(opened.home.path)]
    assert told
    told.append((opened.home.quickstart_home / "state" / "logs" / "class.log").read_text(encoding="utf-8"))
    told.append(opened.home.run("server", "status", "--json").out)
    told.append((opened.state / "classroom.json").read_text(encoding="utf-8").replace(opened.record["board_key"], ""))
    secrets = [opened.record[key] for key in ("steering_token", "board_key", "password")]
    secrets += [ada.seat["password"]]
    for text in told:
        assert not [secret for secret in secrets if secret in text]


def test_what_is_kept_is_for_its_owner_alone(opened: Opened, ada: Person) -> None:
    for path in (*opened.state.rglob("*"), *opened.store.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_its_server_is_ended_and_undone_by_closing_it_alone(opened: Opened) -> None:
    home = opened.home
    assert home.json("server", "status")["data"]["servers"][0]["running"]
    for command in (("server", "stop"), ("server", "restart")):
        document = home.json(*command, "--name", "class", status=2)
        assert document["error"]["code"] == "is-a-class"
        assert "quickstart workshop close class" in fix_of(document["error"])
    assert home.json("undo", "class", "--yes", status=2)["error"]["code"] == "is-a-class"
    assert home.json("undo", "--yes")["data"]["undone"] == []


def test_a_rehearsal_leaves_nothing_behind(opened: Opened, ada: Person, grace: Person) -> None:
    before = opened.home.json("workshop", "status")["data"]["counts"]
    data = opened.home.json("workshop", "rehearse", "--seats", "3")["data"]
    assert (data["seats"], data["proven"], data["failures"]) == (3, 3, [])
    assert data["p50"] <= data["p95"] <= data["last"] + 0.001
    assert opened.home.json("workshop", "status")["data"]["counts"] == before


def test_an_export_has_all_of_a_participants_runs(opened: Opened, ada: Person, tmp_path: Path) -> None:
    folder = tmp_path / "Ada's runs"
    data = opened.home.json("workshop", "export", "1", "--to", str(folder))["data"]
    assert (data["runs"], data["artifacts"], data["participant"]) == (1, 1, "Ada")
    with (folder / "runs.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["metrics.foo"], row["params.rate"], row["params.formula"]) == ("0.25", "-0.1", "'=1+1")
    (run,) = json.loads((folder / "runs.json").read_text(encoding="utf-8"))["runs"]
    assert [point["value"] for point in run["metrics"]["foo"]] == [1.0, 0.5, 0.25]
    assert run["params"]["formula"] == "=1+1"
    assert (folder / "artifacts" / run["run_id"] / "notes" / "one.txt").read_bytes() == b"a file of mine"


def test_an_export_has_the_runs_of_all_experiments_of_ones_own_and_nobody_elses(
    opened: Opened, ada: Person, grace: Person, tmp_path: Path
) -> None:
    one, other = opened.join("Barbara"), opened.join("Linus")
    try:
        one.log(foo=[1.0])
        one.log(one.make("iris"), foo=[2.0])
        other.log(other.make("mnist"), foo=[3.0])
        folder = tmp_path / "kept"
        data = opened.home.json("workshop", "export", str(one.seat["seat"]), "--to", str(folder))["data"]
        assert (data["runs"], data["artifacts"]) == (2, 2)
        told = json.loads((folder / "runs.json").read_text(encoding="utf-8"))
        own = f"class-seat-{one.seat['seat']:02d}"
        assert {(run["experiment"], run["metrics"]["foo"][0]["value"]) for run in told["runs"]} == {
            (own, 1.0),
            ("iris", 2.0),
        }
        assert told["not_exported"] == data["not_exported"] == ["traces and registered models"]
        assert "iris" in (folder / "README.md").read_text(encoding="utf-8")
    finally:
        for person in (one, other):
            opened.home.json("workshop", "free", str(person.seat["seat"]))


def test_who_comes_after_somebody_gets_nothing_of_theirs(
    opened: Opened, ada: Person, grace: Person, tmp_path: Path
) -> None:
    one = opened.join("Barbara")
    seat = str(one.seat["seat"])
    one.log(one.make("titanic"), foo=[2.0])
    opened.home.json("workshop", "free", seat)
    other = opened.join("Linus")
    assert str(other.seat["seat"]) == seat
    try:
        document = opened.home.json("workshop", "export", seat, "--to", str(tmp_path / "kept"), status=1)
        assert document["error"]["code"] == "nothing-recorded"
    finally:
        opened.home.json("workshop", "free", seat)


def test_a_seat_that_nobody_has_is_told_as_such_when_it_is_freed(opened: Opened) -> None:
    def last() -> Seat:
        return roster.seats(opened.store / "classroom")[-1]

    before = last()
    assert before.experiment
    assert "seat 12 was already free" in opened.home.run("workshop", "free", "12").out
    assert last() == before


def test_a_class_whose_time_is_over_can_be_joined_again_when_that_is_said(opened: Opened) -> None:
    for again in (("unlock",), ("open",), ("unlock", "--expires", "2")):
        with opened.http() as http:
            http.authorize({"Authorization": f"Bearer {opened.record['steering_token']}"})
            assert http.request("POST", "/quickstart/steer", json={"do": "expire", "expires": 1.0}).status == 200
        changed = {**opened.record, "expires": 1.0}
        (opened.state / "record.json").write_text(json.dumps(changed), encoding="utf-8")
        assert opened.home.json("workshop", "status")["data"]["expired"]
        told = opened.home.json("workshop", *again)["data"]
        assert told["expires"] > datetime.now(UTC).isoformat()
        now = opened.home.json("workshop", "status")["data"]
        assert (now["open"], now["expires"]) == (True, told["expires"])
        assert opened.record["expires"] == pytest.approx(datetime.fromisoformat(told["expires"]).timestamp(), abs=1)
    assert told["expires"] < (datetime.now(UTC) + timedelta(hours=3)).isoformat()
    assert opened.home.json("workshop", "unlock", "--expires", "0", status=2)["error"]["code"] == "bad-hours"


def test_who_shows_another_certificate_gets_no_word(opened: Opened) -> None:
    with Http(f"https://127.0.0.1:{opened.record['port']}", direct=True, fingerprint="00" * 32) as http:
        http.authorize({"Authorization": "Bearer token"})
        with pytest.raises(QuickstartError) as caught:
            http.request("GET", "/quickstart/ready")
    assert caught.value.code == "tls-failed"


@pytest.mark.matrix
def test_an_export_can_be_loaded_into_another_mlflow(
    opened: Opened, ada: Person, server: Shared, tmp_path: Path
) -> None:
    folder = tmp_path / "Ada's runs"
    opened.home.json("workshop", "export", "1", "--to", str(folder))
    command = [sys.executable, str(folder / "load_runs.py"), "--tracking-uri", server.uri, "--experiment", "kept"]
    first, second = (
        subprocess.run(command, capture_output=True, text=True, env=server.home.environment, check=True).stdout
        for _ in range(2)
    )
    assert "1 of 1 runs loaded" in first
    assert "0 of 1 runs loaded" in second
    database = sqlite3.connect(f"file:{server.home.quickstart_home / 'data' / 'local' / 'mlflow.db'}?mode=ro", uri=True)
    (run,) = database.execute(
        "SELECT run_uuid, start_time, end_time, runs.name FROM runs JOIN experiments USING (experiment_id) "
        "WHERE experiments.name = 'kept' AND runs.lifecycle_stage = 'active'"
    ).fetchall()
    assert run[1:] == (1000, 3000, "first")
    history = database.execute("SELECT value FROM metrics WHERE run_uuid = ? AND key = 'foo' ORDER BY step", run[:1])
    assert [value for (value,) in history] == [1.0, 0.5, 0.25]
    assert ("kind", "test") in database.execute("SELECT key, value FROM tags WHERE run_uuid = ?", run[:1]).fetchall()
    database.close()
    (kept,) = (server.home.quickstart_home / "data" / "local" / "artifacts").glob(f"*/{run[0]}/artifacts/notes/one.txt")
    assert kept.read_bytes() == b"a file of mine"


def test_an_export_writes_over_nothing(opened: Opened, ada: Person, tmp_path: Path) -> None:
    document = opened.home.json("workshop", "export", "1", "--to", str(tmp_path), status=2)
    assert document["error"]["code"] == "folder-exists"


def test_who_recorded_nothing_has_nothing_to_export(opened: Opened, grace: Person) -> None:
    assert opened.home.json("workshop", "export", "2", status=1)["error"]["code"] == "nothing-recorded"
    assert not list(opened.home.cwd.iterdir())


def test_the_handout_tells_the_class_and_loads_nothing(opened: Opened, tmp_path: Path) -> None:
    data = opened.home.json("workshop", "handout", "--to", str(tmp_path))["data"]["handout"]
    page, text = (Path(data[key]).read_text(encoding="utf-8") for key in ("html", "markdown"))
    for told in (page, text):
        for words in (
            opened.data["join"],
            "quickstart preflight",
            "quickstart undo",
            opened.data["address"],
            "shows a warning",
        ):
            assert words in told
    assert "<svg" in page
    assert not re.search(r"\b(src|href)=|url\(|@import|<script", page)


@pytest.fixture
def ended(opened: Opened, ada: Person, grace: Person, tmp_path: Path) -> Home:
    """A copy of the class as it would be found if its server had been killed."""
    home = new_home(tmp_path)
    shutil.copytree(opened.home.quickstart_home, home.quickstart_home)
    (home.quickstart_home / "state" / "servers" / "class.json").unlink()
    record = home.quickstart_home / "state" / "workshops" / "class" / "record.json"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        value = {**json.loads(record.read_text(encoding="utf-8")), "port": free.getsockname()[1]}
    record.write_text(json.dumps(value), encoding="utf-8")
    return home


def test_a_class_whose_server_was_killed_is_still_told(ended: Home) -> None:
    data = ended.json("workshop", "status")["data"]
    assert (data["running"], data["open"], data["join"]) == (False, False, None)
    assert [seat["state"] for seat in data["seats"][:2]] == ["proven", "trouble"]
    assert ended.json("workshop", "lock", status=1)["error"]["code"] == "workshop-not-running"


def test_a_class_is_not_opened_with_fewer_seats_than_are_taken(ended: Home) -> None:
    assert ended.json("workshop", "open", "--seats", "1", status=2)["error"]["code"] == "seats-taken"


def test_closing_archives_runs_seats_and_what_came_of_it_but_no_key(ended: Home, tmp_path: Path) -> None:
    assert ended.json("workshop", "close", status=4)["error"]["code"] == "answer-needed"
    data = ended.json("workshop", "close", "--yes")["data"]
    assert data["counts"]["proven"] == 1
    with tarfile.open(data["archive"]) as archive:
        names = set(archive.getnames())
        raw = b"".join(archive.extractfile(one).read() for one in archive.getmembers())  # type: ignore[union-attr]
    assert {"mlflow.db", "classroom/classroom.db", "classroom/basic_auth.db", "classroom/summary.md"} <= names
    assert b"PRIVATE KEY" not in raw
    assert not re.search(r"key|cert", " ".join(names))
    notes = Path(data["summary"]).read_text(encoding="utf-8")
    assert "a proxy is in the way (1 seat)" in notes
    assert r"Grace \| \<b\>\`x\`\</b\>" in notes
    told = json.loads(Path(data["summary"]).with_suffix(".json").read_text(encoding="utf-8"))
    assert [(one["seat"], one["state"]) for one in told["participants"]][:2] == [(1, "proven"), (2, "trouble")]
    assert ended.json("workshop", "status")["data"]["closed"]
    assert ended.run("workshop", "status", "class", "--watch").out == ended.run("workshop", "status", "class").out
    assert ended.json("workshop", "lock", status=2)["error"]["code"] == "no-workshop"
    assert ended.json("workshop", "lock", "class", status=2)["error"]["code"] == "workshop-closed"
    kept = json.loads((ended.quickstart_home / "state/workshops/class/record.json").read_text(encoding="utf-8"))
    assert [kept[key] for key in ("secret", "steering_token", "board_key", "password")] == [""] * 4
    # Afterwards, too, a participant gets their runs.
    assert ended.json("workshop", "export", "1", "--to", str(tmp_path / "kept"))["data"]["runs"] == 1
