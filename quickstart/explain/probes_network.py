"""Probes around a URL at which no server answers: another port, a container's host, https, the network, a proxy."""

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
from quickstart.explain.probes_local import SHORT, USUAL, first_mlflow, mlflow_at, ports_here
from quickstart.models import Machine
from quickstart.net.http import Http, environment_proxies
from quickstart.net.tcp import is_loopback
from quickstart.system import machine
from quickstart.tracking.uri import without_secret

WEB = ("https", 443), ("http", 80)
# No network knows these names (RFC 2606, 6761): an unknown one says nothing about the network.
NEVER = ("invalid", "test", "example", "localhost")
# The names of a container's host in Docker, Docker Desktop and Podman.
HOSTS = ("host.docker.internal", "host.containers.internal")


@cache
def this_machine() -> Machine:
    return machine.detect()


def wrong_port(error: QuickstartError) -> QuickstartError | None:
    parts = urlsplit(str(error.facts["url"]))
    host, port = parts.hostname or "", parts.port
    if is_loopback(host):
        name = "127.0.0.1" if host == "localhost" else host
        places = [("http", one) for one in ports_here()]
    else:
        # A firewall that drops one port may let the usual ones of the web through.
        places = [*([] if error.code == "host-silent" else [("http", one) for one in USUAL]), *WEB]
        name = host
    urls = [_url(scheme, name, one) for scheme, one in places if one != port]
    if found := first_mlflow(urls, 2 * SHORT):
        return QuickstartError("wrong-port", url=str(error.facts["url"]), port=port or 80, found=found)
    return None


def mlflow_above(error: QuickstartError) -> QuickstartError | None:
    """Find that MLflow answers at the URL without its path, or one level up."""
    url = str(error.facts["url"]).rstrip("/")
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


def container(error: QuickstartError) -> QuickstartError | None:
    """Find that localhost means the container, but MLflow runs on its host; or add that this is likely."""
    parts = urlsplit(str(error.facts["url"]))
    if this_machine().environment != "container" or not is_loopback(parts.hostname or ""):
        return None
    places = [_url("http", host, parts.port or 80) for host in hosts_of_container()]
    if found := first_mlflow(places, 2 * SHORT):
        return QuickstartError("container-loopback", url=str(error.facts["url"]), host=parts.hostname, found=found)
    return error.replace(
        aside=f"This is a container ({this_machine().evidence}), where {parts.hostname} is the container itself: "
        "from here, its host is called host.docker.internal, and another container has the name of its service."
    )


def hosts_of_container() -> list[str]:
    """Return the addresses by which a container may reach its host."""
    found = []
    for host in HOSTS:
        with suppress(OSError):
            found.append(str(socket.getaddrinfo(host, None)[0][4][0]))
    return list(dict.fromkeys((*found, *gateways())))


def gateways() -> list[str]:
    """Return the default gateways of this machine; on Linux only."""
    with suppress(OSError, ValueError, IndexError):
        rows = [line.split() for line in Path("/proc/net/route").read_text().splitlines()[1:]]
        found = (socket.inet_ntoa(struct.pack("<L", int(row[2], 16))) for row in rows if row[1] == "00000000")
        return list(found)
    return []


def session(error: QuickstartError) -> QuickstartError | None:
    parts = urlsplit(str(error.facts["url"]))
    if not this_machine().ssh or not is_loopback(parts.hostname or ""):
        return None
    port = parts.port or 80
    return error.replace(
        aside=f"This is an ssh session: {parts.hostname} is this machine, not your own. To reach a server on your own "
        f"machine, run there: ssh -R {port}:127.0.0.1:{port} THIS_MACHINE"
    )


def tunnel(error: QuickstartError) -> QuickstartError | None:
    """Add how to reach a server that listens only on its own loopback address, or behind a firewall."""
    parts = urlsplit(str(error.facts["url"]))
    host, port = parts.hostname or "", parts.port
    if is_loopback(host) or port is None:
        return None
    return error.replace(
        aside="If it does run, it may listen only on its own 127.0.0.1. To forward it to "
        f"http://127.0.0.1:{port} here: ssh -N -L {port}:127.0.0.1:{port} you@{host}"
    )


def notebook(error: QuickstartError) -> QuickstartError | None:
    parts = urlsplit(str(error.facts["url"]))
    if this_machine().environment != "notebook" or not is_loopback(parts.hostname or ""):
        return None
    return QuickstartError(
        "notebook-loopback", url=str(error.facts["url"]), host=parts.hostname, evidence=this_machine().evidence
    )


