"""`python -m tests.benchmarks.workshop`: how much a class holds, beside a stock server with a login, as Markdown.

Both servers have TLS by the same certificate, a login for each participant and SQLite, and run on this machine beside
the room that comes to them: one after the other, in one run.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from quickstart.workshop.participant import seats as joining
from quickstart.workshop.participant.connection import WorkshopConnection, pin
from quickstart.workshop.participant.join_code import Invitation, read
from tests.benchmarks import sides, stock_class
from tests.benchmarks.table import draw_rows
from tests.conftest import Home, free_port

SEATS = 200
SHORT_SEATS = 12
SPREAD = 60.0  # seconds over which a class really starts
REPORTERS, REPORTS = 4, 8  # whose way to the board is measured; a seat may report ten times at once
VIEWERS = 40  # of the board, besides the one that is always there
HEADER = ("what", "ours", "stock with a login", "must reach", "reached")


@dataclass(frozen=True)
class Class:
    """A class that is open.

    Args:
        home: the instructor's machine.
        invitation: what participants type.
        board_key: what opens the board.
        pid: of its server.
        files: the certificate and its key.
        seconds: that `workshop open` took, until it could be joined.
    """

    home: Home
    invitation: Invitation
    board_key: str
    pid: int
    files: tuple[str, str]
    seconds: float


@contextlib.contextmanager
def open_class(folder: Path, seats: int) -> Iterator[Class]:
    """Open a class in a new folder, as an instructor does, and close it again."""
    with sides.fresh(folder) as home:
        port = str(free_port())
        begun = time.perf_counter()
        told = home.json(
            *("workshop", "open", "--seats", str(seats), "--port", port),
            *("--url", f"https://127.0.0.1:{port}", "--yes"),
        )["data"]
        seconds = time.perf_counter() - begun
        try:
            kept = json.loads((home.quickstart_home / "state/workshops/class/record.json").read_text())
            (server,) = home.json("server", "status")["data"]["servers"]
            invitation = read(told["join"])
            files = (kept["certificate"], kept["key"])
            yield Class(home, invitation, kept["board_key"], server["pid"], files, seconds)
        finally:
            home.run("workshop", "close", "--yes", status=None)


def rehearsed(opened: Class, seats: int, over: float = 0.0) -> dict[str, Any]:
    """Let simulated participants come, and return what the command tells of it."""
    spread = ("--over", f"{over:g}") if over else ()
    ran = opened.home.run("workshop", "rehearse", "--seats", str(seats), *spread, "--json", status=None)
    told: dict[str, Any] = ran.json["data"]
    return told


def joined(opened: Class, folder: Path) -> tuple[float, float]:
    """Return the seconds of `quickstart join` on a machine of its own, and of the interpreter alone."""
    with sides.fresh(folder) as home:
        line = opened.invitation.line.split()
        seconds = sides.timed(home, sides.console_script("quickstart"), *line[1:], "--name", folder.name)
        return seconds, sides.timed(home, sys.executable, "-c", "pass")


class Viewer:
    """Somebody who has the board open: reads its events, and notes when each came."""

    def __init__(self, opened: Class) -> None:
        _, first = pin(opened.invitation)
        self._connection = http.client.HTTPConnection(opened.invitation.host, opened.invitation.port)
        self._connection.sock = first
        host = opened.invitation.url.removeprefix("https://")
        self._connection.request("GET", f"/quickstart/events?key={opened.board_key}", headers={"Host": host})
        answer = self._connection.getresponse()
        if answer.status != 200:
            raise RuntimeError(f"the board's events answer {answer.status}")
        self._answer = answer
        self.seen: list[tuple[float, dict[str, Any]]] = []
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        with contextlib.suppress(OSError, ValueError, AttributeError, http.client.HTTPException):
            while line := self._answer.readline():
                if line.startswith(b"data:"):
                    self.seen.append((time.perf_counter(), json.loads(line[5:])))

    def saw(self, seat: int, code: str, patience: float = 10.0) -> float:
        """Wait until a seat's trouble is shown, and return when it was."""
        deadline = time.perf_counter() + patience
        while time.perf_counter() < deadline:
            for when, state in list(self.seen):
                trouble = state["seats"][seat - 1]["trouble"]
                if trouble and trouble["code"] == code:
                    return when
            time.sleep(0.005)
        raise RuntimeError(f"the board did not show {code!r}")

    def leave(self) -> None:
        """Close the board."""
        self._connection.close()


def board_delays(opened: Class) -> list[float]:
    """Return for each of several reports the seconds from when it was sent until the board had it."""
    viewer = Viewer(opened)
    delays = []
    for reporter in range(REPORTERS):
        pinned, first = pin(opened.invitation)
        with WorkshopConnection(pinned, first) as wire:
            seat = joining.ask_for_seat(wire, opened.invitation, f"{reporter:032x}", f"reporter {reporter}")
            for number in range(REPORTS):
                code = f"report-{number}"
                begun = time.perf_counter()
                if not joining.report(wire, code, seconds=None):
                    raise RuntimeError(f"{code} was refused")
                delays.append(viewer.saw(seat.seat, code) - begun)
    viewer.leave()
    for seat_number in range(1, REPORTERS + 1):
        opened.home.run("workshop", "free", str(seat_number))
    return delays


