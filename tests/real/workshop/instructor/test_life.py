"""The life of a class: opened with what goes wrong, killed at any moment, closed, and opened again."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pytest

from quickstart.workshop.instructor.roster import plain
from tests.conftest import PATIENCE, Home, lasting_port, ours
from tests.real.workshop.instructor.people import Opened, opened_class
from tests.unit.workshop.conftest import Maker, certified  # noqa: F401 - a fixture

pytestmark = pytest.mark.matrix


@pytest.fixture(autouse=True)
def nothing_stays(home: Home) -> Iterator[None]:
    """After each test no process of its class is alive."""
    yield
    for document in home.json("server", "status")["data"]["servers"]:
        home.run("workshop", "close", document["name"], "--yes", status=None)
    assert not ours(home.path)


def listens(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


def shown_certificate(port: int) -> str:
    """Return the SHA-256 of the certificate that a server shows, in hex."""
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("127.0.0.1", port)))).hexdigest()


def killed(home: Home, arguments: list[str], when: Callable[[], bool]) -> None:
    """Begin a command, and kill it at a moment."""
    command = [sys.executable, "-m", "quickstart", *arguments]
    quiet = subprocess.DEVNULL
    child = subprocess.Popen(command, cwd=home.cwd, env=home.environment, stdout=quiet, stderr=quiet)
    deadline = time.monotonic() + PATIENCE
    while not when() and child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    child.kill()
    child.wait()


def states(opened: Opened) -> list[str]:
    data = opened.home.json("workshop", "status", opened.name)["data"]
    return [seat["state"] for seat in data["seats"] if seat["state"] != "free"]


def test_closed_and_opened_again_it_has_all_seats_and_runs_but_another_secret(home: Home) -> None:
    with opened_class(home, "--seats", "5") as opened:
        ada = opened.join("Ada", "ab" * 16)
        run = ada.log(foo=[1.0])
        ada.report("proven")
        before = opened.record
        closed = home.json("workshop", "close", "--yes")["data"]
        assert not listens(before["port"])
        assert not ours(home.path)
        assert home.json("server", "status")["data"]["servers"] == []

        again = home.json("workshop", "open")["data"]
        after = opened.record
        assert (again["already"], again["seats"], again["new_code"]) == (False, 5, True)
        assert after["secret"] != before["secret"]
        assert (after["fingerprint"], after["port"]) == (before["fingerprint"], before["port"])
        assert states(opened) == ["proven"]
        # Who was in it is in it still, with what their machine kept.
        answer = ada.http.request("GET", f"/api/2.0/mlflow/runs/get?run_id={run}")
        assert answer.status == 200
        assert opened.join("Ada", "ab" * 16).seat["again"]
        second = home.json("workshop", "close", "--yes")["data"]
        assert second["archive"] != closed["archive"]
        assert Path(closed["archive"]).exists()


def test_an_archive_is_opened_on_another_machine(home: Home, tmp_path: Path) -> None:
    with opened_class(home, "--seats", "5", "--title", "Monday") as opened:
        ada = opened.join("Ada")
        ada.log(foo=[1.0])
        ada.report("proven")
        archive = home.json("workshop", "close", "--yes")["data"]["archive"]
        assert home.json("workshop", "open", "--from", archive, status=2)["error"]["code"] == "class-is-there"
    with opened_class(home, "--from", archive, name="tuesday") as other:
        assert (other.data["title"], other.data["seats"]) == ("Monday", 5)
        assert states(other) == ["proven"]
        assert home.json("workshop", "export", "1", "--to", str(tmp_path / "kept"))["data"]["runs"] == 1
        assert other.join("Grace").seat["seat"] == 2


def test_a_server_that_was_killed_goes_on_with_what_participants_have(home: Home) -> None:
    with opened_class(home, "--seats", "5") as opened:
        ada = opened.join("Ada", "ab" * 16)
        before = opened.record
        home.json("workshop", "lock")
        (process,) = ours(home.path)
        process.kill()
        process.wait()
        assert not home.json("workshop", "status")["data"]["running"]
        again = home.json("workshop", "open")["data"]
        assert (again["already"], again["join"], again["locked"]) == (False, opened.data["join"], True)
        assert opened.record["board_key"] == before["board_key"]
        assert ada.http.request("GET", "/api/2.0/mlflow/experiments/search?max_results=1").status == 200


@pytest.mark.parametrize("moment", ["record", "certificate", "launch", "listening"])
def test_opening_that_was_killed_is_begun_anew(home: Home, moment: str) -> None:
    port, state = lasting_port(), home.quickstart_home / "state"
    moments = {
        "certificate": lambda: (state / "workshops" / "class" / "key.pem").exists(),
        "record": lambda: (state / "workshops" / "class" / "record.json").exists(),
        "launch": lambda: bool(ours(home.path)),
        "listening": lambda: listens(port),
    }
    killed(home, ["workshop", "open", "--port", str(port), "--seats", "3"], moments[moment])
    with opened_class(home, "--seats", "3") as opened:
        assert opened.join("Ada").seat["seat"] == 1
        assert len(ours(home.path)) == 1


@pytest.mark.parametrize("moment", ["asked", "ended", "archiving", "archived"])
def test_closing_that_was_killed_is_closed_to_the_end(home: Home, moment: str) -> None:
    with opened_class(home, "--seats", "3") as opened:
        opened.join("Ada").log(foo=[1.0])
        big = opened.store / "artifacts" / "big"
        big.write_bytes(os.urandom(30_000_000))
        port, folder = opened.record["port"], opened.store.parent
        moments = {
            "asked": lambda: bool(opened.record["archive"]),
            "ended": lambda: not listens(port),
            "archiving": lambda: bool(list(folder.glob(".*.tar.gz.quickstart-staging-*/partial"))),
            "archived": lambda: bool(list(folder.glob("*.tar.gz"))),
        }
        killed(home, ["workshop", "close", "--yes"], moments[moment])
        data = None if opened.record["closed"] else home.json("workshop", "close", "--yes")["data"]
        assert opened.record["closed"]
        assert not listens(port)
        assert [path.name for path in folder.glob("*.tar.gz")] == [Path(opened.record["archive"]).name]
        assert not list(folder.glob(".*"))
        assert data is None or data["runs"] == 1


def test_ctrl_c_while_closing_loses_nothing(home: Home) -> None:
    with opened_class(home, "--seats", "3") as opened:
        opened.join("Ada").log(foo=[1.0])
        (opened.store / "artifacts" / "big").write_bytes(os.urandom(100_000_000))
        command = [sys.executable, "-m", "quickstart", "workshop", "close", "--yes"]
        quiet = subprocess.DEVNULL
        child = subprocess.Popen(command, cwd=home.cwd, env=home.environment, stdout=quiet, stderr=quiet)
        while not list(opened.store.parent.glob(".*.tar.gz.quickstart-staging-*/partial")):
            assert child.poll() is None
            time.sleep(0.005)
        child.send_signal(signal.SIGINT)
        assert child.wait(PATIENCE) == 130
        assert not list(opened.store.parent.glob("*.tar.gz"))
        assert home.json("workshop", "close", "--yes")["data"]["runs"] == 1


def interrupted(home: Home, arguments: list[str], when: Callable[[], bool]) -> tuple[int, str]:
    """Begin a command, press Ctrl-C at a moment, and return its exit status and what it wrote."""
    command = [sys.executable, "-m", "quickstart", *arguments]
    pipe, both = subprocess.PIPE, subprocess.STDOUT
    child = subprocess.Popen(command, cwd=home.cwd, env=home.environment, stdout=pipe, stderr=both, text=True)
    while not when():
        assert child.poll() is None
        time.sleep(0.002)
    child.send_signal(signal.SIGINT)
    told, _ = child.communicate(timeout=PATIENCE)
    return child.returncode, " ".join(told.split())


@pytest.mark.parametrize("moment", ["ended", "closed"])
def test_ctrl_c_while_closing_says_how_far_it_is_and_what_goes_on(home: Home, moment: str) -> None:
    with opened_class(home, "--seats", "3", name="two") as opened:
        opened.join("Ada").log(foo=[1.0])
        (opened.store / "artifacts" / "big").write_bytes(os.urandom(50_000_000))
        port = opened.record["port"]
        moments = {"ended": lambda: not listens(port), "closed": lambda: bool(opened.record["closed"])}
        status, told = interrupted(home, ["workshop", "close", "two", "--yes"], moments[moment])
        assert "workshop open two" in told
        if moment == "ended":
            assert status == 130
            assert "partly closed: the server" in told
            assert "workshop close two" in told
            home.json("workshop", "close", "two", "--yes")
        else:  # there is nothing left to cancel
            assert (status, "already finished" in told) in ((130, True), (0, False))
            assert opened.record["archive"] in told


@pytest.mark.parametrize("moment", ["folder", "database", "listening"])
def test_ctrl_c_while_opening_leaves_nothing(home: Home, moment: str) -> None:
    port, folder = lasting_port(), home.quickstart_home / "data" / "workshops"
    moments = {
        "folder": lambda: (folder / "class" / "classroom").exists(),
        "database": lambda: (folder / "class" / "mlflow.db").exists(),
        "listening": lambda: listens(port),
    }
    status, _ = interrupted(home, ["workshop", "open", "--port", str(port), "--seats", "3"], moments[moment])
    assert status == 130
    assert not folder.exists()
    assert not (home.quickstart_home / "state" / "workshops").exists()


def test_what_was_logged_to_the_experiment_that_all_share_is_not_in_an_export_and_that_is_said(
    home: Home, tmp_path: Path
) -> None:
    with opened_class(home, "--seats", "3", "--shared", "edit") as opened:
        ada, grace = opened.join("Ada"), opened.join("Grace")
        ada.log(ada.seat["class_experiment"]["id"], foo=[1.0])
        nothing = home.json("workshop", "export", "1", status=1)["error"]
        assert "in the shared experiment" in nothing["why"]
        grace.log(foo=[2.0])
        done = home.json("workshop", "export", "2", "--to", str(tmp_path / "kept"))["data"]
        assert done["runs"] == 1
        assert "in the shared experiment" in done["not_exported"][0]
        assert "in the shared experiment" in (tmp_path / "kept" / "README.md").read_text(encoding="utf-8")


def test_what_was_put_aside_is_in_the_summary(home: Home) -> None:
    with opened_class(home, "--seats", "3") as opened:
        opened.join("Ada").log(foo=[1.0])
        home.json("workshop", "free", "1")
        opened.join("Grace")
        while "earlier" not in str(aside := names(opened)):
            time.sleep(0.1)
        name = next(one for one in aside if "earlier" in one)
        notes = Path(home.json("workshop", "close", "--yes")["data"]["summary"]).read_text(encoding="utf-8")
        assert f"{plain(name)}: 1 run" in notes


def names(opened: Opened) -> list[str]:
    """Return the names of a class's experiments."""
    with closing(sqlite3.connect(opened.store / "mlflow.db")) as database:
        return [name for (name,) in database.execute("SELECT name FROM experiments")]


