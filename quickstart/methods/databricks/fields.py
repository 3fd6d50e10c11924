"""The fields of a login to a Databricks workspace."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from quickstart.errors import ExitCode, QuickstartError
from quickstart.methods.databricks import SIGN_UP
from quickstart.prompts.fields import Choice, Field, clean_secret

OWN_FOLDER = "/Users/<you>"
EXAMPLE = "--host https://WORKSPACE.cloud.databricks.com --token-stdin < token.txt"
ANY_FORM = (
    "Any URL of the workspace works, such as https://dbc-a1b2c3d4-e5f6.cloud.databricks.com/?o=123#ml (AWS), "
    "https://adb-123.4.azuredatabricks.net (Azure) or https://123.4.gcp.databricks.com (GCP); only its host is used. "
    "The URL of the account console does not work."
)


def _validate_folder(folder: str) -> str:
    if folder == OWN_FOLDER:
        return ""  # which is the folder of the person who logs in
    if not folder.startswith("/") or not folder.isprintable():
        raise QuickstartError("bad-folder", ExitCode.USAGE, folder=folder)
    return folder.rstrip("/") or "/"


def _validate_profile(name: str) -> str:
    is_reserved = name == "__settings__"  # by the Databricks CLI
    if is_reserved or not name or name != name.strip() or not name.isprintable() or set(name) & set("[]%"):
        raise QuickstartError("bad-profile", ExitCode.USAGE, profile=name)
    return name


_secret = partial(clean_secret, command="quickstart login databricks", forbidden=" %")

EDITION = Field(
    key="method",
    label="Edition",
    choices=(Choice("databricks-free", "Free Edition", "--free", "Log in to a Free Edition workspace."),),
)
HOST = Field(
    key="host",
    label="Workspace URL",
    text="What is your workspace URL?",
    why="Log in, then copy the URL from the browser: https://WORKSPACE.cloud.databricks.com",
    more=ANY_FORM,
    flag="--host",
    metavar="H",
    help="URL of the workspace; any of its pages works.",
    variable="DATABRICKS_HOST",
    example=EXAMPLE,
)
FREE_HOST = replace(
    HOST,
    why=f"No account yet? Sign up, about 3 minutes: {SIGN_UP}\n{HOST.why}",
    more=(
        f"Free Edition replaces Community Edition. Sign up at {SIGN_UP} with an email address or a Google account; "
        f"no credit card is needed. You then are in your workspace, and the browser shows its URL. {ANY_FORM}"
    ),
)
PROFILE = Field(
    key="profile",
    label="Profile",
    flag="--profile",
    metavar="NAME",
    help="Name of the profile to write.",
    validate=_validate_profile,
)
BROWSER = Choice(
    "browser", "In the browser (renews itself)", "--oauth", "Log in with a browser (default if one can open)."
)
PASTE = Choice("paste", "In a browser on another machine", "--no-browser", "Log in with a browser on another machine.")
BY_TOKEN = Choice("token", "With a personal access token", "--token-stdin")
BY_PRINCIPAL = Choice("machine", "As a service principal", "--client-id ID --client-secret-stdin")
WAY = Field(
    key="way",
    label="Log in",
    text="How do you want to log in?",
    choices=(BROWSER, PASTE, BY_TOKEN, BY_PRINCIPAL),
    example="--token-stdin < token.txt",
)
TOKEN = Field(
    key="token",
    label="Token",
    text="Paste a personal access token.",
    why="In the workspace: your initials (top right), Settings, Developer, Access tokens, Manage, Generate new token.",
    more=(
        "With a token, quickstart logs in as you. Give it a comment such as 'mlflow quickstart' and a lifetime, and "
        "copy it before you close the dialog: it is shown once. What you paste stays hidden. quickstart tries the "
        "token first, then saves it in ~/.databrickscfg, which no other user can read."
    ),
    flag="--token-stdin",
    help="Read a personal access token from stdin.",
    variable="DATABRICKS_TOKEN",
    secret=True,
    validate=partial(_secret, name="token"),
    implies=(("way", "token"),),
)
CLIENT_ID = Field(
    key="client_id",
    label="Client ID",
    text="What is the client ID of the service principal?",
    why='In the workspace: Settings, Identity and access, Service principals. It is called "Application ID" there.',
    flag="--client-id",
    metavar="ID",
    help="Client ID of a service principal.",
    variable="DATABRICKS_CLIENT_ID",
    implies=(("way", "machine"),),
    example="--client-id ID --client-secret-stdin < secret.txt",
)
CLIENT_SECRET = Field(
    key="client_secret",
    label="Client secret",
    text="Paste its OAuth secret.",
    why="On the page of the service principal: Secrets, Generate secret. It is shown once.",
    flag="--client-secret-stdin",
    help="Read its OAuth secret from stdin.",
    variable="DATABRICKS_CLIENT_SECRET",
    secret=True,
    validate=partial(_secret, name="client secret"),
    implies=(("way", "machine"),),
    example="--client-secret-stdin < secret.txt",
)
FOLDER = Field(
    key="folder",
    label="Folder",
    text="Which workspace folder should experiments go to?",
    why="Your own, or an existing folder of your team, such as /Shared/our-team.",
    flag="--folder",
    metavar="PATH",
    help=f"Workspace folder for experiments (default: {OWN_FOLDER}).",
    default=OWN_FOLDER,
    validate=_validate_folder,
)
PASTED_URL = Field(
    key="pasted",
    label="URL",
    text="Paste the URL that the browser ends at.",
    why="After the login, the browser cannot reach localhost. That is expected: copy the full URL of that page.",
    flag="--token-stdin",
    secret=True,
    example="--token-stdin < token.txt",
)
LOGIN_FIELDS = (EDITION, HOST, PROFILE, WAY, TOKEN, CLIENT_ID, CLIENT_SECRET, FOLDER)


def way_field(*, can_open: bool, keeps: bool) -> Field:
    """Return the field for the way to log in: in a browser only if the login may be saved, else it lasts an hour."""
    with_browser = (*([BROWSER] if can_open else []), PASTE) if keeps else ()
    default = "browser" if can_open and keeps else "token"
    return replace(WAY, choices=(*with_browser, BY_TOKEN, BY_PRINCIPAL), default=default)


def replace_field(profile: str) -> Field:
    return Field(
        key="replace",
        label="Profile",
        text=f"The profile {profile} already exists. Replace its credentials?",
        why="Its other settings stay. Undo restores it.",
        flag=f"--profile {profile}-mlflow",
        choices=(Choice(False, "No, use another name"), Choice(True, "Yes, replace its credentials")),
        example=f"--profile {profile}-mlflow --token-stdin < token.txt",
    )
