"""Credentials in another tool's file: one section, replaced or appended, and restored exactly by undo."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from quickstart.config_files import files, ini
from quickstart.errors import QuickstartError
from quickstart.models import Secret, Status, Step
from quickstart.state.connections import hold_secret, take_secret
from quickstart.state.files import remove_if_empty, replace_file, state_folder

Result = tuple[Status, str]
Parameters = Mapping[str, Any]


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
    data = files.load(path)
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

    before, after = files.edit(path, change)
    if before == after and path.stat().st_mode & 0o077:
        path.chmod(0o600)
    return ("skip" if before == after else "ok"), f"{what} saved in {path}"


def is_unchanged(parameters: Parameters) -> bool:
    """Tell whether a section is as quickstart wrote it, by the parameters of the inverse."""
    try:
        now = ini.read(files.load(Path(parameters["path"]))).get(parameters["profile"])
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
    replaced = files.load(kept) if kept else b""
    now = ini.read(files.load(path)).get(name)
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

    _, after = files.edit(path, change)
    if kept:
        kept.unlink(missing_ok=True)
        remove_if_empty(kept.parent)
    if parameters["made"] and path.exists() and not after.strip():
        files.remove(path, after)
    return done
