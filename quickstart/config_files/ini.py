"""Change one section of another tool's INI file and keep every other byte; read it as databricks-sdk does.

That is `ConfigParser().read(path)` in the locale's encoding, each section by itself, without [DEFAULT] and without
interpolation (Config._known_file_config_loader).
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

ENCODING = locale.getpreferredencoding(False)  # the default of open(), and so of configparser
LINE_ENDS = (b"\n", b"\r")
KEY = re.compile(r"[a-z0-9_][a-z0-9_.-]*")
KEY_AND_DELIMITER = re.compile(rb"[^=:]*[=:][ \t]*")

Sections = dict[str, dict[str, str]]


def read(data: bytes) -> Sections:
    """Return the sections as databricks-sdk reads them. A nonempty [DEFAULT] is one of them and adds to no other.

    Raises:
        QuickstartError: "profiles-damaged"; its `detail` names a line but never quotes it.
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
    """Restore a section's exact earlier bytes, with comments added since; append it if it is missing.

    Args:
        original: as returned by section().

    Raises:
        QuickstartError: "profiles-damaged".
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
    """Return a section's exact bytes, from its header to the next one or the end of the file."""
    return b"".join(line.raw for line in _lines(data) if line.section == name) or None


def fingerprint(values: Mapping[str, str], salt: str) -> str:
    """Digest a section's values, to detect later changes."""
    return hashlib.sha256(json.dumps([salt, sorted(values.items())]).encode()).hexdigest()


def can_hold(value: str) -> bool:
    """Tell whether every reader of the file reads the same value.

    A line break ends it, surrounding blanks are dropped, and `%` is literal in databricks-sdk but interpolated by
    MLflow's own reader (mlflow.legacy_databricks_cli.configure.provider).
    """
    return value.isprintable() and value == value.strip() and "%" not in value


def write_section(data: bytes, name: str, values: Mapping[str, str], replaced: Collection[str] = ()) -> bytes:
    """Set values in a section; append the section, after a separator, if it is missing.

    Args:
        values: keys in lower case, with values that pass can_hold().
        replaced: keys to remove unless they are in `values`; other keys of the section stay.

    Raises:
        ValueError: for a name, key or value that an INI file cannot hold.
        QuickstartError: "profiles-damaged".
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
    """Return what write_section() appends before a new header: line ends, so that it follows a blank line.

    mlflow.login() removes the line after a section's last key with the section, even the header of the next one.
    """
    last = data.splitlines(keepends=True)[-1:]
    if not last or (last[0].endswith(LINE_ENDS) and not last[0].strip()):
        return b""
    return (end := _line_end(data)) + separator(data + end)


def remove_section(data: bytes, name: str, lead: bytes) -> bytes:
    """Remove a section's header, keys and values; comments and blank lines stay.

    Args:
        lead: the separator from when the section was appended; removed too, if it is still there and no lines join.
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
    kind: Literal["header", "key", "more", "other"]  # "more" continues a value; "other" is a comment or blank line
    section: str | None
    key: str  # in lower case; "" in other lines
    indent: str


def _lines(data: bytes) -> Iterator[_Line]:
    """Yield the lines of a valid file, each classified as RawConfigParser._read() does."""
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
    """Set values, remove the `gone` keys, and add new keys after the section's last one."""
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
            # A new key must not continue the one above it, and the header below must not continue the new key.
            below = (line.indent for line in lines[at + 1 :] if line.kind == "header")
            indent = line.indent if line.kind == "key" else next(below, "")
            end = _line_end(data)
            changed.append(b"" if changed[-1].endswith(LINE_ENDS) else end)
            changed += [f"{indent}{key} = {value}".encode(ENCODING) + end for key, value in missing.items()]
    return _unglued(changed)


def _unglued(pieces: Sequence[bytes]) -> bytes:
    """Join pieces; a lone \\r must not merge with the \\n of a blank line into one line end."""
    whole = b""
    for piece in filter(None, pieces):
        whole += (b"\n" if whole.endswith(b"\r") and piece.startswith(b"\n") else b"") + piece
    return whole


def _checked(data: bytes, wanted: Sections) -> bytes:
    """Raise "profiles-damaged" unless a changed file reads as intended."""
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
