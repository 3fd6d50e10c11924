"""Start, stop and inspect servers: one server for a name and for a store, even if two starts run at once."""

from __future__ import annotations

import ipaddress
import re
import shlex
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from quickstart.errors import ExitCode, QuickstartError
from quickstart.events import Progress, no_progress
from quickstart.net.tcp import is_loopback
from quickstart.results import ServerStatus
from quickstart.server import ports, processes, records, store
from quickstart.server.launcher import is_ready, launch, probe_server
from quickstart.server.records import LauncherChoice, Server
from quickstart.state import files
from quickstart.state.files import lock

# A host name, with a port or with all names below it, but never a bare wildcard.
ALLOWED_HOST = r"(\*\.)?[A-Za-z0-9_][A-Za-z0-9_.-]*(:[0-9]+)?"


@dataclass(frozen=True)
class ServerOptions:
    """The options of a server; None keeps the earlier value, or else the default.

    Args:
        python: interpreter that holds MLflow.
        host: address to listen on; only this machine's own, since there is no authentication.
        port: TCP port; an explicit one is used or rejected, never replaced.
        launcher: "mlflow-server" goes without the one-process launcher.
        installed: version of the MLflow in `python`, which the server must report.
        packages: the folder that it is installed in.
        classroom: the file of a workshop's settings; such a server has authentication, so others may reach it.
    """

    name: str
    python: str
    host: str | None = None
    port: int | None = None
    store: str | None = None
    private: bool | None = None
    with_jobs: bool | None = None
    allowed_hosts: tuple[str, ...] | None = None
    launcher: LauncherChoice | None = None
    installed: str | None = None
    packages: str | None = None
    classroom: str | None = None
    fingerprint: str | None = None


@dataclass(frozen=True)
class StartResult:
    """A running server.

    Args:
        holder: who holds its usual port, if it has another one.
        remembered: whether it had the usual port before, so that connections and scripts name it.
        lost: whether its earlier database was moved or deleted.
        stuck: whether it was restarted because it did not answer.
    """

    server: Server
    already: bool = False
    holder: ports.Holder | None = None
    remembered: bool = False
    lost: bool = False
    stuck: bool = False


def settings(wanted: ServerOptions) -> Server:
    """Return the record that a server with these options would have; nothing is written.

    Raises:
        QuickstartError: "public-bind" for an address that others can reach, "bad-store" for a folder that no URI can
            name, "bad-host" for an invalid address or name, or "is-a-class" for the server of a workshop.
    """
    known = records.load(wanted.name)
    if known and known.classroom and not wanted.classroom:
        raise QuickstartError("is-a-class", ExitCode.USAGE, name=wanted.name)
    base = known or Server(
        name=wanted.name,
        host="127.0.0.1",
        port=ports.FIRST_CHOICE,
        store=str(records.default_store(wanted.name)),
        python=wanted.python,
    )
    same = ("port", "private", "with_jobs", "allowed_hosts", "python", "classroom", "fingerprint")
    explicit: dict[str, Any] = {
        **{name: getattr(wanted, name) for name in same},
        "host": None if wanted.host is None else _address(wanted.host),
        "store": None if wanted.store is None else _folder(wanted.store),
        "launcher_choice": wanted.launcher,
    }
    server = replace(base, **{key: value for key, value in explicit.items() if value is not None})
    if not store.same_folder(server.store, base.store):
        server = replace(server, served_by=None)
    for name in wanted.allowed_hosts or ():
        if not re.fullmatch(ALLOWED_HOST, name):
            raise QuickstartError("bad-host", ExitCode.USAGE, host=name)
    if set(server.store) & set("%?"):
        # MLflow takes the store as a URI, and what % and ? mean in it changed from one SQLAlchemy to the next.
        raise QuickstartError("bad-store", ExitCode.USAGE, store=server.store)
    if not is_loopback(server.host) and not server.classroom:
        raise QuickstartError("public-bind", ExitCode.USAGE, host=server.host, port=server.port)
    return server


def _address(host: str) -> str:
    """Raise "bad-host" if it is not an IP address."""
    bare = host.strip("[]").lower()
    try:
        return "127.0.0.1" if bare == "localhost" else str(ipaddress.ip_address(bare))
    except ValueError as error:
        raise QuickstartError("bad-host", ExitCode.USAGE, host=host) from error


def _folder(store: str) -> str:
    """Return an absolute path without links; raise "bad-store" if it is invalid."""
    try:
        return str(Path(store).expanduser().resolve())
    except (RuntimeError, ValueError) as error:
        raise QuickstartError("bad-store", ExitCode.USAGE, store=store) from error


def plan_port(wanted: ServerOptions) -> tuple[Server, ports.Holder | None]:
    """Return the settings with the port that a start would use now, and who holds the preferred one.

    Raises:
        QuickstartError: "port-taken" if an explicit port is in use, "port-forbidden" if this user may not use it.
    """
    server = settings(wanted)
    known = records.load(wanted.name)
    if known and processes.find_root(known):
        return known, None
    chosen, holder = ports.choose(server.host, server.port)
    if holder and holder.pid in {one.pid for one in processes.find_members(server)}:
        # A server of this name without a record, or an orphan of one; start() ends it first.
        return server, None
    if holder and wanted.port is not None and ports.is_forbidden(server.host, wanted.port):
        raise QuickstartError("port-forbidden", port=wanted.port, free=chosen, name=wanted.name)
    if holder and wanted.port is not None:
        raise QuickstartError("port-taken", port=wanted.port, free=chosen, holder=str(holder), name=wanted.name)
    return replace(server, port=chosen), holder


