"""Two consoles, the marks and layouts of both, and progress with signs of life."""

from __future__ import annotations

import io
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import zip_longest
from pathlib import Path
from typing import IO

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

MARKS = {"ok": ("✓", "+"), "warn": ("!", "!"), "fail": ("✗", "x"), "skip": ("·", "-")}
STYLES = {"ok": "green", "warn": "yellow", "fail": "red", "skip": "dim"}
LABEL = 14  # columns of labels
NARROW = 60  # below this many columns a label is on its own line
SHORTEST = 0.01  # seconds; shorter durations are not shown
HEARTBEAT = 10.0  # seconds between signs of life without animation


class Screen:
    """What a person reads: results on stdout, progress and warnings on stderr. Text is never parsed as markup.

    Args:
        quiet: whether to hide progress.
        everything: the stream for both, in a notebook's cell.
    """

    def __init__(self, color: str = "auto", *, quiet: bool = False, everything: IO[str] | None = None) -> None:
        self.out = _console(everything or sys.stdout, color)
        self.err = _console(everything or sys.stderr, color)
        self.quiet = quiet
        # Everything but errors and prompts; hidden by --quiet.
        self.narration = Console(file=io.StringIO()) if quiet else self.err

    def mark(self, status: str, console: Console) -> Text:
        """Return the mark of a status, in ASCII if the console needs it."""
        fancy, plain = MARKS[status]
        return Text(fancy if speaks_unicode(console) else plain, STYLES[status])

    @contextmanager
    def working(self) -> Iterator[Working]:
        """Show progress until the block ends."""
        working = Working(self)
        try:
            yield working
        finally:
            working.stop()


def _console(file: IO[str], color: str) -> Console:
    return Console(
        file=file,
        force_terminal=True if color == "always" else None,
        force_jupyter=False,  # in a notebook, rich writes HTML and gets the width wrong
        # no_color would keep bold and dim; without a color system there are no escape codes.
        color_system="auto" if color == "always" or (color == "auto" and _has_color(file)) else None,
        markup=False,
        highlight=False,
        emoji=False,
        soft_wrap=False,
        safe_box=True,
    )


def _has_color(file: IO[str]) -> bool:
    dumb = file.isatty() and sys.platform != "win32" and not os.environ.get("TERM")
    return not dumb and not os.environ.get("NO_COLOR")


def speaks_unicode(console: Console) -> bool:
    return (getattr(console.file, "encoding", None) or "ascii").lower().startswith("utf")


def draw_line(console: Console, *parts: str | Text, indent: int = 0, copyable: bool = False) -> None:
    """Print one line, its parts joined by spaces.

    Args:
        indent: columns before it and its continuation lines.
        copyable: whether it is a command or URL, which must not be wrapped.
    """
    text = Text(" ").join([_escaped(part) for part in parts])
    if copyable:
        console.print(Text(" " * indent) + text, soft_wrap=True)
    else:
        console.print(Padding(text, (0, 0, 0, indent), expand=False))


def draw_marked(screen: Screen, console: Console, status: str, text: str, seconds: float | None = None) -> None:
    """Print a text after the mark of its status, with hanging continuation lines; `seconds` is its duration."""
    timed = Text(f"  {seconds:.2f} s" if seconds is not None and seconds >= SHORTEST else "", "dim")
    draw_hanging(console, screen.mark(status, console), Text(escape_text(text)) + timed)


def draw_hanging(console: Console, head: Text, text: Text) -> None:
    text = _escaped(text)
    for number, piece in enumerate(text.wrap(console, max(console.width - len(head) - 4, 20))):
        start = head if number == 0 else Text(" " * len(head))
        console.print(Text.assemble("  ", start, " ", piece), soft_wrap=True)


def side_by_side(console: Console, left: tuple[str, Sequence[str]], right: tuple[str, Sequence[str]]) -> None:
    """Print two labelled lists in columns, or one below the other on a narrow screen."""
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
    """Return text without control characters, so that text of servers and logs cannot control the terminal."""
    return "".join(char if char.isprintable() or char in "\t\xa0" else "\N{REPLACEMENT CHARACTER}" for char in text)


def _escaped(part: str | Text) -> Text:
    if isinstance(part, str):
        return Text(escape_text(part))
    return part if escape_text(part.plain) == part.plain else Text(escape_text(part.plain), part.style)


def shorten_home(path: str) -> str:
    """Return a text with the home folder in its paths as ~."""
    return path.replace(str(Path.home()) + os.sep, f"~{os.sep}")


def draw_labelled(console: Console, label: str, *lines: str, copyable: bool = True) -> None:
    """Print lines after a label, or below it on a narrow screen."""
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
    """Progress: a spinner with the elapsed time on a terminal, else a line now and then."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._doing = ""
        self._begun = self._shown_at = time.monotonic()
        console = screen.err
        steerable = console.color_system is not None and console.is_terminal and not console.is_dumb_terminal
        self._animated = sys.stderr.isatty() and steerable and not os.environ.get("ACCESSIBLE")
        self._live: Spinner | None = None

    def __call__(self, doing: str, detail: str = "") -> None:
        if self._screen.quiet:
            return
        if self._animated:
            self._live = self._live or Spinner(self._screen.err)
            self._live.show(doing, detail)
            return
        now = time.monotonic()
        if doing != self._doing:
            self._doing, self._begun, self._shown_at = doing, now, now
            draw_line(self._screen.err, f"{doing} ...")
        elif now - self._shown_at > HEARTBEAT:
            self._shown_at = now
            draw_line(self._screen.err, f"  {now - self._begun:.0f} s: {detail}")

    def stop(self) -> None:
        if self._live:
            self._live.stop()
            self._live = None


class Spinner:
    """Animated progress on a terminal."""

    def __init__(self, console: Console) -> None:
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415 - start-up: only this output needs it

        detail = TextColumn("{task.fields[detail]}", style="dim", markup=False)
        doing = TextColumn("{task.description}", markup=False)
        spinner = SpinnerColumn("dots" if speaks_unicode(console) else "line")
        self._progress = Progress(spinner, doing, TimeElapsedColumn(), detail, console=console, transient=True)
        self._doing = ""
        self._progress.start()

    def show(self, doing: str, detail: str) -> None:
        """Show what is being done; each new activity restarts the clock."""
        doing, detail = escape_text(doing), escape_text(detail)  # may be output of an installer
        if doing != self._doing:
            self._doing = doing
            for task in self._progress.task_ids:
                self._progress.remove_task(task)
            self._progress.add_task(doing, total=None, detail=detail)
        else:
            self._progress.update(self._progress.task_ids[0], detail=detail)

    def stop(self) -> None:
        self._progress.stop()


def draw_fix(console: Console, label: str, command: str, note: str) -> None:
    """Draw the command that fixes something, and the note beside it."""
    if command:
        draw_labelled(console, label, command)
    if note:
        draw_labelled(console, "" if command else label, note, copyable=False)


def capitalize(text: str) -> str:
    """Return a text with its first letter in upper case, and the others as they are."""
    return text[:1].upper() + text[1:]
