"""What is measured in one round: each row's two sides in turn, on one server at a time."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection
from pathlib import Path

from tests.benchmarks import crowd, databricks, doctor, memory, rest, sides
from tests.benchmarks.floor import floor
from tests.benchmarks.question import first_question
from tests.benchmarks.table import CLIENTS, NAMES, Samples

DATABRICKS = frozenset({"login", "verify-databricks"})
ON_OURS = frozenset({"first-run", "floor", "memory", "round-trip", "verify", "doctor", *DATABRICKS, CLIENTS})
ON_STOCK = frozenset({"first-run", "memory", "round-trip", CLIENTS})
# Of a server that has done starting.
SETTLED = frozenset({"memory", "round-trip", "verify", "doctor", *DATABRICKS, CLIENTS})
STARTS = 15  # times that commands are started that end at once, or at their first question, whatever the rounds


def measure(
    folder: Path,
    rounds: int,
    clients: int,
    only: Collection[str] = NAMES,
    progress: Callable[[str], None] = lambda _: None,
) -> Samples:
    """Measure the rows.

    Args:
        folder: empty; what is made in it is gone again afterwards.
        rounds: how many samples each median is of.
        clients: how many come at once.
        only: names of the rows to measure.
        progress: told what is at work.
    """
    samples = Samples()
    servers = ON_OURS.intersection(only)
    if servers:
        progress("reading MLflow once, uncounted: from a cold disk it would decide the first round")
        floor(folder / "warm")
    for number in range(1, rounds + 1 if servers else 1):
        # The crowd comes once, and last: its runs would weigh on what is measured after it.
        now = servers if number == rounds else servers - {CLIENTS}
        if now:
            progress(f"round {number} of {rounds}")
            _ours(folder / f"ours-{number}", now, samples, clients)
            if "floor" in now:
                samples.theirs["floor"].append(floor(folder / f"floor-{number}"))
            if ON_STOCK & now:
                _stock(folder / f"stock-{number}", now, samples, clients)
    if "doctor-dead" in only:
        progress("waiting for MLflow's client to report a server that is not there")
        ours, theirs = doctor.dead_server(folder / "dead", short=rounds == 1)
        samples.ours["doctor-dead"].append(ours)
        samples.theirs["doctor-dead"].append(theirs)
    if {"question", "help", "version"}.intersection(only):
        progress("starting the command")
        _starts(folder / "starts", only, samples, max(STARTS, rounds))
    return samples


def _ours(folder: Path, rows: Collection[str], samples: Samples, clients: int) -> None:
    with sides.ours(folder) as up:
        for row in ("first-run", "floor"):
            if row in rows:
                samples.ours[row].append(up.seconds)
        _on_server(up, rows, samples.ours)
        if "verify" in rows:
            seconds = sides.timed(up.home, sides.console_script("quickstart"), "verify", up.uri)
            samples.ours["verify"].append(seconds)
            samples.theirs["verify"].append(sides.seeds_script(up.home, up.uri))
        if "doctor" in rows:
            samples.ours["doctor"].append(sides.timed(up.home, sides.console_script("quickstart"), "doctor"))
            samples.theirs["doctor"].append(sides.seeds_script(up.home, up.uri))
        if DATABRICKS.intersection(rows):
            _databricks(up, folder.with_name(f"{folder.name}-databricks"), rows, samples)
        if CLIENTS in rows:
            samples.crowds["ours"] = crowd.rush(up.uri, clients)


def _databricks(up: sides.Up, folder: Path, rows: Collection[str], samples: Samples) -> None:
    logins, calls = (samples.ours["login"], samples.theirs["login"]) if "login" in rows else ([], [])
    with databricks.logged_in(up, folder, logins, calls) as (home, _):
        if "verify-databricks" in rows:
            samples.ours["verify-databricks"].append(databricks.verified(home))
            samples.theirs["verify-databricks"].append(databricks.by_mlflow(home))


def _stock(folder: Path, rows: Collection[str], samples: Samples, clients: int) -> None:
    with sides.stock(folder) as up:
        if "first-run" in rows:
            samples.theirs["first-run"].append(up.seconds)
        _on_server(up, rows, samples.theirs)
        if CLIENTS in rows:
            samples.crowds["theirs"] = crowd.rush(up.uri, clients)


def _on_server(up: sides.Up, rows: Collection[str], into: dict[str, list[float]]) -> None:
    if not SETTLED.intersection(rows):
        return
    held = memory.settled(up.pid)
    if "memory" in rows:
        into["memory"].append(held)
    if "round-trip" in rows:
        into["round-trip"].append(rest.usual_round_trip(up.uri))


def _starts(folder: Path, rows: Collection[str], samples: Samples, times: int) -> None:
    command = sides.console_script("quickstart")
    with sides.fresh(folder) as home:
        sides.timed(home, command, "--help")
        for _ in range(times):
            for row in ("help", "version"):
                if row in rows:
                    samples.ours[row].append(sides.timed(home, command, f"--{row}"))
                    samples.theirs[row].append(sides.timed(home, sys.executable, "-c", "pass"))
            if "question" in rows:
                samples.ours["question"].append(first_question(home))
                samples.theirs["question"].append(sides.timed(home, sys.executable, "-c", "pass"))
