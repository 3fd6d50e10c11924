"""Causes that only an installer's or a server's output tells."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from quickstart.errors import Message, QuickstartError
from quickstart.server import processes, records
from quickstart.server.launcher import tail_log
from quickstart.server.records import Server
from quickstart.server.store import blocking_path, is_owned
from quickstart.state.paths import data_folder, state_folder
from quickstart.system.memory import NEEDED, OUT


def split_fix(what: str, why: str, fix: str) -> Message:
    """Return a message whose fix is a command, and after three blanks a note."""
    command, _, note = fix.partition("   ")
    return Message(what, why, command, note)


FRESH = "python3 -m venv .venv-mlflow && quickstart --yes --python .venv-mlflow/bin/python"

# cause (runtime.install.CAUSES): (why, the command that mends it)
INSTALL: Mapping[str, tuple[str, str]] = {
    "no-space": ("The disk is full.", "free about 1 GB, and then: {command}"),
    "no-index": (
        "The package index could not be reached: there is no network, or a proxy is needed.",
        "{command}   with a network; where a proxy is needed, first: export HTTPS_PROXY=http://your-proxy:port",
    ),
    "no-permission": (
        "You may not write there.",
        FRESH,
    ),
    "conflict": (
        "Packages in that environment, or its Python, do not fit together with MLflow.",
        FRESH,
    ),
    "not-found": ("The package index does not have it for this Python.", "{command}"),
    "no-pip": ("That interpreter has no pip.", "{python} -m ensurepip && {command}"),
    "unknown": ("The installer says: {detail}", "{command}"),
}

IMPORT_ERROR = r"(?:ImportError|ModuleNotFoundError|AttributeError|TypeError|SyntaxError): (?P<detail>.+)"

# pattern in a server's log: (why, the command that mends it)
SERVER_LOG: tuple[tuple[str, str, str], ...] = (
    (
        r"Can't locate revision|out-of-date database schema",
        "The database in {store} was made by another version of MLflow. If it is a newer one, install that MLflow; "
        "never upgrade the database then.",
        "quickstart server start --name {name} --store another/folder   to leave it alone",
    ),
    (
        r"'mlflow' is not a package|partially initialized module 'mlflow'",
        "A file or folder named mlflow hides the package of that name from {python}.",
        "ls {store}   and rename what is called mlflow there",
    ),
    (
        r"No module named '?mlflow'?$",
        "There is no MLflow in {python}.",
        "quickstart --yes --python {python}",
    ),
    (
        OUT.pattern,
        "There is not enough memory; a server needs 300 MB.",
        "quickstart server start --name {name}   when more memory is free",
    ),
    (
        IMPORT_ERROR,
        "MLflow cannot be imported there, most likely because a package it needs does not fit: {detail}.",
        FRESH,
    ),
    (
        r"address already in use|WinError 10048",
        "Another program took its port.",
        "quickstart server start --name {name}",
    ),
    (r"database is locked", "Another program is at work on the database in {store}.", "quickstart server status"),
    (
        r"disk is full|No space left on device",
        "The disk of {store} is full.",
        "quickstart server start --name {name} --store /path/on/another/disk",
    ),
    (
        r"unable to open database file|readonly database|Permission denied|Read-only file system",
        "The store cannot be written: {store}",
        "quickstart server start --name {name} --store another/folder",
    ),
    (
        r"file is not a database|malformed",
        "{store}/mlflow.db is damaged, or no database.",
        "quickstart server logs --name {name}",
    ),
)

# What is said of a server that a limit of its memory ended, whatever it said itself: an import may fail for want of
# room, and an allocation that fails inside of CPython is a SystemError or nothing at all.
LIMITED = (
    "There is not enough memory: ulimit -v allows {limit_mb} MB, and a server needs {needed} of address space.",
    "ulimit -v unlimited && quickstart server start --name {name}   or, where that is refused, in another terminal",
)

# What SQLAlchemy and tracebacks end with, after what happened.
NO_WORDS = re.compile(r"\s*$|\s*[\])}]|\s*[~^]+\s*$|\(Background on this error|\[SQL: |\[parameters: ")

DENIED = r"denied|not permitted|readonly|unable to open"
CLOSED = r"readonly database|unable to open database"
# How a traceback ends where the disk refused something, as uvicorn logs it.
REFUSED = re.compile(r"(?:PermissionError|OSError): \[Errno \d+\] (?P<detail>[^:]+): '(?P<path>.+)'")
FULL = r"disk is full|No space left|Disk quota"

# pattern in what a server answers: (why, the command that mends it), for a server on this machine
DATABASE: tuple[tuple[str, str, str], ...] = (
    (FULL, "The disk that its runs are on is full.", "df -h   and then, with more room, the same again"),
    (
        r"readonly database|unable to open database|no such table|disk I/O error|Read-only file system",
        "Its database cannot be used any more: somebody moved, deleted or locked away the folder of its runs.",
        "{restart}",
    ),
)


def database_cause(facts: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return why a server of one's own could not do what it was asked for, and the mend.

    Args:
        facts: with its "url", and as "message" what it answered; where it broke off instead, its log is asked.
    """
    message = str(facts.get("message", ""))
    if re.search(CLOSED, message):
        for server in _servers_at(str(facts.get("url"))):
            if (closed := blocking_path(server.database)) and is_owned(closed):
                why, fix = _opened(closed)
                # Connections that were made meanwhile stay as they were.
                whole = f"{fix} && quickstart server restart --name {server.name}"
                return _literal(why), _literal(whole)
    if not message:
        return _log_told(str(facts.get("url")))
    return next(((why, fix) for pattern, why, fix in DATABASE if re.search(pattern, message)), None)


