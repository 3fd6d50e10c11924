"""Two consoles, the words and marks both use, and progress that never stands still in silence."""

from __future__ import annotations

import io
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import zip_longest
from pathlib import Path
from typing import IO

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

MARKS = {"ok": ("✓", "+"), "warn": ("!", "!"), "fail": ("✗", "x"), "skip": ("·", "-")}
STYLES = {"ok": "green", "warn": "yellow", "fail": "red", "skip": "dim"}
LABEL = 14  # columns that labels take
NARROW = 60  # below this many columns a label stands on its own line
WORTH_TELLING = 0.01  # seconds; what took less is not worth a figure
HEARTBEAT = 10.0  # seconds between signs of life where nothing can be animated


class Screen:
    """Where a person reads: the result on stdout; progress and warnings on stderr. No text is ever read as markup.

    Args:
        color: "auto", "always" or "never".
        quiet: whether progress is left out.
        everything: where all of it goes, where the two are one: the cell of a notebook.
    """

    def __init__(self, color: str = "auto", *, quiet: bool = False, everything: IO[str] | None = None) -> None:
        self.out = _console(everything or sys.stdout, color)
        self.err = _console(everything or sys.stderr, color)
        self.quiet = quiet
        # What is told on the way; --quiet leaves it out.
        self.narration = Console(file=io.StringIO()) if quiet else self.err

    def mark(self, status: str, console: Console) -> Text:
        """Return the sign for a status; a plain one where the console cannot show it."""
        fancy, plain = MARKS[status]
        return Text(fancy if speaks_unicode(console) else plain, STYLES[status])

    @contextmanager
    def working(self) -> Iterator[Working]:
        """Show what is at work, with elapsed time, until the block ends."""
        working = Working(self)
        try:
            yield working
        finally:
            working.stop()


def _console(file: IO[str], color: str) -> Console:
    return Console(
        file=file,
        force_terminal=True if color == "always" else None,
        force_jupyter=False,  # in a notebook rich would write HTML of its own, and read the width wrongly
        # "No colour" would still leave bold and dim: without a colour system there is no escape code at all.
        color_system="auto" if color == "always" or (color == "auto" and _colourful(file)) else None,
        markup=False,
        highlight=False,
        emoji=False,
        soft_wrap=False,
        safe_box=True,
    )


def _colourful(file: IO[str]) -> bool:
    """Tell whether a stream may get escape codes: a terminal without a name can do nothing."""
    helpless = file.isatty() and sys.platform != "win32" and not os.environ.get("TERM")
    return not helpless and not os.environ.get("NO_COLOR")


def speaks_unicode(console: Console) -> bool:
    """Tell whether what a console writes to can take every sign."""
    return (getattr(console.file, "encoding", None) or "ascii").lower().startswith("utf")


def draw_line(console: Console, *parts: str | Text, indent: int = 0, copyable: bool = False) -> None:
    """Print one line.

    Args:
        console: where.
        parts: joined by blanks.
        indent: columns before it, and before its continuation lines.
        copyable: a command or an address; it is never broken, so that it can be copied whole.
    """
    text = Text(" ").join([_harmless_text(part) for part in parts])
    if copyable:
        console.print(Text(" " * indent) + text, soft_wrap=True)
    else:
        console.print(Padding(text, (0, 0, 0, indent), expand=False))


def draw_marked(screen: Screen, console: Console, status: str, text: str, seconds: float | None = None) -> None:
    """Print one line behind the sign of its status; what does not fit hangs under it.

    Args:
        screen: knows the signs.
        console: where.
        status: "ok", "warn", "fail" or "skip".
        text: what it says.
        seconds: how long it took, shown behind it.
    """
    timed = Text(f"  {seconds:.2f} s" if seconds is not None and seconds >= WORTH_TELLING else "", "dim")
    draw_hanging(console, screen.mark(status, console), Text(escape_text(text)) + timed)


def draw_hanging(console: Console, head: Text, text: Text) -> None:
    """Print text behind a head, its continuation lines hanging under the text."""
    text = _harmless_text(text)
    for number, piece in enumerate(text.wrap(console, max(console.width - len(head) - 4, 20))):
        start = head if number == 0 else Text(" " * len(head))
        console.print(Text.assemble("  ", start, " ", piece), soft_wrap=True)


