"""What system reports when it fails: one message for each error code."""

from __future__ import annotations

from collections.abc import Mapping

from quickstart.errors import Message

GUIDE = "local"

MESSAGES: Mapping[str, Message] = {
    "unknown-guide": Message(
        'There is no guide named "{name}".',
        "There are: {known}.",
        "quickstart guide",
    ),
}
