"""The fields of a login to an MLflow server."""

from __future__ import annotations

import re
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quickstart.config_files.section import load
from quickstart.errors import ExitCode, QuickstartError
from quickstart.methods.server.address import COMMAND
from quickstart.models import Secret
from quickstart.prompts.fields import Choice, Field, clean_secret

if TYPE_CHECKING:
    from quickstart.models import Connection

EXAMPLE = "https://mlflow.example.com"
BASIC_EXAMPLE = "--username U --password-stdin < password.txt"


def _clean_token(value: Any) -> Secret:
    text = value.value if isinstance(value, Secret) else str(value)
    return clean_secret(re.sub(r"(?i)^bearer ", "", text.strip().strip("'\"")), name="token", command=COMMAND)


def _clean_password(value: Any) -> Secret:
    """Return the password without the newline that was copied with it: any printable character may be in it."""
    text = (value.value if isinstance(value, Secret) else str(value)).strip("\r\n")
    if not text or not text.isprintable():
        raise QuickstartError("bad-secret", ExitCode.USAGE, name="password", length=len(text), again=COMMAND)
    return Secret(text)


def _validate_username(value: str) -> str:
    name = value.strip()
    if not name or not name.isprintable() or ":" in name:  # RFC 7617: a colon ends it
        raise QuickstartError("bad-username", ExitCode.USAGE, username=name, again=COMMAND)
    return name


def _validate_ca_file(value: str) -> str:
    """Return the full path of a file of certificates."""
    path = Path(value).expanduser().absolute()
    detail = "it contains no certificate in PEM format" if path.exists() else "the file does not exist"
    try:
        text = load(path).decode("utf-8", "replace")
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=text)
    except (QuickstartError, ssl.SSLError, ValueError) as error:
        if isinstance(error, QuickstartError):
            detail = str(error.facts.get("detail", error.code))
        again = f"{COMMAND} --ca-file ca.pem"
        raise QuickstartError("bad-ca-file", ExitCode.USAGE, path=str(path), detail=detail, again=again) from error
    return str(path)


HOST = Field(
    key="host",
    label="Server URL",
    text="What is the server URL?",
    why="Ask the person who runs the server. The URL of any of its pages works.",
    more=(
        "Copy the URL from the browser while it shows the server's page. What follows # is dropped; a path, such as "
        "/mlflow, is kept. Without a scheme, quickstart tries https."
    ),
    flag="URL",
    help="URL of the server; any of its pages works.",
    variable="MLFLOW_TRACKING_URI",
    example=EXAMPLE,
)
USERNAME = Field(
    key="username",
    label="User name",
    text="What is your user name on the server?",
    flag="--username",
    metavar="U",
    help="Your user name on the server.",
    variable="MLFLOW_TRACKING_USERNAME",
    validate=_validate_username,
    example=BASIC_EXAMPLE,
)
PASSWORD = Field(
    key="password",
    label="Password",
    text="What is your password?",
    why="What you type or paste stays hidden.",
    flag="--password-stdin",
    help="Read the password from stdin.",
    variable="MLFLOW_TRACKING_PASSWORD",
    secret=True,
    validate=_clean_password,
)
TOKEN = Field(
    key="token",
    label="Token",
    text="Paste a token.",
    why="Ask the person who runs the server how to get one. What you paste stays hidden.",
    flag="--token-stdin",
    help="Read a token from stdin.",
    variable="MLFLOW_TRACKING_TOKEN",
    secret=True,
    validate=_clean_token,
)
WAY = Field(
    key="way",
    label="Log in",
    text="How do you want to log in?",
    choices=(
        Choice("token", "With a token", "--token-stdin"),
        Choice("basic", "With a user name and a password or access key", "--username U --password-stdin"),
    ),
    default="token",
    example="--token-stdin < token.txt",
)
CA_FILE = Field(
    key="ca_file",
    label="Certificates",
    text="Which file contains your company's CA certificate (PEM)?",
    why="The server's certificate is not signed by a public CA. Ask the person who runs the server for the file.",
    flag="--ca-file",
    metavar="FILE",
    help="CA certificates of your company (PEM).",
    variable="MLFLOW_TRACKING_SERVER_CERT_PATH",
    validate=_validate_ca_file,
    example="--ca-file ca.pem",
)
ALLOW_HTTP = Field(
    key="allow_http",
    label="Unencrypted",
    text="Continue anyway?",
    why="The URL begins with http://. Everyone on the network can read your runs and your credentials.",
    choices=(
        Choice(False, "No, enter another URL"),
        Choice(True, "Yes, others may read it", "--allow-http", "Allow unencrypted HTTP, which others can read."),
    ),
    default=False,
    example="--allow-http",
)
WRITE_CREDENTIALS = Field(
    key="write_credentials",
    label="Credentials",
    choices=(
        Choice(
            True,
            "Write them",
            "--write-mlflow-credentials",
            "Write ~/.mlflow/credentials too, which MLflow sends to every server.",
        ),
    ),
)
MATCH = Field(
    key="client",
    label="MLflow",
    text="Which MLflow should connect to the server?",
    choices=(
        Choice("own", "The installed one"),
        Choice(
            "matching",
            "The server's version, in a separate environment",
            "--match-version",
            "Install MLflow of the server's version in a separate environment.",
        ),
    ),
    default="own",
    optional=True,
    example="--match-version",
)
NAME = Field(key="name", label="Name", flag="--name", metavar="NAME", help="Name of the connection (default: server).")
LOGIN_FIELDS = (HOST, USERNAME, PASSWORD, TOKEN, CA_FILE, ALLOW_HTTP, WRITE_CREDENTIALS, MATCH, NAME)


def existing_server_field(saved: Connection) -> Field:
    """Return the field that offers a connection that is saved already."""
    return Field(
        key="use",
        label="Server",
        text="Use your saved connection?",
        flag="URL",
        choices=(
            Choice(saved, f"{saved.tracking_uri}, with saved credentials"),
            Choice(None, "No, another server"),
        ),
        default=saved,
        optional=True,
        example=EXAMPLE,
    )
