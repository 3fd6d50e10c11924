"""Credentials in another tool's file: one section, replaced or appended, and restored exactly by undo.

The file is read with limits, and replaced atomically if no other program changed it.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from quickstart.config_files import ini
from quickstart.errors import QuickstartError
from quickstart.models import Secret, Step
from quickstart.state.connections import hold_secret, take_secret
from quickstart.state.files import lock, remove_if_empty, replace_file, state_folder, wrap_write_errors
from quickstart.state.journal import Parameters, Result

LIMIT = 1_000_000  # bytes; no credentials file is larger
LOCK = "credentials"


@dataclass(frozen=True)
class Section:
    """A section to write.

    Args:
        values: its values without the secret.
        secret_key: which key of the section the secret is.
        replaces: keys of credentials, which are removed unless they are among the new ones.
        written: the parameters that undo quickstart's last change of it; None if it was changed since.
    """

    path: Path
    name: str
    values: Mapping[str, str]
    secret_key: str = ""
    secret: Secret | None = None
    replaces: Collection[str] = field(default_factory=tuple)
    written: Mapping[str, Any] | None = None


def save_step(section: Section, kinds: tuple[str, str], new: str, replaced: str) -> Step:
    """Return the step that writes a section; the secret stays in memory until then.

    Args:
        kinds: of the step and of its inverse.
        new: the words of the step if the section is new.
        replaced: the words if it replaces one.

    Raises:
        QuickstartError: "profiles-unreadable" or "profiles-damaged".
    """
    path, name, secret, written = section.path, section.name, section.secret, section.written
    data = load(path)
    before = ini.read(data).get(name)
    values = {**section.values, **({section.secret_key: secret.value} if secret else {})}
    rest = {key: value for key, value in (before or {}).items() if key not in section.replaces}
    salt = secrets.token_hex(8)  # without it a digest would show whether two machines have the same token
    mark = ini.fingerprint({**rest, **values}, salt)
    backup = str(_backup(mark)) if before is not None and not written else None
    inverse = {
        "path": str(path),
        "profile": name,
        "salt": salt,
        "fingerprint": mark,
        "lead": written["lead"] if written else ini.separator(data).decode() if before is None else "",
        "made": not path.exists() or bool(written and written["made"]),
        "before": written["before"] if written else backup,
    }
    return Step(
        id=f"{kinds[0]}:{name}:{mark[:8]}",
        kind=kinds[0],
        does=replaced if before is not None else new,
        where=str(path),
        undo="restores it" if inverse["before"] else "removes it",
        parameters={
            "path": str(path),
            "profile": name,
            "values": dict(section.values),
            "secret_key": section.secret_key,
            "held": hold_secret(f"{kinds[0]}:{name}", secret) if secret else None,
            "before": backup,
            "replaces": sorted(section.replaces),
        },
        inverse={"kind": kinds[1], "parameters": inverse},
    )


def _backup(mark: str) -> Path:
    """The private file that keeps a replaced section for undo."""
    return state_folder() / "replaced" / f"{mark[:16]}.ini"


def save(parameters: Parameters, what: str) -> Result:
    """Write a section; a replaced one is kept for undo in a private file. `what` is the section in words."""
    path, name = Path(parameters["path"]), parameters["profile"]
    values = dict(parameters["values"])
    if parameters["held"]:
        values[parameters["secret_key"]] = take_secret(parameters["held"]).value

    def change(data: bytes) -> bytes:
        if parameters["before"] and (replaced := ini.section(data, name)):
            with replace_file(Path(parameters["before"])) as file:
                file.write(replaced)
        return ini.write_section(data, name, values, parameters["replaces"])

    before, after = edit(path, change)
    if before == after and path.stat().st_mode & 0o077:
        path.chmod(0o600)
    return ("skip" if before == after else "ok"), f"{what} saved in {path}"


def is_unchanged(parameters: Parameters) -> bool:
    """Tell whether a section is as quickstart wrote it, by the parameters of the inverse."""
    try:
        now = ini.read(load(Path(parameters["path"]))).get(parameters["profile"])
    except QuickstartError:
        return False
    return now is not None and ini.fingerprint(now, parameters["salt"]) == parameters["fingerprint"]


def remove(parameters: Parameters, what: str) -> Result:
    """Remove a section, or restore the one that it replaced, unless it was changed since.

    Args:
        what: the section in words.

    Raises:
        QuickstartError: "profiles-unreadable", "profiles-damaged" or "profiles-changed".
    """
    path, name = Path(parameters["path"]), parameters["profile"]
    kept = Path(parameters["before"]) if parameters["before"] else None
    replaced = load(kept) if kept else b""
    now = ini.read(load(path)).get(name)
    if now is not None and ini.fingerprint(now, parameters["salt"]) != parameters["fingerprint"]:
        older = f"; its content from before quickstart is in {kept}" if replaced else ""
        return "skip", f"kept: {what} in {path} (changed since){older}"
    if now is None and not replaced:
        done: Result = ("skip", f"{what} did not exist")
    else:
        done = ("ok", f"{what} {'restored in' if replaced else 'removed from'} {path}")

    def change(data: bytes) -> bytes:
        if replaced:
            return ini.restore_section(data, name, replaced)
        return ini.remove_section(data, name, parameters["lead"].encode())

    _, after = edit(path, change)
    if kept:
        kept.unlink(missing_ok=True)
        remove_if_empty(kept.parent)
    if parameters["made"] and path.exists() and not after.strip():
        remove_file(path, after)
    return done


def load(path: Path) -> bytes:
    """Return the content of a file, b"" if it does not exist.

    Raises:
        QuickstartError: "profiles-unreadable" if it cannot be read, is not a regular file, or is larger than LIMIT.
    """
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise _unreadable(path, "not a regular file")
            data = file.read(LIMIT + 1)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from error
    if len(data) > LIMIT:
        raise _unreadable(path, f"larger than {LIMIT // 10**6} MB")
    return data


def edit(path: Path, change: Callable[[bytes], bytes], *, keep_mode: bool = False) -> tuple[bytes, bytes]:
    """Change a file while holding a lock against other quickstarts; return its content before and after.

    Args:
        change: returns the new content; must not edit or remove a file itself.
        keep_mode: for a file without credentials; otherwise only its owner can read it afterward.

    Raises:
        QuickstartError: as load() and replace(), "busy", and what `change` raises, with the path added.
    """
    with lock(LOCK):
        before = load(path)
        try:
            after = change(before)
        except QuickstartError as fault:
            raise fault.with_defaults(path=str(path)) from None
        if after != before:
            replace(path, before, after, keep_mode=keep_mode)
    return before, after


def replace(path: Path, old: bytes, new: bytes, *, keep_mode: bool = False) -> None:
    """Replace a file atomically with one that only its owner can read (0600 from the first byte); links stay links.

    Raises:
        QuickstartError: "profiles-changed" if its content is not `old` anymore, "unwritable", or as load().
    """
    real = Path(os.path.realpath(path))
    with replace_file(real) as file:
        _keep_owner(file.fileno(), real)
        if keep_mode and hasattr(os, "fchmod"):
            with suppress(FileNotFoundError):
                os.fchmod(file.fileno(), real.stat().st_mode & 0o7777)
        file.write(new)
        # On disk before the check, so that only the renaming is left to do.
        file.flush()
        os.fsync(file.fileno())
        _check_unchanged(path, old)


def remove_file(path: Path, old: bytes) -> None:
    """Remove a file that quickstart created, or its target if it is a link; raise "profiles-changed"."""
    with lock(LOCK):
        _check_unchanged(path, old)
        real = Path(os.path.realpath(path))
        with wrap_write_errors(real):
            real.unlink(missing_ok=True)


def _without_waiting(path: str, flags: int) -> int:
    # Opening a FIFO would otherwise block until it has a writer.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _unreadable(path: Path, detail: str) -> QuickstartError:
    return QuickstartError("profiles-unreadable", path=str(path), detail=detail)


def _check_unchanged(path: Path, old: bytes) -> None:
    if load(path) != old:
        raise QuickstartError("profiles-changed", path=str(path))


def _keep_owner(descriptor: int, path: Path) -> None:
    """Keep the owner of the replaced file if permitted: root must not take over a person's file."""
    if hasattr(os, "fchown"):
        with suppress(OSError):
            before = path.stat()
            os.fchown(descriptor, before.st_uid, before.st_gid)
