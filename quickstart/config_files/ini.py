"""One section of another tool's INI file, byte for byte: read as its owner reads it, put in, changed, taken out.

The owner is databricks-sdk: `ConfigParser().read(path)`, so the locale's encoding, then every section by itself and
raw, that is without what [DEFAULT] would add and without interpolation (Config._known_file_config_loader).
"""

from __future__ import annotations

import codecs
import configparser
import hashlib
import io
import json
import locale
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from quickstart.errors import QuickstartError

ENCODING = locale.getpreferredencoding(False)  # what open() takes, and so configparser
LINE_ENDS = (b"\n", b"\r")
KEY = re.compile(r"[a-z0-9_][a-z0-9_.-]*")
KEY_AND_DELIMITER = re.compile(rb"[^=:]*[=:][ \t]*")

Sections = dict[str, dict[str, str]]


def read(data: bytes) -> Sections:
    """Return the sections as databricks-sdk sees them; [DEFAULT] is one where it has keys, and adds to no other.

    Raises:
        Fault: "profiles-damaged" where configparser cannot read it; `detail` names a line, never what stands there.
    """
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_file(io.StringIO(data.decode(ENCODING), newline=None))
    except (configparser.Error, UnicodeDecodeError) as error:
        # The error's own message and traceback quote the line, which may be a token.
        raise QuickstartError("profiles-damaged", detail=_what_is_wrong(data, error)) from None
    default = dict(parser.defaults())
    parser[configparser.DEFAULTSECT].clear()
    sections = {name: dict(parser.items(name)) for name in parser.sections()}
    return {**sections, configparser.DEFAULTSECT: default} if default else sections


def restore_section(data: bytes, name: str, original: bytes) -> bytes:
    """Return the file with a section's exact bytes as they once were; comments that came since stay in it.

    Args:
        data: the file.
        name: the section; where it is not there, it is appended (after `lead`).
        original: what `section` gave of it.

    Raises:
        Fault: "profiles-damaged".
    """
    wanted = {**read(data), name: read(original).get(name, {})}
    lines = list(_lines(data))
    first = next((at for at, line in enumerate(lines) if line.section == name), len(lines))
    head = b"".join(line.raw for line in lines[:first])
    tail = b"".join(line.raw for line in lines[first:] if line.section != name)
    if first == len(lines):
        return _checked(head + separator(data) + original, wanted)
    now = [line.raw for line in lines[first:] if line.section == name and line.kind == "other"]
    once = list(_lines(original))
    if now != [line.raw for line in once if line.kind == "other"]:
        kept = b"".join(line.raw for line in once if line.kind != "other")
        original = kept + (b"" if kept.endswith(LINE_ENDS) else _line_end(data)) + b"".join(now)
    between = _line_end(data) if tail and not original.endswith(LINE_ENDS) else b""
    return _checked(head + original + between + tail, wanted)


def section(data: bytes, name: str) -> bytes | None:
    """Return a section's exact bytes, from its header to the next one or the file's end; None where it is not there."""
    return b"".join(line.raw for line in _lines(data) if line.section == name) or None


def fingerprint(values: Mapping[str, str], salt: str) -> str:
    """Return a hex digest of a section's values, to detect later changes."""
    return hashlib.sha256(json.dumps([salt, sorted(values.items())]).encode()).hexdigest()


def can_hold(value: str) -> bool:
    """Return whether a value means the same to everybody who reads the file.

    A line break would end it, outer blanks are not read, and `%` is raw to databricks-sdk but interpolated by MLflow's
    own reader (mlflow.legacy_databricks_cli.configure.provider).
    """
    return value.isprintable() and value == value.strip() and "%" not in value


def write_section(data: bytes, name: str, values: Mapping[str, str], replaced: Collection[str] = ()) -> bytes:
    """Return the file with these values in a section, which is appended (after `lead`) where it is not there.

    Args:
        data: the file.
        name: the section.
        values: keys in lower case, and what they shall be; each must be one that `fits`.
        replaced: keys to remove unless they are in `values`; other keys of the section stay.

    Raises:
        ValueError: for a name, key or value that an INI file cannot hold.
        Fault: "profiles-damaged".
    """
    good = name and name.isprintable() and values and all(map(KEY.fullmatch, values))
    if not good or not all(map(can_hold, values.values())):
        raise ValueError("an INI file cannot hold this name, or one of these keys and values")
    before = read(data)
    old = before.get(name, {})
    gone = {key.lower() for key in replaced} - set(values)
    if section(data, name) is None:
        data += separator(data) + f"[{name}]".encode(ENCODING) + _line_end(data)
    after = _changed(data, name, {key: values[key] for key in values if old.get(key) != values[key]}, gone)
    kept = {key: value for key, value in old.items() if key not in gone}
    return _checked(after, {**before, name: {**kept, **values}})


