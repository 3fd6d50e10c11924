"""Method "databricks": a production workspace on Databricks."""

from __future__ import annotations

from quickstart.methods.base import Declared

DATABRICKS = Declared(
    name="databricks",
    kind="production",
    title="a production workspace on Databricks",
    short="Databricks",
    keeps="provider",
    pros=("nothing to run or update", "serves and deploys models", "easy to share", "high quotas"),
    cons=("costs money", "a billing account to look after"),
    traces=("~/.databrickscfg", "DATABRICKS_HOST", "DATABRICKS_CONFIG_PROFILE"),
    install="mlflow-skinny databricks-sdk",
    settings=(
        ("MLFLOW_TRACKING_URI", "databricks"),
        ("DATABRICKS_HOST", "https://<workspace>.cloud.databricks.com"),
        ("DATABRICKS_TOKEN", "<personal access token>"),
    ),
    find="make a token in your workspace: Settings, Developer, Access tokens",
)