def test_a_port_that_is_taken_is_told_with_who_has_it(home: Home, taken_port: Callable[..., int]) -> None:
    port = taken_port()
    document = home.json("workshop", "open", "--port", str(port), status=1)
    assert document["error"]["code"] == "class-port-taken"
    assert f"pid {os.getpid()}" in document["error"]["what"]
    assert not (home.quickstart_home / "state" / "workshops" / "class").exists()
    assert not (home.quickstart_home / "data" / "workshops").exists()


def test_a_certificate_that_was_brought_is_shown_and_stays(home: Home, certified: Maker) -> None:  # noqa: F811
    certificate, key = certified(hosts=("localhost",))
    port = lasting_port()
    given = ("--cert", str(certificate), "--key", str(key), "--url", f"https://localhost:{port}", "--port", str(port))
    document = home.json("workshop", "open", "--seats", "2", *given)["data"]
    assert not document["certificate"]["made"]
    assert document["certificate"]["fingerprint"] == shown_certificate(port)
    assert document["address"] == f"https://localhost:{port}"
    home.json("workshop", "close", "--yes")
    again = home.json("workshop", "open")["data"]
    assert again["certificate"] == document["certificate"]
    assert key.exists()
    assert certificate.exists()


def test_an_address_that_does_not_lead_to_the_class_is_doubted(home: Home) -> None:
    port, other = lasting_port(), lasting_port()
    data = home.json("workshop", "open", "--port", str(port), "--url", f"localhost:{other}")["data"]
    assert f"localhost:{other}" in data["doubt"]
    home.json("workshop", "close", "--yes")
    data = home.json("workshop", "open", "--url", f"https://localhost:{port}")["data"]
    assert data["doubt"] is None
    assert data["seats"] == 40