def side_by_side(console: Console, left: tuple[str, Sequence[str]], right: tuple[str, Sequence[str]]) -> None:
    """Print two labelled lists beside each other, or one below the other where the screen is narrow."""
    left, right = ((head, [escape_text(text) for text in lines]) for head, lines in (left, right))
    wide = [max(len(text) for text in (*lines, "")) + 2 for _, lines in (left, right)]
    room = LABEL + 2 + len(right[0]) + 2 + sum(wide)
    if console.width < room - 2:
        draw_labelled(console, left[0], *left[1], copyable=False)
        draw_labelled(console, right[0], *right[1], copyable=False)
        return
    for number, (one, other) in enumerate(zip_longest(left[1], right[1], fillvalue="")):
        heads = (left[0], right[0]) if number == 0 else ("", " " * len(right[0]))
        row = Text.assemble((f"  {heads[0]:<{LABEL}}", "bold"), f"{one:<{wide[0]}}", (f"{heads[1]}  ", "bold"), other)
        console.print(row, soft_wrap=True)


def escape_text(text: str) -> str:
    """Return text without control characters: what a server or a log says must not steer the terminal."""
    return "".join(sign if sign.isprintable() or sign in "\t\xa0" else "\N{REPLACEMENT CHARACTER}" for sign in text)


def _harmless_text(part: str | Text) -> Text:
    if isinstance(part, str):
        return Text(escape_text(part))
    return part if escape_text(part.plain) == part.plain else Text(escape_text(part.plain), part.style)


def shorten_home(path: str) -> str:
    """Return a path, or words with paths in them, with the home folder as ~, which shells understand."""
    return path.replace(str(Path.home()) + os.sep, f"~{os.sep}")


def draw_labelled(console: Console, label: str, *lines: str, copyable: bool = True) -> None:
    """Print lines behind a label, or below it where the screen is narrow."""
    head, lines = Text(label, "bold"), tuple(escape_text(one) for one in lines)
    longest = max(len(one) for one in lines)
    if console.width < NARROW or (copyable and longest > console.width - LABEL - 2):
        draw_line(console, head, indent=2)
        for one in lines:
            draw_line(console, one, indent=4, copyable=copyable)
        return
    head.pad_right(max(LABEL - len(label), 1))
    for number, one in enumerate(lines):
        start = head if number == 0 else Text(" " * LABEL)
        if copyable:
            console.print(Text.assemble("  ", start, one), soft_wrap=True)
        else:
            wrapped = Text(one).wrap(console, max(console.width - LABEL - 3, 20))
            for index, piece in enumerate(wrapped):
                console.print(Text.assemble("  ", start if index == 0 else " " * LABEL, piece))


class Working:
    """Progress: a spinner with elapsed time on a terminal, else a line now and then.

    Args:
        screen: where it is shown.
    """

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._doing = ""
        self._begun = self._said = time.monotonic()
        console = screen.err
        steerable = console.color_system is not None and console.is_terminal and not console.is_dumb_terminal
        self._animated = sys.stderr.isatty() and steerable and not os.environ.get("ACCESSIBLE")
        self._live: Spinner | None = None

    def __call__(self, doing: str, detail: str = "") -> None:
        """Say what is being done now, and the newest word of it."""
        if self._screen.quiet:
            return
        if self._animated:
            self._live = self._live or Spinner(self._screen.err)
            self._live.show(doing, detail)
            return
        now = time.monotonic()
        if doing != self._doing:
            self._doing, self._begun, self._said = doing, now, now
            draw_line(self._screen.err, f"{doing} ...")
        elif now - self._said > HEARTBEAT:
            self._said = now
            draw_line(self._screen.err, f"  {now - self._begun:.0f} s: {detail}")

    def stop(self) -> None:
        """Take the spinner away; what comes next is drawn where it was."""
        if self._live:
            self._live.stop()
            self._live = None


class Spinner:
    """The animated form of progress.

    Args:
        console: the terminal it is drawn on.
    """

    def __init__(self, console: Console) -> None:
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        detail = TextColumn("{task.fields[detail]}", style="dim", markup=False)
        doing = TextColumn("{task.description}", markup=False)
        spinner = SpinnerColumn("dots" if speaks_unicode(console) else "line")
        self._progress = Progress(spinner, doing, TimeElapsedColumn(), detail, console=console, transient=True)
        self._doing = ""
        self._progress.start()

    def show(self, doing: str, detail: str) -> None:
        """Show what is at work; the clock starts anew with each new work."""
        doing, detail = escape_text(doing), escape_text(detail)  # an installer's own words may be among them
        if doing != self._doing:
            self._doing = doing
            for task in self._progress.task_ids:
                self._progress.remove_task(task)
            self._progress.add_task(doing, total=None, detail=detail)
        else:
            self._progress.update(self._progress.task_ids[0], detail=detail)

    def stop(self) -> None:
        """End the animation and clear its line."""
        self._progress.stop()


def draw_fix(console: Console, label: str, row: Mapping[str, str]) -> None:
    """Draw the command that fixes a finding, and the note beside it."""
    if row["command"]:
        draw_labelled(console, label, row["command"])
    if row["note"]:
        draw_labelled(console, "" if row["command"] else label, row["note"], copyable=False)
