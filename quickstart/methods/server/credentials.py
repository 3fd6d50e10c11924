"""How MLflow logs in to a server: a user name and password, or a token; from variables or from its file.

Source: mlflow.utils.credentials and mlflow.utils.rest_utils.http_request of MLflow 3.17.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from quickstart.config_files import ini
from quickstart.config_files.section import load
from quickstart.errors import QuickstartError
from quickstart.methods.server import address
from quickstart.models import Connection, Secret
from quickstart.state import connections
from quickstart.system.shell import unset_line

USERNAME = "MLFLOW_TRACKING_USERNAME"
PASSWORD = "MLFLOW_TRACKING_PASSWORD"  # noqa: S105 - the name of a variable
TOKEN = "MLFLOW_TRACKING_TOKEN"  # noqa: S105
CA_FILE = "MLFLOW_TRACKING_SERVER_CERT_PATH"
# Each of these would log in another way, or conflict with a CA file.
OTHER_AUTH_VARIABLES = ("MLFLOW_TRACKING_AUTH", "MLFLOW_TRACKING_AWS_SIGV4", "MLFLOW_TRACKING_INSECURE_TLS")
SECTION = "mlflow"
# Of MLflow's server with logins; a client ignores them.
SERVER_VARIABLES = (
    "MLFLOW_AUTH_CONFIG_PATH",
    "MLFLOW_AUTH_ADMIN_USERNAME",
    "MLFLOW_AUTH_ADMIN_PASSWORD",
    "MLFLOW_FLASK_SERVER_SECRET_KEY",
)


@dataclass(frozen=True)
class Credentials:
    """A login to a server.

    Args:
        token: sent as a bearer token, unless there is a user name with a password.
        source: where it is from, in words.
    """

    username: str = ""
    password: Secret | None = None
    token: Secret | None = None
    source: str = ""

    @property
    def basic(self) -> bool:
        return bool(self.username and self.password)

    def headers(self) -> dict[str, str]:
        """Return the header that logs in as MLflow's client would; {} without credentials."""
        if self.username and self.password:
            pair = base64.b64encode(f"{self.username}:{self.password.value}".encode()).decode()
            return {"Authorization": f"Basic {pair}"}
        return {"Authorization": f"Bearer {self.token.value}"} if self.token else {}

    def variables(self) -> dict[str, Secret]:
        if self.username and self.password:
            return {USERNAME: Secret(self.username), PASSWORD: self.password}
        return {TOKEN: self.token} if self.token else {}


@dataclass(frozen=True)
class LoginResult:
    """A verified login, in memory.

    Args:
        name: of the connection.
        credentials: empty if the server requires no login.
        ca_file: certificates to trust; "" for the usual ones.
        version: the server's MLflow; "" if unknown.
        write_file: whether to write MLflow's own file, too.
        matching: whether to use an MLflow of the server's version, in a separate environment.
        session: whether to save nothing: it ends with this process.
    """

    uri: str
    name: str = "server"
    credentials: Credentials = field(default_factory=Credentials)
    ca_file: str = ""
    version: str = ""
    write_file: bool = False
    matching: bool = False
    session: bool = False


def credentials_file() -> Path:
    return Path("~/.mlflow/credentials").expanduser()


def from_file() -> Credentials:
    """Return the credentials in MLflow's file; empty if it cannot be read, which writing to it reports."""
    try:
        section = ini.read(load(credentials_file())).get(SECTION, {})
    except QuickstartError:
        return Credentials()
    username, password = section.get(USERNAME.lower(), ""), section.get(PASSWORD.lower(), "")
    return Credentials(username, Secret(password) if password else None, None, str(credentials_file()))


def from_variables(variables: Mapping[str, str], source: str) -> Credentials:
    file = from_file()
    username = variables.get(USERNAME) or file.username
    password = Secret(variables[PASSWORD]) if variables.get(PASSWORD) else file.password
    token = Secret(variables[TOKEN]) if variables.get(TOKEN) else None
    completed = not (variables.get(USERNAME) and variables.get(PASSWORD)) and bool(username and password)
    return Credentials(username, password, token, file.source if completed else source)


def from_shell(uri: str) -> Credentials:
    """Return the login that MLflow would use in this shell for a server; none if the shell is set for another."""
    shell_uri = os.environ.get("MLFLOW_TRACKING_URI", "")
    try:
        other = bool(shell_uri) and address.parse(shell_uri).uri != uri
    except QuickstartError:  # not a URL
        other = True
    return Credentials() if other else from_variables(os.environ, "this shell's variables")


def from_connection(saved: Connection) -> Credentials:
    variables = connections.load_secrets(saved)
    password, token = variables.get(PASSWORD), variables.get(TOKEN)
    source = f'the saved connection "{saved.name}"'
    return Credentials(
        variables.get(USERNAME, ""), Secret(password) if password else None, Secret(token) if token else None, source
    )


def conflicting_variables(saved: Connection, environment: Mapping[str, str]) -> tuple[str, ...]:
    own = {**saved.env, **connections.load_secrets(saved)}
    # A user name with a password overrides a token, and both are sent even to a server that requires no login.
    rivals = () if USERNAME in own else (USERNAME, PASSWORD, TOKEN)
    return tuple(name for name in (*rivals, *OTHER_AUTH_VARIABLES) if environment.get(name) and name not in own)


def file_override_warning(credentials: Credentials) -> str:
    """Return a warning if MLflow would send the user and password in its file instead of a token; "" otherwise."""
    file = from_file()
    if credentials.basic or not credentials.token or not file.basic:
        return ""
    return (
        f"MLflow sends the user name and password in {credentials_file()} instead of the token. To prevent it: "
        f"mv {credentials_file()} {credentials_file()}.old"
    )


def credentials_problem(uri: str, saved: Connection | None, environment: Mapping[str, str]) -> QuickstartError | None:
    """Return what is wrong with the login in a shell's variables, completed from MLflow's file; None for nothing.

    The credentials saved for a connection take precedence over the shell's.
    """
    if saved and from_connection(saved).headers():
        return None
    login = from_variables(environment, "")
    if all(environment.get(name) for name in (USERNAME, PASSWORD, TOKEN)):
        return QuickstartError("login-two", user=login.username, line=unset_line(environment, TOKEN))
    if not login.headers() and (login.username or login.password):
        has, lacks = (USERNAME, PASSWORD) if login.username else (PASSWORD, USERNAME)
        return QuickstartError("login-half", has=has, lacks=lacks, uri=uri, line=unset_line(environment, has))
    found = [name for name in SERVER_VARIABLES if environment.get(name)]
    if found and not login.headers():
        return QuickstartError("login-of-server", names=", ".join(found), uri=uri)
    return None
