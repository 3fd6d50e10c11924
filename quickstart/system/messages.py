"""Messages of the errors that this package raises."""

from __future__ import annotations

from collections.abc import Mapping

from quickstart.errors import Message

GUIDE = "local"

MESSAGES: Mapping[str, Message] = {
    "unknown-guide": Message(
        'Unknown guide "{name}".',
        "Guides: {known}.",
        "quickstart guide",
    ),
}
