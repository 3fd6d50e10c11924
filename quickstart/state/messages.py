"""What state reports when it fails: one message for each error code."""

from __future__ import annotations

from collections.abc import Mapping

from quickstart.errors import Message

GUIDE = "local"

MESSAGES: Mapping[str, Message] = {
    "bad-name": Message(
        '"{name}" cannot name a server.',
        "A name becomes a file: lower-case letters, digits, - and _, at most 40, a letter or digit first.",
        "quickstart server start --name my-server",
    ),
    "busy": Message(
        "Another quickstart has been at work on {name} for more than {seconds:g} s.",
        "Two at once would get in each other's way.",
        "quickstart server status",
        "and, when the other one is done, the same command again",
    ),
    "secret-gone": Message(
        "The secret for this step is not known any more.",
        "Secrets are held in memory alone, and the command that had it has ended.",
        "quickstart login",
        "with the name of the place, again",
    ),
    "state-damaged": Message(
        "quickstart's own file {path} cannot be read: {detail}",
        "It was changed by hand, or the disk lost a part of it. Your runs are not in it.",
        "{remove} {path}",
    ),
    "state-locked": Message(
        "quickstart's own {path} cannot be read: Permission denied.",
        "{folder} is yours, but its mode keeps you out.",
        "chmod u+rwX {folder}",
    ),
    "state-unreadable": Message(
        "quickstart's own {path} cannot be read: Permission denied.",
        "It belongs to somebody else, as after a quickstart that was run by sudo.",
        'sudo chown -R "$USER" {folder}',
    ),
    "unknown-connection": Message(
        'There is no connection named "{name}".',
        "Saved are: {known}.",
        "quickstart list",
    ),
}
