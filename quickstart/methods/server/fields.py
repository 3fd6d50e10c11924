"""What a login to a server asks a person for, as data; and what is taken for an answer."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from quickstart.config_files import files
from quickstart.errors import ExitCode, QuickstartError
from quickstart.methods.server import credentials
from quickstart.methods.server.address import COMMAND
from quickstart.models import Connection, Secret
from quickstart.prompts.fields import Field

EXAMPLE = "https://mlflow.example.com"
HOST = Field(
    key="host",
    name="Server",
    text="What is the server's address?",
    flags="URL",
    variable="MLFLOW_TRACKING_URI",
    why="Whoever runs it tells you. A link to one of its pages will do.",
    more=(
        "Copy it from the browser, with the server's page open: what follows # is dropped, a path in front of it, such "
        "as /mlflow, stays. Without a scheme https is tried."
    ),
    example=EXAMPLE,
)
ALLOW_HTTP = Field(
    key="allow_http",
    name="Unencrypted",
    text="Use it all the same?",
    flags="--allow-http",
    why="The address begins with http://: everybody on the way can read what is logged, and the login.",
    choices=((False, "No, give another address"), (True, "Yes, others may read it")),
    default=False,
    example="--allow-http",
)
CA_FILE = Field(
    key="ca_file",
    name="Certificates",
    text="Which file holds the certificate of your company's authority (PEM)?",
    flags="--ca-file FILE",
    variable=credentials.CA_FILE,
    why="The server's certificate is not by one that everybody trusts. Whoever runs it has the file.",
    example="--ca-file ca.pem",
)
PASSWORD = Field(
    key="password",
    name="Password",
    text="And the password?",
    flags="--password-stdin",
    variable=credentials.PASSWORD,
    why="What you type or paste does not appear here.",
    secret=True,
    example="--password-stdin < password.txt",
)
WAY = Field(
    key="way",
    name="Log in by",
    text="How do you log in?",
    flags="--token-stdin, or --username U --password-stdin",
    choices=(("token", "With a token"), ("basic", "With a user name and a password or access key")),
    default="token",
    example="--token-stdin < token.txt",
)
MATCH = Field(
    key="client",
    name="MLflow",
    text="Which MLflow is to be used for it?",
    flags="--match-version",
    choices=(
        ("own", "The one that is there"),
        ("matching", "One of the server's version, in an environment of its own"),
    ),
    default="own",
    found=True,
    example="--match-version",
)


def existing_server_field(saved: Connection) -> Field:
    """Return the question whether a server that one is connected to already is to be used."""
    return Field(
        key="use",
        name="Server",
        text="Use the server that you are connected to already?",
        flags="URL",
        choices=((saved, f"{saved.tracking_uri}, with the login that is kept"), (None, "No, another one")),
        default=saved,
        example=EXAMPLE,
        found=True,
    )


def username_field(hint: str, default: str | None = None) -> Field:
    """Return the question for a user name, with where a person gets one."""
    return Field(
        key="username",
        name="User",
        text="What is your user name there?",
        flags="--username U",
        variable=credentials.USERNAME,
        why=hint,
        default=default,
        example="--username U --password-stdin < password.txt",
    )


def token_field(hint: str) -> Field:
    """Return the question for a token, with where a person gets one."""
    return Field(
        key="token",
        name="Token",
        text="Paste a token.",
        flags="--token-stdin",
        variable=credentials.TOKEN,
        why=hint or "Whoever runs the server tells where to get one. What you paste does not appear here.",
        secret=True,
        example="--token-stdin < token.txt",
    )


def checked_secret(value: Any, name: str) -> Secret:
    """Return a secret without the line end that was copied with it; raise Fault "bad-secret" where it can be none.

    A token goes into a header as it is; a password is encoded first, so that it may hold anything that can be typed.
    """
    text = (value.value if isinstance(value, Secret) else str(value)).strip("\r\n")
    if name == "token":
        text = re.sub(r"(?i)^bearer ", "", text.strip().strip("'\""))
    good = text.isprintable() and (name == "password" or (text.isascii() and " " not in text))
    if not text or not good:
        raise QuickstartError("bad-secret", ExitCode.USAGE, name=name, length=len(text), again=COMMAND)
    return Secret(text)


def validate_username(value: str) -> str:
    """Return a user name; raise Fault "bad-username" for one that no server could take."""
    name = value.strip()
    if not name or not name.isprintable() or ":" in name:  # RFC 7617: a colon ends it
        raise QuickstartError("bad-username", ExitCode.USAGE, username=name, again=COMMAND)
    return name


def validate_ca_file(value: str) -> str:
    """Return a file of certificates, by its full path; raise Fault "bad-ca-file" where it holds none."""
    import ssl

    path = Path(value).expanduser().absolute()
    try:
        text = files.load(path).decode("utf-8", "replace")
        if not path.exists():
            raise _bad_ca_file(path, "there is no such file")
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=text)
    except QuickstartError as error:
        raise _bad_ca_file(path, str(error.facts.get("detail", error.code))) from error
    except (ssl.SSLError, ValueError) as error:
        raise _bad_ca_file(path, "it holds no certificate in PEM form") from error
    return str(path)


def _bad_ca_file(path: Path, detail: str) -> QuickstartError:
    return QuickstartError(
        "bad-ca-file", ExitCode.USAGE, path=str(path), detail=detail, again=f"{COMMAND} --ca-file ca.pem"
    )
