"""What a participant's machine saves of a workshop, as steps: its identity there, and the certificate it trusts.

A workshop is a server by its URL whose credentials were assigned; the other steps are those of any login.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from quickstart.errors import QuickstartError
from quickstart.events import Progress
from quickstart.methods import common_steps
from quickstart.methods.server import credentials
from quickstart.models import Connection, Secret, Step
from quickstart.server import records
from quickstart.state import connections, files, journal
from quickstart.state.journal import Handler, Parameters, Result

EXPERIMENT = "MLFLOW_EXPERIMENT_NAME"
METHOD = "server"
NAME = "class"  # of the connection
JOIN, LEAVE, TRUST, DISTRUST = "join-class", "leave-class", "trust-class", "distrust-class"
DEVICE = 16  # random bytes, so that a device cannot be guessed


@dataclass(frozen=True)
class Membership:
    """A machine's identity in a workshop.

    Args:
        device: identifies the machine to the workshop; together with the join code it gives access to the seat.
        connection: name of the saved connection.
    """

    device: str
    uri: str
    connection: str


def folder() -> Path:
    return files.state_folder() / "classes"


def membership_file(fingerprint: str) -> Path:
    """Return the file of this machine's identity; `fingerprint` as in the join code."""
    return folder() / f"{fingerprint.lower()}.json"


def certificate_file(fingerprint: str) -> Path:
    return folder() / f"{fingerprint.lower()}.pem"


def membership(fingerprint: str) -> Membership | None:
    """Return this machine's identity in a workshop, or None; raise "state-damaged"."""
    path = membership_file(fingerprint)
    value = files.read_json(path)
    if value is None:
        return None
    try:
        found = Membership(**value)
        if not all(isinstance(one, str) and one for one in (found.device, found.uri, found.connection)):
            raise TypeError("a value is missing")
    except TypeError as error:
        raise QuickstartError("state-damaged", path=str(path), detail=str(error)) from error
    return found


def is_class(uri: str) -> bool:
    """Tell whether this machine joined the workshop at a URL."""
    found = (membership(name) for name in files.list_names(folder(), ".json"))
    return any(one is not None and one.uri == uri.rstrip("/") for one in found)


def seat_at(uri: str) -> str:
    """Return this machine's seat in the workshop at a URL, by the name of its experiment; "" for none."""
    with suppress(QuickstartError):  # a damaged file is reported elsewhere
        if is_class(uri):
            saved = (one for one in connections.Connections().all().values() if one.tracking_uri == uri.rstrip("/"))
            return next((one.env[EXPERIMENT] for one in saved if EXPERIMENT in one.env), "")
    return ""


def naming(uri: str) -> str:
    """Return a hint on naming experiments in the workshop at a URL; "" if it is not a workshop."""
    seat = seat_at(uri)
    return f"; add your seat to your own names: iris-{seat}" if seat else ""


def free_name(fingerprint: str) -> str:
    """Return the name of the connection to a workshop: the one that it has, else a free one."""
    if known := membership(fingerprint):
        return known.connection
    taken = {*connections.Connections().all(), *journal.journal_names(), *(one.name for one in records.load_all())}
    names = (NAME if number == 1 else f"{NAME}-{number}" for number in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)


def connection(name: str, uri: str, experiment: str, ca_file: str, no_proxy: str, python: str) -> Connection:
    """Return the connection to a workshop, without its credentials.

    Args:
        experiment: name of the seat's own experiment.
        ca_file: file of the certificate, if no authority signed it; "" otherwise.
        no_proxy: value of NO_PROXY, if a proxy cannot reach the workshop; "" otherwise.
    """
    found = {EXPERIMENT: experiment, credentials.CA_FILE: ca_file, "NO_PROXY": no_proxy, "no_proxy": no_proxy}
    return Connection(name, METHOD, uri, {key: value for key, value in found.items() if value}, python)


def join_step(fingerprint: str, uri: str, name: str) -> Step:
    """Return the step that saves this machine's identity; it runs before asking for a seat."""
    return Step(
        id=f"{JOIN}:{name}",
        kind=JOIN,
        does="Save this machine's identity in the workshop",
        where=str(membership_file(fingerprint)),
        undo="deletes it",
        parameters={"fingerprint": fingerprint, "uri": uri, "connection": name},
        inverse={"kind": LEAVE, "parameters": {"fingerprint": fingerprint}},
    )


def login_steps(made: Connection, username: str, password: Secret, fingerprint: str, pem: str) -> tuple[Step, ...]:
    """Return the steps that save a seat's certificate, credentials and connection, and put it in use.

    Args:
        fingerprint: of the certificate.
        pem: the certificate, if no authority signed it; "" otherwise.
    """
    path = str(certificate_file(fingerprint))
    trust = Step(
        id=f"{TRUST}:{made.name}",
        kind=TRUST,
        does="Trust the workshop's certificate, for this workshop only",
        where=path,
        undo="deletes it",
        parameters={"path": path, "pem": pem},
        inverse={"kind": DISTRUST, "parameters": {"path": path}},
    )
    login = {credentials.USERNAME: Secret(username), credentials.PASSWORD: password}
    return (*([trust] if pem else []), common_steps.keep_secrets(made, login), common_steps.save_step(made))


def join(parameters: Parameters, progress: Progress) -> Result:
    """Save this machine's identity in a workshop; an existing one is kept."""
    fingerprint = parameters["fingerprint"]
    before = membership(fingerprint)
    # Created here and not in the step: with the code it is as good as the seat's password.
    device = before.device if before else secrets.token_hex(DEVICE)
    now = Membership(device, parameters["uri"], parameters["connection"])
    if now == before:
        return "skip", "this machine joined before"
    files.write_json(membership_file(fingerprint), vars(now))
    return "ok", "saved"


def leave(parameters: Parameters, progress: Progress) -> Result:
    found = _remove(membership_file(parameters["fingerprint"]))
    return ("ok", "identity deleted") if found else ("skip", "no identity was saved")


def trust(parameters: Parameters, progress: Progress) -> Result:
    """Save a workshop's certificate as a file for MLflow's client."""
    path = Path(parameters["path"])
    if path.exists() and path.read_text(encoding="ascii", errors="replace") == parameters["pem"]:
        return "skip", "the certificate is already saved"
    files.write_private(path, parameters["pem"])
    return "ok", f"certificate saved to {path}"


def distrust(parameters: Parameters, progress: Progress) -> Result:
    found = _remove(Path(parameters["path"]))
    return ("ok", "certificate deleted") if found else ("skip", "no certificate was saved")


def _remove(path: Path) -> bool:
    found = path.exists()
    path.unlink(missing_ok=True)
    files.remove_if_empty(path.parent)
    return found


HANDLERS: Mapping[str, Handler] = {JOIN: join, LEAVE: leave, TRUST: trust, DISTRUST: distrust}
