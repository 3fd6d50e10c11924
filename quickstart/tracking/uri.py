"""Turn tracking URIs as people paste them into the form that MLflow accepts."""

from __future__ import annotations

import ipaddress
import re
import string
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from quickstart.errors import ExitCode, QuickstartError
from quickstart.net.tcp import WILDCARDS, is_loopback

# Tracking URIs that MLflow does not call over HTTP.
NOT_HTTP = r"databricks(-uc)?$|databricks(-uc)?://|(uc|file|azureml|arn):|[a-z][a-z0-9+.-]*:///"
NEVER_IN_A_URI = r"[\s\\<>{}|^`'\"]"
A_PATH = r"http://(\.{0,2}/|[A-Za-z]:/|https?:/)"  # ./mlruns, /tmp, C:/mlruns, or http:/host with one slash missing
# The query of a URI that is not HTTP may be a whole ODBC connection string, percent-encoded.
OF_DATABASE = re.compile(
    r"(?P<start>\b(?!https?:|file:)[a-z][a-z0-9+.-]*://[^\s'\"<>?]*\?)(?P<query>[^\s'\"<>]*=[^\s'\"<>]*)", re.I
)
HOST_NAME = r"(?=.{1,253}$)\w(?:[\w-]{0,61}\w)?(?:\.\w(?:[\w-]{0,61}\w)?)*\.?"


@dataclass(frozen=True)
class Resolved:
    """A tracking URI that can be called, and what had to be changed in it.

    Args:
        host: the host alone, without brackets.
        port: the TCP port, the scheme's own where none was named.
        changes: what was changed and why, in words.
    """

    uri: str
    host: str
    port: int
    changes: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        return f"{self.uri} ({'; '.join(self.changes)})" if self.changes else self.uri

    @property
    def local(self) -> bool:
        return is_loopback(self.host)


def resolve(pasted: str) -> Resolved:
    """Turn a pasted tracking URI, such as one copied from the browser's address bar, into one that can be called.

    Raises:
        QuickstartError: "bad-uri" if it names no server; "no-http-uri" if MLflow does not use HTTP for it;
            "secret-in-uri" if it contains a user name or password, which is not repeated.
    """
    changes = []
    text = pasted.strip(string.whitespace + "'\"")
    if text != pasted:
        changes.append("blanks or quotes around it were dropped")
    if re.match(NOT_HTTP, text) and not re.match(r"https?:", text, re.IGNORECASE):
        raise QuickstartError("no-http-uri", ExitCode.USAGE, uri=without_secret(text))
    if "://" not in text:
        changes.append("http:// was put before it")
        text = f"http://{text}"
    if re.match(r"[^/]*://[^/?#]*@", text):
        raise QuickstartError("secret-in-uri", ExitCode.USAGE)
    if re.search(NEVER_IN_A_URI, text) or not text.isprintable() or re.match(A_PATH, text):
        raise _bad(pasted, "it is not a URL")
    try:
        parts = urlsplit(text)
        host = _checked_host(parts.hostname or "")
        port = parts.port
    except ValueError as error:
        # Python's own words would repeat what may be a part of a password.
        ours = "port" not in str(error).lower() and without_secret(pasted) == pasted
        raise _bad(pasted, str(error) if ours else "its port is none") from error
    if parts.scheme not in ("http", "https") or port == 0:
        raise _bad(pasted, "it names no server that could be called")
    if host in WILDCARDS:
        changes.append(f"{host} is an address to listen on; {WILDCARDS[host]} is called instead")
        host = WILDCARDS[host]
    if parts.fragment or parts.query:
        changes.append("it was an address for the browser; what follows # or ? was dropped")
    authority = (f"[{host}]" if ":" in host else host) + (f":{port}" if port else "")
    uri = urlunsplit((parts.scheme, authority, parts.path.rstrip("/"), "", ""))
    return Resolved(uri, host, port or {"http": 80, "https": 443}[parts.scheme], tuple(changes))


def without_secret(text: str) -> str:
    """Replace what may be a user name or password, and the query of a database URI, with ***."""
    return OF_DATABASE.sub(r"\g<start>***", re.sub(r"(?<=://).*@|^[^/]*@", "***@", text))


def _bad(pasted: str, detail: str) -> QuickstartError:
    return QuickstartError("bad-uri", ExitCode.USAGE, uri=without_secret(pasted), detail=without_secret(detail))


def _checked_host(host: str) -> str:
    """Return a host name or address in ASCII; raise ValueError if no resolver would accept it."""
    if ":" in host:
        return str(ipaddress.IPv6Address(host))
    name = host.encode("idna").decode("ascii").lower()
    if not re.fullmatch(HOST_NAME, name):
        raise ValueError(f"{host!r} is not a host name")
    return name
