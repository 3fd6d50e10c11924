"""Open a workshop: its certificate, its settings, its server."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from quickstart.errors import ExitCode, QuickstartError
from quickstart.events import Progress
from quickstart.explain import explain
from quickstart.methods import common_steps
from quickstart.methods.local.setup import upgrade_steps
from quickstart.models import Plan, Step
from quickstart.runtime import install
from quickstart.runtime.find import Runtime, find_runtime, installed_versions
from quickstart.server import manager, ports, processes, records
from quickstart.state import files
from quickstart.state.journal import Journal
from quickstart.steps.handlers import HANDLERS
from quickstart.steps.servers import complete_options
from quickstart.workshop.classroom.roster import TAKEN
from quickstart.workshop.instructor import addresses, certificates, record, roster
from quickstart.workshop.instructor.archive import restore_workshop
from quickstart.workshop.instructor.client import WorkshopClient, iso_time
from quickstart.workshop.instructor.options import (
    HOURS,
    INSTALL_LINE,
    WorkshopOptions,
    changed_options,
    merge_options,
    port_taken,
    validate,
)
from quickstart.workshop.instructor.record import Workshop
from quickstart.workshop.instructor.results import OpenedWorkshop
from quickstart.workshop.participant.connection import pin
from quickstart.workshop.participant.join_code import PORT

Agree = Callable[[Step], bool]
REQUIREMENT = "mlflow[auth]>=3.17"
LOGINS = "Flask-WTF"  # needed by MLflow's user accounts


def open_workshop(options: WorkshopOptions, python: str | None, progress: Progress, agree: Agree) -> OpenedWorkshop:
    """Open a workshop, or return the one that is open; concurrent calls open one workshop.

    Args:
        python: path of the runtime's interpreter, if the person named one.
        agree: confirms an installation or a database upgrade.

    Raises:
        QuickstartError: why it cannot be opened; everything that was created is removed then.
    """
    options = validate(options)
    with files.lock(f"workshop-{options.name}", waiting=lambda: progress("waiting for another quickstart to finish")):
        known, server = record.load(options.name), records.load(options.name)
        if server and not server.classroom:
            raise QuickstartError("class-name-taken", ExitCode.USAGE, name=options.name)
        found = addresses.rank_addresses(addresses.find_addresses())
        if known and not known.closed and server and processes.find_root(server) and server.mlflow_version:
            return _shown(_changed(known, options), found, already=True)
        if options.source:
            restore_workshop(options.name, options.source, progress)
            known = record.load(options.name)
        if server:  # remains of a killed server would hold the port and the database
            processes.end(server)
        previous = known.python if known and os.access(known.python, os.X_OK) else None
        runtime = _with_mlflow(options.name, find_runtime(python or previous), agree, progress)
        _spare_taken(options)
        workshop = merge_options(options, known, str(runtime.python), found)
        with _put_back(known, options.name):
            workshop = _started(_certified(workshop, options, known), options, agree, progress)
        if len(roster.seats(workshop.classroom)) > workshop.seats:
            with WorkshopClient(workshop) as classroom:
                classroom.steer("seats", seats=workshop.seats)
        usual = options.port or (known.port if known else PORT)
        moved = usual if workshop.port != usual else None
        new_code = known is not None and known.secret != workshop.secret
        return _shown(workshop, found, moved=moved, doubt=_doubt(workshop, found, progress), new_code=new_code)


def _shown(
    workshop: Workshop,
    found: list[addresses.Address],
    *,
    already: bool = False,
    moved: int | None = None,
    doubt: QuickstartError | None = None,
    new_code: bool = False,
) -> OpenedWorkshop:
    host, server = urlsplit(workshop.url).hostname, records.load(workshop.name)
    others = (one.ip for one in found if one.ip != host and not one.virtual)
    return OpenedWorkshop(
        name=workshop.name,
        title=workshop.title,
        already=already,
        address=workshop.url,
        join=record.invitation(workshop).line,
        install=workshop.install_line,
        install_named=workshop.install_line != INSTALL_LINE,
        board=workshop.board,
        seats=workshop.seats,
        expires=iso_time(workshop.expires),
        locked=workshop.locked,
        certificate_made=workshop.made_certificate,
        fingerprint=workshop.fingerprint,
        others=tuple(addresses.host_and_port(ip, workshop.port) for ip in others),
        moved=moved,
        new_code=new_code,
        alone=not found,
        doubt=explain(doubt).what if doubt else None,
        store=str(workshop.store),
        log=str(server.log) if server else "",
        mlflow_version=server.mlflow_version if server else None,
    )


def _doubt(workshop: Workshop, found: list[addresses.Address], progress: Progress) -> QuickstartError | None:
    """Return why the workshop is not reachable at a URL of another machine, as seen from here."""
    if urlsplit(workshop.url).hostname in {"127.0.0.1", *(one.ip for one in found)}:
        return None
    progress(f"trying {workshop.url}")
    try:
        _, connection = pin(record.invitation(workshop))
    except QuickstartError as error:
        return error
    connection.close()
    return None


def _spare_taken(options: WorkshopOptions) -> None:
    """Raise "seats-taken" if a participant would lose their seat."""
    seats = roster.seats(record.store_of(options.name) / "classroom")
    if options.seats and any(one.seat > options.seats and one.state in TAKEN for one in seats):
        raise QuickstartError("seats-taken", ExitCode.USAGE, name=options.name, seats=options.seats)


def _with_mlflow(name: str, runtime: Runtime, agree: Agree, progress: Progress) -> Runtime:
    """Return the runtime with MLflow's user accounts installed; raises "class-needs" if that is declined."""
    if runtime.mlflow and installed_versions(runtime, LOGINS)[LOGINS]:
        return runtime
    requirement, size = (LOGINS, "a moment") if runtime.mlflow else (REQUIREMENT, "850 MB, about a minute")
    install.check_installable(runtime, requirement)
    step = common_steps.install_step(runtime, requirement, size)
    if not agree(step):
        raise QuickstartError("class-needs", python=str(runtime.python), requirement=requirement)
    steps = (step,) if runtime.exists else (common_steps.create_environment(), step)
    # A journal of its own: undoing the environment does not close the workshop.
    list(Journal(f"workshop-{name}"[:40]).run(Plan(name, "local", steps), HANDLERS, progress))
    return find_runtime(str(runtime.python))


