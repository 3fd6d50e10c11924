"""Messages that depend on what an installer, a server's log or a server's answer says, and on files of this machine.

Some of them read files, logs and the process table (I/O).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from quickstart.errors import Message, QuickstartError
from quickstart.server import processes, records
from quickstart.server.launcher import tail_log
from quickstart.server.records import Server
from quickstart.server.store import blocking_path, is_owned
from quickstart.state.files import data_folder, state_folder
from quickstart.system.memory import NEEDED, OUT

Facts = Mapping[str, Any]
PATHS = ("python", "path", "folder", "store", "log", "database", "profile")  # facts that a command quotes


class Cause(NamedTuple):
    """Why something failed, and what fixes it; each part is a format string, or filled in already."""

    why: str
    command: str = ""
    note: str = ""

    def fill(self, facts: Facts) -> Cause:
        quoted = quote_paths(facts)
        return Cause(self.why.format(**facts), self.command.format(**quoted), self.note.format(**quoted))

    def message(self, what: str) -> Message:
        return Message(what, *self)


def quote_paths(facts: Facts) -> dict[str, Any]:
    return {key: shlex.quote(str(value)) if key in PATHS else value for key, value in facts.items()}


FRESH = "python3 -m venv .venv-mlflow && quickstart --yes --python .venv-mlflow/bin/python"

# By the causes of runtime.install.CAUSES.
INSTALL: Mapping[str, Cause] = {
    "no-space": Cause("The disk is full.", "{command}", "First free about 1 GB."),
    "no-index": Cause(
        "The package index is unreachable: there is no network, or a proxy is needed.",
        "{command}",
        "First connect to a network; if it needs a proxy: `export HTTPS_PROXY=http://PROXY:PORT`",
    ),
    "no-permission": Cause("You do not have permission to write to that environment.", FRESH),
    "conflict": Cause("The environment's packages, or its Python version, conflict with MLflow.", FRESH),
    "not-found": Cause("The package index has no version for this Python.", "{command}"),
    "no-pip": Cause("That Python has no pip.", "{python} -m ensurepip && {command}"),
    "unknown": Cause("The installer reports: {detail}", "{command}"),
}

IMPORT_ERROR = r"(?:ImportError|ModuleNotFoundError|AttributeError|TypeError|SyntaxError): (?P<detail>.+)"
START = "quickstart server start --name {name}"
START_ELSEWHERE = f"{START} --store another/folder"
NO_MEMORY = Cause("There is not enough memory; a server needs 300 MB.", START, "First free memory.")

# By a pattern in a server's log; the first that matches counts.
SERVER_LOG: Mapping[str, Cause] = {
    r"Can't locate revision|out-of-date database schema": Cause(
        "Another version of MLflow created the database in {store}. If it was a newer one, install that version; "
        "never upgrade the database then.",
        START_ELSEWHERE,
        "This leaves the database as it is and starts with no runs.",
    ),
    r"'mlflow' is not a package|partially initialized module 'mlflow'": Cause(
        "A file or folder named mlflow hides the package of that name from {python}.",
        "ls {store}",
        "Rename the file or folder called mlflow.",
    ),
    r"No module named '?mlflow'?$": Cause("{python} has no MLflow.", "quickstart --yes --python {python}"),
    OUT.pattern: NO_MEMORY,
    IMPORT_ERROR: Cause(
        "MLflow cannot be imported there, most likely because a package it needs does not fit: {detail}.", FRESH
    ),
    r"address already in use|WinError 10048": Cause("Another program took its port.", START),
    r"database is locked": Cause("Another program is using the database in {store}.", "quickstart server status"),
    r"disk is full|No space left on device": Cause(
        "The disk of {store} is full.", f"{START} --store /path/on/another/disk"
    ),
    r"unable to open database file|readonly database|Permission denied|Read-only file system": Cause(
        "The store is not writable: {store}", START_ELSEWHERE
    ),
    r"file is not a database|malformed": Cause(
        "{store}/mlflow.db is damaged, or not a database.", "quickstart server logs --name {name}"
    ),
}

# The cause for a server that a limit of its memory ended, whatever its log says: an import may fail for lack of
# memory, and an allocation that fails inside CPython is a SystemError or nothing at all.
LIMITED = Cause(
    "There is not enough memory: ulimit -v allows {limit_mb} MB, and a server needs {needed} of address space.",
    f"ulimit -v unlimited && {START}",
    "If that is denied, use another terminal.",
)

# What SQLAlchemy and tracebacks end with, after what happened.
NO_WORDS = re.compile(r"\s*$|\s*[\])}]|\s*[~^]+\s*$|\(Background on this error|\[SQL: |\[parameters: ")

DENIED = r"denied|not permitted|readonly|unable to open"
CLOSED = r"readonly database|unable to open database"
# How a traceback ends if the disk refused something, as uvicorn logs it.
REFUSED = re.compile(r"(?:PermissionError|OSError): \[Errno \d+\] (?P<detail>[^:]+): '(?P<path>.+)'")
FULL = r"disk is full|No space left|Disk quota"

# By a pattern in the answer of a server on this machine.
DATABASE: Mapping[str, Cause] = {
    FULL: Cause("The disk that holds its runs is full.", "df -h", "Free disk space, then retry."),
    r"readonly database|unable to open database|no such table|disk I/O error|Read-only file system": Cause(
        "Its database is not usable: the folder of its runs was moved, deleted or locked.", "{restart}"
    ),
}


def database_cause(facts: Facts) -> Cause | None:
    """Return why a server of this user failed a request, from what it answered, its files and its log."""
    message = str(facts.get("message", ""))
    if re.search(CLOSED, message):
        for server in _servers_at(str(facts.get("url"))):
            if (closed := blocking_path(server.database)) and is_owned(closed):
                cause = _closed(closed)
                # Connections that the server has opened to the database stay as they were.
                return cause._replace(command=f"{cause.command} && quickstart server restart --name {server.name}")
    if not message:
        return _disk_error_in_log(str(facts.get("url")))
    return next((cause.fill(facts) for pattern, cause in DATABASE.items() if re.search(pattern, message)), None)


def _disk_error_in_log(url: str) -> Cause | None:
    """Return what the disk refused a running server last; MLflow then breaks off an upload or download."""
    for server in _servers_at(url):
        refused = [match for line in tail_log(server.log) if (match := REFUSED.match(line))]
        if refused and processes.find_root(server):
            message = unwritable_cause(refused[-1].groupdict())
            return Cause(f"{message.what} {message.why}", message.command, message.note)
    return None


def _servers_at(url: str) -> list[Server]:
    try:
        return [server for server in records.load_all() if server.url == url]
    except QuickstartError:  # another check reports a damaged record
        return []


def _closed(path: Path) -> Cause:
    """Return why a file or folder of this user denies them access, and what restores it."""
    mode = "u+rwx" if path.is_dir() else "u+rw"
    return Cause(f"You own {path}, but its mode denies you access.", f"chmod {mode} {shlex.quote(str(path))}")


def unwritable_cause(facts: Facts) -> Message:
    """Explain "unwritable": a full disk, a read-only disk, or a folder of another user. Reads modes and owners."""
    path, detail = Path(facts["path"]), str(facts["detail"])
    what = f"{path} cannot be {facts.get('act', 'written')}: {detail}."
    if re.search(FULL, detail):
        command = f"df -h {shlex.quote(str(path.parent))}"
        return Message(what, "The disk is full.", command, "Free disk space, then retry.")
    closed = blocking_path(path) if re.search(DENIED, detail) else None
    if closed and is_owned(closed):
        return _closed(closed)._replace(note="Then retry.").message(what)
    why = "The folder belongs to another user, or is read-only."
    if closed:
        why = f"{closed} belongs to another user."
    elif "Read-only" in detail:
        why = "The disk is read-only."
    if any(path.is_relative_to(folder) for folder in (data_folder(), state_folder())):
        return Message(what, why, "export QUICKSTART_HOME=/path/to/your/folder", "Then retry.")
    if name := facts.get("name"):
        return Message(what, why, f"quickstart server start --name {name} --store another/folder")
    return Message(what, why, "cd", "This goes to your home folder. Retry there, or in another folder of yours.")


# By a pattern in the message of a place that rejected credentials.
REJECTED: Mapping[str, str] = {
    r"expired": "It has expired.",
    r"(?i)invalid_client|client_id|client authentication": "The client id is wrong, or the secret was deleted "
    "or has expired.",
    r"IP|network polic": "{Place} does not accept this network: {message}",
    r"[Ii]nvalid access token|[Ii]nvalid [Tt]oken": "It is incomplete, was revoked, has expired, or belongs to "
    "another workspace.",
    r"not sent|unsupported type": "{Place} does not accept this kind of credentials.",
    r".": "{Place} reports: {message}",
    r"": "{Place} does not give a reason.",
}


def login_cause(facts: Facts) -> Message:
    """Explain "login-refused": which credentials were rejected, where they are from, and why."""
    source, message, other = str(facts["source"]), str(facts["message"]), facts.get("other", "")
    if facts.get("beaten"):
        source = f"{source}, which overrides that of profile {facts['beaten']}"
    what = f"{facts['url']} rejected the {source}: {facts['status']}.".replace("the the ", "the ")
    place, again = str(facts.get("place", "the workspace")), str(facts["again"])
    named = {**facts, "Place": place[0].upper() + place[1:]}
    why = next(why for pattern, why in REJECTED.items() if re.search(pattern, message)).format(**named)
    if skew := int(facts["skew"]):
        way = "ahead of" if skew > 0 else "behind"
        clock = f"This machine's clock is {abs(skew)} s {way} {place}'s, which makes it reject credentials."
        return Message(what, clock, f"sudo timedatectl set-ntp true && {again}")
    if other:
        what = f"{what[:-1]}. It belongs to another workspace."
        why = f"It is that of profile {other}."
    elif "expired" in message:
        what = f"{what[:-1]}. It has expired."
    if variable := re.search(r"from ([A-Z][A-Z0-9_]+) in this shell", source):
        why, command = f"{why} It overrides every profile.", f"unset {variable[1]} && quickstart verify"
        return Message(what, why, command, f"To log in again instead: `{again}`")
    return Message(what, why, again)


def install_cause(facts: Facts) -> Message:
    known = {**facts, "command": facts.get("again") or facts["command"]}
    cause = INSTALL[facts["cause"]].fill(known)
    what = f"{facts['requirement']} could not be installed into {facts['python']}."
    return cause._replace(why=f"{cause.why} Log: {facts['log']}").message(what)


def memory_cause(facts: Facts) -> Message:
    """Explain "no-memory": quickstart itself ran out of memory."""
    what, again, limit = f"quickstart stopped: {facts['detail']}", facts["again"], facts["limit_mb"]
    if limit is None:
        return Message(what, "There is not enough memory.", again, "First free memory.")
    why = f"There is not enough memory: ulimit -v allows {limit} MB."
    return Message(what, why, f"ulimit -v unlimited && {again}", LIMITED.note)


def log_cause(facts: Facts) -> Message:
    """Explain "server-failed" from the last lines of its log."""
    what = f'The server "{facts["name"]}" exited after {facts["seconds"]} s, before it was ready.'
    log, status = f"Log: {facts['log']}", facts["status"]
    if status == -9:
        why = f"The system killed it, as it does when memory runs out; a server needs 300 MB. {log}"
        return NO_MEMORY.fill(facts)._replace(why=why).message(what)
    if cause := cause_in_log(facts):
        return cause.message(what)
    ended = "it did not exit" if status is None else f"signal {-status}" if status < 0 else f"exit status {status}"
    why = f"The last line of its log: {last_words(facts['tail']) or f'it is empty; {ended}'} {log}"
    return Message(what, why, f"quickstart server logs --name {facts['name']}")


def cause_in_log(facts: Facts) -> Cause | None:
    """Return why a server exited, if the last lines of its log say so.

    Args:
        facts: its name, python, store and log; "tail", the last lines; "limit_mb", the limit of its memory, if any.
    """
    limit = facts.get("limit_mb")
    text = "\n".join(facts["tail"])
    matches = ((pattern, re.search(pattern, text, re.IGNORECASE | re.MULTILINE)) for pattern in SERVER_LOG)
    pattern, match = next(((pattern, match) for pattern, match in matches if match), ("", None))
    cause = LIMITED if limit and pattern in ("", OUT.pattern, IMPORT_ERROR) else SERVER_LOG.get(pattern)
    if cause is None:
        return None
    cause = cause.fill({**facts, "needed": NEEDED, **(match.groupdict() if match else {})})
    return cause._replace(why=f"{cause.why} Log: {facts['log']}")


def last_words(tail: Sequence[str]) -> str:
    """Return the last line of a log that says something."""
    return next((line.strip() for line in reversed(tail) if not NO_WORDS.match(line)), "")


# The codes without a Message of their own.
BY_CAUSE: Mapping[str, Callable[[Facts], Message]] = {
    "install-failed": install_cause,
    "login-refused": login_cause,
    "no-memory": memory_cause,
    "server-failed": log_cause,
    "unwritable": unwritable_cause,
}