def test_seats_that_nobody_has_can_go(home: Home) -> None:
    with opened_class(home, "--seats", "5") as opened:
        opened.join("Ada")
        home.json("workshop", "close", "--yes")
        home.json("workshop", "open", "--seats", "2")
        assert len(home.json("workshop", "status")["data"]["seats"]) == 2


@pytest.mark.parametrize(
    ("made", "code"),
    [
        ({"ends": -0.5, "begins": -3}, "certificate-expired"),
        ({"hosts": ("other.example.org",)}, "certificate-names"),
        ({"passphrase": b"secret"}, "key-locked"),
    ],
)
def test_a_certificate_that_nobody_would_accept_opens_nothing(
    home: Home,
    certified: Maker,  # noqa: F811
    made: dict[str, Any],
    code: str,
) -> None:
    certificate, key = certified(**made)
    given = ("--cert", str(certificate), "--key", str(key), "--url", "https://localhost:5443")
    document = home.json("workshop", "open", "--port", str(lasting_port()), *given, status=2)
    assert document["error"]["code"] == code
    assert not (home.quickstart_home / "state" / "workshops" / "class").exists()
    assert not ours(home.path)


def test_a_name_that_a_server_of_ones_own_has_is_not_taken_over(home: Home) -> None:
    home.json("server", "start", "--name", "mine", "--port", str(lasting_port()))
    assert home.json("workshop", "open", "mine", status=2)["error"]["code"] == "class-name-taken"
    home.json("server", "stop", "--name", "mine")
    home.json("undo", "mine", "--yes")