def _log_told(url: str) -> tuple[str, str] | None:
    """Return what the disk refused a running server last; MLflow breaks off the sending of a file then."""
    for server in _servers_at(url):
        found = [refused for line in tail_log(server.log) if (refused := REFUSED.match(line))]
        if found and processes.find_root(server):
            told = unwritable_cause(found[-1].groupdict())
            return _literal(f"{told.what} {told.why}"), _literal(f"{told.command}   {told.note}")
    return None


def _servers_at(url: str) -> list[Server]:
    try:
        return [server for server in records.load_all() if server.url == url]
    except QuickstartError:  # a damaged file of ours is not what is to be explained here
        return []


def _opened(path: Path) -> tuple[str, str]:
    """Return why a file or folder of this user's own keeps them out, and what lets them in."""
    mode = "u+rwx" if path.is_dir() else "u+rw"
    return f"{path} is yours, but its mode keeps you out.", f"chmod {mode} {shlex.quote(str(path))}"


def _literal(text: str) -> str:
    """Return a text so that str.format() leaves it as it is."""
    return text.replace("{", "{{").replace("}", "}}")


def unwritable_cause(facts: Mapping[str, Any]) -> Message:
    """Explain Fault "unwritable": a full disk, a read-only one and a folder of somebody else's are mended otherwise."""
    path, detail = Path(facts["path"]), str(facts["detail"])
    what = f"{path} cannot be {facts.get('act', 'written')}: {detail}."
    if re.search(FULL, detail):
        return split_fix(
            what,
            "The disk is full.",
            f"df -h {shlex.quote(str(path.parent))}   and then, with more room, the same again",
        )
    read_only = "Read-only" in detail
    closed = blocking_path(path) if re.search(DENIED, detail) else None
    if closed and is_owned(closed):
        why, fix = _opened(closed)
        return split_fix(what, why, f"{fix}   and then the same again")
    why = "The disk is read-only." if read_only else "The folder belongs to somebody else, or is read-only."
    if closed:
        why = f"{closed} belongs to somebody else."
    if any(path.is_relative_to(folder) for folder in (data_folder(), state_folder())):
        return split_fix(what, why, "export QUICKSTART_HOME=/a/folder/of/yours   and then the same again")
    if name := facts.get("name"):
        return split_fix(what, why, f"quickstart server start --name {name} --store another/folder")
    return split_fix(what, why, "cd   to a folder of yours, and then the same again")


# words in what a place says of a refusal: why
REFUSALS: tuple[tuple[str, str], ...] = (
    (r"expired", "It has expired."),
    (
        r"(?i)invalid_client|client_id|client authentication",
        "The client id is wrong, or the secret was deleted or has expired.",
    ),
    (r"IP|network polic", "{Place} does not let this network in: {message}"),
    (
        r"[Ii]nvalid access token|[Ii]nvalid [Tt]oken",
        "It was copied in part, was revoked, has expired, or is one of another workspace.",
    ),
    (r"not sent|unsupported type", "{Place} does not take this kind of login."),
    (r".", "{Place} says: {message}"),
    (r"", "{Place} does not say why."),
)


