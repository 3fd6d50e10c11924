"""Looks around an address at which nobody answers: another port, the host of a container, https, the network."""

from __future__ import annotations

import os
import re
import socket
import ssl
import struct
from contextlib import suppress
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from quickstart.errors import QuickstartError
from quickstart.explain.listeners import SHORT, USUAL, first_mlflow, mlflow_at, ports_here
from quickstart.models import Machine
from quickstart.net.http import Http, environment_proxies
from quickstart.net.tcp import is_loopback
from quickstart.system import machine
from quickstart.tracking.uri import without_secret

WEB = ("https", 443), ("http", 80)
# Names that no network knows (RFC 2606, 6761): that one of them is unknown says nothing of the network.
NEVER = ("invalid", "test", "example", "localhost")
# Where Docker, Podman and Docker Desktop put the machine that a container runs on.
HOSTS = ("host.docker.internal", "host.containers.internal")


@cache
def this_machine() -> Machine:
    """Return what this machine is."""
    return machine.detect()


def wrong_port(fault: QuickstartError) -> QuickstartError | None:
    """Tell that MLflow answers on another port of that host."""
    parts = urlsplit(str(fault.facts["url"]))
    host, port = parts.hostname or "", parts.port
    if is_loopback(host):
        name = "127.0.0.1" if host == "localhost" else host
        places = [("http", one) for one in ports_here()]
    else:
        # A firewall that drops one port may let the usual ones of the web through.
        places = [*([] if fault.code == "host-silent" else [("http", one) for one in USUAL]), *WEB]
        name = host
    urls = [_url(scheme, name, one) for scheme, one in places if one != port]
    if found := first_mlflow(urls, 2 * SHORT):
        return QuickstartError("wrong-port", url=str(fault.facts["url"]), port=port or 80, found=found)
    return None


def mlflow_above(fault: QuickstartError) -> QuickstartError | None:
    """Tell that MLflow answers at the address without its path, or one level up."""
    url = str(fault.facts["url"]).rstrip("/")
    parts = urlsplit(url)
    if not parts.path:
        return None
    places = dict.fromkeys((url.rpartition("/")[0], f"{parts.scheme}://{parts.netloc}"))
    if found := first_mlflow(list(places), 2 * SHORT):
        return QuickstartError("wrong-path", url=url, path=parts.path, found=found)
    return None


def _url(scheme: str, host: str, port: int) -> str:
    authority = f"[{host}]" if ":" in host else host
    return f"{scheme}://{authority}" + ("" if (scheme, port) in WEB else f":{port}")


def container(fault: QuickstartError) -> QuickstartError | None:
    """Tell that a container was asked, where the machine that it runs on was meant; or say what is likely."""
    parts = urlsplit(str(fault.facts["url"]))
    if this_machine().environment != "container" or not is_loopback(parts.hostname or ""):
        return None
    places = [_url("http", host, parts.port or 80) for host in hosts_of_container()]
    if found := first_mlflow(places, 2 * SHORT):
        return QuickstartError("container-loopback", url=str(fault.facts["url"]), host=parts.hostname, found=found)
    return fault.replace(
        aside=f"This is a container ({this_machine().evidence}), where {parts.hostname} is the container itself: "
        "a server on the machine around it has the name host.docker.internal there, "
        "one in another container that of its service."
    )


def hosts_of_container() -> list[str]:
    """Return by which names or addresses a container may reach the machine that it runs on."""
    found = []
    for host in HOSTS:
        with suppress(OSError):
            found.append(str(socket.getaddrinfo(host, None)[0][4][0]))
    return list(dict.fromkeys((*found, *gateways())))


def gateways() -> list[str]:
    """Return the default gateways of this machine, as Linux tells them."""
    with suppress(OSError, ValueError, IndexError):
        rows = [line.split() for line in Path("/proc/net/route").read_text().splitlines()[1:]]
        found = (socket.inet_ntoa(struct.pack("<L", int(row[2], 16))) for row in rows if row[1] == "00000000")
        return list(found)
    return []


def session(fault: QuickstartError) -> QuickstartError | None:
    """Say what is likely where somebody sits at another machine than this one."""
    parts = urlsplit(str(fault.facts["url"]))
    if not this_machine().ssh or not is_loopback(parts.hostname or ""):
        return None
    port = parts.port or 80
    return fault.replace(
        aside=f"You are here by ssh: {parts.hostname} is this machine, not the one that you sit at. A server there is "
        f"reached with: ssh -R {port}:127.0.0.1:{port} and the name of this machine, typed there."
    )


