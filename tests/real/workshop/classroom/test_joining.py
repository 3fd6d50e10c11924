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
from tests.real.workshop.classroom.room import BOARD_KEY, INSTRUCTOR, JOIN_LINE, JOIN_QR, Participant, Room, open_room


def test_a_participant_gets_a_seat_and_all_that_belongs_to_it(room: Room) -> None:
    answer = room.join(name="Ada").json
    number = answer["seat"]
    assert answer["username"] == f"seat-{number:02d}" == answer["experiment"]["name"]
    assert len(answer["password"]) == 32
    assert (answer["name"], answer["again"], answer["title"]) == ("Ada", False, "MLOps course")
    assert answer["class_experiment"]["name"] == "class"
    assert answer["shared"] == "read"
    assert room.seat(number)["state"] == "joined"


def test_joining_again_is_the_same_seat_and_the_earlier_password_goes_on_working(room: Room) -> None:
    ada = room.sit("Ada")
    again = room.join(ada.device, None).json
    assert (again["seat"], again["again"], again["name"]) == (ada.facts["seat"], True, "Ada")
    assert again["password"] != ada.facts["password"]
    assert again["experiment"] == ada.facts["experiment"]
    for password in (ada.facts["password"], again["password"]):
        user = f"{ada.facts['username']}:{password}"
        assert room.get("/api/2.0/mlflow/users/current", user).status == 200


def test_only_the_last_few_passwords_work(room: Room) -> None:
    ada = room.sit("Ada")
    for _ in range(4):
        room.join(ada.device)
    assert ada.ask("GET", "/api/2.0/mlflow/users/current").status == 401


def test_who_deleted_their_experiment_gets_it_back_by_joining_again(room: Room) -> None:
    ada = room.sit("Ada")
    assert ada.api("experiments/delete", {"experiment_id": ada.experiment}).status == 200
    room.join(ada.device)
    assert ada.run()


@pytest.mark.parametrize("user", [None, "seat-01:" + "0" * 32, "nobody:x", "instructor:", "instructor:!", ":"])
def test_nobody_else_comes_in(room: Room, user: str | None) -> None:
    for path in ("/", "/api/2.0/mlflow/experiments/search?max_results=1", "/get-artifact", "/quickstart/state"):
        assert room.get(path, user).status in (401, 403)
    assert room.post("/quickstart/report", {"state": "proven"}, user).status == 401


def test_a_report_shows_on_the_board(room: Room) -> None:
    ada = room.sit("Ada")
    trouble = {"state": "trouble", "code": "proxy-auth", "headline": "a proxy wants a login", "seconds": None}
    assert ada.report(**trouble).status == 204
    shown = room.seat(ada.facts["seat"])
    assert shown["state"] == "trouble"
    assert shown["trouble"] == {"code": "proxy-auth", "headline": "a proxy wants a login"}
    assert ada.report(state="proven", code=None, headline="", seconds=1.5).status == 204
    shown = room.seat(ada.facts["seat"])
    assert (shown["state"], shown["trouble"], shown["seconds"]) == ("proven", None, 1.5)


@pytest.mark.parametrize(
    "facts",
    [{"state": "free"}, {"state": 1}, {"state": "trouble", "code": "<b>"}, {"state": "trouble", "code": ["x"]}, {}],
)
def test_a_report_that_means_nothing_is_refused(room: Room, facts: dict[str, object]) -> None:
    assert room.sit().report(**facts).status == 400


def test_a_seat_cannot_report_without_end(room: Room) -> None:
    ada = room.sit()
    codes = {ada.report(state="trouble", code=f"c{number}").status for number in range(15)}
    assert codes == {204, 429}
    room.steer("free", seat=ada.facts["seat"])


def test_a_locked_class_takes_nobody_new_and_hides_the_code(room: Room) -> None:
    ada = room.sit("Ada")
    state = room.steer("lock").json
    try:
        assert (state["open"], state["locked"], state["join_line"]) == (False, True, None)
        assert room.join().code == "join-locked"
        assert room.join(ada.device).json["again"] is True
        assert room.get(f"/board/qr.svg?key={BOARD_KEY}").status == 404
        assert JOIN_LINE.encode() not in room.get(f"/quickstart/state?key={BOARD_KEY}").content
    finally:
        state = room.steer("unlock").json
    assert (state["open"], state["join_line"]) == (True, JOIN_LINE)
    code = room.get(f"/board/qr.svg?key={BOARD_KEY}")
    assert (code.headers["content-type"], code.content.decode()) == ("image/svg+xml", JOIN_QR)


