"""What strangers call themselves, made harmless: it goes to a projector, terminals and files."""

from __future__ import annotations

import unicodedata

NAME = 40  # characters of a name
LINE = 200  # characters of a headline
RAW = 16  # times as many characters are looked at; the rest of a giant text is dropped unread
SPACE = {"Zs", "Zl", "Zp"}
# Control, format (bidi overrides, zero width), surrogate, private, unassigned; marks could pile up on others' lines.
DROPPED = {"Cc", "Cf", "Cs", "Co", "Cn", "Me"}
MARKS = 2  # combining marks in a row; scripts that need them use no more


def clean(raw: object, limit: int = NAME) -> str:
    """Return at most `limit` printable characters on one line, or "" where there are none or it is no text."""
    if not isinstance(raw, str):
        return ""
    kept: list[str] = []
    marks = 0
    for character in unicodedata.normalize("NFC", raw[: limit * RAW]):
        category = unicodedata.category(character)
        marks = marks + 1 if category == "Mn" else 0
        if category in SPACE or character in "\t\r\n":
            kept.append(" ")
        elif category not in DROPPED and marks <= MARKS and (category != "Mn" or kept):
            kept.append(character)
    return " ".join("".join(kept).split())[:limit].strip()
