"""Where a server is: what somebody pastes, brought into an address that MLflow takes, with no secret left in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import unquote

from quickstart.errors import ExitCode, QuickstartError
from quickstart.models import Secret
from quickstart.system.shell import quoted
from quickstart.tracking.uri import NOT_HTTP, Resolved, resolve

COMMAND = "quickstart login server"


@dataclass(frozen=True)
class Address:
    """A server's address, and what was in the pasted text beside it.

    Args:
        place: the address that can be called.
        username: that stood in it, "" for none.
        password: that stood in it.
        guessed: whether the scheme is ours: https, which may be wrong.
    """

    place: Resolved
    username: str = ""
    password: Secret | None = None
    guessed: bool = False

    @property
    def uri(self) -> str:
        """The tracking URI."""
        return self.place.uri

    @property
    def is_exposed(self) -> bool:
        """Whether others on the way could read what is sent there."""
        return self.uri.startswith("http:") and not self.place.local

    @property
    def http_command(self) -> str:
        """The command that goes there though others can listen."""
        return f"{COMMAND} {quoted(self.uri)} --allow-http"

    @property
    def owner(self) -> str | None:
        """The user that a DagsHub address names, which is most often one's own; None elsewhere."""
        found = re.search(r"dagshub\.com/([^/]+)/", self.uri)
        return found[1] if found else None

    def over_http(self) -> Address:
        """Return the same without encryption."""
        return replace(self, place=resolve(self.uri.replace("https:", "http:", 1)), guessed=False)


def parse(pasted: str) -> Address:
    """Return the address that somebody pasted.

    Args:
        pasted: anything, such as a link to an experiment, without a scheme, with a user and a password.

    Raises:
        Fault: "bad-uri"; "no-http-uri" where it leads to another kind of place.
    """
    text = pasted.strip().strip("'\"").strip()
    scheme, separator, rest = text.rpartition("://")
    authority, slash, path = rest.partition("/")
    userinfo, at, host = authority.rpartition("@")
    username, _, password = userinfo.partition(":")
    bare = f"{scheme}{separator}{host}{slash}{path}"
    if re.match(NOT_HTTP, bare) and not separator:
        raise QuickstartError("no-http-uri", ExitCode.USAGE, uri=bare)
    guessed = not separator and not bare.startswith(("localhost", "127.", "[::1]", "0.0.0.0"))  # noqa: S104
    place = resolve(f"https://{bare}" if guessed else bare)
    changes = [f"https:// was put before {place.host}"] if guessed else []
    if at:
        changes.append("the user name and password were taken out: an address is shown, logged and saved")
    secret = Secret(unquote(password)) if password else None
    return Address(replace(place, changes=(*changes, *place.changes)), unquote(username), secret, guessed)


def parse_server_url(pasted: str) -> Address:
    """Return the address that somebody pasted; a refusal names the command that takes a better one."""
    try:
        found = parse(pasted)
    except QuickstartError as error:
        raise error.with_defaults(again=f"{COMMAND} https://mlflow.example.com") from None
    if re.search(r"(^|\.)dagshub\.com$", found.place.host) and not found.uri.endswith(".mlflow"):
        raise QuickstartError("dagshub-address", ExitCode.USAGE, url=found.uri, better=f"{found.uri}.mlflow")
    return found
