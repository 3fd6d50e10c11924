"""A .env file: what it sets, and one line of it given another value, every other byte of the file staying."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

LINE = re.compile(
    rb"(?P<head>\s*(?:export\s+)?(?P<name>[\w.-]+)\s*=[ \t]*)"
    rb"(?:(?P<quote>['\"])(?P<quoted>.*?)(?P=quote)(?=\s*(?:#|$))|(?P<plain>.*?)(?=\s*$|\s+#))(?P<rest>.*)",
    re.DOTALL,
)


def read_settings(data: bytes) -> Iterator[tuple[str, str]]:
    """Yield each variable that a file sets, with its value."""
    for line in data.splitlines():
        if found := LINE.match(line):
            value = found["quoted"] if found["quote"] else found["plain"]
            yield found["name"].decode("ascii", "replace"), value.decode("utf-8", "replace")


def last_line(data: bytes, name: str) -> bytes | None:
    """Return the line that sets a variable, the last where several do, with its line end; None for none."""
    lines = (line for line in data.splitlines(keepends=True) if (found := LINE.match(line)) and _is(found, name))
    return next(iter(reversed(list(lines))), None)


def with_value(line: bytes, value: str) -> bytes:
    """Return a line with another value, in the same quotes and before the same comment.

    Args:
        line: that sets a variable.
        value: without quotes, line ends and blanks.
    """
    found = LINE.match(line)
    assert found  # noqa: S101 - last_line() found it so
    quote = found["quote"] or b""
    return found["head"] + quote + value.encode() + quote + found["rest"]


def mark(line: bytes, salt: str) -> str:
    """Return a digest, in hex, of a line, by which it is found again without being written down."""
    return hashlib.sha256(salt.encode() + line).hexdigest()


def replace_line(data: bytes, marked: str, salt: str, line: bytes) -> bytes | None:
    """Return a file with another line in the place of the marked one; None where that is not in it any more."""
    lines = data.splitlines(keepends=True)
    places = [place for place, one in enumerate(lines) if mark(one, salt) == marked]
    if not places:
        return None
    lines[places[-1]] = line
    return b"".join(lines)


def _is(found: re.Match[bytes], name: str) -> bool:
    return found["name"].decode("ascii", "replace") == name
