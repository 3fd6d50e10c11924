"""Joining, reporting and steering on a real classroom server."""

from __future__ import annotations

import http.client
import secrets
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from quickstart.workshop.classroom.passwords import digest
from tests.real.workshop.classroom.workshop_server import (
    BOARD_KEY,
    INSTRUCTOR,
    JOIN_LINE,
    JOIN_QR,
    Participant,
    WorkshopServer,
    run_workshop,
)


def test_a_participant_gets_a_seat_and_all_that_belongs_to_it(workshop: WorkshopServer) -> None:
    answer = workshop.join(name="Ada").json
    number = answer["seat"]
    assert answer["username"] == f"seat-{number:02d}" == answer["experiment"]["name"]
    assert len(answer["password"]) == 32
    assert (answer["name"], answer["again"], answer["title"]) == ("Ada", False, "MLOps course")
    assert answer["class_experiment"]["name"] == "class"
    assert answer["shared"] == "read"
    assert workshop.seat(number)["state"] == "joined"


def test_joining_again_is_the_same_seat_and_the_earlier_password_goes_on_working(workshop: WorkshopServer) -> None:
    ada = workshop.sit("Ada")
    again = workshop.join(ada.device, None).json
    assert (again["seat"], again["again"], again["name"]) == (ada.facts["seat"], True, "Ada")
    assert again["password"] != ada.facts["password"]
    assert again["experiment"] == ada.facts["experiment"]
    for password in (ada.facts["password"], again["password"]):
        user = f"{ada.facts['username']}:{password}"
        assert workshop.get("/api/2.0/mlflow/users/current", user).status == 200


def test_only_the_last_few_passwords_work(workshop: WorkshopServer) -> None:
    ada = workshop.sit("Ada")
    for _ in range(4):
        workshop.join(ada.device)
    assert ada.ask("GET", "/api/2.0/mlflow/users/current").status == 401


def test_who_deleted_their_experiment_gets_it_back_by_joining_again(workshop: WorkshopServer) -> None:
    ada = workshop.sit("Ada")
    assert ada.api("experiments/delete", {"experiment_id": ada.experiment}).status == 200
    workshop.join(ada.device)
    assert ada.run()


@pytest.mark.parametrize("user", [None, "seat-01:" + "0" * 32, "nobody:x", "instructor:", "instructor:!", ":"])
def test_nobody_else_comes_in(workshop: WorkshopServer, user: str | None) -> None:
    for path in ("/", "/api/2.0/mlflow/experiments/search?max_results=1", "/get-artifact", "/quickstart/state"):
        assert workshop.get(path, user).status in (401, 403)
    assert workshop.post("/quickstart/report", {"state": "proven"}, user).status == 401


def test_a_report_shows_on_the_board(workshop: WorkshopServer) -> None:
    ada = workshop.sit("Ada")
    trouble = {"state": "trouble", "code": "proxy-auth", "headline": "a proxy wants a login", "seconds": None}
    assert ada.report(**trouble).status == 204
    shown = workshop.seat(ada.facts["seat"])
    assert shown["state"] == "trouble"
    assert shown["trouble"] == {"code": "proxy-auth", "headline": "a proxy wants a login"}
    assert ada.report(state="proven", code=None, headline="", seconds=1.5).status == 204
    shown = workshop.seat(ada.facts["seat"])
    assert (shown["state"], shown["trouble"], shown["seconds"]) == ("proven", None, 1.5)


@pytest.mark.parametrize(
    "facts",
    [{"state": "free"}, {"state": 1}, {"state": "trouble", "code": "<b>"}, {"state": "trouble", "code": ["x"]}, {}],
)
def test_a_report_that_means_nothing_is_refused(workshop: WorkshopServer, facts: dict[str, object]) -> None:
    assert workshop.sit().report(**facts).status == 400


def test_a_seat_cannot_report_without_end(workshop: WorkshopServer) -> None:
    ada = workshop.sit()
    codes = {ada.report(state="trouble", code=f"c{number}").status for number in range(15)}
    assert codes == {204, 429}
    workshop.steer("free", seat=ada.facts["seat"])


