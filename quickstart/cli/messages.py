"""Messages of the errors that cli raises, by code."""

from __future__ import annotations

from collections.abc import Mapping

from quickstart.errors import Message

GUIDE = "local"

MESSAGES: Mapping[str, Message] = {
    "no-connection-saved": Message(
        "No saved connection.",
        "Nothing is set up, or the setup was undone.",
        "quickstart --yes",
    ),
    "password-shown": Message(
        "Refusing to write the instructor's password to JSON.",
        "--with-secrets shows the password on a terminal only.",
        "quickstart workshop status {name} --with-secrets",
    ),
    "secrets-shown": Message(
        "Refusing to show credentials.",
        "--with-secrets writes them to a pipe or file only: not to a terminal, and not to JSON.",
        "{line}",
    ),
}
