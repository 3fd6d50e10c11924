"""Method "databricks-free": hosted tracking on Databricks Free Edition, which took Community Edition's place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quickstart.methods.base import Declared

if TYPE_CHECKING:
    from quickstart.model import Answers, Machine

SIGN_UP = "https://www.databricks.com/learn/free-edition"


class FreeEdition(Declared):
    """Free hosted tracking; its limits are said to whoever they may hit."""

    def warnings(self, answers: Answers, machine: Machine) -> tuple[str, ...]:
        """Say what Free Edition is not for, and that a team shares its quota."""
        if answers.production:
            return ("Databricks Free Edition is for non-commercial use only: not for a company, nor for production.",)
        if answers.audience != "me":
            return (
                "Databricks Free Edition has quotas (their numbers are not published; beyond them computing stops "
                "for the day) and is for non-commercial use only.",
            )
        return ()


DATABRICKS_FREE = FreeEdition(
    name="databricks-free",
    kind="free-hosted",
    title="free hosted tracking on Databricks Free Edition",
    short="Databricks Free Edition",
    keeps="provider",
    pros=("nothing to run or update", "free of charge", "easy to share", "reachable from notebooks and VMs"),
    cons=("runs are kept by a provider", "quotas, and an account", "non-commercial use only"),
    install="mlflow-skinny databricks-sdk",
    settings=(
        ("MLFLOW_TRACKING_URI", "databricks"),
        ("DATABRICKS_HOST", "https://<workspace>.cloud.databricks.com"),
        ("DATABRICKS_TOKEN", "<personal access token>"),
    ),
    find=f"sign up at {SIGN_UP} and make a token: Settings, Developer, Access tokens",
)
