"""What workshop reports when it fails: one message for each error code."""

from __future__ import annotations

from collections.abc import Mapping

from quickstart.errors import Message

GUIDE = "workshop-participant"

MESSAGES: Mapping[str, Message] = {
    "bad-code": Message(
        "That is no address and code of a class: {detail}.",
        "Both stand on the board, as in 192.168.1.20:5443/K7QF-... and so on; nothing was sent.",
        "quickstart join ADDRESS/CODE",
        "as the board shows it",
    ),
}
