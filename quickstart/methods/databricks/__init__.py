"""Methods "databricks" and "databricks-free": a workspace on Databricks."""

from __future__ import annotations

from quickstart.errors import register_messages
from quickstart.methods.base import Method
from quickstart.models import Answers, Machine
from quickstart.prompts.fields import Flag

register_messages(f"{__name__}.messages")

INSIDE = "DATABRICKS_RUNTIME_VERSION"  # set in every notebook and job of a workspace
SIGN_UP = "https://www.databricks.com/learn/free-edition"
LOGIN_NAME = "databricks"
SCRIPT_NAME = "log_mlflow_with_databricks.py"

FLAGS = (
    Flag("--free", "method", "A workspace of Free Edition.", gives="databricks-free"),
    Flag("--host", "host", "Its address; any form that a browser shows will do.", metavar="H"),
    Flag("--profile", "profile", "Name of the profile to write.", metavar="NAME"),
    Flag("--oauth", "way", "Log in in the browser (where one can open, the default).", gives="browser"),
    Flag("--no-browser", "way", "The same with a browser on another machine: paste an address back.", gives="paste"),
    Flag(
        "--token-stdin",
        "token",
        "A personal access token, from stdin.",
        stdin=True,
        implied_answers=(("way", "token"),),
    ),
    Flag("--client-id", "client_id", "A service principal's id.", metavar="ID", implied_answers=(("way", "machine"),)),
    Flag(
        "--client-secret-stdin",
        "client_secret",
        "Its secret, from stdin.",
        stdin=True,
        implied_answers=(("way", "machine"),),
    ),
    Flag("--folder", "folder", "Workspace folder for experiments (/Users/<you>).", metavar="PATH"),
)


def _free_edition_limits(answers: Answers, machine: Machine) -> tuple[str, ...]:
    if answers.production:
        return ("Databricks Free Edition is for non-commercial use only: not for a company, nor for production.",)
    if answers.audience != "me":
        return (
            "Databricks Free Edition has quotas (their numbers are not published; beyond them computing stops "
            "for the day) and is for non-commercial use only.",
        )
    return ()


METHODS = (
    Method(
        name="databricks-free",
        kind="free-hosted",
        title="free hosted tracking on Databricks Free Edition",
        short="Databricks Free Edition",
        data_location="provider",
        pros=("nothing to run or update", "free of charge", "easy to share", "reachable from notebooks and VMs"),
        cons=("runs are kept by a provider", "quotas, and an account", "non-commercial use only"),
        warnings=_free_edition_limits,
        implementation=f"{__name__}.actions:Databricks",
        login_name=LOGIN_NAME,
        login_flags=FLAGS,
        script_name=SCRIPT_NAME,
    ),
    Method(
        name="databricks",
        kind="production",
        title="a production workspace on Databricks",
        short="Databricks",
        data_location="provider",
        pros=("nothing to run or update", "serves and deploys models", "easy to share", "high quotas"),
        cons=("costs money", "a billing account to look after"),
        traces=("~/.databrickscfg", "DATABRICKS_HOST", "DATABRICKS_CONFIG_PROFILE"),
        implementation=f"{__name__}.actions:Databricks",
        login_name=LOGIN_NAME,
        login_flags=FLAGS,
        script_name=SCRIPT_NAME,
        uri_pattern=r"databricks(://|$)",  # it does not tell which edition a workspace is
    ),
)
