"""What methods reports when it fails: one message for each error code."""

from __future__ import annotations

from collections.abc import Mapping

from quickstart.errors import Message

GUIDE = "choosing"

MESSAGES: Mapping[str, Message] = {
    "bad-secret": Message(
        "That is no {name}: {length} characters, with blanks or signs that none has, or nothing at all.",
        "Something else was on the clipboard, or only a part of it was copied.",
        "{again}",
        "and paste it anew",
    ),
    "name-taken": Message(
        'The name "{name}" is that of something else: a server of your own, or a connection to another kind of place.',
        "What goes by a name, such as undo, must find what is meant.",
        "{command} --name another",
        "with the address, as before",
    ),
    "unknown-method": Message(
        'There is no method named "{name}".',
        "There are: {known}.",
        "quickstart --help",
    ),
}
