"""The results of `quickstart workshop`, as the contract shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from quickstart.models import pick


@dataclass(frozen=True)
class OpenedWorkshop:
    """A workshop that was opened, or was open already.

    Args:
        join: the join command.
        install: the install command, and whether the instructor set it (`install_named`).
        expires: of the join code; ISO 8601, UTC.
        others: further addresses of this machine.
        moved: the port that was wanted, if another one is used.
        alone: whether this machine has no network.
        doubt: why the workshop cannot be reached at its URL from here; None if it can.
    """

    name: str
    title: str
    already: bool
    address: str
    join: str
    install: str
    install_named: bool
    board: str
    seats: int
    expires: str
    locked: bool
    certificate_made: bool
    fingerprint: str
    others: tuple[str, ...]
    moved: int | None
    new_code: bool
    alone: bool
    doubt: str | None
    store: str
    log: str
    mlflow_version: str | None

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "title": self.title,
            "already": self.already,
            "address": self.address,
            "join": self.join,
            "install": self.install,
            "install_named": self.install_named,
            "board": self.board,
            "seats": self.seats,
            "expires": self.expires,
            "locked": self.locked,
            "certificate": {"made": self.certificate_made, "fingerprint": self.fingerprint},
            "others": list(self.others),
            "moved": self.moved,
            "new_code": self.new_code,
            "alone": self.alone,
            "doubt": self.doubt,
            "store": self.store,
            "log": self.log,
            "mlflow_version": self.mlflow_version,
        }


@dataclass(frozen=True)
class SeatStatus:
    """A seat on the board; `trouble` has the code of an error and its headline."""

    seat: int
    name: str
    state: str
    trouble: Mapping[str, Any] | None = None
    at: Any = None

    def to_json(self) -> dict[str, Any]:
        return pick(self, "seat", "name", "state", "trouble", "at")


@dataclass(frozen=True)
class InstructorLogin:
    """The instructor's credentials for MLflow, and the environment variables with them."""

    user: str
    password: str
    variables: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        return pick(self, "user", "password", "variables")


@dataclass(frozen=True)
class WorkshopStatus:
    """The progress of a workshop.

    Args:
        closed: when it was closed, ISO 8601, UTC; None if it was not.
        expires: of the join code; ISO 8601, UTC.
        join: the join command; None if the workshop cannot be joined.
        counts: number of seats by state.
        login: only with --with-secrets.
    """

    name: str
    title: str
    address: str
    store: str
    closed: str | None
    archive: str | None
    running: bool
    open: bool
    locked: bool
    expired: bool
    expires: str | None
    join: str | None
    board: str | None
    seats: tuple[SeatStatus, ...]
    counts: Mapping[str, int]
    login: InstructorLogin | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "title": self.title,
            "address": self.address,
            "store": self.store,
            "closed": self.closed,
            "archive": self.archive,
            "running": self.running,
            "open": self.open,
            "locked": self.locked,
            "expired": self.expired,
            "expires": self.expires,
            "join": self.join,
            "board": self.board,
            "seats": [seat.to_json() for seat in self.seats],
            "counts": dict(self.counts),
            **(self.login.to_json() if self.login else {}),
        }


@dataclass(frozen=True)
class SteerResult:
    """A workshop after `did`: "lock", "unlock", "free" or "remove"; `was` is the state in which the seat was."""

    did: str
    seat: int | None
    was: str
    workshop: WorkshopStatus

    def to_json(self) -> dict[str, Any]:
        return {"did": self.did, "seat": self.seat, "was": self.was, **self.workshop.to_json()}


@dataclass(frozen=True)
class RehearseResult:
    """A rehearsal; `p50`, `p95` and `last` are the seconds until so many were proven, None if none was."""

    name: str
    seats: int
    proven: int
    p50: float | None
    p95: float | None
    last: float | None
    failures: tuple[tuple[str, int], ...]
    advice: Any

    def to_json(self) -> dict[str, Any]:
        return {
            **pick(self, "name", "seats", "proven", "p50", "p95", "last"),
            "failures": [{"code": code, "count": count} for code, count in self.failures],
            "advice": self.advice,
        }


@dataclass(frozen=True)
class ClosedWorkshop:
    """A closed workshop: the document with its summary, and the files that it was written to."""

    name: str
    seats: int
    runs: int
    counts: Mapping[str, int]
    document: Mapping[str, Any]
    summary: str
    archive: str | None
    store: str

    def to_json(self) -> dict[str, Any]:
        return {**self.document, "archive": self.archive, "summary": self.summary, "store": self.store}


@dataclass(frozen=True)
class CloseProgress:
    """A workshop whose closing was cancelled."""

    name: str
    closed: str | None
    archive: str | None

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "closed": self.closed, "archive": self.archive}


@dataclass(frozen=True)
class SeatExport:
    """The runs of a seat as files; `loader` is the script that loads them to another MLflow."""

    name: str
    seat: int
    participant: str
    folder: str
    loader: str
    runs: int
    artifacts: int
    not_exported: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "seat": self.seat,
            "participant": self.participant,
            "folder": self.folder,
            "loader": self.loader,
            "runs": self.runs,
            "artifacts": self.artifacts,
            "not_exported": list(self.not_exported),
        }


@dataclass(frozen=True)
class HandoutResult:
    """The files of a handout; `code` if the join code is in it."""

    name: str
    html: str
    markdown: str
    code: bool
    install_named: bool

    def to_json(self) -> dict[str, Any]:
        files = {"html": self.html, "markdown": self.markdown, "code": self.code, "install_named": self.install_named}
        return {"name": self.name, "handout": files}