def test_a_locked_class_takes_nobody_new_and_hides_the_code(workshop: WorkshopServer) -> None:
    ada = workshop.sit("Ada")
    state = workshop.steer("lock").json
    try:
        assert (state["open"], state["locked"], state["join_line"]) == (False, True, None)
        assert workshop.join().code == "join-locked"
        assert workshop.join(ada.device).json["again"] is True
        assert workshop.get(f"/board/qr.svg?key={BOARD_KEY}").status == 404
        assert JOIN_LINE.encode() not in workshop.get(f"/quickstart/state?key={BOARD_KEY}").content
    finally:
        state = workshop.steer("unlock").json
    assert (state["open"], state["join_line"]) == (True, JOIN_LINE)
    code = workshop.get(f"/board/qr.svg?key={BOARD_KEY}")
    assert (code.headers["content-type"], code.content.decode()) == ("image/svg+xml", JOIN_QR)


def test_the_code_can_be_changed(workshop: WorkshopServer) -> None:
    other = "quickstart join x:1/AAAA-AAAA-ABCD-EFGH-IJKL"
    try:
        steered = workshop.steer("unlock", secret_digest=digest("AAAAAAAA"), join_line=other, join_qr="<svg/>")
        assert steered.json["join_line"] == other
        assert workshop.get(f"/board/qr.svg?key={BOARD_KEY}").content == b"<svg/>"
        assert workshop.join().code == "wrong-code"
        assert workshop.join(secret="AAAAAAAA").status == 200
    finally:
        workshop.steer("unlock", secret_digest=digest("K7QF3M2P"), join_line=JOIN_LINE, join_qr=JOIN_QR)


def test_an_expired_code_lets_nobody_in(workshop: WorkshopServer) -> None:
    ada = workshop.sit()
    try:
        assert workshop.steer("expire", expires=1).json["join_line"] is None
        assert workshop.join().code == "join-expired"
        assert workshop.join(ada.device).code == "join-expired"
    finally:
        workshop.steer("expire", expires=None)


def test_a_freed_seat_is_given_afresh(workshop: WorkshopServer) -> None:
    ada = workshop.sit("Ada")
    run = ada.run()
    number = ada.facts["seat"]
    assert ada.api("registered-models/create", {"name": f"model of {number}"}).status == 200
    assert workshop.steer("free", seat=number).status == 200
    assert ada.ask("GET", "/api/2.0/mlflow/users/current").status == 401
    workshop.all_made()
    assert workshop.seat(number) == {
        "seat": number, "name": "", "state": "free", "trouble": None, "at": None, "seconds": None
    }  # fmt: skip
    others: list[Participant] = []
    while not others or others[-1].facts["seat"] != number:
        others.append(workshop.sit("Next"))
    next_one = others[-1]
    assert next_one.experiment != ada.experiment
    assert next_one.facts["experiment"]["name"] == ada.facts["experiment"]["name"]
    assert next_one.ask("GET", f"/api/2.0/mlflow/runs/get?run_id={run}").status == 403
    assert (
        next_one.ask("GET", f"/api/2.0/mlflow/registered-models/get?name=model of {number}".replace(" ", "%20")).status
        == 403
    )
    kept = workshop.get(f"/api/2.0/mlflow/runs/get?run_id={run}", f"instructor:{INSTRUCTOR}")
    assert kept.status == 200
    for one in others:
        workshop.steer("free", seat=one.facts["seat"])
    workshop.all_made()


def test_freeing_a_seat_that_nobody_had_changes_nothing(workshop: WorkshopServer) -> None:
    workshop.all_made()
    number = max(seat["seat"] for seat in workshop.state()["seats"] if seat["state"] == "free")
    before = _experiments(workshop)
    for do in ("free", "remove", "free"):
        assert workshop.steer(do, seat=number).status == 200
    assert workshop.seat(number)["state"] == "free"
    workshop.all_made()
    assert _experiments(workshop) == before


def _experiments(workshop: WorkshopServer) -> dict[str, str]:
    found = workshop.get("/api/2.0/mlflow/experiments/search?max_results=1000", f"instructor:{INSTRUCTOR}").json
    return {one["experiment_id"]: one["name"] for one in found["experiments"]}


def test_who_comes_next_may_report_as_often_as_the_one_before(workshop: WorkshopServer) -> None:
    ada = workshop.sit()
    number = ada.facts["seat"]
    assert {ada.report(state="trouble", code=f"c{one}").status for one in range(15)} == {204, 429}
    workshop.steer("free", seat=number)
    workshop.all_made()
    others = [workshop.sit()]
    while others[-1].facts["seat"] != number:
        others.append(workshop.sit())
    assert others[-1].report(state="proven", code=None).status == 204
    for one in others:
        workshop.steer("free", seat=one.facts["seat"])
    workshop.all_made()