def test_the_code_can_be_changed(room: Room) -> None:
    other = "quickstart join x:1/AAAA-AAAA-ABCD-EFGH-IJKL"
    try:
        steered = room.steer("unlock", secret_digest=digest("AAAAAAAA"), join_line=other, join_qr="<svg/>")
        assert steered.json["join_line"] == other
        assert room.get(f"/board/qr.svg?key={BOARD_KEY}").content == b"<svg/>"
        assert room.join().code == "wrong-code"
        assert room.join(secret="AAAAAAAA").status == 200
    finally:
        room.steer("unlock", secret_digest=digest("K7QF3M2P"), join_line=JOIN_LINE, join_qr=JOIN_QR)


def test_an_expired_code_lets_nobody_in(room: Room) -> None:
    ada = room.sit()
    try:
        assert room.steer("expire", expires=1).json["join_line"] is None
        assert room.join().code == "join-expired"
        assert room.join(ada.device).code == "join-expired"
    finally:
        room.steer("expire", expires=None)


def test_a_freed_seat_is_given_afresh(room: Room) -> None:
    ada = room.sit("Ada")
    run = ada.run()
    number = ada.facts["seat"]
    assert ada.api("registered-models/create", {"name": f"model of {number}"}).status == 200
    assert room.steer("free", seat=number).status == 200
    assert ada.ask("GET", "/api/2.0/mlflow/users/current").status == 401
    room.all_made()
    assert room.seat(number) == {
        "seat": number, "name": "", "state": "free", "trouble": None, "at": None, "seconds": None
    }  # fmt: skip
    others: list[Participant] = []
    while not others or others[-1].facts["seat"] != number:
        others.append(room.sit("Next"))
    next_one = others[-1]
    assert next_one.experiment != ada.experiment
    assert next_one.facts["experiment"]["name"] == ada.facts["experiment"]["name"]
    assert next_one.ask("GET", f"/api/2.0/mlflow/runs/get?run_id={run}").status == 403
    assert (
        next_one.ask("GET", f"/api/2.0/mlflow/registered-models/get?name=model of {number}".replace(" ", "%20")).status
        == 403
    )
    kept = room.get(f"/api/2.0/mlflow/runs/get?run_id={run}", f"instructor:{INSTRUCTOR}")
    assert kept.status == 200
    for one in others:
        room.steer("free", seat=one.facts["seat"])
    room.all_made()


def test_freeing_a_seat_that_nobody_had_changes_nothing(room: Room) -> None:
    room.all_made()
    number = max(seat["seat"] for seat in room.state()["seats"] if seat["state"] == "free")
    before = _experiments(room)
    for do in ("free", "remove", "free"):
        assert room.steer(do, seat=number).status == 200
    assert room.seat(number)["state"] == "free"
    room.all_made()
    assert _experiments(room) == before


def _experiments(room: Room) -> dict[str, str]:
    found = room.get("/api/2.0/mlflow/experiments/search?max_results=1000", f"instructor:{INSTRUCTOR}").json
    return {one["experiment_id"]: one["name"] for one in found["experiments"]}


def test_who_comes_next_may_report_as_often_as_the_one_before(room: Room) -> None:
    ada = room.sit()
    number = ada.facts["seat"]
    assert {ada.report(state="trouble", code=f"c{one}").status for one in range(15)} == {204, 429}
    room.steer("free", seat=number)
    room.all_made()
    others = [room.sit()]
    while others[-1].facts["seat"] != number:
        others.append(room.sit())
    assert others[-1].report(state="proven", code=None).status == 204
    for one in others:
        room.steer("free", seat=one.facts["seat"])
    room.all_made()


