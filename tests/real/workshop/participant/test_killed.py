"""kill -9 of the server in the middle of a class that joins, and its end: nobody loses anything."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path

import pytest

from quickstart.workshop.instructor.rehearse import Participant
from tests.conftest import Home
from tests.real.workshop.participant.room import opened

pytestmark = pytest.mark.matrix
SEATS = 24


def test_nobody_loses_a_seat(tmp_path: Path) -> None:
    with opened(tmp_path / "room", seats=SEATS) as room:
        room.wait(SEATS)
        crowd = [Participant(f"one {number}", 0.0) for number in range(SEATS)]
        begun = time.monotonic()
        threads = [threading.Thread(target=one.attend, args=(room.invitation, begun)) for one in crowd]
        for number, thread in enumerate(threads):
            thread.start()
            if number == SEATS // 2:
                time.sleep(0.3)
                room.stop(signal.SIGKILL)
                killed = {one.device: one.seat.seat for one in crowd if one.seat}
                restart = threading.Thread(target=room.start)
                restart.start()
        for thread in threads:
            thread.join()
        restart.join()
        # Who met a dead server says the same line once more.
        for one in crowd:
            if one.seconds is None:
                one.attend(room.invitation, begun)
                assert one.seconds is not None, one.code
        seats = [one.seat.seat for one in crowd if one.seat]
        assert sorted(seats) == list(range(1, SEATS + 1))
        assert {one.device: one.seat.seat for one in crowd if one.seat and one.device in killed} == killed
        assert room.state()["counts"]["proven"] == SEATS


def test_after_the_class(tmp_path: Path, ada: Home) -> None:
    with opened(tmp_path / "room", seats=2) as room:
        ada.json("join", room.text)
    assert ada.json("verify", status=3)["error"]["code"] == "class-over"
    assert ada.json("doctor", status=3)["data"]["summary"]["headline"].endswith("unreachable from here.")
    assert room.url in ada.run("env").out
    assert ada.json("list")["data"]["connections"][0]["in_use"]
    assert {one["status"] for one in ada.json("undo", "--yes")["data"]["undone"]} == {"ok"}
