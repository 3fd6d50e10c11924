"""The progress of a workshop on the instructor's terminal: once, or again whenever it changes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from rich.console import Group
from rich.text import Text

from quickstart.output.console import Screen, draw_labelled, draw_line, escape_text, shorten_home, speaks_unicode
from quickstart.system import shell
from quickstart.system.shell import as_typed_here, clock, count_of, quoted
from quickstart.workshop.instructor.results import SeatStatus, WorkshopStatus


class Named(Protocol):
    """A workshop, or what was done to one."""

    @property
    def name(self) -> str: ...


BAR = 33  # columns of progress on a wide screen
LINES = 20  # without --watch; with the next commands it fits a terminal of 24 lines


def status(screen: Screen, data: WorkshopStatus) -> None:
    for text in picture(screen, data):
        screen.out.print(text, soft_wrap=True)
    if data.login:
        draw_labelled(screen.out, "MLflow", data.address)
        draw_labelled(screen.out, "", f"user {data.login.user}, password {data.login.password}")
        lines = shell.environment_lines(data.login.variables, shell.shell_of(os.environ))
        draw_labelled(screen.out, "From Python", *lines.splitlines())
    name = named(data)
    if data.closed:
        again = as_typed_here(f"quickstart workshop open{name}")
        draw_labelled(screen.out, "Closed", f"{at(data.closed)}, archived in {shorten_home(data.archive or '')}")
        draw_labelled(screen.out, "Reopen", again)
    elif not data.running:
        draw_labelled(screen.out, "Start", as_typed_here(f"quickstart workshop open{name}"))
    elif data.expired:
        draw_labelled(screen.out, "Renew code", as_typed_here(f"quickstart workshop unlock{name}"))


def picture(screen: Screen, data: WorkshopStatus, height: int = LINES) -> list[Text]:
    """Return a workshop in at most `height` lines: the join command, the progress, and who needs help."""
    console, count = screen.out, data.counts
    total = sum(count.values())
    head = Text(escape_text(data.title), "bold")
    how = Text(escape_text(data.join), "bold") if data.join else Text(_not_joinable(data), "yellow")
    between = " · join with  " if data.join else " · "
    lines = [Text.assemble(head, (between, "dim"), how)]
    if lines[0].cell_len > console.width:
        lines = [head, how]
    trouble = [f"{count['trouble']} in trouble"] if count["trouble"] else []
    words = [f"{count['joined']} joined", *trouble, f"{count_of(count['free'], 'seat')} free"]
    progress = Text(f"{count['proven']} of {total} proven", "bold")
    rest = Text(", ".join(words))
    room = console.width - progress.cell_len - rest.cell_len - 4
    lines += _progress(screen, progress, rest, _bar(screen, count, total, max(10, min(BAR, room))), room)
    return lines + _people(screen, data, height - len(lines))


def _progress(screen: Screen, progress: Text, rest: Text, bar: Text, room: int) -> list[Text]:
    if room >= len(bar.plain):
        return [Text.assemble(progress, "  ", bar, "  ", rest)]
    return [progress, bar, *rest.wrap(screen.out, screen.out.width)]


def _bar(screen: Screen, count: Mapping[str, int], total: int, columns: int) -> Text:
    full, empty = ("█", "░") if speaks_unicode(screen.out) and not os.environ.get("ACCESSIBLE") else ("#", ".")
    filled = round(columns * count["proven"] / total) if total else 0
    return Text.assemble((full * filled, "green"), (empty * (columns - filled), "dim"))


def _people(screen: Screen, data: WorkshopStatus, height: int) -> list[Text]:
    """Return who needs help: a line each if they fit, else as many as fit."""
    groups = [
        (Text("in trouble: ", "yellow"), [_who(seat) for seat in data.seats if seat.state == "trouble"]),
        (Text("not verified: ", "dim"), [_who(seat) for seat in data.seats if seat.state == "joined"]),
    ]
    width = screen.out.width
    each = [piece for head, people in groups for one in people for piece in (head + one).wrap(screen.out, width)]
    if len(each) <= height:
        return each
    trouble = _together(screen, *groups[0], max(height - 1, 1))
    return trouble + _together(screen, *groups[1], height - len(trouble))


def _together(screen: Screen, head: Text, people: Sequence[str], height: int) -> list[Text]:
    """Return people in running text, as many as fit into the lines, but at least one."""
    for number in range(len(people) if height > 0 else 0, 0, -1):
        left = f", and {len(people) - number} more" if number < len(people) else ""
        lines = list((head + (", ".join(people[:number]) + left)).wrap(screen.out, screen.out.width))
        if len(lines) <= height or number == 1:
            return lines
    return []


def _who(seat: SeatStatus) -> str:
    trouble = seat.trouble or {}
    wrong = str(trouble.get("headline") or trouble.get("code") or "unknown error")
    what = ": ".join((*filter(None, [seat.name]), *([wrong] if seat.state == "trouble" else [])))
    return escape_text(f"seat {seat.seat}" + (f" ({what})" if what else ""))


def _not_joinable(data: WorkshopStatus) -> str:
    if data.closed:
        return "closed"
    if not data.running:
        return "the server is not running"
    return "the join code has expired" if data.expired and not data.locked else "locked"


def watch(screen: Screen, states: Iterable[WorkshopStatus]) -> None:
    """Draw a workshop whenever it changes: in place on a terminal, otherwise a line for each change."""
    if not (screen.out.is_terminal and screen.out.color_system) or os.environ.get("ACCESSIBLE"):
        _lines(screen, states)
        return
    from rich.live import Live  # noqa: PLC0415 - start-up: only this output needs it

    with Live(console=screen.out, auto_refresh=False, vertical_overflow="crop") as live:
        size = screen.out.size
        for data in states:
            if screen.out.size != size:  # a resized terminal wraps the old lines unpredictably
                size = screen.out.size
                screen.out.clear()
            live.update(Group(*picture(screen, data, screen.out.height - 1)), refresh=True)


def _lines(screen: Screen, states: Iterable[WorkshopStatus]) -> None:
    from quickstart.workshop.instructor.client import changes  # noqa: PLC0415 - start-up: a participant's join draws, too

    before: WorkshopStatus | None = None
    for data in states:
        for text in changes(before, data) if before else _first(screen, data):
            draw_line(screen.out, text, copyable=True)
        screen.out.file.flush()
        before = data


def _first(screen: Screen, data: WorkshopStatus) -> Iterator[str]:
    return (text.plain for text in picture(screen, data))


def named(data: Named) -> str:
    """Return the workshop's name as the argument of a command, which must still be right with a second workshop."""
    return f" {quoted(data.name)}"


def at(when: str) -> str:
    return f"at {clock(when)}"
