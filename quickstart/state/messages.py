"""Messages of the errors that this package raises."""

from __future__ import annotations

from collections.abc import Mapping

from quickstart.errors import Message

GUIDE = "local"

MESSAGES: Mapping[str, Message] = {
    "bad-name": Message(
        'Invalid name "{name}".',
        "A name has at most 40 lowercase letters, digits, - and _, and starts with a letter or digit.",
        "quickstart server start --name my-server",
    ),
    "busy": Message(
        "Another quickstart has been using {name} for more than {seconds:g} s.",
        "Only one quickstart can change it at a time.",
        "quickstart server status",
        "When the other quickstart has finished, try again.",
    ),
    "secret-gone": Message(
        "The secret for this step is no longer available.",
        "Secrets are only held in memory, and the command that had this one has ended.",
        "quickstart login",
        "Log in again.",
    ),
    "state-damaged": Message(
        "quickstart's file {path} cannot be read: {detail}",
        "It was edited, or the disk lost a part of it. It does not contain your runs.",
        "{remove} {path}",
    ),
    "state-locked": Message(
        "quickstart's file {path} cannot be read: permission denied.",
        "{folder} is yours, but its mode denies you access.",
        "chmod u+rwX {folder}",
    ),
    "state-unreadable": Message(
        "quickstart's file {path} cannot be read: permission denied.",
        "It belongs to another user, for example because quickstart was run with sudo.",
        'sudo chown -R "$USER" {folder}',
    ),
    "unknown-connection": Message(
        'Unknown connection "{name}".',
        "Saved connections: {known}.",
        "quickstart list",
    ),
}
