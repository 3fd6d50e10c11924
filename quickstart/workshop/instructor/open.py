"""Open a class: its certificate, its settings, its server; or show one that is open already."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from quickstart.errors import ExitCode, QuickstartError
from quickstart.events import Progress
from quickstart.methods import common_steps
from quickstart.methods.local.setup import upgrade_steps
from quickstart.models import Plan, Step
from quickstart.runtime import install
from quickstart.runtime.find import Runtime, find_runtime
from quickstart.runtime.versions import installed_versions
from quickstart.server import manager, ports, processes, records
from quickstart.state import files, locks
from quickstart.state.journal import Journal
from quickstart.steps.handlers import HANDLERS
from quickstart.steps.servers import complete_options
from quickstart.workshop.instructor import addresses, certificates, options, record, roster
from quickstart.workshop.instructor.archive import restore_workshop
from quickstart.workshop.instructor.client import WorkshopClient
from quickstart.workshop.instructor.options import WorkshopOptions
from quickstart.workshop.instructor.record import Workshop
from quickstart.workshop.join_code import Code, Invitation, fingerprint_of
from quickstart.workshop.participant.connection import pin

Agree = Callable[[Step], bool]
REQUIREMENT = "mlflow[auth]>=3.17"
LOGINS = "Flask-WTF"  # what MLflow's own logins need beside MLflow


@dataclass(frozen=True)
class OpenResult:
    """A class that is open.

    Args:
        workshop: as it is remembered.
        already: whether it was open before.
        others: further addresses of this machine.
        moved: the port that it should have had, where another was free.
        alone: whether this machine has no network, so that nobody else can join.
        doubt: why the address that was given does not lead to the class from here; None where it does.
        new_code: whether there was another code before, which lets nobody in any more.
    """

    workshop: Workshop
    already: bool = False
    others: tuple[str, ...] = ()
    moved: int | None = None
    alone: bool = False
    doubt: QuickstartError | None = None
    new_code: bool = False


def invitation(workshop: Workshop) -> Invitation:
    """Return what a participant needs to join a class."""
    parts = urlsplit(workshop.url)
    text = Code(workshop.secret, fingerprint_of(certificates.der_of(Path(workshop.certificate))))
    return Invitation(parts.hostname or "", parts.port or 443, text)


def open_workshop(wish: WorkshopOptions, python: str | None, progress: Progress, agree: Agree) -> OpenResult:
    """Open a class, or return the one that is open; two at once give one class.

    Args:
        wish: how it is wanted.
        python: the runtime's interpreter, where the person named one.
        progress: told what is at work.
        agree: asked before something is installed or a database upgraded.

    Raises:
        Fault: what speaks against it; nothing that was not there before is left behind then.
    """
    wish = options.validate(wish)
    with locks.lock(f"workshop-{wish.name}", waiting=lambda: progress("waiting for another quickstart to finish")):
        known, server = record.load(wish.name), records.load(wish.name)
        if server and not server.classroom:
            raise QuickstartError("class-name-taken", ExitCode.USAGE, name=wish.name)
        found = addresses.rank_addresses(addresses.find_addresses())
        if known and not known.closed and server and processes.find_root(server) and server.mlflow_version:
            return _shown(_changed(known, wish), found, already=True)
        if wish.source:
            restore_workshop(wish.name, wish.source, progress)
            known = record.load(wish.name)
        if server:  # what is left of one that was killed would hold the port and the database
            processes.end(server)
        runtime = _with_mlflow(wish.name, find_runtime(python or _remembered(known)), agree, progress)
        _spare_taken(wish)
        workshop = options.merge_options(wish, known, str(runtime.python), found)
        with _put_back(known, wish.name):
            workshop = _started(_certified(workshop, wish, known), wish, agree, progress)
        if len(roster.seats(workshop.classroom)) > workshop.seats:
            with WorkshopClient(workshop) as classroom:
                classroom.steer("seats", seats=workshop.seats)
        usual = wish.port or (known.port if known else record.PORT)
        moved = usual if workshop.port != usual else None
        new_code = known is not None and known.secret != workshop.secret
        return _shown(workshop, found, moved=moved, doubt=_doubt(workshop, found, progress), new_code=new_code)


def _shown(workshop: Workshop, found: list[addresses.Address], **more: Any) -> OpenResult:
    host = urlsplit(workshop.url).hostname
    others = tuple(
        addresses.host_and_port(one.ip, workshop.port) for one in found if one.ip != host and not one.virtual
    )
    return OpenResult(workshop, others=others, alone=not found, **more)


def _doubt(workshop: Workshop, found: list[addresses.Address], progress: Progress) -> QuickstartError | None:
    """Return why an address that is none of this machine's does not lead to the class, as far as can be seen here."""
    if urlsplit(workshop.url).hostname in {"127.0.0.1", *(one.ip for one in found)}:
        return None
    progress(f"trying {workshop.url}")
    try:
        _, connection = pin(invitation(workshop))
    except QuickstartError as fault:
        return fault
    connection.close()
    return None


def _spare_taken(wish: WorkshopOptions) -> None:
    """Raise Fault "seats-taken" where a class would get so few seats that somebody would lose theirs."""
    seats = roster.seats(record.store_of(wish.name) / "classroom")
    if wish.seats and any(one.seat > wish.seats and one.state in roster.TAKEN for one in seats):
        raise QuickstartError("seats-taken", ExitCode.USAGE, name=wish.name, seats=wish.seats)


def _remembered(known: Workshop | None) -> str | None:
    """Return the interpreter that a class had, if it is still there."""
    return known.python if known and os.access(known.python, os.X_OK) else None


