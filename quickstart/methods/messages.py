"""The messages for errors that all methods share."""

from __future__ import annotations

from collections.abc import Mapping

from quickstart.errors import Message

GUIDE = "choosing"

MESSAGES: Mapping[str, Message] = {
    "bad-secret": Message(
        "Invalid {name}: {length} characters, empty or with blanks or characters that it cannot contain.",
        "Something else was on the clipboard, or only a part of it was copied.",
        "{again}",
        "Copy and paste it again.",
    ),
    "name-taken": Message(
        'The name "{name}" is already in use by one of your servers, or by a connection of another method.',
        "Commands such as undo find things by their name.",
        "{command} --name NAME",
        "Choose another name; keep the other options.",
    ),
    "unknown-method": Message(
        'Unknown method "{name}".',
        "Known methods: {known}.",
        "quickstart --help",
    ),
}
