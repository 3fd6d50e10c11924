"""What the board is fed with: encoded once for all who watch, and never more than they can read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import MutableMapping
from typing import Any

from quickstart.workshop.classroom.web import ALIVE, VIEWERS, Board


def frames(sent: list[bytes]) -> list[Any]:
    return [json.loads(part[6:]) for part in sent if part.startswith(b"data: ")]


class Viewer:
    """A browser: what it got, until it goes."""

    def __init__(self, board: Board) -> None:
        self.sent: list[bytes] = []
        self.status = 0
        self.gone = asyncio.Event()
        self.task = asyncio.ensure_future(self.watch(board))

    async def watch(self, board: Board) -> None:
        await board.watch()({"type": "http"}, self.receive, self.send)

    async def receive(self) -> MutableMapping[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: MutableMapping[str, Any]) -> None:
        self.status = message.get("status", self.status)
        self.sent.append(message.get("body", b""))

    async def saw(self, version: int) -> None:
        while not (seen := frames(self.sent)) or seen[-1]["version"] != version:
            await asyncio.sleep(0.01)


def test_a_burst_of_events_is_encoded_a_few_times_for_any_number_of_viewers() -> None:
    version = 0

    async def play() -> tuple[int, list[Viewer]]:
        nonlocal version
        board = Board(lambda: {"version": version, "name": "\u00e9"})
        runner = asyncio.ensure_future(board.run())
        viewers = [Viewer(board) for _ in range(50)]
        for _ in range(200):
            version += 1
            board.mark_changed()
            await asyncio.sleep(0)
        await asyncio.wait_for(asyncio.gather(*[viewer.saw(200) for viewer in viewers]), 30)
        late = Viewer(board)
        await asyncio.wait_for(late.saw(200), 30)
        for viewer in (*viewers, late):
            viewer.gone.set()
        await asyncio.gather(*[viewer.task for viewer in (*viewers, late)])
        runner.cancel()
        assert board.viewers == 0
        return board.encoded, viewers

    encoded, viewers = asyncio.run(play())
    assert encoded <= 4
    assert all(len(frames(viewer.sent)) <= encoded for viewer in viewers)


def test_a_server_that_ends_tells_each_board_that_the_class_is_closed_and_waits_for_none() -> None:
    async def play() -> list[Any]:
        board = Board(lambda: {"version": 0, "counts": {"proven": 3}, "open": True, "join_line": "quickstart join x"})
        viewer = Viewer(board)
        await asyncio.wait_for(viewer.saw(0), 30)
        board.end()
        board.end()
        await asyncio.wait_for(viewer.task, 30)
        late = Viewer(board)
        await asyncio.wait_for(late.task, 30)
        return [frames(viewer.sent), frames(late.sent)]

    closed = {"version": 0, "counts": {"proven": 3}, "open": False, "join_line": None, "closed": True}
    (first, *rest), late = asyncio.run(play())
    assert first["open"]
    assert rest == [closed] == late


def test_there_is_an_end_to_the_number_of_boards() -> None:
    async def play() -> list[int]:
        board = Board(lambda: {"version": 0})
        viewers = [Viewer(board) for _ in range(VIEWERS + 2)]
        await asyncio.sleep(0.05)
        for viewer in viewers:
            viewer.gone.set()
        await asyncio.gather(*[viewer.task for viewer in viewers])
        return [viewer.status for viewer in viewers]

    assert asyncio.run(play()) == [200] * VIEWERS + [503, 503]


def test_a_heartbeat_reaches_a_browsers_script() -> None:
    assert ALIVE.startswith(b":")
    assert b"event: alive" in ALIVE
