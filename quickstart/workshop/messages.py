"""Messages of join codes."""

from __future__ import annotations

from collections.abc import Mapping

from quickstart.errors import Message

GUIDE = "workshop-participant"

MESSAGES: Mapping[str, Message] = {
    "bad-code": Message(
        "Invalid workshop address or join code: {detail}.",
        "The board shows both, for example 192.168.1.20:5443/K7QF-... Nothing was sent.",
        "quickstart join ADDRESS/CODE",
        "Type it exactly as the board shows it.",
    ),
}
