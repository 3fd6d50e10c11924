"""What methods/databricks reports when it fails: one message for each error code."""

from __future__ import annotations

from collections.abc import Mapping

from quickstart.errors import Message

GUIDE = "databricks"
BY_TOKEN = "quickstart login databricks --host {url} --token-stdin < token.txt"  # noqa: S105 - a command
BY_PASTE = "quickstart login databricks --host {url} --no-browser"
BY_HOST = "quickstart login databricks --host https://WORKSPACE.cloud.databricks.com"

MESSAGES: Mapping[str, Message] = {
    "bad-folder": Message(
        'Invalid folder "{folder}".',
        "A folder is a path from the workspace's root, such as /Users/you@example.com or /Shared/our-team.",
        "quickstart login databricks --folder /Shared/our-team",
    ),
    "bad-profile": Message(
        'Invalid profile name "{profile}".',
        "A profile's name cannot contain [ ] or %, or begin or end with a blank. __settings__ belongs to the "
        "Databricks CLI.",
        "quickstart login databricks --profile my-workspace",
    ),
    "community-edition": Message(
        "Databricks Community Edition no longer exists. Free Edition replaced it.",
        "It closed at the end of 2025. A Free Edition account takes about 3 minutes.",
        "quickstart login databricks --free",
        "Sign up first: https://www.databricks.com/learn/free-edition",
    ),
    "folder-refused": Message(
        "Cannot create the experiment in {folder}: {message}",
        "You ({me}) cannot write to this folder, or it does not exist. Folder names are case-sensitive.",
        "{again} --folder /Users/{me}",
    ),
    "login-ambiguous": Message(
        "Two authentication methods are set: {both}.",
        'databricks-sdk, which MLflow uses, rejects this ("more than one authorization method configured").',
        "unset {unset} && quickstart verify",
    ),
    "no-workspace": Message(
        'The tracking URI "{uri}" does not lead to a workspace.',
        "Neither DATABRICKS_HOST nor a profile in {path} names one.",
        "quickstart login databricks",
    ),
    "not-a-workspace": Message(
        "{host} is a Databricks website, not a workspace.",
        "Each workspace has its own URL. Log in, open the workspace, and copy the URL from the browser.",
        BY_HOST,
    ),
    "not-databricks": Message(
        "{url} is not a Databricks workspace: {seen}",
        "The URL belongs to another service, or a proxy or captive portal answered with its login page. {secret}",
        BY_HOST,
    ),
    "notebook-refused": Message(
        "MLflow failed in this notebook: {message}",
        "The notebook's identity may lack a permission, or the cluster's MLflow is too old.",
        "import mlflow; mlflow.set_tracking_uri('databricks')",
        "Run this in a cell to see the full error.",
    ),
    "oauth-denied": Message(
        "The login in the browser was denied: {detail}",
        "You pressed Cancel, or the workspace does not allow this kind of login.",
        BY_TOKEN,
        "This logs in with a token.",
    ),
    "oauth-expired": Message(
        "The login in the browser timed out after {seconds} seconds.",
        "The browser did not return to this machine. It may run on another machine.",
        BY_PASTE,
        "This lets you paste the URL instead.",
    ),
    "oauth-ports": Message(
        "The browser cannot return to this machine: ports {detail} are in use.",
        "Workspaces allow a login to return only to these ports.",
        BY_PASTE,
    ),
    "oauth-refused": Message(
        "{url} rejected the code from the browser: {detail}",
        "A code works once, for a few minutes. This one was used before, expired, or belongs to another login.",
        "{again}",
    ),
    "oauth-state": Message(
        "The browser returned the result of another login. It was ignored.",
        "You opened an older link, or another user tried to replace your login with theirs.",
        "{again}",
    ),
    "profile-unknown": Message(
        'Profile "{profile}" not found in {path}.',
        "DATABRICKS_CONFIG_PROFILE or the tracking URI names it. Existing profiles: {known}.",
        "quickstart login databricks --profile {profile}",
    ),
    "sdk-failed": Message(
        "databricks-sdk failed: {detail}",
        "It runs in the Python environment that has MLflow.",
        BY_TOKEN,
        "This does not need databricks-sdk.",
    ),
    "sdk-missing": Message(
        "databricks-sdk is not installed: {detail}",
        "This way to log in needs it in the Python environment that has MLflow. It comes with mlflow-skinny.",
        "python -m pip install mlflow-skinny",
        "Run this in that environment. Then run: {again}",
    ),
    "workspace-busy": Message(
        "{url} is limiting requests (429): {message}",
        "A quota is used up; it asks to wait {seconds} seconds. On Free Edition, compute stops for the day.",
        "sleep {seconds}; {again}",
    ),
    "workspace-down": Message(
        "{url} failed with status {status}. {message}",
        "The cause is at Databricks, or a proxy in between.",
        "sleep 60; {again}",
        "Databricks status: https://status.databricks.com",
    ),
}
