"""What a login to a workspace asks a person for, as data; and what is taken for an answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from quickstart.errors import ExitCode, QuickstartError
from quickstart.methods.databricks import SIGN_UP
from quickstart.methods.databricks.discovery import DiscoveredLogin
from quickstart.models import Secret
from quickstart.prompts.fields import Field

EXAMPLE = "--host https://<something>.cloud.databricks.com --token-stdin < token.txt"
WAYS = {
    way_field: (way_field, words)
    for way_field, words in (
        ("browser", "In the browser: nothing to copy, and it renews itself"),
        ("paste", "In a browser on another machine, and paste an address back"),
        ("token", "With a personal access token"),
        ("machine", "As a service principal, for machines"),
    )
}
MORE = (
    "Any form that the browser shows will do, such as https://dbc-a1b2c3d4-e5f6.cloud.databricks.com/?o=123#ml (AWS), "
    "https://adb-123.4.azuredatabricks.net (Azure) or https://123.4.gcp.databricks.com (GCP): what follows the host is "
    "dropped. The page on which you manage an account is no workspace."
)
MORE_FREE = (
    f"Free Edition is the successor of Community Edition, which is gone. Sign up at {SIGN_UP}: an email address or a "
    "Google account is enough, no card is asked for. You then are in your workspace; its address is in the browser's "
    "address line. " + MORE
)
TOKEN = Field(
    key="token",
    name="Token",
    text="Paste a personal access token.",
    flags="--token-stdin",
    variable="DATABRICKS_TOKEN",
    why="In the workspace: your initials (top right), Settings, Developer, Access tokens, Manage, Generate new token.",
    more=(
        "A token logs in as you. Give it a comment such as 'mlflow quickstart' and a lifetime; copy it before the "
        "dialog closes, for it is shown once. What you paste does not appear here. It is tried before it is saved, "
        "and saved only in your own file of profiles, which nobody else can read."
    ),
    secret=True,
    example="--token-stdin < token.txt",
)
OWN_FOLDER = "/Users/<you>"
FOLDER = Field(
    key="folder",
    name="Folder",
    text="In which folder of the workspace do experiments go?",
    flags="--folder PATH",
    why="Your own, or one that your team shares, such as /Shared/our-team. It must be there.",
    default=OWN_FOLDER,
)
CLIENT_ID = Field(
    key="client_id",
    name="Client id",
    text="What is the service principal's client id?",
    flags="--client-id ID",
    variable="DATABRICKS_CLIENT_ID",
    why="In the workspace: Settings, Identity and access, Service principals; it is called Application ID there.",
    example="--client-id ID --client-secret-stdin < secret.txt",
)
CLIENT_SECRET = Field(
    key="client_secret",
    name="Secret",
    text="Paste its OAuth secret.",
    flags="--client-secret-stdin",
    variable="DATABRICKS_CLIENT_SECRET",
    why="On the service principal's page: Secrets, Generate secret. It is shown once.",
    secret=True,
    example="--client-secret-stdin < secret.txt",
)


def existing_login_field(found: Sequence[DiscoveredLogin]) -> Field:
    """Return the question whether a login that works already is to be used."""
    return Field(
        key="use",
        name="Login",
        text="Use a login that works already?",
        flags="--host H --token-stdin, or --profile NAME",
        why="Each was tried just now.",
        choices=(*((one, f"{one.label}: {one.host}, as {one.me}") for one in found), (False, "No, log in anew")),
        default=found[0],
        example=EXAMPLE,
        found=True,
    )


def host_field(*, free: bool) -> Field:
    """Return the question where the workspace is."""
    sign_up = f"Not there yet? Sign up, about 3 minutes: {SIGN_UP}\n" if free else ""
    return Field(
        key="host",
        name="Workspace",
        text="What is your workspace's address?",
        flags="--host H",
        variable="DATABRICKS_HOST",
        why=f"{sign_up}Copy it from the browser, logged in: https://<something>.cloud.databricks.com",
        more=MORE_FREE if free else MORE,
        example=EXAMPLE,
    )


def way_field(*, can_open: bool, keeps: bool) -> Field:
    """Return the question how to log in.

    Args:
        can_open: whether a browser can open here; it is offered first then.
        keeps: whether the login may be kept; what comes by a browser is good for an hour where it is not.
    """
    paste = (WAYS["paste"],) if keeps else ()
    ways = (WAYS["browser"], *paste) if can_open and keeps else paste
    return Field(
        key="way",
        name="Log in by",
        text="How do you log in?",
        flags="--oauth, --no-browser, --token-stdin, or --client-id ID --client-secret-stdin",
        choices=(*ways, WAYS["token"], WAYS["machine"]),
        default="browser" if can_open and keeps else "token",
        example=TOKEN.example,
    )


def replace_field(profile: str) -> Field:
    """Return the question what is to happen to a profile that somebody else wrote."""
    return Field(
        key="replace",
        name="Profile",
        text=f"There is a profile named {profile} already. Replace how it logs in?",
        flags=f"another --profile, such as {profile}-mlflow",
        why="Its other settings stay, and undo brings it back.",
        example="--profile another-name --token-stdin < token.txt",
        choices=((False, "No, leave it alone and take another name"), (True, "Yes, replace its login")),
    )


def checked_secret(value: Any, key: str) -> Secret:
    """Return a pasted secret without what was copied around it; raise Fault "bad-secret" where it can be none."""
    text = (value.value if isinstance(value, Secret) else str(value)).strip().strip("'\"")
    if not text or not text.isascii() or not text.isprintable() or " " in text or "%" in text:
        again = "quickstart login databricks"
        raise QuickstartError("bad-secret", ExitCode.USAGE, name=key.replace("_", " "), length=len(text), again=again)
    return Secret(text)


def validate_folder(folder: str) -> str:
    """Return a folder, "" for the person's own; raise Fault "bad-folder" for what is no path from the root."""
    if folder == OWN_FOLDER:
        return ""
    if not folder.startswith("/") or not folder.isprintable():
        raise QuickstartError("bad-folder", ExitCode.USAGE, folder=folder)
    return folder.rstrip("/") or "/"


def validate_profile(name: str) -> str:
    """Return a profile's name; raise Fault "bad-profile" where the file could not hold it, or keeps something else."""
    if (
        name == "__settings__"
        or not name.strip()
        or name != name.strip()
        or not name.isprintable()
        or set(name) & set("[]%")
    ):
        raise QuickstartError("bad-profile", ExitCode.USAGE, profile=name)
    return name
