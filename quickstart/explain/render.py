"""The words of a fault: the row of the table that tells it, filled with its facts."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from quickstart.errors import Explanation, Message, QuickstartError, find_message
from quickstart.explain.causes import (
    database_cause,
    install_cause,
    log_cause,
    login_cause,
    memory_cause,
    quote_paths,
    split_fix,
    unwritable_cause,
)
from quickstart.methods.catalog import METHODS, by_name
from quickstart.models import Connection
from quickstart.state.connections import Connections
from quickstart.system.shell import as_typed_here
from quickstart.tracking.uri import resolve

Facts = Mapping[str, Any]
WHERE = "quickstart server status   shows where your own servers are"

# Faults whose explanation depends on what an installer or a server printed.
UNKNOWN = Message(
    "quickstart stopped.",
    "This is a bug in quickstart: no message explains {code}.",
    "quickstart --help",
)

TOLD_BY_OUTPUT: Mapping[str, Callable[[Facts], Message]] = {
    "install-failed": install_cause,
    "login-refused": login_cause,
    "no-memory": memory_cause,
    "server-failed": log_cause,
    "unwritable": unwritable_cause,
}


def render(fault: QuickstartError) -> Explanation:
    """Put an error into words: its message, filled in with its facts.

    Args:
        fault: with the facts that its message names.
    """
    facts = {"code": fault.code, "path": "the file", **fault.facts, **_derived(fault.facts)}
    if fault.code in TOLD_BY_OUTPUT:
        message, guide = TOLD_BY_OUTPUT[fault.code](fault.facts), "local"
        what, why, command, note = message.what, message.why, message.command, message.note
    else:
        message, guide = _message(fault)
        what, why = (text.format(**facts) for text in (message.what, message.why))
        command, note = (text.format(**quote_paths(facts)) for text in (message.command, message.note))
    if instead := fault.facts.get("instead"):
        command = re.sub(r"\bquickstart --yes\b", lambda _: str(instead), command)
    why = f"{why} {fault.facts['aside']}" if fault.facts.get("aside") else why
    docs = as_typed_here(f"quickstart guide {_guide(fault, command, guide)}")
    return Explanation(fault.code, what, why, as_typed_here(command), as_typed_here(note), docs)


def _guide(fault: QuickstartError, command: str, default: str) -> str:
    """Return the guide that says more: of the platform that the command logs in to, else the message's own."""
    login = re.search(r"quickstart login ([a-z]+)", f"{fault.facts.get('again', '')} {command}")
    by_login = {method.login_name: method.guide for method in METHODS if method.login_name}
    return by_login.get(login[1], default) if login else default


def _message(fault: QuickstartError) -> tuple[Message, str]:
    """Return the message and its guide; a server on another machine has another fix than one's own."""
    url = fault.facts.get("url")
    message, guide = find_message(fault.code) or (UNKNOWN, "local")
    if message.elsewhere and url and not resolve(url).local:
        return replace(message, command="", note=message.elsewhere), guide
    if fault.code in ("api-error", "unreachable") and (cause := database_cause(fault.facts)):
        why, fix = cause
        return split_fix(message.what, why, fix), guide
    return message, guide


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