def test_two_openings_at_once_give_one_class(home: Home) -> None:
    port = str(lasting_port())
    command = [sys.executable, "-m", "quickstart", "workshop", "open", "--port", port, "--seats", "2", "--json"]
    pipe = subprocess.PIPE
    both = [
        subprocess.Popen(command, cwd=home.cwd, env=home.environment, stdout=pipe, stderr=pipe, text=True)
        for _ in range(2)
    ]
    told = [json.loads(one.communicate(timeout=PATIENCE)[0])["data"] for one in both]
    assert sorted(one["already"] for one in told) == [False, True]
    assert told[0]["join"] == told[1]["join"]
    assert len(ours(home.path)) == 1


def test_undoing_ones_own_set_up_leaves_an_open_class_alone(home: Home) -> None:
    home.json("server", "start", "--port", str(lasting_port()))
    with opened_class(home, "--seats", "2") as opened:
        opened.join("Ada").log(foo=[1.0])
        home.json("undo", "local", "--yes", "--delete-data")
        assert home.json("workshop", "status")["data"]["running"]
        assert (home.quickstart_home / "state" / "logs" / "class.log").exists()
        assert home.json("workshop", "close", "--yes")["data"]["runs"] == 1


def test_a_machine_without_a_network_opens_a_class_for_itself(home: Home) -> None:
    unshare = ["unshare", "--user", "--map-root-user", "--net"]
    up = "ip link set lo up 2>/dev/null || ifconfig lo up"
    if subprocess.run([*unshare, "sh", "-c", up], capture_output=True, check=False).returncode:
        pytest.skip("no network namespaces here")
    script = f"({up}); exec {sys.executable} -m quickstart workshop open --seats 2 --port {lasting_port()} --json"
    ran = subprocess.run(
        [*unshare, "sh", "-c", script], cwd=home.cwd, env=home.environment, capture_output=True, text=True, check=False
    )
    data = json.loads(ran.stdout)["data"]
    assert data["alone"]
    assert data["address"].startswith("https://127.0.0.1:")
    for process in ours(home.path):  # in a network of its own: closing it from here must end it, too
        assert isinstance(process, psutil.Process)
    home.json("workshop", "close", "--yes")


def test_a_summary_that_was_being_written_when_somebody_was_killed_leaves_no_trace(home: Home) -> None:
    with opened_class(home, "--seats", "3") as opened:
        folder, archive = opened.store.parent, home.quickstart_home / "data" / "workshops" / "early.tar.gz"
        kept = {**opened.record, "archive": str(archive)}
        (opened.state / "record.json").write_text(json.dumps(kept))
        for suffix in (".md", ".json"):
            (folder / f".early{suffix}.1s0kvjgn").write_text("half")
        home.json("workshop", "close", "--yes")
        assert not list(folder.glob(".*"))