def tunnel(fault: QuickstartError) -> QuickstartError | None:
    """Say how a server is reached that listens on another machine for that one alone, or behind a firewall."""
    parts = urlsplit(str(fault.facts["url"]))
    host, port = parts.hostname or "", parts.port
    if is_loopback(host) or port is None:
        return None
    return fault.replace(
        aside=f"If it does run, it may listen on its own 127.0.0.1 alone: ssh -N -L {port}:127.0.0.1:{port} you@{host} "
        f"brings it to http://127.0.0.1:{port} here."
    )


def notebook(fault: QuickstartError) -> QuickstartError | None:
    """Tell that a notebook of a provider's was asked, where one's own machine was meant."""
    parts = urlsplit(str(fault.facts["url"]))
    if this_machine().environment != "notebook" or not is_loopback(parts.hostname or ""):
        return None
    return QuickstartError(
        "notebook-loopback", url=str(fault.facts["url"]), host=parts.hostname, evidence=this_machine().evidence
    )


def no_network(fault: QuickstartError) -> QuickstartError | None:
    """Tell that this machine has no network at all."""
    host = urlsplit(str(fault.facts["url"])).hostname or ""
    if is_loopback(host) or host.rpartition(".")[2] in NEVER or machine.Probe().network():
        return None
    return QuickstartError("no-network", url=str(fault.facts["url"]))


def short_name(fault: QuickstartError) -> QuickstartError | None:
    """Tell that a name is one that only one network knows, such as that of a service in a Docker Compose file."""
    parts = urlsplit(str(fault.facts["url"]))
    host, port = parts.hostname or "", parts.port or 80
    if not host or "." in host or host in NEVER:
        return None
    local = f"http://127.0.0.1:{port}"
    if mlflow_at(local):
        return QuickstartError("compose-name", url=str(fault.facts["url"]), host=host, fix=f"quickstart verify {local}")
    mend = f"docker compose port {host} {port}   shows the address that this machine has for it"
    return QuickstartError("compose-name", url=str(fault.facts["url"]), host=host, fix=mend)


def speaks_https(fault: QuickstartError) -> QuickstartError | None:
    """Tell that TLS is spoken where plain http was."""
    url = str(fault.facts["url"])
    parts = urlsplit(url)
    if parts.scheme != "http":
        return None
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # nothing is sent: only whether TLS is spoken is asked
    with (
        suppress(OSError),
        socket.create_connection((parts.hostname, parts.port or 80), SHORT) as line,
        context.wrap_socket(line, server_hostname=parts.hostname),
    ):
        return QuickstartError("http-to-https", url=url, secure=url.replace("http:", "https:", 1))
    return None


ASKS = re.compile(r"\b407\b|Proxy Authentication Required", re.IGNORECASE)
REFUSES = re.compile(r"Tunnel connection failed: (?P<said>\d{3}[^'\")]*)")


def proxy_failed(fault: QuickstartError) -> QuickstartError | None:
    """Tell what a proxy did that let nothing through: it asks for a login, refuses, or is not there."""
    url, detail = str(fault.facts["url"]), str(fault.facts.get("detail", ""))
    name, proxy = _proxy(url)
    host = urlsplit(url).hostname or ""
    if ASKS.search(detail):
        return QuickstartError("proxy-login", url=url, host=host, proxy=proxy, variable=name)
    if found := REFUSES.search(detail):
        return QuickstartError(
            "proxy-refuses", url=url, host=host, proxy=proxy, variable=name, said=found["said"].strip()
        )
    if not proxy:
        return None
    return fault.replace(aside=f"{proxy}, which {name} names, does not answer, or is no proxy.")


def proxy_silent(fault: QuickstartError) -> QuickstartError | None:
    """Tell that it is a proxy that takes the request and says nothing: the server itself may never have got it."""
    url = str(fault.facts["url"])
    name, proxy = _proxy(url)
    host = urlsplit(url).hostname or ""
    if not proxy or is_loopback(host):
        return None
    return QuickstartError("proxy-silent", url=url, host=host, proxy=proxy, variable=name)


def proxy_answered(fault: QuickstartError) -> QuickstartError | None:
    """Tell that it was the proxy that answered with a page of its own, in the place of a server."""
    url = str(fault.facts["url"])
    name, proxy = _proxy(url)
    host = urlsplit(url).hostname or ""
    if not proxy or is_loopback(host) or not url.startswith("http:"):  # by https a proxy cannot answer for a server
        return None
    if _status(url) == 407:
        return QuickstartError("proxy-login", url=url, host=host, proxy=proxy, variable=name)
    if mlflow_at(url, direct=True):
        return QuickstartError("proxy-answers", url=url, host=host, proxy=proxy, variable=name)
    return fault.replace(aside=f"The answer came through {proxy}, which {name} names: it may be its own.")


def _status(url: str) -> int:
    """Return the status of what answers there through the proxy; 0 where nobody does in time."""
    with suppress(QuickstartError), Http(url, SHORT) as http:
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
