"""Looks at the proxy that stands between: whether it is the proxy that fails or answers, and not the server."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from urllib.parse import urlsplit

from quickstart.diagnosis.neighbours import SHORT, mlflow_at
from quickstart.errors import Fault
from quickstart.http import Http, environment_proxies
from quickstart.tcp import is_loopback
from quickstart.tracking.uri import without_secret

ASKS = re.compile(r"\b407\b|Proxy Authentication Required", re.IGNORECASE)
REFUSES = re.compile(r"Tunnel connection failed: (?P<said>\d{3}[^'\")]*)")


def failed(fault: Fault) -> Fault | None:
    """Tell what a proxy did that let nothing through: it asks for a login, refuses, or is not there."""
    url, detail = str(fault.facts["url"]), str(fault.facts.get("detail", ""))
    name, proxy = _proxy(url)
    host = urlsplit(url).hostname or ""
    if ASKS.search(detail):
        return Fault("proxy-login", url=url, host=host, proxy=proxy, variable=name)
    if found := REFUSES.search(detail):
        return Fault("proxy-refuses", url=url, host=host, proxy=proxy, variable=name, said=found["said"].strip())
    if not proxy:
        return None
    return fault.but(aside=f"{proxy}, which {name} names, does not answer, or is no proxy.")


def silent(fault: Fault) -> Fault | None:
    """Tell that it is a proxy that takes the request and says nothing: the server itself may never have got it."""
    url = str(fault.facts["url"])
    name, proxy = _proxy(url)
    host = urlsplit(url).hostname or ""
    if not proxy or is_loopback(host):
        return None
    return Fault("proxy-silent", url=url, host=host, proxy=proxy, variable=name)


def answered(fault: Fault) -> Fault | None:
    """Tell that it was the proxy that answered with a page of its own, in the place of a server."""
    url = str(fault.facts["url"])
    name, proxy = _proxy(url)
    host = urlsplit(url).hostname or ""
    if not proxy or is_loopback(host) or not url.startswith("http:"):  # by https a proxy cannot answer for a server
        return None
    if _status(url) == 407:
        return Fault("proxy-login", url=url, host=host, proxy=proxy, variable=name)
    if mlflow_at(url, direct=True):
        return Fault("proxy-answers", url=url, host=host, proxy=proxy, variable=name)
    return fault.but(aside=f"The answer came through {proxy}, which {name} names: it may be its own.")


def _status(url: str) -> int:
    """Return the status of what answers there through the proxy; 0 where nobody does in time."""
    with suppress(Fault), Http(url, SHORT) as http:
        return http.request("GET", "/version").status
    return 0


def _proxy(url: str) -> tuple[str, str]:
    """Return which variable names a proxy for an address, and the proxy, without a password; two times "" for none."""
    proxies = environment_proxies(url)
    for kind in (urlsplit(url).scheme, "all"):
        if proxies.get(kind):
            names = (f"{kind}_proxy", f"{kind.upper()}_PROXY")
            return next((name for name in names if os.environ.get(name)), names[1]), without_secret(proxies[kind])
    return "", ""
