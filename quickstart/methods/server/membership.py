"""What a participant's machine keeps of a class, step by step: who it is there, and which certificate it trusts.

A class is a server by its URL whose login was handed out; the rest of its steps are those of any login.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quickstart.errors import QuickstartError
from quickstart.events import Progress
from quickstart.methods import common_steps
from quickstart.methods.server import credentials
from quickstart.methods.server.check import EXPERIMENT
from quickstart.models import Connection, Secret, Status, Step
from quickstart.server import records
from quickstart.state import connections, files, journal, paths
from quickstart.state.journal import Handler

METHOD = "server"
NAME = "class"  # of the connection
JOIN, LEAVE, TRUST, DISTRUST = "join-class", "leave-class", "trust-class", "distrust-class"
DEVICE = 16  # bytes: random, so that nobody can guess whose seat it stands for

Result = tuple[Status, str]
Parameters = Mapping[str, Any]


@dataclass(frozen=True)
class Membership:
    """What a machine remembers of a class that it joined, or was about to.

    Args:
        device: by which the class knows it again; whoever has it and the code gets its seat.
        uri: the address by which the class was reached.
        connection: the name of the connection.
    """

    device: str
    uri: str
    connection: str


def folder() -> Path:
    """Return the folder of the classes that this machine joined."""
    return paths.state_folder() / "classes"


def membership_file(fingerprint: str) -> Path:
    """Return the file that keeps who this machine is in a class.

    Args:
        fingerprint: of the class's certificate, as the code has it.
    """
    return folder() / f"{fingerprint.lower()}.json"


def certificate_file(fingerprint: str) -> Path:
    """Return the file of the certificate that a class shows; `fingerprint` as above."""
    return folder() / f"{fingerprint.lower()}.pem"


def membership(fingerprint: str) -> Membership | None:
    """Return what is remembered of a class, or None; raise Fault "state-damaged"."""
    path = membership_file(fingerprint)
    value = files.read_json(path)
    if value is None:
        return None
    try:
        found = Membership(**value)
        if not all(isinstance(one, str) and one for one in (found.device, found.uri, found.connection)):
            raise TypeError("a text is missing")
    except TypeError as error:
        raise QuickstartError("state-damaged", path=str(path), detail=str(error)) from error
    return found


def is_class(uri: str) -> bool:
    """Tell whether an address is that of a class that was joined from here."""
    return any(one.uri == uri.rstrip("/") for one in _memberships())


def seat_at(uri: str) -> str:
    """Return which seat this machine has in the class at an address, as its experiment is called; "" for none."""
    with suppress(QuickstartError):  # a damaged file of ours has a row of its own
        if is_class(uri):
            saved = (one for one in connections.Connections().all().values() if one.tracking_uri == uri.rstrip("/"))
            return next((one.env[EXPERIMENT] for one in saved if EXPERIMENT in one.env), "")
    return ""


def naming(uri: str) -> str:
    """Return in words how experiments are named in the class at an address; "" where it is none."""
    seat = seat_at(uri)
    return f"; a name of your own needs the seat: iris-{seat}" if seat else ""


def _memberships() -> Iterator[Membership]:
    for name in files.list_names(folder(), ".json"):
        if found := membership(name):
            yield found


def free_name(fingerprint: str) -> str:
    """Return how the connection to a class is called: as before, else by a name that nothing else has."""
    if known := membership(fingerprint):
        return known.connection
    taken = {*connections.Connections().all(), *journal.journal_names(), *(one.name for one in records.load_all())}
    names = (NAME if number == 1 else f"{NAME}-{number}" for number in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)


def connection(name: str, uri: str, experiment: str, ca_file: str, no_proxy: str, python: str) -> Connection:
    """Return the connection to a class; its login is apart.

    Args:
        name: of the connection.
        uri: the address of the class.
        experiment: the seat's own.
        ca_file: of the certificate, where no authority vouches for it; "" else.
        no_proxy: what NO_PROXY must be where a proxy would keep one from it; "" else.
        python: the interpreter that holds MLflow.
    """
    found = {EXPERIMENT: experiment, credentials.CA_FILE: ca_file, "NO_PROXY": no_proxy, "no_proxy": no_proxy}
    return Connection(name, METHOD, uri, {key: value for key, value in found.items() if value}, python)


def join_step(fingerprint: str, uri: str, name: str) -> Step:
    """Return the step that remembers who this machine is, before anybody is told."""
    return Step(
        id=f"{JOIN}:{name}",
        kind=JOIN,
        does="remember which seat is yours",
        where=str(membership_file(fingerprint)),
        undo="forgotten",
        parameters={"fingerprint": fingerprint, "uri": uri, "connection": name},
        inverse={"kind": LEAVE, "parameters": {"fingerprint": fingerprint}},
    )


def login_steps(made: Connection, username: str, password: Secret, fingerprint: str, pem: str) -> tuple[Step, ...]:
    """Return the steps that keep a seat's login, what it trusts, and the connection, which is then in use.

    Args:
        made: the connection.
        username: of the seat.
        password: of the seat.
        fingerprint: of the certificate.
        pem: the certificate itself, where no authority vouches for it; "" else.
    """
    path = str(certificate_file(fingerprint))
    trust = Step(
        id=f"{TRUST}:{made.name}",
        kind=TRUST,
        does="trust the certificate of the class, and for the class alone",
        where=path,
        undo="deleted",
        parameters={"path": path, "pem": pem},
        inverse={"kind": DISTRUST, "parameters": {"path": path}},
    )
    login = {credentials.USERNAME: Secret(username), credentials.PASSWORD: password}
    return (*([trust] if pem else []), common_steps.keep_secrets(made, login), common_steps.save_step(made))


def conflicting_variables(made: Connection) -> tuple[str, ...]:
    """Return the variables of this shell that MLflow would heed instead of the seat's login."""
    return credentials.conflicting_variables(made, os.environ)


def join(parameters: Parameters, progress: Progress) -> Result:
    """Remember who this machine is in a class; it stays who it was."""
    fingerprint = parameters["fingerprint"]
    before = membership(fingerprint)
    # Made here and not in the step: with the code it is as good as the seat's password.
    device = before.device if before else secrets.token_hex(DEVICE)
    now = Membership(device, parameters["uri"], parameters["connection"])
    if now == before:
        return "skip", "this machine has been here before"
    files.write_json(membership_file(fingerprint), vars(now))
    return "ok", "this machine will be known again"


def leave(parameters: Parameters, progress: Progress) -> Result:
    """Forget who this machine is in a class."""
    found = _remove(membership_file(parameters["fingerprint"]))
    return ("ok", "the seat is forgotten") if found else ("skip", "no seat was remembered")


def trust(parameters: Parameters, progress: Progress) -> Result:
    """Keep the certificate of a class as a file that MLflow's client can be given."""
    path = Path(parameters["path"])
    if path.exists() and path.read_text(encoding="ascii", errors="replace") == parameters["pem"]:
        return "skip", "its certificate is known"
    files.write_private(path, parameters["pem"])
    return "ok", f"its certificate is kept in {path}"


def distrust(parameters: Parameters, progress: Progress) -> Result:
    """Delete the certificate of a class."""
    found = _remove(Path(parameters["path"]))
    return ("ok", "the certificate of the class is deleted") if found else ("skip", "no certificate was kept")


def _remove(path: Path) -> bool:
    found = path.exists()
    path.unlink(missing_ok=True)
    files.remove_if_empty(path.parent)
    return found


HANDLERS: Mapping[str, Handler] = {JOIN: join, LEAVE: leave, TRUST: trust, DISTRUST: distrust}
