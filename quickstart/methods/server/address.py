"""A server's URL: parse pasted text into one that MLflow accepts, without a secret in it."""

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
    """A server's address, and the user name and password in the pasted text.

    Args:
        guessed: whether the text had no scheme, so that https may be wrong.
    """

    place: Resolved
    username: str = ""
    password: Secret | None = None
    guessed: bool = False

    @property
    def uri(self) -> str:
        return self.place.uri

    @property
    def is_exposed(self) -> bool:
        return self.uri.startswith("http:") and not self.place.local

    @property
    def http_command(self) -> str:
        return f"{COMMAND} {quoted(self.uri)} --allow-http"

    @property
    def owner(self) -> str | None:
        """The user in a DagsHub address, usually the person's own name there; None elsewhere."""
        found = re.search(r"dagshub\.com/([^/]+)/", self.uri)
        return found[1] if found else None

    def over_http(self) -> Address:
        return replace(self, place=resolve(self.uri.replace("https:", "http:", 1)), guessed=False)


def parse(pasted: str) -> Address:
    """Return the pasted address, such as a link to an experiment; raise "bad-uri" or "no-http-uri"."""
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
    changes = [f"added https:// before {place.host}"] if guessed else []
    if at:
        changes.append("removed the user name and password, because URLs are displayed, logged and saved")
    secret = Secret(unquote(password)) if password else None
    return Address(replace(place, changes=(*changes, *place.changes)), unquote(username), secret, guessed)


def parse_server_url(pasted: str) -> Address:
    """Return the pasted address; an error has the command to repeat."""
    try:
        found = parse(pasted)
    except QuickstartError as error:
        raise error.with_defaults(again=f"{COMMAND} https://mlflow.example.com") from None
    if re.search(r"(^|\.)dagshub\.com$", found.place.host) and not found.uri.endswith(".mlflow"):
        raise QuickstartError("dagshub-address", ExitCode.USAGE, url=found.uri, better=f"{found.uri}.mlflow")
    return found
