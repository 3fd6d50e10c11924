"""What came of a class: who was proven when, and what went wrong. For people in Markdown, for programs in JSON."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from quickstart.system.shell import count_of
from quickstart.workshop.instructor.record import Workshop
from quickstart.workshop.instructor.roster import Aside, Seat, counts


def summary(
    workshop: Workshop, seats: Sequence[Seat], closed: str, runs: int, aside: Sequence[Aside] = ()
) -> dict[str, Any]:
    """Return what came of a class.

    Args:
        workshop: the class.
        seats: as its server last noted them.
        closed: when it was closed, ISO 8601, UTC.
        runs: how many runs were recorded.
        aside: what was put aside when seats were freed.
    """
    taken = [seat for seat in seats if seat.state != "free"]
    return {
        "name": workshop.name,
        "title": workshop.title,
        "opened": workshop.opened,
        "closed": closed,
        "seats": workshop.seats,
        "counts": counts(seats),
        "runs": runs,
        "participants": [
            {
                "seat": seat.seat,
                "name": seat.name,
                "state": seat.state,
                "trouble": seat.trouble,
                "at": seat.at,
                "seconds": seat.seconds,
            }
            for seat in taken
        ],
        "put_aside": [{"experiment": one.experiment, "runs": one.runs} for one in aside],
    }


def as_markdown(told: Mapping[str, Any]) -> str:
    """Return what came of a class, for a person.

    Args:
        told: as summary() returns it.
    """
    people, count = told["participants"], told["counts"]
    came = sum(count[state] for state in ("joined", "proven", "trouble"))
    lines = [
        f"# {plain(told['title'])}",
        "",
        f"Opened {_when(told['opened'])}, closed {_when(told['closed'])}. "
        f"{came} of {count_of(told['seats'], 'seat')} taken, {count['proven']} proven, "
        f"{count_of(told['runs'], 'run')} recorded.",
    ]
    troubles = Counter(one["trouble"]["headline"] or one["trouble"]["code"] for one in people if one["trouble"])
    if troubles:
        lines += ["", "## What went wrong", ""]
        lines += [f"- {plain(what)} ({count_of(number, 'seat')})" for what, number in troubles.most_common()]
    if people:
        lines += ["", "## Seats", "", "| seat | name | state | since | took |", "|---:|---|---|---|---:|"]
        lines += [_row(one) for one in people]
    if told["put_aside"]:
        lines += ["", "## Put aside when their seats were freed", ""]
        rows = ((plain(one["experiment"]), count_of(one["runs"], "run")) for one in told["put_aside"])
        lines += [f"- experiment {name}: {runs}" for name, runs in rows]
    return "\n".join(lines) + "\n"


def plain(text: str) -> str:
    """Return text that Markdown takes as it stands, whatever a participant put into it."""
    return re.sub(r"([\\`*_{}\[\]<>()#+\-!|~&])", r"\\\1", " ".join(text.split()))


def _row(one: Mapping[str, Any]) -> str:
    what = one["state"] + (f": {one['trouble']['headline']}" if one["trouble"] else "")
    seconds = f"{one['seconds']:.1f} s" if one["seconds"] is not None else ""
    return f"| {one['seat']} | {plain(one['name'] or '')} | {plain(what)} | {_when(one['at'])} | {seconds} |"


def _when(at: str | None) -> str:
    """Return a moment as this machine's clock shows it, with its distance from UTC: a summary is read elsewhere."""
    return datetime.fromisoformat(at).astimezone().isoformat(sep=" ", timespec="minutes") if at else ""
