"""What stands between a script and its server, as `quickstart doctor` finds it. Rows of table.py, data alone."""

from __future__ import annotations

from collections.abc import Mapping

# code: (what happened, why, the command that mends it)
CONNECTING: Mapping[str, tuple[str, str, str]] = {
    "check-crashed": (
        'The check "{id}" stumbled: {detail}',
        "This is a mistake in quickstart itself, not yours; the other checks are not touched by it.",
        "quickstart doctor --only {id} --verbose",
    ),
    "check-late": (
        'The check "{id}" did not end within {seconds:g} s.',
        "Something that it asks does not answer; the other checks did not wait for it.",
        "quickstart doctor --only {id}",
    ),
    "noticed": (
        "{detail}",
        "It works all the same.",
        "quickstart verify {url}",
    ),
    "unknown-check": (
        'There is no check named "{name}".',
        "There are: {known}.",
        "quickstart doctor --list",
    ),
}
