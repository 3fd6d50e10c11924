"""How an instructor wants a class: checked, and joined with what is remembered of it."""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from quickstart.errors import ExitCode, QuickstartError
from quickstart.server import ports, processes, records
from quickstart.server.records import NEAR
from quickstart.system.shell import quoted
from quickstart.workshop import join_code
from quickstart.workshop.instructor import addresses
from quickstart.workshop.instructor.addresses import Address
from quickstart.workshop.instructor.record import PORT, Shared, Workshop, checked_name, load_all

SEATS, MOST_SEATS = 40, 500
HOURS = 12.0
TITLE = "MLflow class"
EXPERIMENT = "class"
INSTALL_LINE = "pip install mlflow-quickstart"
EVERYWHERE, EVERYWHERE_SIX = list(NEAR)
# Characters; a board has no room for more.
LONGEST: Mapping[str, int] = {"title": 80, "install-line": 200, "experiment": 80}


@dataclass(frozen=True)
class WorkshopOptions:
    """How a class is wanted; None means as it was before, or else the default.

    Args:
        name: of the class.
        seats: how many participants there can be.
        title: what stands above the board.
        url: the address that the room uses, where it cannot be found here: that of a VM, or of a tunnel.
        port: TCP port.
        certificate: PEM file of a real certificate.
        key: PEM file of its private key.
        install_line: what participants type to install quickstart.
        experiment: name of the experiment that all share.
        shared: what participants may do with that.
        hours: how long the class can be joined.
        source: an archive of a class that was closed.
    """

    name: str
    seats: int | None = None
    title: str | None = None
    url: str | None = None
    port: int | None = None
    certificate: Path | None = None
    key: Path | None = None
    install_line: str | None = None
    experiment: str | None = None
    shared: Shared | None = None
    hours: float | None = None
    source: Path | None = None


def validate(wish: WorkshopOptions) -> WorkshopOptions:
    """Return a wish with its address as it is kept.

    Raises:
        Fault: "bad-class-name", "bad-seats", "bad-hours", "bad-title", "bad-class-url" or "key-missing".
    """
    checked_name(wish.name)
    if wish.seats is not None and not 1 <= wish.seats <= MOST_SEATS:
        raise QuickstartError("bad-seats", ExitCode.USAGE, name=wish.name, seats=wish.seats, most=MOST_SEATS)
    if wish.hours is not None and not 0 < wish.hours <= 24 * 31:
        raise QuickstartError("bad-hours", ExitCode.USAGE, name=wish.name, hours=f"{wish.hours:g}")
    for key, text in (("title", wish.title), ("install-line", wish.install_line), ("experiment", wish.experiment)):
        if text is not None and (problem := _problem(text, LONGEST[key])):
            raise QuickstartError(
                "bad-title", ExitCode.USAGE, name=wish.name, option=key, most=LONGEST[key], problem=problem
            )
    if (wish.certificate is None) != (wish.key is None):
        raise QuickstartError("key-missing", ExitCode.USAGE, name=wish.name)
    url = None if wish.url is None else addresses.validate_url(wish.url, wish.port or PORT, wish.name)
    return replace(wish, url=url)


def _problem(text: str, most: int) -> str | None:
    """Return why a text cannot stand on a board, None where it can."""
    if not text.strip():
        return "is empty"
    if not text.isprintable():
        return "holds signs that cannot be seen, such as an end of line"
    return f"is too long: it has {len(text)} characters" if len(text) > most else None