def _changed(known: Workshop, options: WorkshopOptions) -> Workshop:
    """Change what can change while a workshop runs; raises "workshop-running" for other options, "seats-taken"."""
    if other := changed_options(options, known):
        raise QuickstartError("workshop-running", ExitCode.USAGE, name=known.name, options=", ".join(other))
    hours = options.hours or (HOURS if known.expires <= time.time() else None)
    if options.seats is None and hours is None:
        return known
    with WorkshopClient(known) as classroom:
        if options.seats is not None and options.seats != known.seats:
            classroom.steer("seats", seats=options.seats)
            known = record.save(replace(known, seats=options.seats))
        if hours is not None:
            expires = time.time() + hours * 3600
            classroom.steer("expire", expires=expires)
            known = record.save(replace(known, expires=expires))
    return known


def _certified(workshop: Workshop, options: WorkshopOptions, known: Workshop | None) -> Workshop:
    """Return a workshop with the given certificate, its previous one, or a new one."""
    host = urlsplit(workshop.url).hostname or ""
    given = (options.certificate, options.key)
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
    """Restore the saved state if the workshop cannot be opened."""
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
    if fresh:  # created by the server before it failed
        shutil.rmtree(store, ignore_errors=True)
    files.remove_if_empty(store / "artifacts", store / "classroom", store, record.archives(), record.root())


def _started(workshop: Workshop, options: WorkshopOptions, agree: Agree, progress: Progress) -> Workshop:
    """Start a workshop's server, wait until it can be joined, and return the saved workshop."""
    workshop = workshop if workshop.steering_token else workshop.with_secrets()
    files.private_folder(workshop.classroom)
    workshop = replace(workshop, closed="", archive="")
    # The server updates its settings file while it runs.
    files.write_json(workshop.settings_file, record.settings(workshop, record.invitation(workshop).line))
    record.save(workshop)
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
    except QuickstartError as error:
        if error.code in ("port-taken", "port-lost"):
            free, _ = ports.choose(workshop.listen, workshop.port)
            raise port_taken(options, workshop.port, free) from error
        raise
    return workshop
