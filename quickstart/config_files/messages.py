"""Messages of the errors that this package raises."""

from __future__ import annotations

from collections.abc import Mapping

from quickstart.errors import Message

GUIDE = "local"

MESSAGES: Mapping[str, Message] = {
    "profiles-changed": Message(
        "Another program just changed {path}.",
        "quickstart left the file alone to keep that change.",
        "quickstart login databricks",
    ),
    "profiles-damaged": Message(
        "The profiles in {path} cannot be read: {detail}.",
        "databricks-sdk, and so MLflow, cannot read them either. The file was not changed.",
        "export DATABRICKS_CONFIG_FILE=$HOME/.databrickscfg-mlflow",
        "It uses another file. Or correct that line in this one.",
    ),
    "profiles-unreadable": Message(
        "{path} cannot be read: {detail}.",
        "MLflow reads its Databricks profiles from this file.",
        "export DATABRICKS_CONFIG_FILE=$HOME/.databrickscfg-mlflow",
        "It uses another file.",
    ),
}
