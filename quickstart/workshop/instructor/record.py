"""What the instructor's machine remembers of a class: its settings, its secrets, and where it is kept."""

from __future__ import annotations

import hashlib
import secrets
import shutil
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from quickstart.errors import ExitCode, QuickstartError
from quickstart.state import files, paths
from quickstart.workshop import qr

Shared = Literal["read", "edit", "none"]
DEFAULT = "class"
PORT = 5443


@dataclass(frozen=True)
class Workshop:
    """A class as the instructor opened it. Its secrets are in its own 0600 file, and nowhere else.

    Args:
        name: how the instructor calls it; the server goes by the same name.
        title: what stands above the board.
        seats: how many participants there can be.
        url: the address that the room uses.
        listen: the address that is listened on.
        port: TCP port that is listened on.
        names: hosts that the room may call it by.
        install_line: what participants type to install quickstart.
        experiment: name of the experiment that all share; "" for none.
        shared: what participants may do with that.
        python: interpreter that holds MLflow.
        certificate: PEM file; for one that quickstart made it lies beside the record.
        key: PEM file of its private key.
        fingerprint: SHA-256 of the certificate, in hex.
        expires: when joining ends by itself, seconds since the epoch.
        secret: what a participant must know to join; "" for a class that was closed.
        steering_token: what steers the class; "" for a class that was closed.
        board_key: what opens the board.
        password: of the user "instructor" in MLflow's own pages.
        locked: whether joining was closed.
        opened: when it was opened first, ISO 8601, UTC.
        archive: what it was, or is being, archived to; "" while it was never closed.
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
        """The folder of who has which seat, beside the runs."""
        return self.store / "classroom"

    @property
    def settings_file(self) -> Path:
        """The file from which the server reads its settings; without the secrets themselves, as far as it can."""
        return folder_of(self.name) / "classroom.json"

    @property
    def made_certificate(self) -> bool:
        """Whether quickstart made the certificate, so that no browser knows it."""
        return Path(self.certificate).parent == folder_of(self.name)

    @property
    def board(self) -> str:
        """The board's address."""
        return f"{self.url}/board?key={self.board_key}"

    def with_secrets(self) -> Workshop:
        """Return it with new secrets all over, as each opening has them."""
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
        """Return it as it is kept once it is closed: nobody gets in by what was shown."""
        return replace(self, secret="", steering_token="", board_key="", password="")


def settings(workshop: Workshop, join_line: str) -> dict[str, Any]:
    """Return what the server is told of a class: digests in the place of secrets that it only has to know again.

    Args:
        workshop: the class.
        join_line: what a participant types, which the board shows.
    """
    return {
        "title": workshop.title,
        "seats": workshop.seats,
        "folder": str(workshop.classroom),
        "certificate": workshop.certificate,
        "key": workshop.key,
        "url": workshop.url,
        "install_line": workshop.install_line,
        "join_line": join_line,
        "join_qr": qr.svg(join_line),
        "secret_digest": digest(workshop.secret),
        "expires": workshop.expires,
        "locked": workshop.locked,
        "board_key": workshop.board_key,
        "steer_digest": digest(workshop.steering_token),
        "instructor_digest": digest(workshop.password),
        "experiment": workshop.experiment,
        "shared": workshop.shared,
    }


def digest(secret: str) -> str:
    """Return the SHA-256 of a secret, in hex."""
    return hashlib.sha256(secret.encode()).hexdigest()


def root() -> Path:
    """Return the folder of all that is remembered of classes."""
    return paths.state_folder() / "workshops"


def folder_of(name: str) -> Path:
    """Return the folder of what is remembered of a class."""
    return root() / paths.validate_name(name)


def archives() -> Path:
    """Return the folder of the classes' runs, and of the archives of those that were closed."""
    return paths.data_folder() / "workshops"


def store_of(name: str) -> Path:
    """Return the folder of a class's runs."""
    return archives() / paths.validate_name(name)


def load(name: str) -> Workshop | None:
    """Return a class, or None; raise Fault "state-damaged" where what is remembered cannot be read."""
    path = folder_of(name) / "record.json"
    value: Any = files.read_json(path)
    if value is None:
        return None
    try:
        return Workshop(**{**value, "names": tuple(value["names"])})
    except (KeyError, TypeError) as error:
        raise QuickstartError("state-damaged", path=str(path), detail=str(error)) from error


def load_all() -> list[Workshop]:
    """Return every class that is remembered, by name."""
    names = sorted(path.parent.name for path in root().glob("*/record.json"))
    return [found for name in names if (found := load(name))]


def save(workshop: Workshop) -> Workshop:
    """Remember a class and return it."""
    files.write_json(folder_of(workshop.name) / "record.json", asdict(workshop))
    return workshop


def forget(name: str) -> None:
    """Remove what is remembered of a class, its certificate too; its runs and archives stay."""
    shutil.rmtree(folder_of(name), ignore_errors=True)


def checked_name(name: str) -> str:
    """Return a name that a class can have; raise Fault "bad-class-name" for another."""
    if not paths.NAME.fullmatch(name):
        raise QuickstartError("bad-class-name", ExitCode.USAGE, name=name)
    return name


def find_workshop(name: str | None, *, closed: bool = False) -> Workshop:
    """Return the class that is meant: the named one, else the only one that is open.

    Args:
        name: as given; None where none was.
        closed: whether one that was closed can be meant, too.

    Raises:
        Fault: "no-workshop", "unknown-workshop", "workshop-closed", "which-workshop" or "bad-class-name".
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