def no_network(error: QuickstartError) -> QuickstartError | None:
    host = urlsplit(str(error.facts["url"])).hostname or ""
    if is_loopback(host) or host.rpartition(".")[2] in NEVER or machine.Probe().network():
        return None
    return QuickstartError("no-network", url=str(error.facts["url"]))


def short_name(error: QuickstartError) -> QuickstartError | None:
    """Find that a name exists only inside one network, like that of a service in a Docker Compose file."""
    parts = urlsplit(str(error.facts["url"]))
    host, port = parts.hostname or "", parts.port or 80
    if not host or "." in host or host in NEVER:
        return None
    local = f"http://127.0.0.1:{port}"
    if mlflow_at(local):
        fix = f"quickstart verify {local}"
        return QuickstartError("compose-name", url=str(error.facts["url"]), host=host, fix=fix, remark="")
    fix, remark = f"docker compose port {host} {port}", "It shows the address of that service on this machine."
    return QuickstartError("compose-name", url=str(error.facts["url"]), host=host, fix=fix, remark=remark)


def speaks_https(error: QuickstartError) -> QuickstartError | None:
    url = str(error.facts["url"])
    parts = urlsplit(url)
    if parts.scheme != "http":
        return None
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # nothing is sent after the handshake
    with (
        suppress(OSError),
        socket.create_connection((parts.hostname, parts.port or 80), SHORT) as line,
        context.wrap_socket(line, server_hostname=parts.hostname),
    ):
        return QuickstartError("http-to-https", url=url, secure=url.replace("http:", "https:", 1))
    return None


ASKS = re.compile(r"\b407\b|Proxy Authentication Required", re.IGNORECASE)
REFUSES = re.compile(r"Tunnel connection failed: (?P<reason>\d{3}[^'\")]*)")


def proxy_failed(error: QuickstartError) -> QuickstartError | None:
    url, detail = str(error.facts["url"]), str(error.facts.get("detail", ""))
    name, proxy = _proxy(url)
    host = urlsplit(url).hostname or ""
    if ASKS.search(detail):
        return QuickstartError("proxy-login", url=url, host=host, proxy=proxy, variable=name)
    if found := REFUSES.search(detail):
        return QuickstartError(
            "proxy-refuses", url=url, host=host, proxy=proxy, variable=name, reason=found["reason"].strip()
        )
    if not proxy:
        return None
    return error.replace(aside=f"{proxy}, which {name} names, does not respond, or is not a proxy.")


def proxy_silent(error: QuickstartError) -> QuickstartError | None:
    """Find that a proxy accepts the request and does not answer: the server may never have received it."""
    url = str(error.facts["url"])
    name, proxy = _proxy(url)
    host = urlsplit(url).hostname or ""
    if not proxy or is_loopback(host):
        return None
    return QuickstartError("proxy-silent", url=url, host=host, proxy=proxy, variable=name)


def proxy_answered(error: QuickstartError) -> QuickstartError | None:
    """Find that the proxy answered with a page of its own, in place of the server."""
    url = str(error.facts["url"])
    name, proxy = _proxy(url)
    host = urlsplit(url).hostname or ""
    if not proxy or is_loopback(host) or not url.startswith("http:"):  # by https a proxy cannot answer for a server
        return None
    if _status(url) == 407:
        return QuickstartError("proxy-login", url=url, host=host, proxy=proxy, variable=name)
    if mlflow_at(url, direct=True):
        return QuickstartError("proxy-answers", url=url, host=host, proxy=proxy, variable=name)
    return error.replace(aside=f"The response came through {proxy}, which {name} names, and may be the proxy's own.")


def _status(url: str) -> int:
    """Return the status of an answer through the proxy; 0 if there is none in time."""
    with suppress(QuickstartError), Http(url, SHORT) as http:
        return http.request("GET", "/version").status
    return 0


def _proxy(url: str) -> tuple[str, str]:
    """Return which variable names a proxy for a URL, and the proxy without its password."""
    proxies = environment_proxies(url)
    for kind in (urlsplit(url).scheme, "all"):
        if proxies.get(kind):
            names = (f"{kind}_proxy", f"{kind.upper()}_PROXY")
            return next((name for name in names if os.environ.get(name)), names[1]), without_secret(proxies[kind])
    return "", ""
