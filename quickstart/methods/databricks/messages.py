"""What methods/databricks reports when it fails: one message for each error code."""

from __future__ import annotations

from collections.abc import Mapping

from quickstart.errors import Message

GUIDE = "databricks"

MESSAGES: Mapping[str, Message] = {
    "bad-folder": Message(
        'Experiments cannot go to the folder "{folder}".',
        "In a workspace a folder is a path from its root, such as /Users/you@example.com or /Shared/our-team.",
        "quickstart login databricks --folder /Shared/our-team",
    ),
    "bad-profile": Message(
        'No profile can be named "{profile}".',
        "The file of profiles cannot hold [ ] or %, nor blanks at either end of a name; __settings__ is the "
        "Databricks CLI's own.",
        "quickstart login databricks --profile my-workspace",
    ),
    "community-edition": Message(
        "Databricks Community Edition is no more: Free Edition has taken its place.",
        "It closed at the end of 2025, and its accounts had no tokens, so no program can log in to it. A Free "
        "Edition account takes about 3 minutes.",
        "",
        "sign up at https://www.databricks.com/learn/free-edition   and then: quickstart login databricks --free",
    ),
    "folder-refused": Message(
        "The experiment cannot be made in {folder}: {message}",
        "You ({me}) may not write there, or there is no such folder. Names of folders are case-sensitive.",
        "{again} --folder /Users/{me}",
    ),
    "login-ambiguous": Message(
        "Two ways to log in are set at once: {both}.",
        'databricks-sdk, and so MLflow, then refuses both ("more than one authorization method configured").',
        "unset {unset}",
        "and then: quickstart verify",
    ),
    "no-workspace": Message(
        'The tracking URI "{uri}" does not lead to a workspace.',
        "Neither DATABRICKS_HOST nor a profile in {path} names one.",
        "quickstart login databricks",
    ),
    "not-a-workspace": Message(
        "{host} is a website of Databricks', not a workspace.",
        "A workspace has an address of its own: log in, open the workspace, and copy what the browser shows then.",
        "quickstart login databricks --host https://<something>.cloud.databricks.com",
    ),
    "not-databricks": Message(
        "Somebody answers at {url}, but it is no Databricks workspace: {seen}",
        "The address is that of another service, or of a login page that stands before everything (a proxy, a "
        "captive portal). {secret}",
        "quickstart login databricks --host https://<something>.cloud.databricks.com",
    ),
    "notebook-refused": Message(
        "MLflow in this notebook could not do it: {message}",
        "The notebook's own login may lack a right, or the cluster's MLflow is too old.",
        "import mlflow; mlflow.set_tracking_uri('databricks')",
        "in a cell shows all of it",
    ),
    "oauth-denied": Message(
        "The login was refused in the browser: {detail}",
        "Somebody pressed Cancel, or your workspace does not let this kind of login in.",
        "quickstart login databricks --host {url} --token-stdin < token.txt",
        "logs in by a token",
    ),
    "oauth-expired": Message(
        "Nobody logged in within {seconds} s.",
        "The browser did not come back to this machine: it may run on another one.",
        "quickstart login databricks --host {url} --no-browser",
        "lets you paste the address instead",
    ),
    "oauth-ports": Message(
        "The browser has no way back: ports {detail} are all taken.",
        "Workspaces let a login come back to these ports of this machine alone.",
        "quickstart login databricks --host {url} --no-browser",
    ),
    "oauth-refused": Message(
        "{url} did not take the code that the browser brought: {detail}",
        "A code is good once and for some minutes; this one was used, too old, or another's.",
        "{again}",
    ),
    "oauth-state": Message(
        "What the browser brought back belongs to another login.",
        "An older link was opened, or somebody else tried to put their login in the place of yours. It was not taken.",
        "{again}",
    ),
    "profile-unknown": Message(
        'There is no profile "{profile}" in {path}.',
        "DATABRICKS_CONFIG_PROFILE or the tracking URI names it. There are: {known}.",
        "quickstart login databricks --profile {profile}",
    ),
    "sdk-failed": Message(
        "databricks-sdk could not do it: {detail}",
        "It runs in the Python that holds MLflow.",
        "quickstart login databricks --host {url} --token-stdin < token.txt",
        "needs no SDK",
    ),
    "sdk-missing": Message(
        "databricks-sdk is needed for this login, and it is not there: {detail}",
        "It runs in the Python that holds MLflow, and comes with MLflow's light client.",
        "python -m pip install mlflow-skinny",
        "in that Python; and then: {again}",
    ),
    "workspace-busy": Message(
        "{url} takes nothing more at the moment: {message}",
        "A quota is used up (429). On Free Edition computing stops for the day then; it says to wait {seconds} s.",
        "sleep {seconds}; {again}",
    ),
    "workspace-down": Message(
        "{url} is in trouble: it answered {status}. {message}",
        "That is at Databricks' end, or at a proxy on the way.",
        "",
        "sleep 60; {again}   and see https://status.databricks.com",
    ),
}