def separator(data: bytes) -> bytes:
    """Return what `put` appends before a new section's header: line ends, until it begins a line after a blank one.

    mlflow.login() takes the line after a section's last key away with the section, be it the next one's header.
    """
    last = data.splitlines(keepends=True)[-1:]
    if not last or (last[0].endswith(LINE_ENDS) and not last[0].strip()):
        return b""
    return (end := _line_end(data)) + separator(data + end)


def remove_section(data: bytes, name: str, lead: bytes) -> bytes:
    """Return the file without a section's header, keys and values; comments and blank lines belong to others and stay.

    Args:
        data: the file.
        name: the section; where it is not there, the file is returned as it is.
        lead: what `lead` gave when the section was appended; it goes too where it still stands before the header, but
            not where the lines before and after would then become one.
    """
    rest = read(data)
    rest.pop(name, None)
    lines = list(_lines(data))
    header = next((at for at, line in enumerate(lines) if line.section == name), len(lines))
    head = b"".join(line.raw for line in lines[:header])
    tail = b"".join(line.raw for line in lines[header:] if line.section != name or line.kind == "other")
    without_lead = head.removesuffix(lead)
    if header < len(lines) and (not tail or without_lead.endswith(LINE_ENDS)):
        head = without_lead
    return _checked(head + tail, rest)


@dataclass(frozen=True)
class _Line:
    raw: bytes  # with its line end
    kind: Literal["header", "key", "more", "other"]  # more of a value; a comment or blank line
    section: str | None
    key: str  # in lower case; "" in other lines
    indent: str


def _lines(data: bytes) -> Iterator[_Line]:
    """Give the lines of a file that configparser can read, each taken as RawConfigParser._read() takes it."""
    name, key, depth = None, "", 0
    for raw in data.splitlines(keepends=True):
        line = raw.decode(ENCODING)
        text = line.strip()
        indent = line[: len(line) - len(line.lstrip())]
        if not text or text.startswith(("#", ";")):
            yield _Line(raw, "other", name, "", indent)
        elif key and len(indent) > depth:
            yield _Line(raw, "more", name, key, indent)
        elif header := configparser.ConfigParser.SECTCRE.match(text):
            name, key = header["header"], ""
            yield _Line(raw, "header", name, key, indent)
        else:
            key, depth = re.split("[=:]", text, maxsplit=1)[0].rstrip().lower(), len(indent)
            yield _Line(raw, "key", name, key, indent)


def _changed(data: bytes, name: str, values: Mapping[str, str], gone: Collection[str]) -> bytes:
    """Return the file with values of a section changed, keys gone, and what was not there yet after its last key."""
    lines = list(_lines(data))
    last = max(at for at, line in enumerate(lines) if line.section == name and line.kind != "other")
    missing = dict(values)
    changed: list[bytes] = []
    for at, line in enumerate(lines):
        if line.section != name or (line.key not in values and line.key not in gone):
            changed.append(line.raw)
        elif line.kind == "key" and line.key in values:
            head = KEY_AND_DELIMITER.match(line.raw)
            assert head  # noqa: S101 - configparser found a key here
            changed.append(head.group() + missing.pop(line.key).encode(ENCODING) + _end_of(line.raw))
        if at == last and missing:
            # Neither may a new key continue the one above it, nor the header below it continue the new key.
            below = (line.indent for line in lines[at + 1 :] if line.kind == "header")
            indent = line.indent if line.kind == "key" else next(below, "")
            end = _line_end(data)
            changed.append(b"" if changed[-1].endswith(LINE_ENDS) else end)
            changed += [f"{indent}{key} = {value}".encode(ENCODING) + end for key, value in missing.items()]
    return _unglued(changed)


def _unglued(pieces: Sequence[bytes]) -> bytes:
    """Return pieces one after the other; a lone \\r must not make one line end of itself and a blank line's \\n."""
    whole = b""
    for piece in filter(None, pieces):
        whole += (b"\n" if whole.endswith(b"\r") and piece.startswith(b"\n") else b"") + piece
    return whole


def _checked(data: bytes, wanted: Sections) -> bytes:
    """Return a changed file after checking that it reads as intended."""
    if read(data) != wanted:
        raise QuickstartError("profiles-damaged", detail="its layout cannot be changed safely")
    return data


def _what_is_wrong(data: bytes, error: configparser.Error | UnicodeDecodeError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"it is not encoded in {error.encoding}"
    if data.startswith(codecs.BOM_UTF8):
        return "line 1 begins with a byte order mark"
    kind = re.sub("(?<=[a-z])(?=[A-Z])", " ", type(error).__name__).lower()
    lines = [number for number, _ in getattr(error, "errors", [])] or [getattr(error, "lineno", 0)]
    return f"{kind} in line {', '.join(map(str, lines))}"


def _end_of(line: bytes) -> bytes:
    return line[len(line.rstrip(b"\r\n")) :]


def _line_end(data: bytes) -> bytes:
    ends = Counter(filter(None, map(_end_of, data.splitlines(keepends=True))))
    return max(ends, key=ends.__getitem__, default=b"\n")
