"""The saved state of a workshop on the instructor's machine: settings, secrets, and folders."""

from __future__ import annotations

import secrets
import shutil
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from quickstart.errors import ExitCode, QuickstartError
from quickstart.state import files
from quickstart.workshop.classroom.passwords import digest
from quickstart.workshop.instructor import certificates
from quickstart.workshop.participant.join_code import Code, Invitation, fingerprint_of, qr_svg

Shared = Literal["read", "edit", "none"]
DEFAULT = "class"


@dataclass(frozen=True)
class Workshop:
    """A workshop on the instructor's machine. Its secrets are saved in its own 0600 file only.

    Args:
        names: hosts that participants may use.
        install_line: command that installs quickstart.
        experiment: name of the shared experiment; "" for none.
        shared: access of participants to it.
        python: interpreter that has MLflow.
        certificate: PEM file; beside the record if quickstart created it.
        fingerprint: SHA-256 of the certificate, in hex.
        expires: when the join code expires, seconds since the epoch.
        secret: of the join code; "" if closed.
        steering_token: authorizes changes of the workshop; "" if closed.
        board_key: opens the board.
        password: of the MLflow user "instructor".
        locked: whether new participants are rejected.
        opened: when it was first opened, ISO 8601, UTC.
        archive: path of its archive; "" if it was never closed.
        closed: when it was closed, ISO 8601, UTC; "" while it is open.
    """

    name: str
    title: str
    seats: int
    url: str
    listen: str
    port: int
    names: tuple[str, ...]
    install_line: str
    experiment: str
    shared: Shared
    python: str
    certificate: str
    key: str
    fingerprint: str
    expires: float
    secret: str = field(default="", repr=False)
    steering_token: str = field(default="", repr=False)
    board_key: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    locked: bool = False
    opened: str = ""
    archive: str = ""
    closed: str = ""

    @property
    def store(self) -> Path:
        """The folder of its database and artifacts."""
        return store_of(self.name)

    @property
    def classroom(self) -> Path:
        """The folder of its own databases, beside the runs."""
        return self.store / "classroom"

    @property
    def settings_file(self) -> Path:
        """The settings file of the server, with digests instead of secrets where possible."""
        return folder_of(self.name) / "classroom.json"

    @property
    def made_certificate(self) -> bool:
        """Whether quickstart created the certificate, so that browsers do not trust it."""
        return Path(self.certificate).parent == folder_of(self.name)

    @property
    def board(self) -> str:
        return f"{self.url}/board?key={self.board_key}"

    def with_secrets(self) -> Workshop:
        return replace(
            self,
            steering_token=secrets.token_hex(16),
            board_key=secrets.token_hex(16),
            password=secrets.token_hex(16),
            locked=False,
            closed="",
            archive="",
        )

    def without_secrets(self) -> Workshop:
        return replace(self, secret="", steering_token="", board_key="", password="")


def invitation(workshop: Workshop) -> Invitation:
    parts = urlsplit(workshop.url)
    code = Code(workshop.secret, fingerprint_of(certificates.der_of(Path(workshop.certificate))))
    return Invitation(parts.hostname or "", parts.port or 443, code)


def settings(workshop: Workshop, join_line: str) -> dict[str, Any]:
    """Return the server's settings, with digests of the secrets that it only compares."""
    return {
        "title": workshop.title,
        "seats": workshop.seats,
        "folder": str(workshop.classroom),
        "certificate": workshop.certificate,
        "key": workshop.key,
        "url": workshop.url,
        "install_line": workshop.install_line,
        "join_line": join_line,
        "join_qr": qr_svg(join_line),
        "secret_digest": digest(workshop.secret),
        "expires": workshop.expires,
        "locked": workshop.locked,
        "board_key": workshop.board_key,
        "steer_digest": digest(workshop.steering_token),
        "instructor_digest": digest(workshop.password),
        "experiment": workshop.experiment,
        "shared": workshop.shared,
    }


def root() -> Path:
    return files.state_folder() / "workshops"


def folder_of(name: str) -> Path:
    return root() / files.validate_name(name)


def archives() -> Path:
    return files.data_folder() / "workshops"


def store_of(name: str) -> Path:
    return archives() / files.validate_name(name)


def load(name: str) -> Workshop | None:
    """Return a saved workshop, or None; raises "state-damaged"."""
    path = folder_of(name) / "record.json"
    value: Any = files.read_json(path)
    if value is None:
        return None
    try:
        return Workshop(**{**value, "names": tuple(value["names"])})
    except (KeyError, TypeError) as error:
        raise QuickstartError("state-damaged", path=str(path), detail=str(error)) from error


def load_all() -> list[Workshop]:
    names = sorted(path.parent.name for path in root().glob("*/record.json"))
    return [found for name in names if (found := load(name))]


def save(workshop: Workshop) -> Workshop:
    files.write_json(folder_of(workshop.name) / "record.json", asdict(workshop))
    return workshop


def forget(name: str) -> None:
    """Delete the record and the certificate of a workshop; its runs and archives are kept."""
    shutil.rmtree(folder_of(name), ignore_errors=True)


def checked_name(name: str) -> str:
    if not files.NAME.fullmatch(name):
        raise QuickstartError("bad-class-name", ExitCode.USAGE, name=name)
    return name


def find_workshop(name: str | None, *, closed: bool = False) -> Workshop:
    """Return the named workshop, or the only one that is open; with `closed`, a closed one is accepted.

    Raises:
        QuickstartError: "no-workshop", "unknown-workshop", "workshop-closed", "which-workshop" or "bad-class-name".
    """
    known = load_all()
    if name is not None:
        found = next((one for one in known if one.name == checked_name(name)), None)
        if found is None:
            names = ", ".join(one.name for one in known) or "none"
            raise QuickstartError("unknown-workshop", ExitCode.USAGE, name=name, known=names)
        if found.closed and not closed:
            raise QuickstartError("workshop-closed", ExitCode.USAGE, name=name)
        return found
    open_ones = [one for one in known if not one.closed]
    candidates = open_ones or (known if closed else [])
    if not candidates:
        raise QuickstartError("no-workshop", ExitCode.USAGE)
    if len(candidates) > 1:
        names = ", ".join(one.name for one in candidates)
        raise QuickstartError("which-workshop", ExitCode.USAGE, known=names, first=candidates[0].name)
    return candidates[0]