def cost(opened: Class, seats: int, viewers: int) -> float:
    """Return the processor's seconds that a class at once costs the server, with so many boards open."""
    boards = [Viewer(opened) for _ in range(viewers)]
    server = psutil.Process(opened.pid)

    def used() -> float:
        times = server.cpu_times()
        return float(times.user + times.system)

    before = used()
    rehearsed(opened, seats)
    after = used()
    for board in boards:
        board.leave()
    return after - before


@dataclass(frozen=True)
class Line:
    """A line of the table.

    Args:
        what: is measured.
        ours: as it is shown.
        theirs: as it is shown; "" where stock has nothing like it.
        must: what must be reached, in words; "" where nothing is asked.
        reached: whether it is.
    """

    what: str
    ours: str
    theirs: str = ""
    must: str = ""
    reached: bool | None = None

    @property
    def cells(self) -> tuple[str, ...]:
        """The line's cells."""
        return (self.what, self.ours, self.theirs, self.must, {True: "yes", False: "**no**", None: ""}[self.reached])


def measure(folder: Path, seats: int, spread: float, rounds: int, progress: Callable[[str], None]) -> list[Line]:
    """Measure every line of the table.

    Args:
        folder: empty; what is made in it is gone again afterwards.
        seats: how many participants there are.
        spread: seconds over which they come, where they come spread.
        rounds: samples behind the median of a single participant.
        progress: told what is at work.
    """
    progress(f"opening a class of {seats}")
    with open_class(folder / "ours", seats) as opened:
        progress("one participant at a time")
        pairs = [joined(opened, folder / f"participant-{number}") for number in range(rounds)]
        for seat in range(1, rounds + 1):
            opened.home.run("workshop", "free", str(seat))
        progress("the board")
        delays = board_delays(opened)
        progress(f"{seats} at once")
        once = rehearsed(opened, seats)
        progress(f"{seats} over {spread:g} s")
        over = rehearsed(opened, seats, spread)
        few = max(seats // 4, 2)
        progress(f"{few} at once, with one board and with {VIEWERS + 1}")
        costs = cost(opened, few, 1), cost(opened, few, VIEWERS + 1)
        progress(f"a stock server with {seats} users")
        at = replace(opened.invitation, port=free_port())
        with stock_class.stock_class(folder / "stock", at, opened.files, seats) as stock:
            alone = statistics.median(stock_class.attend(stock, stock.users[0]) for _ in range(rounds))
            progress(f"{seats} at once at the stock server")
            crowd = stock_class.room(stock)
    single = statistics.median(ours - bare for ours, bare in pairs)
    last = float(once["last"])
    ratio = last / crowd.seconds
    everybody = once["proven"] == seats
    return [
        Line(
            f"`workshop open --seats {seats}`, until it can be joined",
            f"{opened.seconds:.1f} s",
            f"{stock.seconds:.1f} s until healthy, without users",
            "10 s",
            opened.seconds <= 10,
        ),
        Line(
            "one participant, server idle: `quickstart join` with its proof, less an interpreter's start",
            f"{single:.2f} s",
            f"{alone:.2f} s for the proof alone",
            "1 s",
            single <= 1,
        ),
        Line(
            f"{seats} in the same second, until the last is proven",
            f"{once['proven']} of {seats}, {last:.1f} s; p50 {once['p50']:.1f} s, p95 {once['p95']:.1f} s",
            str(crowd),
            f"{seats} of {seats} within 30 s",
            everybody and last <= 30,
        ),
        Line("the same, ours / stock", f"{ratio:.3f} x", "", "0.3 x", everybody and ratio <= 0.3),
        Line(
            f"{seats} spread over {spread:g} s: join and proof",
            f"{over['proven']} of {seats}; p50 {over['p50']:.2f} s, p95 {over['p95']:.2f} s",
            "",
            "p95 1.5 s",
            over["proven"] == seats and over["p95"] <= 1.5,
        ),
        Line(
            f"an event on the board, the slowest of {REPORTERS * REPORTS}",
            f"{max(delays):.2f} s",
            "",
            "1 s",
            max(delays) <= 1,
        ),
        Line(
            f"the server's processor time for {few} at once: 1 board open, {VIEWERS + 1} boards open",
            f"{costs[0]:.1f} s, {costs[1]:.1f} s",
        ),
    ]


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.workshop", description=__doc__)
    parser.add_argument("--short", action="store_true", help=f"{SHORT_SEATS} participants, once")
    return parser.parse_args(arguments)


def main() -> None:
    """Measure, and print the table on stdout; what is at work goes to stderr."""
    short = options().short
    begun, busy = time.monotonic(), psutil.getloadavg()[0]

    def progress(what: str) -> None:
        print(f"{time.monotonic() - begun:5.0f} s  {what}", file=sys.stderr, flush=True)

    seats, spread, rounds = (SHORT_SEATS, 3.0, 1) if short else (SEATS, SPREAD, 5)
    with tempfile.TemporaryDirectory(prefix="quickstart-class-", ignore_cleanup_errors=True) as folder:
        lines = measure(Path(folder).resolve(), seats, spread, rounds, progress)
    print(draw_rows(HEADER, [line.cells for line in lines]))
    print(f"MLflow {version('mlflow')}, load average before: {busy:.1f}; the participants ran on the same machine.")


if __name__ == "__main__":
    main()
