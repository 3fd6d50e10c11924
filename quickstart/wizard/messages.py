"""What wizard reports when it fails: one message for each error code."""

from __future__ import annotations

from collections.abc import Mapping

from quickstart.errors import Message

GUIDE = "choosing"

MESSAGES: Mapping[str, Message] = {
    "no-connection": Message(
        "There is no connection to check.",
        "None is saved, MLFLOW_TRACKING_URI is not set, and no address was given.",
        "quickstart --yes",
    ),
    "not-here": Message(
        'The method "{method}" cannot be set up here: {evidence}.',
        "A server in a cloud notebook cannot be reached from your browser, and the notebook is somebody's cloud.",
        "quickstart --yes",
        "on your own machine; or, if a provider may store your runs: quickstart --no-privacy",
    ),
    "undo-incomplete": Message(
        "Not everything could be taken back: {failed}.",
        "What is above says why. It is still in the journal, and undo tries it again.",
        "quickstart undo {name}",
    ),
}
