"""A class on the instructor's screen: what the room types, how far it is, and what came of what was steered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from rich.console import Group
from rich.text import Text

from quickstart.next_steps import as_typed, counted, quoted
from quickstart.output.screen import NARROW, Screen, harmless, labelled, line, marked, shorter, speaks_unicode
from quickstart.state import clock
from quickstart.target.scripts.classroom import qr
from quickstart.workshop.viewing import changes

Data = Mapping[str, Any]
BAR = 33  # columns of progress on a wide screen
BESIDE = 20  # lines of what stands below the QR code
SHOWN = 8  # seats in trouble that are told one by one where nothing says how many lines there are


def workshop(screen: Screen, data: Data) -> None:
    """Draw what came of a command of `quickstart workshop`."""
    for key, view in VIEWS.items():
        if key in data:
            view(screen, data)
            return


def opened(screen: Screen, data: Data) -> None:
    """Draw what the room types, where the board is, and what the instructor does next."""
    console = screen.out
    state = "is open already" if data["already"] else "can be joined"
    marked(screen, console, "ok", f"{data['title']}: {counted(data['seats'], 'seat')}, {state}")
    if data["locked"]:
        marked(screen, console, "warn", as_typed(f"joining is closed; quickstart workshop unlock {data['name']}"))
    if data["moved"]:
        marked(screen, console, "warn", f"port {data['moved']} is taken, so this class has another")
    if data["alone"]:
        text = "this machine has no network: nobody but itself can join. Once it has one: "
        marked(screen, console, "warn", text + as_typed("quickstart workshop close, and open again"))
    if data["doubt"]:
        marked(screen, console, "warn", f"tried from here, its address does not lead to it: {data['doubt']}")
    _to_type(screen, "Install", data["install"])
    _to_type(screen, "Join", data["join"])
    _code(screen, data["join"])
    labelled(console, "Board", data["board"], "for the projector; whoever has this address sees the code")
    if data["others"]:
        labelled(console, "Not reached?", f"--url takes another address: {', '.join(data['others'])}", copyable=False)
    labelled(console, "Firewall?", f"try it on a laptop: curl -k {data['address']}/quickstart/ready")
    if data["certificate"]["made"]:
        labelled(console, "Browsers", "warn of the certificate, which was made for this class", copyable=False)
    labelled(console, "Until", f"joining ends by itself {_at(data['expires'])}", copyable=False)
    name = _named(data)
    labelled(console, "Next", *(as_typed(f"quickstart workshop {what}{name}") for what in NEXT))


NEXT = ("rehearse", "status --watch", "handout", "lock", "close")


def _to_type(screen: Screen, label: str, text: str) -> None:
    console = screen.out
    console.print()
    line(console, Text(label, "dim"), indent=2)
    style = "bold reverse" if console.color_system else "bold"
    padded = Text(f" {harmless(text)} ", style) if console.width >= NARROW else Text(harmless(text), style)
    line(console, padded, indent=2 if console.width >= NARROW else 0, copyable=True)


def _code(screen: Screen, text: str) -> None:
    """Draw the QR code, where a camera could read it: in two colours, and whole."""
    console = screen.out
    console.print()
    if not (console.is_terminal and console.color_system and speaks_unicode(console)):
        return
    rows = qr.halves(text, "L")
    if console.height < len(rows) + BESIDE or console.width < len(rows[0]) + 2:
        line(console, "(The QR code is on the board; a taller window shows it here, too.)", indent=2)
        console.print()
        return
    for row in rows:
        console.print(Text("  ") + Text(row, "bright_white on black"), soft_wrap=True)
    console.print()


def status(screen: Screen, data: Data) -> None:
    """Draw a class as it is."""
    for text in picture(screen, data):
        screen.out.print(text, soft_wrap=True)
    if data.get("password"):
        labelled(screen.out, "MLflow", data["address"])
        labelled(screen.out, "", f"user {data['user']}, password {data['password']}")
    name = _named(data)
    if data["closed"]:
        again = as_typed(f"quickstart workshop open{name}   goes on with it")
        labelled(screen.out, "Closed", f"{_at(data['closed'])}, archived in {shorter(data['archive'] or '')}")
        labelled(screen.out, "Again", again)
    elif not data["running"]:
        labelled(screen.out, "Start it", as_typed(f"quickstart workshop open{name}"))
    elif data["expired"]:
        labelled(screen.out, "Go on", as_typed(f"quickstart workshop open{name} --expires 4"))


def picture(screen: Screen, data: Data, height: int | None = None) -> list[Text]:
    """Return a class in lines: how to join, how far the room is, and who needs help.

    Args:
        screen: that it is for.
        data: as viewing.live() returns it.
        height: lines that there are; None for any number.
    """
    console, count = screen.out, data["counts"]
    total = sum(count.values())
    head = Text(harmless(data["title"]), "bold")
    how = Text(harmless(data["join"]), "bold") if data["join"] else Text(_not_joinable(data), "yellow")
    between = " · join with  " if data["join"] else " · "
    lines = [Text.assemble(head, (between, "dim"), how)]
    if lines[0].cell_len > console.width:
        lines = [head, how]
    trouble = [f"{count['trouble']} in trouble"] if count["trouble"] else []
    words = [f"{count['joined']} joined", *trouble, f"{counted(count['free'], 'seat')} free"]
    progress = Text(f"{count['proven']} of {total} proven", "bold")
    rest = Text(", ".join(words))
    room = console.width - progress.cell_len - rest.cell_len - 4
    lines += _progress(screen, progress, rest, _bar(screen, count, total, max(10, min(BAR, room))), room)
    lines += _troubles(screen, data, None if height is None else height - len(lines))
    return lines


def _progress(screen: Screen, progress: Text, rest: Text, bar: Text, room: int) -> list[Text]:
    if room >= len(bar.plain):
        return [Text.assemble(progress, "  ", bar, "  ", rest)]
    return [progress, bar, *rest.wrap(screen.out, screen.out.width)]


def _bar(screen: Screen, count: Mapping[str, int], total: int, columns: int) -> Text:
    full, empty = ("█", "░") if speaks_unicode(screen.out) else ("#", ".")
    filled = round(columns * count["proven"] / total) if total else 0
    return Text.assemble((full * filled, "green"), (empty * (columns - filled), "dim"))


def _troubles(screen: Screen, data: Data, height: int | None) -> list[Text]:
    """Return who is in trouble and with what, as many as there is room for."""
    found = [f"seat {seat['seat']} ({_what(seat)})" for seat in data["seats"] if seat["state"] == "trouble"]
    if not found:
        return []
    for number in range(len(found), 0, -1):
        left = f", and {len(found) - number} more" if number < len(found) else ""
        text = Text.assemble(("in trouble: ", "yellow"), harmless(", ".join(found[:number]) + left))
        lines = list(text.wrap(screen.out, screen.out.width))
        if (number <= SHOWN if height is None else len(lines) <= height) or number == 1:
            return lines
    return []


def _what(seat: Data) -> str:
    trouble = seat["trouble"] or {}
    name = f"{seat['name']}: " if seat["name"] else ""
    return name + str(trouble.get("headline") or trouble.get("code") or "it does not say what")


def _not_joinable(data: Data) -> str:
    if data["closed"]:
        return "closed"
    if not data["running"]:
        return "its server does not run"
    return "the code has expired" if data["expired"] and not data["locked"] else "joining is closed"


def watched(screen: Screen, states: Iterable[Data]) -> None:
    """Draw a class each time that it changed: in one place on a terminal, else a line for each change.

    Args:
        screen: where.
        states: as viewing.watched() yields them.
    """
    if not (screen.out.is_terminal and screen.out.color_system):
        _lines(screen, states)
        return
    from rich.live import Live

    with Live(console=screen.out, auto_refresh=False, vertical_overflow="crop") as live:
        for data in states:
            live.update(Group(*picture(screen, data, screen.out.height - 1)), refresh=True)


def _lines(screen: Screen, states: Iterable[Data]) -> None:
    before: Data | None = None
    for data in states:
        for text in changes(before, data) if before else _first(screen, data):
            line(screen.out, text, copyable=True)
        screen.out.file.flush()
        before = data


def _first(screen: Screen, data: Data) -> Iterator[str]:
    return (text.plain for text in picture(screen, data))


def steered(screen: Screen, data: Data) -> None:
    """Draw what was steered, and what to do next."""
    name, seat, console = _named(data), data["seat"], screen.out
    option = f" --name {quoted(data['name'])}" if name else ""
    said, then = {
        "lock": ("joining is closed, and the board no longer shows the code", f"unlock{name}   opens it again"),
        "unlock": ("the class can be joined again", f"lock{name}   closes it again"),
        "free": (
            f"seat {seat} is free: who had it is logged out, and their runs are put aside for you",
            f"status{name}",
        ),
        "remove": (
            f"seat {seat} is removed: its machine cannot join again, and its runs stay",
            f"free {seat}{option}   gives the seat to somebody else",
        ),
    }[data["did"]]
    marked(screen, console, "ok", said)
    labelled(console, "Next", as_typed(f"quickstart workshop {then}"))


def closed(screen: Screen, data: Data) -> None:
    """Draw what came of a class, and where it is kept."""
    console, count = screen.out, data["counts"]
    came = count["joined"] + count["proven"] + count["trouble"]
    held = f"{count['proven']} proven, {counted(data['runs'], 'run')}"
    text = f"closed: nothing listens any more. {came} of {counted(data['seats'], 'seat')} taken, {held}"
    marked(screen, console, "ok", text)
    if data["archive"]:
        labelled(console, "Archive", data["archive"])
    labelled(console, "Summary", data["summary"])
    name = _named(data)
    option = f" --name {quoted(data['name'])}" if name else ""
    export = f"quickstart workshop export SEAT{option}"
    labelled(console, "Keep", as_typed(f"{export}   writes one participant's runs"))
    labelled(console, "Go on", as_typed(f"quickstart workshop open{name}"))


def exported(screen: Screen, data: Data) -> None:
    """Draw what was exported, and how it comes into another MLflow."""
    console = screen.out
    whose = f"seat {data['seat']}" + (f" ({data['participant']})" if data["participant"] else "")
    held = f"{counted(data['runs'], 'run')} and {counted(data['artifacts'], 'file')} of {whose}"
    marked(screen, console, "ok", held)
    labelled(console, "Folder", data["folder"])
    labelled(console, "Load it", f"python {quoted(data['loader'])} --tracking-uri http://127.0.0.1:5000")


def handout(screen: Screen, data: Data) -> None:
    """Draw where the handout is."""
    code = data["handout"]["code"]
    whose = "it holds the code, so it is for the room alone" if code else "it holds no code: the class is not open"
    marked(screen, screen.out, "ok", f"handout written; {whose}")
    labelled(screen.out, "To print", data["handout"]["html"])
    labelled(screen.out, "Markdown", data["handout"]["markdown"])


def rehearsed(screen: Screen, data: Data) -> None:
    """Draw how a rehearsal went."""
    console, seats = screen.out, data["seats"]
    marked(screen, console, "ok" if data["proven"] == seats else "fail", f"{data['proven']} of {seats} proven")
    if data["proven"]:
        times = (f"{word} {data[key]:.1f} s" for word, key in (("half within", "p50"), ("95 % within", "p95")))
        labelled(console, "Join + proof", f"{', '.join(times)}, the last after {data['last']:.1f} s", copyable=False)
    for failure in data["failures"]:
        labelled(console, "Failed", f"{failure['count']} times: {failure['code']}", copyable=False)


def _named(data: Data) -> str:
    """Return the class's name as it is typed behind a command; nothing for the usual one."""
    return "" if data["name"] == "class" else f" {quoted(data['name'])}"


def _at(when: str) -> str:
    return f"at {clock(when)}"


# By a key that only this outcome has, the first that is there.
VIEWS: Mapping[str, Callable[[Screen, Data], None]] = {
    "install": opened,
    "did": steered,
    "summary": closed,
    "loader": exported,
    "handout": handout,
    "p50": rehearsed,
    "counts": status,
}
