"""Tracking URIs as people paste them, brought into the form that MLflow takes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from quickstart.errors import ExitCode, Fault
from quickstart.http import is_loopback

WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - an address to listen on is none to call


@dataclass(frozen=True)
class Resolved:
    """A tracking URI that can be called, and what had to be changed in it.

    Args:
        uri: scheme, host, port and path prefix.
        host: the host alone, without brackets.
        port: the TCP port, the scheme's own where none was named.
        changes: what was changed and why, in words.
    """

    uri: str
    host: str
    port: int
    changes: tuple[str, ...] = ()

    @property
    def local(self) -> bool:
        """Whether it means this machine itself."""
        return is_loopback(self.host)


def resolve(pasted: str) -> Resolved:
    """Bring a pasted tracking URI into the form that can be called.

    Args:
        pasted: anything from an environment variable to an address copied from the browser.

    Raises:
        Fault: "bad-uri" where it names no server; "no-http-uri" where MLflow would not use HTTP for it.
    """
    changes = []
    text = pasted.strip().strip("'\"").strip()
    if text != pasted:
        changes.append("blanks or quotes around it were dropped")
    if re.match(r"[a-z][a-z0-9+.-]*:///|(databricks|file|uc|azureml|arn):?", text) and not text.startswith("http"):
        raise Fault("no-http-uri", ExitCode.USAGE, uri=text)
    if "://" not in text:
        changes.append("http:// was put before it")
        text = f"http://{text}"
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise Fault("bad-uri", ExitCode.USAGE, uri=pasted, detail=str(error)) from error
    if parts.scheme not in ("http", "https") or not host or re.search(r"[\s\\<>{}|^`]", text):
        raise Fault("bad-uri", ExitCode.USAGE, uri=pasted, detail="it names no host that could be called")
    if parts.username or parts.password:
        raise Fault("secret-in-uri", ExitCode.USAGE)
    if host in WILDCARDS:
        changes.append(f"{host} is an address to listen on; {WILDCARDS[host]} is called instead")
        host = WILDCARDS[host]
    if parts.fragment or parts.query:
        changes.append("it was an address for the browser; what follows # or ? was dropped")
    bare = host.strip("[]")
    authority = f"[{bare}]" if ":" in bare else bare
    authority += f":{port}" if port else ""
    uri = urlunsplit((parts.scheme, authority, parts.path.rstrip("/"), "", ""))
    return Resolved(uri, bare, port or {"http": 80, "https": 443}[parts.scheme], tuple(changes))
