"""The messages for errors that all methods share."""

from __future__ import annotations

from collections.abc import Mapping

from quickstart.errors import Message

GUIDE = "choosing"

MESSAGES: Mapping[str, Message] = {
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
