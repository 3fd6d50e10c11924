"""Looks at this machine: the server of one's own that should answer at an address, and who holds its port."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from quickstart.errors import QuickstartError
from quickstart.explain.causes import cause_in_log, last_words
from quickstart.net.tcp import is_loopback
from quickstart.server import ports, processes, records
from quickstart.server.launcher import tail_log
from quickstart.server.records import Server, same_place

MOST_WORDS = 200  # characters of a log's last line


def find_own_server(fault: QuickstartError) -> Server | None:
    """Return the server of one's own that should answer where a fault was seen."""
    with suppress(QuickstartError):  # a damaged file of ours has a row of its own
        return next((one for one in records.load_all() if same_place(one, str(fault.facts["url"]))), None)
    return None


def own_server(fault: QuickstartError) -> QuickstartError | None:
    """Tell that it is one's own server that does not run: it was stopped, or it ended without being told to."""
    server = find_own_server(fault)
    if server is None or processes.find_root(server):
        return None
    url, when = str(fault.facts["url"]), _until(server)
    if server.pid is None and not server.instance:
        return QuickstartError("own-server-down", url=url, name=server.name, until=when, store=server.store)
    last = tail_log(server.log)
    facts = {"name": server.name, "python": server.python, "store": server.store, "log": str(server.log), "tail": last}
    told = cause_in_log(facts)
    said = f"It was killed, or ended by itself. The last words of its log: {last_words(last)[:MOST_WORDS] or 'none'}"
    cause, mend = told or (said, f"quickstart server start --name {server.name}")
    return QuickstartError("own-server-ended", url=url, name=server.name, until=when, cause=cause, fix=mend)


def _until(server: Server) -> str:
    """Return until when a server wrote to its log, as far as that is known."""
    try:
        ended = datetime.fromtimestamp(server.log.stat().st_mtime)
    except OSError:
        return ""
    today = ended.date() == datetime.now().date()
    return f", until {ended:%H:%M}" if today else f", until {ended:%Y-%m-%d %H:%M}"


def suspended_server(fault: QuickstartError) -> QuickstartError | None:
    """Tell that it is one's own server, and that it was told to stand still."""
    server = find_own_server(fault)
    top = processes.find_root(server) if server else None
    if server is None or top is None or not processes.is_suspended(server):
        return None
    return QuickstartError("server-suspended", url=str(fault.facts["url"]), name=server.name, pid=top.pid)


def other_owner(fault: QuickstartError) -> QuickstartError | None:
    """Tell that a stranger answers where one's own server would, which does not run."""
    server = find_own_server(fault)
    if server is None or processes.find_root(server):
        return None
    holder = ports.holder(server.port)
    return QuickstartError(
        "port-stolen", url=str(fault.facts["url"]), name=server.name, port=server.port, holder=str(holder)
    )


def holder(fault: QuickstartError) -> QuickstartError | None:
    """Add who holds the port, where it is one of this machine."""
    parts = urlsplit(str(fault.facts["url"]))
    if not is_loopback(parts.hostname or "") or parts.port is None:
        return None
    found = ports.holder(parts.port)
    if found.pid is None or found.pid == os.getpid():
        return None
    return fault.replace(holder=str(found), aside=f"Port {parts.port} is held by {found}{_command(found.pid)}.")


def _command(pid: int) -> str:
    """Return what a program of this person's was called with, where its name tells nothing; never its arguments."""
    with suppress(psutil.Error, OSError, IndexError):
        line = psutil.Process(pid).cmdline()
        script = next((word for word in line[1:] if word.endswith(".py")), "") or _module(line)
        return f", running {Path(script).name[:30]}" if script else ""
    return ""


def _module(line: list[str]) -> str:
    return line[line.index("-m") + 1] if "-m" in line else ""
