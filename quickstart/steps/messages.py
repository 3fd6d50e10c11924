"""What steps reports when it fails: one message for each error code."""

from __future__ import annotations

from collections.abc import Mapping

from quickstart.errors import Message

GUIDE = "local"

MESSAGES: Mapping[str, Message] = {
    "mlflow-missing": Message(
        "There is no MLflow in {python}.",
        "It is what runs the server.",
        "quickstart --yes --python {python}",
    ),
    "which-connection": Message(
        "There are several connections that could be meant: {known}.",
        "None of them is in use.",
        "quickstart undo {first}",
    ),
}
