"""Causes that only an installer's or a server's output tells."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from quickstart.state import data_folder, state_folder

Explanation = tuple[str, str, str]

FRESH = "python3 -m venv .venv-mlflow && quickstart --yes --python .venv-mlflow/bin/python"

# cause (target.install.CAUSES): (why, the command that mends it)
INSTALL: Mapping[str, tuple[str, str]] = {
    "no-space": ("The disk is full.", "free about 1 GB, and then: {command}"),
    "no-index": (
        "The package index could not be reached: there is no network, or a proxy is needed.",
        "export HTTPS_PROXY=http://your-proxy:port   if you need one, and then: {command}",
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
    "no-pip": ("That interpreter has no pip.", "{python} -m ensurepip"),
    "unknown": ("The installer says: {detail}", "{command}"),
}

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
        r"(?:ImportError|ModuleNotFoundError|AttributeError|TypeError|SyntaxError): (?P<detail>.+)",
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
    (
        r"MemoryError|Cannot allocate memory",
        "There is not enough memory; a server needs 300 MB.",
        "quickstart server start",
    ),
)


# What SQLAlchemy and tracebacks end with, after what happened.
NO_WORDS = re.compile(r"\s*$|\s*[\])}]|\s*[~^]+\s*$|\(Background on this error|\[SQL: |\[parameters: ")

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
    """Return why a server of one's own could not do what it was asked for, and the mend, where its answer tells."""
    message = str(facts.get("message", ""))
    return next(((why, fix) for pattern, why, fix in DATABASE if re.search(pattern, message)), None)


def unwritable_cause(facts: Mapping[str, Any]) -> Explanation:
    """Explain Fault "unwritable": a full disk, a read-only one and a folder of somebody else's are mended otherwise."""
    path, detail = Path(facts["path"]), str(facts["detail"])
    what = f"{path} cannot be written: {detail}."
    if re.search(FULL, detail):
        return (
            what,
            "The disk is full.",
            f"df -h {shlex.quote(str(path.parent))}   and then, with more room, the same again",
        )
    why = "The disk is read-only." if "Read-only" in detail else "The folder belongs to somebody else, or is read-only."
    if any(path.is_relative_to(folder) for folder in (data_folder(), state_folder())):
        return what, why, "quickstart --yes   with QUICKSTART_HOME set to a folder of yours"
    return what, why, "cd   to a folder of yours, and then the same again"


# words in a TLS library's complaint: (why, the command that mends it)
TLS: tuple[tuple[str, str, str], ...] = (
    (
        r"WRONG_VERSION_NUMBER|UNKNOWN_PROTOCOL|record layer|RECORD_LAYER",
        "The server speaks plain http there.",
        "quickstart verify {plain}   if that is right",
    ),
    (
        r"certificate has expired|not yet valid",
        "The certificate is not valid today: it has expired, or this machine's clock is wrong.",
        "date   shows the clock; if it is right, ask whoever runs the server for a new certificate",
    ),
    (
        r"Hostname mismatch|doesn't match|IP address mismatch|is not valid for",
        "The certificate is for another name: the address is wrong, or something on the way answers in its place.",
        "check the address, and then: {again}",
    ),
    (
        "",
        "It is signed by an authority that this machine does not know: your company's own, or that of a program on the "
        "way that reads along.",
        "export REQUESTS_CA_BUNDLE=/path/to/your-authority.pem   and then: {again}",
    ),
)


def tls_cause(facts: Mapping[str, Any]) -> Explanation:
    """Explain Fault "tls-failed": a certificate of another authority, name or time, and a server without any."""
    why, fix = next((why, fix) for pattern, why, fix in TLS if re.search(pattern, str(facts["detail"])))
    url = str(facts["url"])
    known = {"plain": url.replace("https://", "http://", 1), "again": facts.get("again") or f"quickstart verify {url}"}
    return f"The certificate of {url} is not accepted.", why, fix.format(**known)


# words in what a workspace says of a refusal: why
REFUSALS: tuple[tuple[str, str], ...] = (
    (r"expired", "It has expired."),
    (
        r"invalid_client|client_id|client authentication",
        "The client id is wrong, or the secret was deleted or has expired.",
    ),
    (r"IP|network polic", "The workspace does not let this network in: {message}"),
    (
        r"[Ii]nvalid access token|[Ii]nvalid [Tt]oken",
        "It was copied in part, was revoked, has expired, or is one of another workspace.",
    ),
    (r"not sent|unsupported type", "The workspace does not take this kind of login."),
    (r".", "The workspace says: {message}"),
    (r"", "The workspace does not say why."),
)


def login_cause(facts: Mapping[str, Any]) -> Explanation:
    """Explain Fault "login-refused": what was refused, where it is from, and why, as far as the answer tells."""
    what = f"{facts['url']} refused the {facts['source']}: {facts['status']}.".replace("the the ", "the ")
    why = next(why for pattern, why in REFUSALS if re.search(pattern, str(facts["message"]))).format(**facts)
    again = str(facts["again"])
    if skew := int(facts["skew"]):
        way = "ahead of" if skew > 0 else "behind"
        clock = f"This machine's clock is {abs(skew)} s {way} the workspace's, and logins are refused for that."
        return what, clock, f"sudo timedatectl set-ntp true   and then: {again}"
    variable = re.search(r"from (DATABRICKS_\w+) in this shell", str(facts["source"]))
    if variable:
        beaten = "It goes before every profile, whatever that holds."
        return (
            what,
            f"{why} {beaten}",
            f"unset {variable[1]}   and then: quickstart verify; or, for a new login: {again}",
        )
    return what, why, again


def pasteable(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts with paths quoted, as a shell needs them where they hold blanks."""
    paths = ("python", "path", "folder", "store", "log", "database")
    return {key: shlex.quote(str(value)) if key in paths else value for key, value in facts.items()}


def install_cause(facts: Mapping[str, Any]) -> Explanation:
    """Explain Fault "install-failed"."""
    why, fix = INSTALL[facts["cause"]]
    what = f"{facts['requirement']} could not be installed into {facts['python']}."
    return what, f"{why.format(**facts)} Log: {facts['log']}", fix.format(**pasteable(facts))


def log_cause(facts: Mapping[str, Any]) -> Explanation:
    """Explain Fault "server-failed" from the last lines of its log."""
    what = f'The server "{facts["name"]}" ended after {facts["seconds"]} s, before it was ready.'
    if facts["status"] == -9:
        why = f"The system killed it, as it does when memory runs out; a server needs 300 MB. Log: {facts['log']}"
        return what, why, f"quickstart server start --name {facts['name']}   when more memory is free"
    text = "\n".join(facts["tail"])
    ended = f"signal {-facts['status']}" if facts["status"] < 0 else f"exit status {facts['status']}"
    for pattern, why, fix in SERVER_LOG:
        if found := re.search(pattern, text, re.IGNORECASE | re.MULTILINE):
            known = {**facts, **found.groupdict()}
            return what, f"{why.format(**known)} Log: {facts['log']}", fix.format(**pasteable(known))
    last = next((line for line in reversed(facts["tail"]) if not NO_WORDS.match(line)), f"it printed nothing; {ended}")
    return what, f"Its last words: {last.strip()} Log: {facts['log']}", f"quickstart server logs --name {facts['name']}"
