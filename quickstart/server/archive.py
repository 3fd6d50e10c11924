"""The archive of a store: one .tar.gz that any tool opens, with a checksum for each file in it.

about.json    what it is: the server, when, which MLflow, and how many rows each table of the database holds
mlflow.db     the database as it was at one moment
artifacts/    the artifact store: all files that were complete at that moment, and files added during the copy
classroom/    of a workshop only: who had which seat, and the results
SHA256SUMS    a line for each of them, as sha256sum prints and checks them; last, so that a truncated archive has none
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import re
import tarfile
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from quickstart.errors import QuickstartError
from quickstart.system import signals

ABOUT, DATABASE, ARTIFACTS, SUMS = "about.json", "mlflow.db", "artifacts", "SHA256SUMS"
CLASSROOM = "classroom"
FORMAT = 1
CHUNK = 1 << 20
COMPRESSION = 1  # of 9: a third of the time, and a higher level hardly shrinks models
SMALL = 1 << 24  # bytes; more than about.json ever has


@dataclass(frozen=True)
class ArchiveInfo:
    """The description of an archive: about.json.

    Args:
        created: when, ISO 8601, UTC.
        mlflow: version of the MLflow that last worked on the store, or None.
        rows: how many rows each of its tables holds.
    """

    format: int
    name: str
    created: str
    mlflow: str | None
    revision: str | None
    rows: dict[str, int]


class Writer:
    """Writes an archive and the checksum of each file."""

    def __init__(self, file: IO[bytes]) -> None:
        self._tar = tarfile.open(fileobj=file, mode="w:gz", compresslevel=COMPRESSION, format=tarfile.PAX_FORMAT)  # noqa: SIM115
        self._sums: list[tuple[str, str]] = []

    def about(self, about: ArchiveInfo) -> None:
        self._text(ABOUT, json.dumps(asdict(about), indent=1) + "\n")

    def add(self, name: str, path: Path) -> bool:
        """Write a file; return False if it no longer exists.

        Of a file that is growing, because a client is uploading it, only the length at the start is copied.
        """
        try:
            source = path.open("rb")
        except FileNotFoundError:
            return False
        with source:
            info = self._tar.gettarinfo(arcname=name, fileobj=source)
            info.uid = info.gid = 0
            info.uname = info.gname = ""
            info.mtime = int(info.mtime)  # a fraction needs an extra header
            reader = _Hashed(source, info.size)
            self._tar.addfile(info, reader)  # type: ignore[arg-type]  # it only calls read()
        self._sums.append((reader.digest(), name))
        return True

    def close(self) -> None:
        self._text(SUMS, "".join(_line(digest, name) for digest, name in self._sums))
        self._tar.close()

    def _text(self, name: str, text: str) -> None:
        raw = text.encode("utf-8", "surrogateescape")
        info = tarfile.TarInfo(name)
        info.size, info.mtime, info.mode = len(raw), int(time.time()), 0o600
        if name != SUMS:
            self._sums.append((hashlib.sha256(raw).hexdigest(), name))
        self._tar.addfile(info, io.BytesIO(raw))


class _Hashed:
    """Reads exactly `size` bytes, padded with zeros, and computes their checksum."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file, self._left, self._hash = file, size, hashlib.sha256()

    def read(self, size: int) -> bytes:
        signals.raise_if_stopped()
        part = self._file.read(min(size, self._left)) or bytes(min(size, self._left))
        self._left -= len(part)
        self._hash.update(part)
        return part

    def digest(self) -> str:
        return self._hash.hexdigest()


@contextmanager
def open_archive(path: Path) -> Iterator[Iterator[tuple[str, IO[bytes]]]]:
    """Open an archive; its files come in order, each to be read before the next.

    Raises:
        QuickstartError: "no-backup" if the file does not exist, "backup-damaged" if it is not a whole archive.
    """
    if not path.is_file():  # opening a pipe would block
        raise QuickstartError("no-backup", path=str(path), detail="the file does not exist")
    try:
        file = path.open("rb")
    except OSError as error:
        raise QuickstartError("no-backup", path=str(path), detail=error.strerror or str(error)) from error
    with file:
        try:
            with tarfile.open(fileobj=file, mode="r:gz") as tar:
                yield _members(tar, path)
        except (EOFError, tarfile.TarError, ValueError, zlib.error, gzip.BadGzipFile) as error:
            raise QuickstartError("backup-damaged", path=str(path), detail=str(error)) from error


def _members(tar: tarfile.TarFile, path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    for member in tar:
        signals.raise_if_stopped()
        if member.isdir():
            continue
        file = tar.extractfile(member) if member.isfile() else None
        if file is None or not _harmless(member.name):
            raise QuickstartError(
                "backup-damaged",
                path=str(path),
                detail=f"it contains {member.name!r}, which does not belong in a backup",
            )
        yield member.name, file


def _harmless(name: str) -> bool:
    """Tell whether a name is one that Writer gives: never absolute, never a parent folder."""
    parts = PurePosixPath(name).parts
    if not parts or ".." in parts or name.startswith("/") or (os.name == "nt" and set(name) & set("\\:")):
        return False
    return bool(name in (ABOUT, DATABASE, SUMS) or (parts[0] in (ARTIFACTS, CLASSROOM) and len(parts) > 1))


def read_info(file: IO[bytes], path: Path) -> ArchiveInfo:
    """Raise "backup-damaged" or "backup-newer"."""
    try:
        value: Any = json.loads(file.read(SMALL))
        if value["format"] > FORMAT:
            raise QuickstartError("backup-newer", path=str(path))
        about = ArchiveInfo(**{key: value[key] for key in ArchiveInfo.__dataclass_fields__})
        if not all(isinstance(count, int) for count in about.rows.values()):
            raise TypeError("invalid number of rows")
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise QuickstartError("backup-damaged", path=str(path), detail=f"{ABOUT} cannot be read: {error}") from error
    return about


def read_sums(file: IO[bytes]) -> dict[str, str]:
    text = file.read(-1).decode("utf-8", "surrogateescape")
    return dict(_parsed(line) for line in text.split("\n") if line)


def digest_of(file: IO[bytes], copy: IO[bytes] | None = None) -> str:
    """Return the SHA-256 of a file and write the file to `copy`."""
    digest = hashlib.sha256()
    while part := file.read(CHUNK):
        signals.raise_if_stopped()
        digest.update(part)
        if copy:
            copy.write(part)
    return digest.hexdigest()


def _line(digest: str, name: str) -> str:
    """Return a line as sha256sum writes it: special names are escaped and the line is marked."""
    escaped = name.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    return f"{chr(92) if escaped != name else ''}{digest}  {escaped}\n"


def _parsed(line: str) -> tuple[str, str]:
    digest, _, name = line.removeprefix("\\").partition("  ")
    if line.startswith("\\"):
        name = re.sub(r"\\(.)", lambda found: {"n": "\n", "r": "\r"}.get(found[1], found[1]), name)
    return name, digest
