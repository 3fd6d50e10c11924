"""The processes of a server: identified by pid and creation time or by a token in their environment, and ended."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

import psutil

from quickstart.errors import QuickstartError
from quickstart.server import ports
from quickstart.server.records import Server
from quickstart.state import files

TOKEN = "QUICKSTART_INSTANCE"  # noqa: S105 - the name of a variable
OWNER = "QUICKSTART_SERVER"
POLITE = 8.0  # seconds for a server to finish its answers
FIRM = 5.0  # seconds until a killed process must have ended


def find_root(server: Server) -> psutil.Process | None:
    """Return the live root process of a server, or None.

    A pid is not enough: the system reuses it, also after a reboot. The creation time moves when the clock is set, so
    the token in the environment decides if it differs.
    """
    if server.pid is None:
        # The wizard was killed between writing the record and starting the process.
        return next(iter(_started_by(server)), None) if server.instance else None
    try:
        process = psutil.Process(server.pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        if server.create_time is not None and abs(process.create_time() - server.create_time) < 0.1:
            return process
        return process if server.instance and _environment(process).get(TOKEN) == server.instance else None
    except psutil.Error:
        return None


def owner(server: Server) -> str:
    """What identifies a server on this machine across its starts: the path of its record."""
    return str((files.state_folder() / "servers" / server.name).resolve())


def _environment(process: psutil.Process) -> dict[str, str]:
    try:
        return process.environ()
    except (psutil.Error, OSError):
        return {}


def _started_by(server: Server) -> list[psutil.Process]:
    """All processes with this start's token, oldest first."""
    found = [process for process in psutil.process_iter() if _environment(process).get(TOKEN) == server.instance]
    return sorted(found, key=lambda process: process.pid)


def _owned(server: Server) -> list[psutil.Process]:
    """All processes of any start of a server: its record may have been lost."""
    marks = {(OWNER, owner(server)), (TOKEN, server.instance or None)}
    return [process for process in psutil.process_iter() if marks & _environment(process).items()]


def find_members(server: Server) -> list[psutil.Process]:
    """Return every live process of a server: its root, what the root started, and orphans of a killed root."""
    found = {process.pid: process for process in _owned(server)}
    if top := find_root(server):
        with contextlib.suppress(psutil.Error):
            found.update({process.pid: process for process in [top, *top.children(recursive=True)]})
    return [process for process in found.values() if process.is_running()]


def find_holder(file: Path) -> psutil.Process | None:
    """Another process that has a file open, as far as the operating system shows."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and any(Path(opened.path) == file for opened in process.open_files()):
                return process
    return None


def end(server: Server) -> int:
    """End every process of a server, politely, then firmly; return how many were ended.

    Raises:
        QuickstartError: "port-still-held" if a process that may be one of them still listens on its port.
    """
    processes = find_members(server)
    root = find_root(server)
    # The root ends its workers; orphans have no root.
    _signal([root] if root else processes, "terminate")
    # A stopped process handles no signal.
    _signal([one for one in processes if _status(one) == psutil.STATUS_STOPPED], "resume")
    alive = _still_alive(processes, POLITE)
    _signal(alive, "kill")
    _still_alive(alive, FIRM)
    late = find_members(server)  # started by a worker while it was being ended
    _signal(late, "kill")
    _still_alive(late, FIRM)
    if processes:
        _check_port_free(server, {process.pid for process in (*processes, *late)})
    return len(processes)


def _still_alive(processes: list[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Wait until processes have ended; return those that have not.

    An ended process is a zombie until its parent, such as a notebook's kernel, reads its status, and
    psutil.wait_procs() would wait for that.
    """
    deadline = time.monotonic() + seconds
    while (alive := [process for process in processes if _lives(process)]) and time.monotonic() < deadline:
        time.sleep(0.02)
    return alive


def _lives(process: psutil.Process) -> bool:
    return process.is_running() and _status(process) not in (None, psutil.STATUS_ZOMBIE)


def _status(process: psutil.Process) -> str | None:
    try:
        return str(process.status())
    except psutil.Error:
        return None


def is_suspended(server: Server) -> bool:
    """Tell whether a server's root is suspended, as by Ctrl-Z or `kill -STOP`."""
    top = find_root(server)
    return top is not None and _status(top) == psutil.STATUS_STOPPED


def _signal(processes: list[psutil.Process], act: str) -> None:
    for process in processes:
        with contextlib.suppress(psutil.Error):
            getattr(process, act)()


def _check_port_free(server: Server, ended: set[int]) -> None:
    deadline = time.monotonic() + 2.0
    while not ports.is_free(server.host, server.port):
        holder = ports.holder(server.port)
        if holder.pid and holder.pid not in ended:
            return  # another program took it at once
        if time.monotonic() > deadline:
            raise QuickstartError("port-still-held", port=server.port, holder=str(holder), name=server.name)
        time.sleep(0.05)
