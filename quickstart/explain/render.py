"""The words of a fault: the row of the table that tells it, filled with its facts."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from quickstart.errors import Explanation, QuickstartError
from quickstart.explain.causes import (
    database_cause,
    install_cause,
    log_cause,
    login_cause,
    memory_cause,
    quote_paths,
    unwritable_cause,
)
from quickstart.explain.messages import ELSEWHERE, TABLE, UNKNOWN
from quickstart.explain.messages.choosing import CHOOSING
from quickstart.explain.messages.connecting import CONNECTING
from quickstart.explain.messages.machine import MACHINE
from quickstart.explain.messages.servers import SERVERS
from quickstart.explain.messages.settings import SETTINGS
from quickstart.explain.messages.stores import STORES
from quickstart.explain.messages.tracking import TRACKING
from quickstart.explain.messages.workshop import CLASSROOM, WORKSHOP
from quickstart.methods import METHODS, by_name
from quickstart.methods.azureml.messages import AZURE
from quickstart.methods.databricks.messages import LOGINS
from quickstart.methods.sagemaker.messages import AWS
from quickstart.models import Connection
from quickstart.state.connections import Connections
from quickstart.system.shell import as_typed_here
from quickstart.tracking.uri import resolve

Facts = Mapping[str, Any]
# Which guide tells more of the faults of a place.
ABOUT: Mapping[str, Mapping[str, Any]] = {
    "databricks": LOGINS,
    "azureml": AZURE,
    "sagemaker": AWS,
    "server": SERVERS,
    "workshop-instructor": CLASSROOM,
    "workshop-participant": WORKSHOP,
    "doctor": {**CONNECTING, **MACHINE, **SETTINGS, **STORES, **TRACKING},
}
WHERE = "quickstart server status   shows where your own servers are"

# Faults whose explanation depends on what an installer or a server printed.
TOLD_BY_OUTPUT: Mapping[str, Callable[[Facts], tuple[str, str, str]]] = {
    "install-failed": install_cause,
    "login-refused": login_cause,
    "no-memory": memory_cause,
    "server-failed": log_cause,
    "unwritable": unwritable_cause,
}


def render(fault: QuickstartError) -> Explanation:
    """Word a fault as its row tells it; for a code that nobody knows, say so.

    Args:
        fault: with the facts that its row names.
    """
    if fault.code in TOLD_BY_OUTPUT:
        what, why, fix = TOLD_BY_OUTPUT[fault.code](fault.facts)
    else:
        facts = {"path": "the file", **fault.facts, **_derived(fault.facts)}
        what, why, fix = _row(fault)
        what, why, fix = what.format(**facts), why.format(**facts), fix.format(**quote_paths(facts))
    if instead := fault.facts.get("instead"):
        fix = re.sub(r"\bquickstart --yes\b", lambda _: str(instead), fix)
    why = f"{why} {fault.facts['aside']}" if fault.facts.get("aside") else why
    return Explanation(
        fault.code, what, why, as_typed_here(fix), as_typed_here(f"quickstart guide {_guide(fault, fix)}")
    )


def _guide(fault: QuickstartError, fix: str) -> str:
    """Return the guide that tells more: of the place whose login it is about, else of the local server."""
    if fault.code in CHOOSING:
        return "choosing"
    login = re.search(r"quickstart login ([a-z]+)", f"{fault.facts.get('again', '')} {fix}")
    by_login = {method.login_name: method.guide for method in METHODS if method.login_name}
    if login and login[1] in by_login:
        return by_login[login[1]]
    return next((guide for guide, rows in ABOUT.items() if fault.code in rows), "local")


def _row(fault: QuickstartError) -> tuple[str, str, str]:
    """Return the row of the table; a server of somebody else's is mended elsewhere than one's own."""
    url = fault.facts.get("url")
    if fault.code in ELSEWHERE and url and not resolve(url).local:
        what, why, _ = TABLE[fault.code]
        return what, why, ELSEWHERE[fault.code]
    if fault.code in ("api-error", "unreachable") and (cause := database_cause(fault.facts)):
        return TABLE[fault.code][0], *cause
    return TABLE.get(fault.code, UNKNOWN)


def _local(one: Connection) -> bool:
    return by_name(one.method).kind == "local"


def _own(url: str) -> str | None:
    """Return the name of the connection to a server that we know, or None."""
    with suppress(QuickstartError):  # a damaged file of ours is not what is to be explained here
        return next(
            (name for name, one in Connections().all().items() if one.tracking_uri == url and _local(one)), None
        )
    return None


def _derived(facts: Facts) -> dict[str, Any]:
    """Return what explanations say that follows from the facts."""
    on_mac = re.match("ControlCe|AirPlay", str(facts.get("holder", "")))
    airplay = " It is macOS's AirPlay Receiver (System Settings, General, AirDrop & Handoff)." if on_mac else ""
    url = str(facts.get("url", ""))
    own = _own(url)
    derived = {
        "restart": f"quickstart server restart --name {own}" if own else WHERE,
        "logs": f"quickstart server logs --name {own}" if own else WHERE,
        "again": facts.get("again") or f"quickstart verify {url}",
        "with_address": facts.get("again") or "quickstart verify http://127.0.0.1:5000",
        "airplay": airplay,
        "next_port": int(facts.get("port", 5000)) + 1,
        "last": (facts.get("tail") or ["none"])[-1],
        "plain": url.replace("https://", "http://", 1),
        "ways": f"Say {facts.get('flags')}" + (f", or set {facts['variable']}." if facts.get("variable") else "."),
        "forget": "unset QUICKSTART_PYTHON && " if os.environ.get("QUICKSTART_PYTHON") == facts.get("python") else "",
        "remove": "del" if sys.platform == "win32" else "rm",
    }
    host = facts.get("host") or (resolve(url).host if url else "")
    return derived | {"host": host, "no_proxy": _no_proxy(host)}


def _no_proxy(host: str) -> str:
    """Return what NO_PROXY must be so that no proxy stands before a host and this machine; what it names now stays."""
    lower = os.environ.get("no_proxy")
    named = (one.strip() for one in (lower or os.environ.get("NO_PROXY", "")).split(","))
    value = ",".join(dict.fromkeys(filter(None, (*named, host, "localhost", "127.0.0.1"))))
    return f"{value} no_proxy={value}" if lower else value  # the name in lower case goes before the other
