"""What config_files reports when it fails: one message for each error code."""

from __future__ import annotations

from collections.abc import Mapping

from quickstart.errors import Message

GUIDE = "local"

MESSAGES: Mapping[str, Message] = {
    "profiles-changed": Message(
        "{path} was changed by another program just now.",
        "It was not touched, so that what the other one wrote is not lost.",
        "quickstart login databricks",
        "again",
    ),
    "profiles-damaged": Message(
        "The profiles in {path} cannot be read: {detail}.",
        "databricks-sdk, and so MLflow, cannot read them either. The file was not touched.",
        "",
        "mend that line; or leave the file alone: export DATABRICKS_CONFIG_FILE=$HOME/.databrickscfg-mlflow",
    ),
    "profiles-unreadable": Message(
        "{path} cannot be read: {detail}.",
        "It holds the profiles that MLflow logs in with.",
        "export DATABRICKS_CONFIG_FILE=$HOME/.databrickscfg-mlflow",
        "uses another file",
    ),
}
