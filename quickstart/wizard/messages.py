"""The messages of the wizard's errors, by code."""

from __future__ import annotations

from collections.abc import Mapping

from quickstart.errors import Message

GUIDE = "choosing"

MESSAGES: Mapping[str, Message] = {
    "no-connection": Message(
        "No connection to verify.",
        "No connection is saved, MLFLOW_TRACKING_URI is not set, and no tracking URI was given.",
        "quickstart --yes",
    ),
    "not-here": Message(
        'The method "{method}" cannot be set up here: {evidence}.',
        "Your browser cannot reach a server inside a cloud notebook, and the notebook runs in a provider's cloud.",
        "quickstart --no-privacy",
        "Use this if a provider may store your runs. Otherwise, run `quickstart` on your own machine.",
    ),
    "undo-incomplete": Message(
        "Could not undo everything: {failed}.",
        "The messages above give the cause. These steps stay in the journal, so undo can try them again.",
        "quickstart undo {name}",
    ),
}
