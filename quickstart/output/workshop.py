"""The results of `quickstart workshop` for the instructor, and of `quickstart join` for a participant."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from rich.text import Text

from quickstart.errors import ExitCode
from quickstart.output.banner import verdict
from quickstart.output.console import NARROW, Screen, draw_labelled, draw_line, draw_marked, escape_text, speaks_unicode
from quickstart.output.watch import named, status
from quickstart.results import Outcome
from quickstart.system import shell
from quickstart.system.shell import as_typed_here, clock, count_of, quoted
from quickstart.workshop.instructor.results import (
    ClosedWorkshop,
    HandoutResult,
    OpenedWorkshop,
    RehearseResult,
    SeatExport,
    SteerResult,
    WorkshopStatus,
)
from quickstart.workshop.participant import join_code
from quickstart.workshop.participant.results import JoinResult, Seat

LINES_BELOW = 20  # the QR code


def draw_opened(screen: Screen, data: OpenedWorkshop) -> None:
    console, warn = screen.out, partial(draw_marked, screen, screen.out, "warn")
    state = "already open" if data.already else "open"
    draw_marked(screen, console, "ok", f"{data.title}: {count_of(data.seats, 'seat')}, {state}")
    if data.locked:
        warn(as_typed_here(f"the workshop is locked. Unlock it: quickstart workshop unlock{named(data)}"))
    if data.moved:
        warn(f"port {data.moved} is in use; the workshop uses another port")
    if data.alone:
        text = "this machine has no network, so other machines cannot join. Connect it, then run "
        warn(text + as_typed_here(f"quickstart workshop close{named(data)} and open it again"))
    if data.new_code:
        warn("the join code is new; earlier handouts and join commands no longer work")
    if not data.install_named:
        _install_doubt(screen, f"open{named(data)}")
    if data.doubt:
        warn(f"the workshop is not reachable at its URL from this machine: {data.doubt}")
    _to_type(screen, "Install", data.install)
    _to_type(screen, "Join", data.join)
    _code(screen, data.join)
    draw_labelled(console, "Board", data.board, "for the projector; anyone with this URL sees the join code")
    if data.others:
        draw_labelled(
            console, "Unreachable?", f"try another address with --url: {', '.join(data.others)}", copyable=False
        )
    draw_labelled(console, "Firewall?", f"test from another laptop: curl -k {data.address}/quickstart/ready")
    if data.certificate_made:
        draw_labelled(
            console, "Browsers", "show a warning: the certificate was created for this workshop", copyable=False
        )
    draw_labelled(console, "Expires", f"the join code expires at {until(data.expires)}", copyable=False)
    name = named(data)
    draw_labelled(console, "Next", *(as_typed_here(f"quickstart workshop {what}{name}") for what in NEXT))


def _install_doubt(screen: Screen, command: str) -> None:
    """Warn that the install command is the default: the package may not be available to participants from there."""
    line_of = as_typed_here(f'quickstart workshop {command} --install-line "pip install ..."')
    text = f"the install command is the default and was not tested. Set yours: {line_of}"
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
    """Draw the QR code if a camera could read it: in two colors, and complete."""
    console = screen.out
    console.print()
    if not (console.is_terminal and console.color_system and speaks_unicode(console)) or os.environ.get("ACCESSIBLE"):
        return
    rows = join_code.qr_half_blocks(text, "L")
    if console.height < len(rows) + LINES_BELOW or console.width < len(rows[0]) + 2:
        draw_line(console, "(The QR code is on the board. Enlarge this window to show it here.)", indent=2)
        console.print()
        return
    for row in rows:
        console.print(Text("  ") + Text(row, "bright_white on black"), soft_wrap=True)
    console.print()


def draw_steered(screen: Screen, data: SteerResult) -> None:
    name, seat, console = named(data.workshop), data.seat or 0, screen.out
    free = f"free {seat} --name {quoted(data.workshop.name)}   gives the seat to another participant"
    back = (f"lock{name}   until then, they can join again with a new seat",)
    text, commands = {
        "lock": ("locked; the board hides the join code", (f"unlock{name}   unlocks it",)),
        "unlock": (f"unlocked{_until(data)}", (f"lock{name}   locks it again",)),
        "free": (_freed(seat, data.was), (f"status{name}",)),
        "remove": (_removed(seat, data.was), (*(() if data.was == "free" else back), free)),
    }[data.did]
    draw_marked(screen, console, "ok", text)
    draw_labelled(console, "Next", *(as_typed_here(f"quickstart workshop {what}") for what in commands))


def _until(data: SteerResult) -> str:
    return f", until {until(data.workshop.expires)}" if data.workshop.expires else ""


def _freed(seat: int, was: str) -> str:
    if was == "free":
        return f"seat {seat} was already free; nothing changed"
    who = "it was removed before" if was == "removed" else "its participant is logged out"
    return f"seat {seat} is free: {who}; its runs are set aside in MLflow's experiment seat-{seat:02d} (earlier ...)"


def _removed(seat: int, was: str) -> str:
    if was == "removed":
        return f"seat {seat} was already removed; nothing changed"
    if was == "free":
        return f"seat {seat} is removed; it was free, and new participants cannot get it"
    return f"seat {seat} is removed: its participant is logged out; its runs are kept"


def draw_closed(screen: Screen, data: ClosedWorkshop) -> None:
    console, count = screen.out, data.counts
    taken = count["joined"] + count["proven"] + count["trouble"]
    results = f"{count['proven']} proven, {count_of(data.runs, 'run')}"
    text = f"closed; the server has stopped. {taken} of {count_of(data.seats, 'seat')} taken, {results}"
    draw_marked(screen, console, "ok", text)
    if data.archive:
        draw_labelled(console, "Archive", data.archive)
    draw_labelled(console, "Summary", data.summary)
    name = named(data)
    export = f"quickstart workshop export SEAT --name {quoted(data.name)}"
    draw_labelled(console, "Export", as_typed_here(f"{export}   exports one participant's runs"))
    draw_labelled(console, "Reopen", as_typed_here(f"quickstart workshop open{name}"))


def draw_exported(screen: Screen, data: SeatExport) -> None:
    console = screen.out
    whose = f"seat {data.seat}" + (f" ({data.participant})" if data.participant else "")
    text = f"exported {count_of(data.runs, 'run')} and {count_of(data.artifacts, 'file')} of {whose}"
    draw_marked(screen, console, "ok", text)
    draw_labelled(console, "Folder", data.folder)
    draw_labelled(console, "Not included", *data.not_exported, copyable=False)
    draw_labelled(console, "Load into MLflow", f"python {quoted(data.loader)} --tracking-uri http://127.0.0.1:5000")


def draw_handout(screen: Screen, data: HandoutResult) -> None:
    code = data.code
    note = "it contains the join code; share it with participants only" if code else "without join code: not open yet"
    draw_marked(screen, screen.out, "ok", f"handout written; {note}")
    if not data.install_named:
        _install_doubt(screen, f"handout{named(data)}")
    draw_labelled(screen.out, "To print", data.html)
    draw_labelled(screen.out, "Markdown", data.markdown)


def draw_rehearsed(screen: Screen, data: RehearseResult) -> None:
    console, seats = screen.out, data.seats
    draw_marked(screen, console, "ok" if data.proven == seats else "fail", f"{data.proven} of {seats} proven")
    if data.proven:
        times = f"50 % within {data.p50:.1f} s, 95 % within {data.p95:.1f} s, the last after {data.last:.1f} s"
        draw_labelled(console, "Join + verify", times, copyable=False)
    for code, count in data.failures:
        draw_labelled(console, "Failed", f"{count} times: {code}", copyable=False)


def until(when: str) -> str:
    """Return the time at which a join code expires, with its date unless that is today."""
    moment = datetime.fromisoformat(when)
    is_past = moment <= datetime.now(moment.tzinfo)
    return f"{moment.astimezone():%Y-%m-%d %H:%M} (expired)" if is_past else clock(when)


CODE = ("import mlflow", "with mlflow.start_run():", '    mlflow.log_metric("foo", 1)')
SHARED = {"read": "which you can read", "edit": "which all participants can edit"}
# A join called from Python has set the variable already.
PRINTS_IT = 'import os; print(os.environ["MLFLOW_TRACKING_PASSWORD"])'


def draw_join(screen: Screen, result: JoinResult, outcome: Outcome, *, cell: bool | None = None) -> None:
    """Draw whether the seat is proven, and what to do now; the error, if any, follows on stderr.

    Args:
        cell: for a call from Python, whether in a notebook's cell; None for a command in a shell.
    """
    console, seat, proven = screen.out, result.seat, result.is_proven
    if not proven and outcome.exit_code is ExitCode.CANCELLED:
        return
    screen.narration.print()
    verdict(screen, "PROVEN" if proven else "TROUBLE", "ok" if proven else "fail")
    console.print()
    if seat:
        number = f"{seat.seat}, {seat.name}" if seat.name else str(seat.seat)
        draw_labelled(console, "Your seat", f"{number}   ({seat.title})", copyable=False)
    if seat and proven:
        _draw_next_steps(screen, result, seat, cell, failed=outcome.error is not None)


def _draw_next_steps(screen: Screen, result: JoinResult, seat: Seat, cell: bool | None, *, failed: bool) -> None:
    console, client = screen.out, result.client
    if client and not client.installed and not failed:  # else the error says more
        draw_marked(screen, console, "warn", f"MLflow is missing in {client.python}:")
        draw_labelled(console, "", as_typed_here(client.install))
    run = result.verification.run if result.verification else None
    if run:
        draw_labelled(console, "Open it", run["url"])
    draw_labelled(console, "Log in as", f"{seat.username}; this prints the password:", copyable=False)
    draw_labelled(console, "", _password_line() if cell is None else PRINTS_IT)
    if result.connection and "MLFLOW_TRACKING_SERVER_CERT_PATH" in result.connection.env:
        draw_labelled(console, "", "The browser warns of the workshop's own certificate.", copyable=False)
    if cell is None:
        name = shell.shell_of(os.environ)
        draw_labelled(console, "In this shell", shell.eval_line(name, with_secrets=True))
    draw_labelled(console, "In your code", *CODE)
    names = f"shared by the workshop: leave set_experiment out, or name yours like iris-{seat.experiment['name']}"
    draw_labelled(console, "Experiments", names, copyable=False)
    if seat.class_experiment and seat.shared in SHARED:
        draw_labelled(console, "Shared", f"experiment {seat.class_experiment['name']}, {SHARED[seat.shared]}")
    undo = as_typed_here("quickstart undo --yes" if cell else "quickstart undo")
    draw_labelled(console, "At home", f"!{undo}" if cell else undo)


def _password_line() -> str:
    find = "findstr" if shell.shell_of(os.environ) in ("cmd", "powershell") else "grep"
    return as_typed_here(f"quickstart env --with-secrets | {find} PASSWORD")


DRAWERS: Mapping[type, Callable[[Screen, Any], None]] = {
    OpenedWorkshop: draw_opened,
    SteerResult: draw_steered,
    ClosedWorkshop: draw_closed,
    SeatExport: draw_exported,
    HandoutResult: draw_handout,
    RehearseResult: draw_rehearsed,
    WorkshopStatus: status,
}