def test_a_removed_machine_stays_out(workshop: WorkshopServer) -> None:
    ada = workshop.sit("Ada")
    assert workshop.steer("remove", seat=ada.facts["seat"]).status == 200
    assert ada.ask("GET", "/api/2.0/mlflow/users/current").status == 401
    assert workshop.join(ada.device).code == "seat-removed"
    assert workshop.seat(ada.facts["seat"])["state"] == "removed"
    workshop.steer("free", seat=ada.facts["seat"])
    assert workshop.join(ada.device).code == "seat-removed"


def test_only_the_instructor_steers(workshop: WorkshopServer) -> None:
    ada = workshop.sit()
    assert workshop.post("/quickstart/steer", {"do": "lock"}).status == 401
    assert workshop.post("/quickstart/steer", {"do": "lock"}, ada.user).status == 401
    assert workshop.post("/quickstart/steer", {"do": "lock"}, Authorization="Bearer wrong").status == 401
    assert workshop.state()["locked"] is False
    assert workshop.steer("free", seat=999).code == "no-such-seat"
    assert workshop.steer("dance").code == "bad-steer"


def test_the_state_is_for_who_has_a_key(workshop: WorkshopServer) -> None:
    for path in ("/quickstart/state", "/quickstart/events", "/board/qr.svg", "/board"):
        assert workshop.get(path).status == 403
        assert workshop.get(path + "?key=wrong").status == 403
    assert workshop.get("/quickstart/state", Authorization="Bearer steering-token").status == 200


@pytest.mark.matrix
def test_a_full_class_says_so_and_grows(tmp_path: Path) -> None:
    with run_workshop(tmp_path, seats=1, shared="none", experiment=None) as workshop:
        ada = workshop.sit("Ada")
        assert ada.facts["class_experiment"] is None
        refused = workshop.join()
        assert (refused.status, refused.code) == (409, "class-full")
        assert workshop.join(ada.device).json["again"] is True
        assert workshop.steer("seats", seats=2).status == 200
        workshop.all_made()
        assert workshop.join().json["seat"] == 2
        assert workshop.steer("seats", seats=1).code == "seats-taken"
        for _ in range(40):
            last = workshop.join(secret="WRONGONE")
        assert (last.status, last.code) == (429, "too-many-tries")
        assert int(last.headers["retry-after"]) >= 1
        assert workshop.join().code == "too-many-tries"  # or a guesser would see that it was the right one
        assert workshop.join(ada.device).json["again"] is True


@pytest.mark.matrix
def test_a_server_that_ends_waits_for_no_idle_browser_and_tells_the_boards(tmp_path: Path) -> None:
    with run_workshop(tmp_path, seats=1) as workshop:
        idle, board = workshop.connection(), workshop.connection()
        idle.request("GET", "/quickstart/ready")
        idle.getresponse().read()  # and the connection stays open, on this side for good
        board.request("GET", f"/quickstart/events?key={BOARD_KEY}")
        events = board.getresponse()
        workshop.stop()
        last = events.read().split(b"data: ")[-1]
        assert b'"closed":true' in last
        assert JOIN_LINE.encode() not in last
        assert "graceful shutdown exceeded" not in workshop.log.read_text()
        idle.close()
        board.close()


@pytest.mark.matrix
def test_no_seat_is_lost_or_given_twice_when_the_server_is_killed_while_a_room_joins(tmp_path: Path) -> None:
    devices = [secrets.token_hex(16) for _ in range(40)]
    held: dict[str, set[int]] = {device: set() for device in devices}
    with run_workshop(tmp_path, seats=40) as workshop:
        workshop.all_made()
        over = threading.Event()

        def keep_joining(device: str) -> None:
            while not over.is_set():
                try:
                    answer = workshop.join(device)
                except (OSError, http.client.HTTPException):
                    continue
                if answer.status == 200:
                    held[device].add(answer.json["seat"])

        with ThreadPoolExecutor(8) as people:
            jobs = [people.submit(keep_joining, device) for device in devices[:8]]
            for _ in range(3):
                over.wait(0.6)
                workshop.stop(signal.SIGKILL)
                workshop.start()
            over.set()
            for job in jobs:
                job.result(60)
        for device in devices[8:]:
            held[device].add(workshop.join(device).json["seat"])
        seats = [seat for one in held.values() for seat in one]
        assert all(len(one) == 1 for one in held.values())
        assert sorted(seats) == list(range(1, 41))
        assert workshop.state()["counts"]["joined"] == 40
