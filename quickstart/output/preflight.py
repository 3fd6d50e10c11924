"""What `quickstart preflight` found, as a person reads it, and whoever walks past them."""

from __future__ import annotations

import os
from pathlib import Path

from rich.text import Text

from quickstart.output.banner import large
from quickstart.output.console import (
    STYLES,
    Screen,
    draw_fix,
    draw_labelled,
    draw_line,
    draw_marked,
    escape_text,
    shorten_home,
    speaks_unicode,
)
from quickstart.results import Outcome


def draw_preflight(screen: Screen, outcome: Outcome) -> None:
    """Draw what was looked at, whether that is enough, and the one next step.

    Args:
        screen: where.
        outcome: of `quickstart preflight`.
    """
    console, rows = screen.out, outcome.data["checks"]
    cause = next((row for status in ("fail", "warn") for row in rows if row["status"] == status), None)
    wide = max(len(row["id"]) for row in rows) + 2
    for row in rows:
        draw_marked(screen, console, row["status"], f"{row['id']:<{wide}}{shorten_home(row['what'])}")
        if cause and row["id"] == cause["id"]:  # what mends it is the next step, at the end
            draw_line(console, shorten_home(row["why"]), indent=4)
        else:
            draw_fix(console, "", row)
    if proof := outcome.data["proof"]:
        draw_labelled(console, "Proof", _from_here(proof))
    console.print()
    failed = outcome.data["summary"]["fail"] > 0
    verdict(screen, "FAIL" if failed else "PASS", "fail" if failed else "ok")
    console.print()
    for label, lines in outcome.next_steps:
        draw_labelled(console, label, *lines)


def verdict(screen: Screen, word: str, status: str) -> None:
    """Print a word so that it can be read from two metres; as it is for screen readers, and where nobody looks.

    Args:
        screen: where.
        word: such as "PASS".
        status: whose colour it has.
    """
    console = screen.out
    spoken = os.environ.get("ACCESSIBLE") or not console.is_terminal
    block = "█" if speaks_unicode(console) else "#"
    for row in [word] if spoken else large(word, console.width, block):
        console.print(Text(escape_text(row), STYLES[status]), soft_wrap=True)


def _from_here(path: str) -> str:
    """Return a path as short as it can be named from here."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except (OSError, ValueError):
        return shorten_home(path)
