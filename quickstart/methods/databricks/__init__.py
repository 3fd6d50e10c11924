"""Methods "databricks" and "databricks-free": a workspace on Databricks."""

from __future__ import annotations

from functools import partial

from quickstart.errors import register_messages
from quickstart.methods.base import Method
from quickstart.models import Answers, Machine

register_messages(f"{__name__}.messages")

INSIDE = "DATABRICKS_RUNTIME_VERSION"  # set in every notebook and job of a workspace
SIGN_UP = "https://www.databricks.com/learn/free-edition"


def _free_edition_limits(answers: Answers, machine: Machine) -> tuple[str, ...]:
    if answers.production:
        return ("Databricks Free Edition is for non-commercial use only: not for a company, nor for production.",)
    if answers.audience != "me":
        return (
            "Databricks Free Edition has quotas (their numbers are not published; beyond them computing stops "
            "for the day) and is for non-commercial use only.",
        )
    return ()


_method = partial(
    Method,
    data_location="provider",
    implementation=f"{__name__}.actions:Databricks",
    login_name="databricks",
    script_name="log_mlflow_with_databricks.py",
)
METHODS = (
    _method(
        name="databricks-free",
        kind="free-hosted",
        title="free hosted tracking on Databricks Free Edition",
        short="Databricks Free Edition",
        pros=("nothing to run or update", "free of charge", "easy to share", "reachable from notebooks and VMs"),
        cons=("runs are kept by a provider", "quotas, and an account", "non-commercial use only"),
        warnings=_free_edition_limits,
    ),
    _method(
        name="databricks",
        kind="production",
        title="a production workspace on Databricks",
        short="Databricks",
        pros=("nothing to run or update", "serves and deploys models", "easy to share", "high quotas"),
        cons=("costs money", "a billing account to look after"),
        traces=("~/.databrickscfg", "DATABRICKS_HOST", "DATABRICKS_CONFIG_PROFILE"),
        uri_pattern=r"databricks(://|$)",  # which does not show the edition of a workspace
    ),
)