def start(wanted: ServerOptions, progress: Progress = no_progress) -> StartResult:
    """Start a server, or return the one that is running; two starts at once give one server.

    Raises:
        QuickstartError: "already-running" if it runs with other settings than the explicit ones, "store-in-use",
            "port-taken", "unwritable", or what launch() raises.
    """
    files.validate_name(wanted.name)
    waiting = partial(progress, "waiting for another quickstart to finish")
    with lock(f"server-{wanted.name}", waiting=waiting):
        known, stuck = records.load(wanted.name), False
        if known and processes.find_root(known) and known.mlflow_version:
            _check_same_settings(known, wanted)
            reachable = _is_reachable(known)
            if reachable and _answers(known):
                return StartResult(known, already=True)
            if stuck := reachable:
                progress("restarting the server, which does not answer")
        store.check_store_access(settings(wanted))  # a server that could not start again is not ended
        # Orphans of a killed root hold the port and the database, as does a server without a record. One whose wizard
        # was killed before it was ready may be broken.
        processes.end(known or settings(wanted))
        preferred = settings(wanted).port
        for attempt in range(3):
            server, holder = plan_port(wanted)
            judged = store.prepare(server, Path(wanted.packages) if wanted.packages else None)
            lost = judged.state in ("missing", "unfinished") and server.served_by is not None
            try:
                running = launch(server.for_launch(), progress, wanted.installed)
            except QuickstartError as fault:
                if fault.code != "port-lost" or attempt == 2:
                    raise
                continue
            moved = None if running.port == preferred else holder or ports.Holder(preferred)
            return StartResult(running, holder=moved, remembered=known is not None, lost=lost, stuck=stuck)
    raise AssertionError  # the loop returns or raises


def _is_reachable(known: Server) -> bool:
    # Writes to a deleted file are lost, and SQLite creates an empty database if the file was moved.
    has_database = store.exists(known.database) and known.database.stat().st_size > 0
    return has_database and ports.is_in_use(known.near, known.port)


def _answers(known: Server) -> bool:
    """The system accepts connections for a suspended or stuck server as well."""
    return not processes.is_suspended(known) and is_ready(known)


def _check_same_settings(known: Server, wanted: ServerOptions) -> None:
    asked = settings(replace(wanted, python=known.python))
    options = {
        "host": f"--host {asked.host}",
        "port": f"--port {asked.port}",
        "store": f"--store {shlex.quote(asked.store)}",
        "with_jobs": "--with-jobs" if asked.with_jobs else "--without-jobs",
        "allowed_hosts": f"--allowed-hosts {','.join(asked.allowed_hosts)}",
        "private": "--privacy" if asked.private else "--no-privacy",
    }
    other = [option for key, option in options.items() if getattr(asked, key) != getattr(known, key)]
    if other:
        raise QuickstartError("already-running", name=known.name, url=known.url, options=" ".join(other))


def stop(name: str) -> tuple[Server, int]:
    """End all processes of a server, check that its port is free, and return how many were ended.

    Raises:
        QuickstartError: "unknown-server" or "port-still-held".
    """
    with lock(f"server-{files.validate_name(name)}"):
        known = records.load(name)
        if known is None:
            raise records.unknown_server(name)
        ended = processes.end(known)
        stopped = known.stopped()
        with suppress(QuickstartError):  # on a full disk the record keeps naming a process that has ended
            records.save(stopped)
        return stopped, ended


def end(name: str) -> int:
    """Stop a server if it exists and delete its record; return how many processes were ended."""
    if records.load(files.validate_name(name)) is None:
        return 0
    ended = stop(name)[1]
    records.forget(name)
    return ended


def status(server: Server) -> ServerStatus:
    """Judge a server by its live process, not by its record.

    While it starts, it has a pid and a time but does not run yet. If its root was killed and an orphan still listens,
    it has the orphan's pid but no time.
    """
    top = processes.find_root(server)
    version, launcher = server.mlflow_version, server.launcher
    if top and version is None:  # its wizard is at it, or was killed and saw neither of these
        version, launcher = probe_server(server) or (None, None)
    starting = top is not None and version is None
    # An unreachable server does not count as running, although its process lives.
    held = ports.is_in_use(server.near, server.port)
    running = top is not None and version is not None and held
    left = processes.find_members(server) if top is None and held else []
    pid = top.pid if top and (running or starting) else next((one.pid for one in left), None)
    return ServerStatus(
        name=server.name,
        running=running,
        pid=pid,
        url=server.url,
        store=server.store,
        artifacts=str(server.artifacts),
        log=str(server.log),
        mlflow_version=version if running else None,
        launcher=launcher if running else None,
        started=server.started if running or starting else None,
    )
