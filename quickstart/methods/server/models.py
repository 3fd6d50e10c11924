"""A login to a server that works, as it goes from the login to the plan."""

from __future__ import annotations

from dataclasses import dataclass, field

from quickstart.methods.server.credentials import Credentials


@dataclass(frozen=True)
class LoginResult:
    """A login that works, in memory.

    Args:
        uri: the tracking URI.
        name: what the connection is called.
        credentials: the login; an empty one where the server asks for none.
        ca_file: certificates to trust; "" for the usual ones.
        version: the server's MLflow, "" where it does not tell.
        write_file: whether MLflow's own file gets the login, too.
        matching: whether an MLflow of the server's version is to be used, apart from the person's.
        session: whether nothing is to be saved: it ends with this process.
    """

    uri: str
    name: str = "server"
    credentials: Credentials = field(default_factory=Credentials)
    ca_file: str = ""
    version: str = ""
    write_file: bool = False
    matching: bool = False
    session: bool = False