def _with_mlflow(name: str, runtime: Runtime, agree: Agree, progress: Progress) -> Runtime:
    """Return the runtime with what serves a class in it; raise Fault "class-needs" where that is not agreed to."""
    if runtime.mlflow and installed_versions(runtime, LOGINS)[LOGINS]:
        return runtime
    requirement, size = (LOGINS, "a moment") if runtime.mlflow else (REQUIREMENT, "850 MB, about a minute")
    install.check_installable(runtime, requirement)
    step = common_steps.install_step(runtime, requirement, size)
    if not agree(step):
        raise QuickstartError("class-needs", python=str(runtime.python), requirement=requirement)
    steps = (step,) if runtime.exists else (common_steps.create_environment(), step)
    # A journal of its own: to take the environment back is not to end the class.
    list(Journal(f"workshop-{name}"[:40]).run(Plan(name, "local", steps), HANDLERS, progress))
    return find_runtime(str(runtime.python))


def _changed(known: Workshop, wish: WorkshopOptions) -> Workshop:
    """Change what can be changed about a class while it runs, and return it.

    Raises:
        Fault: "workshop-running" for what cannot; "seats-taken" for fewer seats than have somebody on them.
    """
    if other := options.changed_options(wish, known):
        raise QuickstartError("workshop-running", ExitCode.USAGE, name=known.name, options=", ".join(other))
    hours = wish.hours or (options.HOURS if known.expires <= time.time() else None)
    if wish.seats is None and hours is None:
        return known
    with WorkshopClient(known) as classroom:
        if wish.seats is not None and wish.seats != known.seats:
            classroom.steer("seats", seats=wish.seats)
            known = record.save(replace(known, seats=wish.seats))
        if hours is not None:
            expires = time.time() + hours * 3600
            classroom.steer("expire", expires=expires)
            known = record.save(replace(known, expires=expires))
    return known


def _remembered_with_settings(workshop: Workshop) -> Workshop:
    """Remember a class, with the settings that its server reads; once it runs, it keeps that file itself."""
    files.write_json(workshop.settings_file, record.settings(workshop, invitation(workshop).line))
    return record.save(workshop)


def _certified(workshop: Workshop, wish: WorkshopOptions, known: Workshop | None) -> Workshop:
    """Return a class with its certificate: the one that was given, the one that it had, or a new one."""
    host = urlsplit(workshop.url).hostname or ""
    given = (wish.certificate, wish.key)
    if given == (None, None) and known and known.certificate and not known.made_certificate:
        given = (Path(known.certificate), Path(known.key))
    if given[0] and given[1]:
        certificate, key = (path.expanduser().absolute() for path in given if path)
        certificates.check(certificate, key, host)
    else:
        folder = files.private_folder(record.folder_of(workshop.name))
        certificate, key = folder / "cert.pem", folder / "key.pem"
        hosts = tuple(dict.fromkeys((*workshop.names, "localhost", "127.0.0.1", "::1")))
        if not certificates.lasts(certificate, key, hosts):
            ips = tuple(one for one in hosts if addresses.is_ip(one))
            names = tuple(one for one in hosts if one not in ips)
            certificates.make(workshop.python, names, ips, certificate, key)
    fingerprint = certificates.fingerprint(certificate)
    return replace(workshop, certificate=str(certificate), key=str(key), fingerprint=fingerprint)


@contextmanager
def _put_back(known: Workshop | None, name: str) -> Iterator[None]:
    """Leave what is remembered as it was, where a class could not be opened."""
    fresh = not record.store_of(name).exists()
    with ExitStack() as back:
        back.callback(_forget_attempt, known, name, fresh=fresh)
        yield
        back.pop_all()


def _forget_attempt(known: Workshop | None, name: str, *, fresh: bool) -> None:
    if known:
        record.save(known)
        return
    record.forget(name)
    records.forget(name)
    store = record.store_of(name)
    if fresh:  # what the server made before it was ended: nobody was told how to join it
        shutil.rmtree(store, ignore_errors=True)
    files.remove_if_empty(store / "artifacts", store / "classroom", store, record.archives(), record.root())


def _started(workshop: Workshop, wish: WorkshopOptions, agree: Agree, progress: Progress) -> Workshop:
    """Start a class's server, which can be joined when this returns; return the class as it is remembered."""
    workshop = workshop if workshop.steering_token else workshop.with_secrets()
    files.private_folder(workshop.classroom)
    workshop = _remembered_with_settings(replace(workshop, closed="", archive=""))
    wanted = complete_options(
        manager.ServerOptions(
            name=workshop.name,
            python=workshop.python,
            host=workshop.listen,
            port=workshop.port,
            store=str(workshop.store),
            private=True,
            launcher="auto",
            classroom=str(workshop.settings_file),
            fingerprint=workshop.fingerprint,
        ),
        workshop.python,
    )
    for step in upgrade_steps(manager.settings(wanted), wanted):
        if not agree(step):
            given = step.parameters
            name, store, python, made_by = (given[key] for key in ("name", "store", "python", "made_by"))
            facts: dict[str, Any] = {"name": name, "store": store, "python": python, "made_by": made_by}
            raise QuickstartError("database-older", **facts, database=step.where)
        HANDLERS[step.kind](step.parameters, progress)
    try:
        manager.start(wanted, progress)
    except QuickstartError as fault:
        if fault.code in ("port-taken", "port-lost"):
            free, _ = ports.choose(workshop.listen, workshop.port)
            raise options.port_taken(wish, workshop.port, free) from fault
        raise
    return workshop
