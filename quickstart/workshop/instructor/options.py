"""The options of a workshop: validated, and merged with the saved ones."""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from quickstart.errors import ExitCode, QuickstartError
from quickstart.net.tcp import WILDCARDS
from quickstart.server import ports, processes, records
from quickstart.system.shell import quoted
from quickstart.workshop.instructor import addresses
from quickstart.workshop.instructor.addresses import Address
from quickstart.workshop.instructor.record import Shared, Workshop, checked_name, load_all
from quickstart.workshop.participant.join_code import PORT, new_secret

SEATS, MOST_SEATS = 40, 500
HOURS = 12.0
TITLE = "MLflow workshop"
EXPERIMENT = "class"
INSTALL_LINE = "pip install mlflow-quickstart"
EVERYWHERE, EVERYWHERE_SIX = list(WILDCARDS)
# Characters that fit on a board.
LONGEST: Mapping[str, int] = {"title": 80, "install-line": 200, "experiment": 80}


@dataclass(frozen=True)
class WorkshopOptions:
    """The options of `quickstart workshop open`; None means as before, or the default.

    Args:
        url: for participants, if it is not an address of this machine: that of a VM or a tunnel.
        certificate: PEM file of the instructor's own certificate.
        install_line: command that installs quickstart.
        shared: access of participants to the shared experiment.
        hours: until the join code expires.
        source: archive of a closed workshop.
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


def validate(options: WorkshopOptions) -> WorkshopOptions:
    """Return validated options with the URL in normal form.

    Raises:
        QuickstartError: "bad-class-name", "bad-seats", "bad-hours", "bad-title", "bad-class-url" or "key-missing".
    """
    checked_name(options.name)
    if options.seats is not None and not 1 <= options.seats <= MOST_SEATS:
        raise QuickstartError("bad-seats", ExitCode.USAGE, name=options.name, seats=options.seats, most=MOST_SEATS)
    if options.hours is not None and not 0 < options.hours <= 24 * 31:
        raise QuickstartError("bad-hours", ExitCode.USAGE, name=options.name, hours=f"{options.hours:g}")
    for option, most in LONGEST.items():
        text = getattr(options, option.replace("-", "_"))
        if text is not None and (problem := _problem(text, most)):
            facts = {"option": option, "most": most, "problem": problem}
            raise QuickstartError("bad-title", ExitCode.USAGE, name=options.name, **facts)
    if (options.certificate is None) != (options.key is None):
        raise QuickstartError("key-missing", ExitCode.USAGE, name=options.name)
    url = None if options.url is None else addresses.validate_url(options.url, options.port or PORT, options.name)
    return replace(options, url=url)


def _problem(text: str, most: int) -> str | None:
    """Return why a board cannot show a text, None if it can."""
    if not text.strip():
        return "is empty"
    if not text.isprintable():
        return "contains invisible characters, such as a line break"
    return f"is too long: it has {len(text)} characters" if len(text) > most else None


def merge_options(options: WorkshopOptions, known: Workshop | None, python: str, found: list[Address]) -> Workshop:
    """Return the workshop to open, without its certificate.

    Args:
        options: validated.
        python: interpreter that has MLflow.
        found: addresses of this machine, the best first.

    Raises:
        QuickstartError: "class-port-taken" or "class-port-forbidden".
    """
    usual = Workshop(
        name=options.name,
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
    number = chosen_port(options, listen, before.port, going_on=going_on)
    url = options.url or (before.url if known and keeps_url(known, found) else "")
    # A URL that is chosen here has the port that the server listens on.
    url = url or addresses.host_and_port(found[0].ip if found else WILDCARDS[listen], number)
    if options.port and not options.url and known and urlsplit(url).port == known.port:
        url = url.removesuffix(f":{known.port}") + f":{number}"
    host = urlsplit(url).hostname or ""
    names = (host, socket.gethostname().lower(), *(one.ip for one in found))
    hours = options.hours or HOURS
    now = time.time()
    return replace(
        before,
        title=options.title or before.title,
        seats=options.seats or before.seats,
        url=url,
        listen=listen,
        port=number,
        names=tuple(dict.fromkeys(names)),
        install_line=options.install_line or before.install_line,
        experiment=options.experiment or before.experiment,
        shared=options.shared or before.shared,
        python=python,
        expires=before.expires if going_on and not options.hours and before.expires > now else now + hours * 3600,
        secret=before.secret if going_on and before.secret else new_secret(),
    )


def keeps_url(known: Workshop, found: list[Address]) -> bool:
    """Tell whether the previous URL is still right: it was given, or is still an address of this machine."""
    host = urlsplit(known.url).hostname or ""
    return host in {one.ip for one in found} or not addresses.is_ip(host)


def chosen_port(options: WorkshopOptions, listen: str, usual: int, *, going_on: bool) -> int:
    """Return the port to listen on; a port that was given or that participants know is never replaced."""
    wanted = options.port or usual
    chosen, holder = ports.choose(listen, wanted)
    if holder and ports.is_forbidden(listen, wanted):
        raise QuickstartError(
            "class-port-forbidden", ExitCode.USAGE, port=wanted, name=options.name, options=option_text(options, PORT)
        )
    named = options.port or (options.url and urlsplit(options.url).port == wanted)
    if holder and (named or going_on):
        raise port_taken(options, wanted, chosen)
    return chosen


def port_taken(options: WorkshopOptions, wanted: int, free: int) -> QuickstartError:
    """Return "class-port-taken": who uses a port, and how to open the same workshop on another one."""
    holder = str(ports.holder(wanted))
    end = f"stop {holder} first"
    for one in load_all():
        server = records.load(one.name)
        if server and server.classroom and server.port == wanted and processes.find_root(server):
            holder, end = f'the workshop "{one.name}"', f"first run `quickstart workshop close {one.name}`"
    more = option_text(options, free)
    return QuickstartError(
        "class-port-taken", port=wanted, free=free, holder=holder, end=end, name=options.name, options=more
    )


def option_text(options: WorkshopOptions, number: int) -> str:
    """Return the options as typed, each after a blank, but with another port, also in a URL that has the workshop's."""
    url, usual = options.url, options.port or PORT
    given = {
        "seats": options.seats,
        "title": options.title,
        "url": url.removesuffix(f":{usual}") + f":{number}" if url and url.endswith(f":{usual}") else url,
        "cert": options.certificate,
        "key": options.key,
        "install-line": options.install_line,
        "experiment": options.experiment,
        "shared": options.shared,
        "expires": None if options.hours is None else f"{options.hours:g}",
        "from": options.source,
    }
    return "".join(f" --{option} {quoted(str(value))}" for option, value in given.items() if value is not None)


def changed_options(options: WorkshopOptions, running: Workshop) -> list[str]:
    """Return the options that differ from a running workshop and cannot change while it runs."""
    asked = {
        "--url": (options.url, running.url),
        "--port": (options.port, running.port),
        "--cert": (options.certificate and str(options.certificate.absolute()), running.certificate),
        "--title": (options.title, running.title),
        "--install-line": (options.install_line, running.install_line),
        "--experiment": (options.experiment, running.experiment),
        "--shared": (options.shared, running.shared),
        "--from": (options.source and str(options.source), ""),
    }
    return [option for option, (wanted, has) in asked.items() if wanted is not None and wanted != has]
