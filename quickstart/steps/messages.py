"""The messages for errors of set-up steps and undo."""

from __future__ import annotations

from collections.abc import Mapping

from quickstart.errors import Message

GUIDE = "local"

MESSAGES: Mapping[str, Message] = {
    "mlflow-missing": Message(
        "{python} has no MLflow.",
        "The server needs it.",
        "quickstart --yes --python {python}",
    ),
    "which-connection": Message(
        "Several connections exist: {known}.",
        "None of them is in use.",
        "quickstart undo {first}",
    ),
}