def test_a_removed_machine_stays_out(room: Room) -> None:
    ada = room.sit("Ada")
    assert room.steer("remove", seat=ada.facts["seat"]).status == 200
    assert ada.ask("GET", "/api/2.0/mlflow/users/current").status == 401
    assert room.join(ada.device).code == "seat-removed"
    assert room.seat(ada.facts["seat"])["state"] == "removed"
    room.steer("free", seat=ada.facts["seat"])
    assert room.join(ada.device).code == "seat-removed"


def test_only_the_instructor_steers(room: Room) -> None:
    ada = room.sit()
    assert room.post("/quickstart/steer", {"do": "lock"}).status == 401
    assert room.post("/quickstart/steer", {"do": "lock"}, ada.user).status == 401
    assert room.post("/quickstart/steer", {"do": "lock"}, Authorization="Bearer wrong").status == 401
    assert room.state()["locked"] is False
    assert room.steer("free", seat=999).code == "no-such-seat"
    assert room.steer("dance").code == "bad-steer"


def test_the_state_is_for_who_has_a_key(room: Room) -> None:
    for path in ("/quickstart/state", "/quickstart/events", "/board/qr.svg", "/board"):
        assert room.get(path).status == 403
        assert room.get(path + "?key=wrong").status == 403
    assert room.get("/quickstart/state", Authorization="Bearer steering-token").status == 200


@pytest.mark.matrix
def test_a_full_class_says_so_and_grows(tmp_path: Path) -> None:
    with open_room(tmp_path, seats=1, shared="none", experiment=None) as room:
        ada = room.sit("Ada")
        assert ada.facts["class_experiment"] is None
        refused = room.join()
        assert (refused.status, refused.code) == (409, "class-full")
        assert room.join(ada.device).json["again"] is True
        assert room.steer("seats", seats=2).status == 200
        room.all_made()
        assert room.join().json["seat"] == 2
        assert room.steer("seats", seats=1).code == "seats-taken"
        for _ in range(40):
            last = room.join(secret="WRONGONE")
        assert (last.status, last.code) == (429, "too-many-tries")
        assert int(last.headers["retry-after"]) >= 1
        assert room.join().code == "too-many-tries"  # or a guesser would see that it was the right one
        assert room.join(ada.device).json["again"] is True


@pytest.mark.matrix
def test_a_server_that_ends_waits_for_no_idle_browser_and_tells_the_boards(tmp_path: Path) -> None:
    with open_room(tmp_path, seats=1) as room:
        idle, board = room.connection(), room.connection()
        idle.request("GET", "/quickstart/ready")
        idle.getresponse().read()  # and the connection stays open, on this side for good
        board.request("GET", f"/quickstart/events?key={BOARD_KEY}")
        events = board.getresponse()
        room.stop()
        last = events.read().split(b"data: ")[-1]
        assert b'"closed":true' in last
        assert JOIN_LINE.encode() not in last
        assert "graceful shutdown exceeded" not in room.log.read_text()
        idle.close()
        board.close()


@pytest.mark.matrix
def test_no_seat_is_lost_or_given_twice_when_the_server_is_killed_while_a_room_joins(tmp_path: Path) -> None:
    devices = [secrets.token_hex(16) for _ in range(40)]
    held: dict[str, set[int]] = {device: set() for device in devices}
    with open_room(tmp_path, seats=40) as room:
        room.all_made()
        over = threading.Event()

        def keep_joining(device: str) -> None:
            while not over.is_set():
                try:
                    answer = room.join(device)
                except (OSError, http.client.HTTPException):
                    continue
                if answer.status == 200:
                    held[device].add(answer.json["seat"])

        with ThreadPoolExecutor(8) as people:
            jobs = [people.submit(keep_joining, device) for device in devices[:8]]
            for _ in range(3):
                over.wait(0.6)
                room.stop(signal.SIGKILL)
                room.start()
            over.set()
            for job in jobs:
                job.result(60)
        for device in devices[8:]:
            held[device].add(room.join(device).json["seat"])
        seats = [seat for one in held.values() for seat in one]
        assert all(len(one) == 1 for one in held.values())
        assert sorted(seats) == list(range(1, 41))
        assert room.state()["counts"]["joined"] == 40
