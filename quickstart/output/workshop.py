"""A class on the instructor's screen: what the room types, and what came of what was steered, kept and closed."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from rich.text import Text

from quickstart.output.console import NARROW, Screen, draw_labelled, draw_line, draw_marked, escape_text, speaks_unicode
from quickstart.output.watch import named, status
from quickstart.system.shell import as_typed_here, clock, count_of, quoted
from quickstart.workshop import qr

Data = Mapping[str, Any]
BESIDE = 20  # lines of what stands below the QR code


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
    draw_marked(screen, console, "ok", f"{data['title']}: {count_of(data['seats'], 'seat')}, {state}")
    if data["locked"]:
        draw_marked(
            screen, console, "warn", as_typed_here(f"joining is closed; quickstart workshop unlock{named(data)}")
        )
    if data["moved"]:
        draw_marked(screen, console, "warn", f"port {data['moved']} is taken, so this class has another")
    if data["alone"]:
        text = "this machine has no network: nobody but itself can join. Once it has one: "
        draw_marked(
            screen, console, "warn", text + as_typed_here(f"quickstart workshop close{named(data)}, and open again")
        )
    if data["new_code"]:
        draw_marked(screen, console, "warn", "the code is new: earlier handouts and lines to join do not work any more")
    if not data["install_named"]:
        _install_doubt(screen, f"open{named(data)}")
    if data["doubt"]:
        draw_marked(screen, console, "warn", f"tried from here, its address does not lead to it: {data['doubt']}")
    _to_type(screen, "Install", data["install"])
    _to_type(screen, "Join", data["join"])
    _code(screen, data["join"])
    draw_labelled(console, "Board", data["board"], "for the projector; whoever has this address sees the code")
    if data["others"]:
        draw_labelled(
            console, "Not reached?", f"--url takes another address: {', '.join(data['others'])}", copyable=False
        )
    draw_labelled(console, "Firewall?", f"try it on a laptop: curl -k {data['address']}/quickstart/ready")
    if data["certificate"]["made"]:
        draw_labelled(console, "Browsers", "warn of the certificate, which was made for this class", copyable=False)
    draw_labelled(console, "Until", f"joining ends by itself at {until(data['expires'])}", copyable=False)
    name = named(data)
    draw_labelled(console, "Next", *(as_typed_here(f"quickstart workshop {what}{name}") for what in NEXT))


def _install_doubt(screen: Screen, command: str) -> None:
    """Say that nobody named what participants are told to type: this package may be nowhere that they get it from."""
    line_of = as_typed_here(f'quickstart workshop {command} --install-line "pip install ..."')
    text = f"the install line was tried nowhere: name where participants get quickstart, e.g. {line_of}"
    draw_marked(screen, screen.out, "warn", text)


NEXT = ("rehearse", "status --watch", "handout", "lock", "close")


def _to_type(screen: Screen, label: str, text: str) -> None:
    console = screen.out
    console.print()
    draw_line(console, Text(label, "dim"), indent=2)
    style = "bold reverse" if console.color_system else "bold"
    padded = Text(f" {escape_text(text)} ", style) if console.width >= NARROW else Text(escape_text(text), style)
    draw_line(console, padded, indent=2 if console.width >= NARROW else 0, copyable=True)


def _code(screen: Screen, text: str) -> None:
    """Draw the QR code, where a camera could read it: in two colours, and whole."""
    console = screen.out
    console.print()
    if not (console.is_terminal and console.color_system and speaks_unicode(console)) or os.environ.get("ACCESSIBLE"):
        return
    rows = qr.half_blocks(text, "L")
    if console.height < len(rows) + BESIDE or console.width < len(rows[0]) + 2:
        draw_line(console, "(The QR code is on the board; a taller window shows it here, too.)", indent=2)
        console.print()
        return
    for row in rows:
        console.print(Text("  ") + Text(row, "bright_white on black"), soft_wrap=True)
    console.print()


def steered(screen: Screen, data: Data) -> None:
    """Draw what was steered, and what to do next."""
    name, seat, console = named(data), data["seat"] or 0, screen.out
    free = f"free {seat} --name {quoted(data['name'])}   gives the seat to somebody else"
    back = (f"lock{name}   while joining is open, they can come back as somebody new",)
    said, then = {
        "lock": ("joining is closed, and the board no longer shows the code", (f"unlock{name}   opens it again",)),
        "unlock": (f"the class can be joined again{_until(data)}", (f"lock{name}   closes it again",)),
        "free": (_freed(seat, data["was"]), (f"status{name}",)),
        "remove": (_removed(seat, data["was"]), (*(() if data["was"] == "free" else back), free)),
    }[data["did"]]
    draw_marked(screen, console, "ok", said)
    draw_labelled(console, "Next", *(as_typed_here(f"quickstart workshop {what}") for what in then))


def _until(data: Data) -> str:
    return f", until {until(data['expires'])}" if data.get("expires") else ""


def _freed(seat: int, was: str) -> str:
    """Return what freeing a seat did, by the state that it was in."""
    if was == "free":
        return f"nobody has seat {seat}: it was free, and nothing was changed"
    who = "it was removed before" if was == "removed" else "who had it is logged out"
    return f"seat {seat} is free: {who}; its runs are put aside, where you see them in MLflow: {_aside(seat)}"


def _aside(seat: int) -> str:
    return f"experiment seat-{seat:02d} (earlier ...)"


def _removed(seat: int, was: str) -> str:
    """Return what removing a seat did, by the state that it was in."""
    if was == "removed":
        return f"seat {seat} was removed already: nothing was changed"
    if was == "free":
        return f"seat {seat} is removed: nobody had it, and nobody gets it"
    return f"seat {seat} is removed: who had it is logged out, and its runs stay where they are"


def closed(screen: Screen, data: Data) -> None:
    """Draw what came of a class, and where it is kept."""
    console, count = screen.out, data["counts"]
    came = count["joined"] + count["proven"] + count["trouble"]
    held = f"{count['proven']} proven, {count_of(data['runs'], 'run')}"
    text = f"closed: nothing listens any more. {came} of {count_of(data['seats'], 'seat')} taken, {held}"
    draw_marked(screen, console, "ok", text)
    if data["archive"]:
        draw_labelled(console, "Archive", data["archive"])
    draw_labelled(console, "Summary", data["summary"])
    name = named(data)
    export = f"quickstart workshop export SEAT --name {quoted(data['name'])}"
    draw_labelled(console, "Keep", as_typed_here(f"{export}   writes one participant's runs"))
    draw_labelled(console, "Go on", as_typed_here(f"quickstart workshop open{name}"))


def exported(screen: Screen, data: Data) -> None:
    """Draw what was exported, and how it comes into another MLflow."""
    console = screen.out
    whose = f"seat {data['seat']}" + (f" ({data['participant']})" if data["participant"] else "")
    held = f"{count_of(data['runs'], 'run')} and {count_of(data['artifacts'], 'file')} of {whose}"
    draw_marked(screen, console, "ok", held)
    draw_labelled(console, "Folder", data["folder"])
    draw_labelled(console, "Not in it", *data["not_exported"], copyable=False)
    draw_labelled(console, "Load it", f"python {quoted(data['loader'])} --tracking-uri http://127.0.0.1:5000")


def handout(screen: Screen, data: Data) -> None:
    """Draw where the handout is."""
    code = data["handout"]["code"]
    whose = "it holds the code, so it is for the room alone" if code else "it holds no code: the class is not open"
    draw_marked(screen, screen.out, "ok", f"handout written; {whose}")
    if not data["handout"]["install_named"]:
        _install_doubt(screen, f"handout{named(data)}")
    draw_labelled(screen.out, "To print", data["handout"]["html"])
    draw_labelled(screen.out, "Markdown", data["handout"]["markdown"])


def rehearsed(screen: Screen, data: Data) -> None:
    """Draw how a rehearsal went."""
    console, seats = screen.out, data["seats"]
    draw_marked(screen, console, "ok" if data["proven"] == seats else "fail", f"{data['proven']} of {seats} proven")
    if data["proven"]:
        times = (f"{word} {data[key]:.1f} s" for word, key in (("half within", "p50"), ("95 % within", "p95")))
        draw_labelled(
            console, "Join + proof", f"{', '.join(times)}, the last after {data['last']:.1f} s", copyable=False
        )
    for failure in data["failures"]:
        draw_labelled(console, "Failed", f"{failure['count']} times: {failure['code']}", copyable=False)


def until(when: str) -> str:
    """Return a moment that joining ends at; with its date where that is not today, or where it is over."""
    moment = datetime.fromisoformat(when)
    over = moment <= datetime.now(moment.tzinfo)
    return f"{moment.astimezone():%Y-%m-%d %H:%M}, which is over" if over else clock(when)


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