def merge_options(wish: WorkshopOptions, known: Workshop | None, python: str, found: list[Address]) -> Workshop:
    """Return the class as it will be, without its certificate, which may have to be made first.

    Args:
        wish: checked.
        known: what is remembered of it.
        python: interpreter that holds MLflow.
        found: addresses of this machine, the best first.

    Raises:
        Fault: "class-port-taken" or "class-port-forbidden".
    """
    usual = Workshop(
        name=wish.name,
        title=TITLE,
        seats=SEATS,
        url="",
        listen="",
        port=PORT,
        names=(),
        install_line=INSTALL_LINE,
        experiment=EXPERIMENT,
        shared="read",
        python=python,
        certificate="",
        key="",
        fingerprint="",
        expires=0.0,
        opened=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    going_on = known is not None and not known.closed
    before = known or usual
    listen = EVERYWHERE_SIX if found and all(":" in one.ip for one in found) else EVERYWHERE
    number = chosen_port(wish, listen, before.port, going_on=going_on)
    url = wish.url or (before.url if known and keeps_url(known, found) else "")
    # The port of an address that was chosen here is the one that is listened on.
    url = url or addresses.host_and_port(found[0].ip if found else NEAR[listen], number)
    if wish.port and not wish.url and known and urlsplit(url).port == known.port:
        url = url.removesuffix(f":{known.port}") + f":{number}"
    host = urlsplit(url).hostname or ""
    names = (host, socket.gethostname().lower(), *(one.ip for one in found))
    hours = wish.hours or HOURS
    now = time.time()
    return replace(
        before,
        title=wish.title or before.title,
        seats=wish.seats or before.seats,
        url=url,
        listen=listen,
        port=number,
        names=tuple(dict.fromkeys(names)),
        install_line=wish.install_line or before.install_line,
        experiment=wish.experiment or before.experiment,
        shared=wish.shared or before.shared,
        python=python,
        expires=before.expires if going_on and not wish.hours and before.expires > now else now + hours * 3600,
        secret=before.secret if going_on and before.secret else join_code.new_secret(),
    )


def keeps_url(known: Workshop, found: list[Address]) -> bool:
    """Tell whether the room can use the address that it had: one that was given, or one that is still ours."""
    host = urlsplit(known.url).hostname or ""
    ours = {one.ip for one in found}
    return host in ours or not _is_address(host)


def _is_address(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()


def chosen_port(wish: WorkshopOptions, listen: str, usual: int, *, going_on: bool) -> int:
    """Return the port to listen on; one that was asked for, or that participants know, is never replaced.

    Raises:
        Fault: "class-port-taken" or "class-port-forbidden".
    """
    wanted = wish.port or usual
    chosen, holder = ports.choose(listen, wanted)
    if holder and ports.is_forbidden(listen, wanted):
        raise QuickstartError(
            "class-port-forbidden", ExitCode.USAGE, port=wanted, name=wish.name, options=options(wish, PORT)
        )
    named = wish.port or (wish.url and urlsplit(wish.url).port == wanted)
    if holder and (named or going_on):
        raise port_taken(wish, wanted, chosen)
    return chosen


def port_taken(wish: WorkshopOptions, wanted: int, free: int) -> QuickstartError:
    """Return Fault "class-port-taken": who holds a port, and how the same class is opened on another one."""
    holder = str(ports.holder(wanted))
    end = f"stop {holder} first"
    for one in load_all():
        server = records.load(one.name)
        if server and server.classroom and server.port == wanted and processes.find_root(server):
            holder, end = f'the workshop "{one.name}"', f"first run `quickstart workshop close {one.name}`"
    more = options(wish, free)
    return QuickstartError(
        "class-port-taken", port=wanted, free=free, holder=holder, end=end, name=wish.name, options=more
    )


def options(wish: WorkshopOptions, number: int) -> str:
    """Return the options of a wish as they are typed, for another port; each has a blank before it.

    Args:
        wish: how the class is wanted.
        number: the port, which an address that is called on the class's own port has, too.
    """
    url, usual = wish.url, wish.port or PORT
    given = {
        "seats": wish.seats,
        "title": wish.title,
        "url": url.removesuffix(f":{usual}") + f":{number}" if url and url.endswith(f":{usual}") else url,
        "cert": wish.certificate,
        "key": wish.key,
        "install-line": wish.install_line,
        "experiment": wish.experiment,
        "shared": wish.shared,
        "expires": None if wish.hours is None else f"{wish.hours:g}",
        "from": wish.source,
    }
    return "".join(f" --{option} {quoted(str(value))}" for option, value in given.items() if value is not None)


def changed_options(wish: WorkshopOptions, running: Workshop) -> list[str]:
    """Return the options of a wish that a class which runs cannot take on, in words."""
    asked = {
        "--url": (wish.url, running.url),
        "--port": (wish.port, running.port),
        "--cert": (wish.certificate and str(wish.certificate.absolute()), running.certificate),
        "--title": (wish.title, running.title),
        "--install-line": (wish.install_line, running.install_line),
        "--experiment": (wish.experiment, running.experiment),
        "--shared": (wish.shared, running.shared),
        "--from": (wish.source and str(wish.source), ""),
    }
    return [option for option, (wanted, has) in asked.items() if wanted is not None and wanted != has]
