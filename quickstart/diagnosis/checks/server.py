"""Checks on the server: its page, the origin of a browser, its clock, its version, and how slow its name is."""

from __future__ import annotations

import re
import socket
import time
from contextlib import suppress
from urllib.parse import urlsplit

from quickstart.diagnosis.checks import runs
from quickstart.diagnosis.checks.runs import NO_SERVER
from quickstart.diagnosis.context import Context
from quickstart.diagnosis.models import Check, CheckResult, ok, skip, warn
from quickstart.errors import QuickstartError
from quickstart.methods.catalog import method_for_scheme
from quickstart.methods.server import probe
from quickstart.methods.server.probe import VERSION
from quickstart.net.http import clock_skew
from quickstart.net.tcp import is_loopback
from quickstart.system.shell import quoted

# What the page in the browser asks; before MLflow 3.10 the origin was checked elsewhere alone (mlflow#20832).
OF_THE_PAGE = "/ajax-api/2.0/mlflow/experiments/search"
SLOW = 0.5  # seconds more for a name than for the address it has


def not_called(context: Context) -> str:
    """Return why there is no plain MLflow server to ask; "" if there is one."""
    if context.is_store:
        return NO_SERVER
    return "the platform has its own page" if method_for_scheme(context.uri.strip()) else ""


def origin(context: Context) -> CheckResult:
    """Send a request as a browser that shows the server's page would: a search, which changes nothing."""
    if why := not_called(context):
        return skip(why)
    page, forwarded = _page(context)
    if is_loopback(urlsplit(page).hostname or ""):
        return ok("a browser on this machine has access")
    answer = context.ask("POST", OF_THE_PAGE, json={"max_results": 1}, headers={"Origin": page})
    if answer.status != 403 or "Cross-origin" not in answer.text:
        return ok(f"a browser that shows {page} has access")
    port = context.check.place.port
    fix = f"mlflow server --cors-allowed-origins {quoted(page)}"
    note = "The person who runs the server adds this option to the command that starts it."
    if forwarded:
        fix = f"{forwarded} {port}:{port}"
        note = f"Run this on your own machine, and open http://127.0.0.1:{port} there."
    return warn("origin-refused", url=context.check.place.uri, page=page, fix=fix, note=note)


def _page(context: Context) -> tuple[str, str]:
    """Return the origin under which a browser shows the page, and the command that forwards the page, if any."""
    place, environment = context.check.place, context.environment
    if not place.local:
        return _origin_of(place.uri), ""
    if name := environment.get("CODESPACE_NAME"):
        domain = environment.get("GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN") or "app.github.dev"
        return f"https://{name}-{place.port}.{domain}", f"gh codespace ports forward --codespace {name}"
    if public := environment.get("JUPYTERHUB_PUBLIC_URL"):  # JupyterHub 5 and newer
        return _origin_of(public), ""
    return _origin_of(place.uri), ""


def _origin_of(url: str) -> str:
    """Return the origin of a URL as a browser writes it: without the scheme's default port."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    usual = parts.port in (None, {"http": 80, "https": 443}.get(parts.scheme))
    return f"{parts.scheme}://{host}" if usual else f"{parts.scheme}://{host}:{parts.port}"


def page(context: Context) -> CheckResult:
    if why := not_called(context):
        return skip(why)
    answer = context.ask("GET", "/")
    place = context.check.place
    if answer.status == 404 or "Unable to display MLflow UI" in answer.text:
        seen = "404" if answer.status == 404 else "the page is missing"
        return warn("no-page", url=place.uri, seen=seen, python=context.server.python if context.server else "python")
    prefix = context.environment.get("JUPYTERHUB_SERVICE_PREFIX")
    if prefix and place.local:
        return ok(f"behind JupyterHub the page is at {prefix.rstrip('/')}/proxy/{place.port}/")
    return ok(f"the page is at {place.uri}" if answer.status == 200 else f"{answer.status} without credentials")


def clock(context: Context) -> CheckResult:
    """Compare this machine's clock with the date of an answer."""
    if context.is_store:
        return skip(NO_SERVER)
    off = clock_skew(context.ask("GET", "/version"))
    if not off:
        return ok("within two minutes of the server's clock")
    way = f"{'ahead of' if off > 0 else 'behind'} that of {context.check.shown}"
    return warn("clock-off", minutes=round(abs(off) / 60), way=way)


def server_version(context: Context) -> str:
    with suppress(QuickstartError):
        answer = context.ask("GET", "/version")
        version = answer.text.strip()
        return version if answer.status == 200 and VERSION.fullmatch(version) else ""
    return ""


def both_versions(context: Context) -> CheckResult:
    if why := not_called(context):
        return skip(why)
    url, theirs = context.check.place.uri, server_version(context)
    if not theirs:
        return warn("old-mlflow", url=url)
    try:
        runtime = context.runtime
    except QuickstartError:  # one that does not run has a row of its own
        return skip(f"the server is MLflow {theirs}; the Python environment does not work")
    client = runtime.client
    if client is None:
        return skip(f"the server is MLflow {theirs}; {runtime.python} has none")
    facts = {"url": url, "client": client, "theirs": theirs, "python": str(runtime.python)}
    own, server = probe.release_of(client), probe.release_of(theirs)
    if own is None or server is None or own == server:
        return ok(f"client and server are both MLflow {theirs}" if client == theirs else _both(client, theirs))
    fits = f"mlflow-skinny=={server[0]}.{server[1]}.*"
    if lost := probe.missing_features(client, theirs):
        return warn("client-newer", lost=", ".join(lost), fits=fits, **facts)
    if own[0] < server[0]:
        return warn("client-older", fits=fits.replace("-skinny", ""), **facts)
    return ok(_both(client, theirs))


def _both(client: str, theirs: str) -> str:
    return f"client {client}, server {theirs}: compatible"


def reach(context: Context) -> CheckResult:
    """Check whether a name delays finding its address: `localhost` on Windows does, at each call."""
    if why := not_called(context):
        return skip(why)
    host, port = context.check.place.host, context.check.place.port
    if host != "localhost":
        return skip(f"the URI uses {host}, not localhost")
    slow, answers = 0.0, ""
    for _, _, _, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        begun = time.monotonic()
        try:
            socket.create_connection((str(address[0]), port), 3.0).close()
            answers = str(address[0])
            break
        except OSError:
            slow += time.monotonic() - begun
    if answers and slow > SLOW:
        better = re.sub("localhost", "127.0.0.1", context.check.place.uri, count=1)
        return warn("localhost-slow", url=context.check.place.uri, seconds=slow, address=answers, better=better)
    return ok(f"localhost is {answers}, without delay")


CHECKS: tuple[Check, ...] = (
    Check("clock", "machine", "the clock is right", clock, symptoms=(23,), needs=("identify",), seconds=13),
    Check("reach", "network", "localhost causes no delay", reach, symptoms=(43,), needs=("connect",), seconds=8),
    Check("page", "server", "the server has a page", page, symptoms=(7, 8, 40, 46), needs=("identify",), seconds=13),
    Check("origin", "access", "a browser can use the page", origin, symptoms=(6,), needs=("host",), seconds=13),
    Check(
        "versions",
        "versions",
        "client and server are compatible",
        both_versions,
        symptoms=(29,),
        needs=("auth",),
        seconds=40,
    ),
    *runs.CHECKS,
)
