"""What cli reports when it fails: one message for each error code."""

from __future__ import annotations

from collections.abc import Mapping

from quickstart.errors import Message

GUIDE = "local"

MESSAGES: Mapping[str, Message] = {
    "no-connection-saved": Message(
        "No connection is saved.",
        "Nothing was set up yet, or it was undone.",
        "quickstart --yes",
    ),
    "password-shown": Message(
        "The instructor's password is not shown.",
        "--with-secrets shows it to a person, and never goes into a document that is kept.",
        "quickstart workshop status {name} --with-secrets",
        "without --json",
    ),
    "secrets-shown": Message(
        "The login is not shown.",
        "--with-secrets writes it for a shell or a file to read, never to a screen or into a document that is kept.",
        "{line}",
    ),
}
