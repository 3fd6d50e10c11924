"""What an examination found, as a person reads it: the cause first, then a line for all the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from rich.text import Text

from quickstart.diagnosis.models import LAYERS
from quickstart.output.console import (
    Screen,
    draw_fix,
    draw_hanging,
    draw_labelled,
    draw_line,
    draw_marked,
    shorten_home,
)
from quickstart.results import Outcome
from quickstart.system.shell import as_typed_here, count_of

Row = Mapping[str, Any]
STATUSES = ("ok", "warn", "fail")


def draw_doctor(screen: Screen, outcome: Outcome, *, verbose: bool) -> None:
    """Draw what the doctor found.

    Args:
        screen: where.
        outcome: of `quickstart doctor`.
        verbose: whether every row is shown, and not only what is wrong.
    """
    console, data = screen.out, outcome.data
    if "summary" not in data:
        _listed(screen, data["checks"])
        return
    screen.narration.print()
    draw_line(console, Text(data["tracking_uri"], "bold"), copyable=True)
    draw_line(console, data["origin"]["words"], indent=2)
    console.print()
    rows = data["checks"]
    cause = next((row for status in ("fail", "warn") for row in rows if row["status"] == status), None)
    if cause:
        _wrong(screen, cause)
    else:
        draw_marked(screen, console, "ok", "Nothing is wrong.")
    console.print()
    if verbose:
        _every(screen, rows)
    else:
        draw_line(console, _counts(screen, rows), indent=2)
        for row in rows:
            if row["status"] in ("warn", "fail") and row is not cause:
                _wrong(screen, row, briefly=True)
    fixable = sum(row["fixable"] for row in rows)
    if fixable and "mended" not in data:
        draw_line(console, as_typed_here(f"quickstart doctor --fix   offers to mend {count_of(fixable, 'thing')}"))
    if not verbose:
        draw_line(console, f"{data['seconds']:.1f} s.", as_typed_here(LATER))
    if report := data.get("report"):
        draw_labelled(console, "Report", report)


LATER = "All checks: quickstart doctor --verbose. To show somebody: quickstart doctor --report report.txt"


def _wrong(screen: Screen, row: Row, *, briefly: bool = False) -> None:
    """Draw what is wrong: what happened, why, and what mends it."""
    console = screen.out
    text = Text.assemble(shorten_home(row["what"]), "  ", (row["code"] or row["id"], "dim"))
    draw_hanging(console, screen.mark(row["status"], console), text)
    if not row["why"]:
        return
    if not briefly:
        draw_line(console, shorten_home(row["why"]), indent=4)
    draw_fix(console, "Fix", row)
    if not briefly:
        draw_labelled(console, "More", row["docs"])


def _counts(screen: Screen, rows: Sequence[Row]) -> Text:
    """Return one line: each layer with how many checks went how, and how many were not reached."""
    parts = []
    for layer, group in groupby(rows, key=lambda row: row["layer"]):
        statuses = [row["status"] for row in group]
        counts = [(status, statuses.count(status)) for status in STATUSES if status in statuses]
        if counts:
            marks = (Text.assemble(screen.mark(status, screen.out), f" {count}") for status, count in counts)
            parts.append(Text(" ").join([Text(layer), *marks]))
    text = Text("   ").join(parts)
    unreached = sum(row["what"].startswith("not reached") for row in rows)
    return Text.assemble(text, f"   ({unreached} not reached)" if unreached else "")


def _every(screen: Screen, rows: Sequence[Row]) -> None:
    wide = max(len(row["id"]) for row in rows) + 2
    for layer in LAYERS:
        group = [row for row in rows if row["layer"] == layer]
        if group:
            draw_line(screen.out, Text(layer, "bold"))
        for row in group:
            draw_marked(
                screen, screen.out, row["status"], f"{row['id']:<{wide}}{shorten_home(row['what'])}", row["seconds"]
            )
            draw_fix(screen.out, "", row)


def _listed(screen: Screen, checks: Sequence[Row]) -> None:
    """Draw what is checked."""
    for layer, group in groupby(checks, key=lambda row: row["layer"]):
        draw_line(screen.out, Text(layer, "bold"))
        for row in group:
            when = " (--deep)" if row["deep"] else ""
            draw_labelled(screen.out, row["id"], f"whether {row['asks']}{when}", copyable=False)
