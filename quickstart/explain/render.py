"""The words of an error: its message, filled in with its facts."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from quickstart.errors import Explanation, Message, QuickstartError, find_message
from quickstart.explain.causes import BY_CAUSE, database_cause, quote_paths
from quickstart.methods.catalog import METHODS, by_name
from quickstart.models import Connection
from quickstart.net.tcp import no_proxy
from quickstart.state.connections import Connections
from quickstart.system.shell import as_typed_here
from quickstart.tracking.uri import resolve

GUIDE = "local"  # unless the package of the message names another
UNKNOWN = Message(
    "quickstart stopped.",
    "This is a bug in quickstart; please report it: no message explains {code}.",
    "quickstart --help",
)


def render(error: QuickstartError) -> Explanation:
    """Put an error into words.

    It reads the saved connections, and for the codes of explain/causes.py and a server of this user also logs,
    modes and owners of files; the network is left to investigate().
    """
    facts = {"code": error.code, "path": "the file", **error.facts, **_derived(error.facts)}
    if error.code in BY_CAUSE:
        message, guide = BY_CAUSE[error.code](error.facts), GUIDE
    else:
        message, guide = _message(error.code, facts)
    command, why = message.command, message.why
    if instead := error.facts.get("instead"):
        command = re.sub(r"\bquickstart --yes\b", lambda _: str(instead), command)
    if aside := error.facts.get("aside"):
        why = f"{why} {aside}"
    login = re.search(r"quickstart login ([a-z]+)", f"{error.facts.get('again', '')} {command} {message.note}")
    by_login = {method.login_name: method.guide for method in METHODS if method.login_name}
    guide = by_login.get(login[1], guide) if login else guide
    return Explanation(
        error.code,
        _tidy(message.what),
        _tidy(why),
        as_typed_here(command),
        as_typed_here(message.note),
        as_typed_here(f"quickstart guide {guide}"),
    )


def _tidy(text: str) -> str:
    """Remove what a fact leaves behind that is empty, or ends with its own period: `: `, a blank, a second period."""
    return re.sub(r"(?<=[\w)\]\"'])\.\.(?=\s|$)", ".", re.sub(r":\s+$", ".", text).rstrip())


def _message(code: str, facts: Mapping[str, Any]) -> tuple[Message, str]:
    """Return the filled-in message and its guide; a server on another machine has another fix than a local one."""
    message, guide = find_message(code) or (UNKNOWN, GUIDE)
    url = facts.get("url")
    elsewhere = bool(message.elsewhere and url and not resolve(url).local)
    if elsewhere:
        message = replace(message, command="", note=message.elsewhere)
    what, why = (text.format(**facts) for text in (message.what, message.why))
    command, note = (text.format(**quote_paths(facts)) for text in (message.command, message.note))
    if code in ("api-error", "unreachable") and not elsewhere and (cause := database_cause(facts)):
        return cause.message(what), guide
    return Message(what, why, command, note), guide


def _local_connection(url: str) -> str | None:
    """Return the name of the connection to a local server."""

    def is_local(one: Connection) -> bool:
        return one.tracking_uri == url and by_name(one.method).kind == "local"

    with suppress(QuickstartError):  # another check reports a damaged file of ours
        return next((name for name, one in Connections().all().items() if is_local(one)), None)
    return None


def _derived(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return what messages name that follows from the facts."""
    on_mac = re.match("ControlCe|AirPlay", str(facts.get("holder", "")))
    airplay = " It is macOS's AirPlay Receiver (System Settings, General, AirDrop & Handoff)." if on_mac else ""
    url = str(facts.get("url", ""))
    local = _local_connection(url)
    host = facts.get("host") or (resolve(url).host if url else "")
    return {
        "restart": f"quickstart server restart --name {local}" if local else "quickstart server status",
        "logs": f"quickstart server logs --name {local}" if local else "quickstart server status",
        "again": facts.get("again") or f"quickstart verify {url}".strip(),
        "with_address": facts.get("again") or "quickstart verify http://127.0.0.1:5000",
        "airplay": airplay,
        "next_port": int(facts.get("port", 5000)) + 1,
        "last": (facts.get("tail") or ["none"])[-1],
        "plain": url.replace("https://", "http://", 1),
        "forget": "unset QUICKSTART_PYTHON && " if os.environ.get("QUICKSTART_PYTHON") == facts.get("python") else "",
        "remove": "del" if sys.platform == "win32" else "rm",
        "host": host,
        "no_proxy": _no_proxy(host),
    }


def _no_proxy(host: str) -> str:
    """Return what follows `export NO_PROXY=` to bypass proxies for a host and this machine."""
    value = no_proxy(os.environ, host, "localhost", "127.0.0.1")
    # The name in lower case overrides the other.
    return f"{value} no_proxy={value}" if os.environ.get("no_proxy") else value