def login_cause(facts: Mapping[str, Any]) -> Message:
    """Explain Fault "login-refused": what was refused, where it is from, and why, as far as the answer tells."""
    source, message, other = str(facts["source"]), str(facts["message"]), facts.get("other", "")
    if facts.get("beaten"):
        source = f"{source}, which beats that of profile {facts['beaten']}"
    what = f"{facts['url']} refused the {source}: {facts['status']}.".replace("the the ", "the ")
    place = str(facts.get("place", "the workspace"))
    known = {**facts, "Place": place[0].upper() + place[1:]}
    why = next(why for pattern, why in REFUSALS if re.search(pattern, message)).format(**known)
    again = str(facts["again"])
    if skew := int(facts["skew"]):
        way = "ahead of" if skew > 0 else "behind"
        clock = f"This machine's clock is {abs(skew)} s {way} {place}'s, and logins are refused for that."
        return split_fix(what, clock, f"sudo timedatectl set-ntp true   and then: {again}")
    if other:
        what = f"{what[:-1]}, for it is one of another workspace."
        why = f"It is that of profile {other}."
    elif "expired" in message:
        what = f"{what[:-1]}, for it has expired."
    variable = re.search(r"from (DATABRICKS_\w+) in this shell", source)
    if variable:
        return split_fix(
            what,
            f"{why} It goes before every profile, whatever that holds.",
            f"unset {variable[1]}   and then: quickstart verify; or, for a new login: {again}",
        )
    return split_fix(what, why, again)


def quote_paths(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts with paths quoted, as a shell needs them where they hold blanks."""
    paths = ("python", "path", "folder", "store", "log", "database", "profile")
    return {key: shlex.quote(str(value)) if key in paths else value for key, value in facts.items()}


def install_cause(facts: Mapping[str, Any]) -> Message:
    """Explain Fault "install-failed"."""
    why, fix = INSTALL[facts["cause"]]
    what = f"{facts['requirement']} could not be installed into {facts['python']}."
    known = {**quote_paths(facts), "command": facts.get("again") or facts["command"]}
    return split_fix(what, f"{why.format(**facts)} Log: {facts['log']}", fix.format(**known))


def memory_cause(facts: Mapping[str, Any]) -> Message:
    """Explain Fault "no-memory": quickstart itself ran out of it."""
    what, limit = f"quickstart had to stop: {facts['detail']}", facts["limit_mb"]
    if limit is None:
        return split_fix(what, "There is not enough memory.", f"{facts['again']}   when more memory is free")
    why = f"There is not enough memory: ulimit -v allows {limit} MB."
    return split_fix(
        what, why, f"ulimit -v unlimited && {facts['again']}   or, where that is refused, in another terminal"
    )


def log_cause(facts: Mapping[str, Any]) -> Message:
    """Explain Fault "server-failed" from the last lines of its log."""
    what = f'The server "{facts["name"]}" ended after {facts["seconds"]} s, before it was ready.'
    status = facts["status"]
    if status == -9:
        why = f"The system killed it, as it does when memory runs out; a server needs 300 MB. Log: {facts['log']}"
        return split_fix(what, why, f"quickstart server start --name {facts['name']}   when more memory is free")
    if told := cause_in_log(facts):
        return split_fix(what, *told)
    ended = "it did not end" if status is None else f"signal {-status}" if status < 0 else f"exit status {status}"
    why = f"Its last words: {last_words(facts['tail']) or f'it printed nothing; {ended}'} Log: {facts['log']}"
    return split_fix(what, why, f"quickstart server logs --name {facts['name']}")


def cause_in_log(facts: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return why a server ended and the mend, where the last lines of its log tell.

    Args:
        facts: its name, python, store and log; "tail", the last lines; "limit_mb", the limit of its memory, if any.
    """
    limit = facts.get("limit_mb")
    text = "\n".join(facts["tail"])
    looked = ((row, re.search(row[0], text, re.IGNORECASE | re.MULTILINE)) for row in SERVER_LOG)
    (pattern, why, fix), found = next(((row, found) for row, found in looked if found), (("", "", ""), None))
    known = {**facts, "needed": NEEDED, **(found.groupdict() if found else {})}
    if limit and pattern in ("", OUT.pattern, IMPORT_ERROR):
        why, fix = LIMITED
    return (f"{why.format(**known)} Log: {facts['log']}", fix.format(**quote_paths(known))) if why else None


def last_words(tail: Sequence[str]) -> str:
    """Return the last line of a log that says something; "" where none does."""
    return next((line.strip() for line in reversed(tail) if not NO_WORDS.match(line)), "")
