"""Checks on settings: the tracking URI and its source, variables of the shell, credentials and file modes."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from quickstart.diagnosis.checks import transport
from quickstart.diagnosis.checks.transport import NO_SERVER
from quickstart.diagnosis.context import VARIABLE, Context, dotenv, same_uri
from quickstart.diagnosis.models import Check, CheckResult, ok, skip, warn
from quickstart.errors import QuickstartError
from quickstart.methods.catalog import METHODS, method_for
from quickstart.models import Connection
from quickstart.net.tcp import WILDCARDS
from quickstart.server import records
from quickstart.state import journal
from quickstart.state.connections import Connections, load_secrets
from quickstart.state.files import state_folder
from quickstart.state.journal import Journal
from quickstart.system.shell import FORMATS, count_of, eval_line, quoted, shell_of, unset_line
from quickstart.tracking.uri import Resolved, resolve, without_secret

# These decide where a script's runs go.
OF_RUNS = ("MLFLOW_EXPERIMENT_ID", "MLFLOW_EXPERIMENT_NAME", "MLFLOW_RUN_ID")
# file://C:/..., file:\C:\...
TWO_SLASHES = re.compile(r"file:(?!///[A-Za-z])[\\/]*(?P<path>[A-Za-z]:[\\/].*)")


def address(context: Context) -> CheckResult:
    if context.origin.source == "argument":
        return ok("from the command line, without what was pasted around it")
    if without_secret(context.tidy) != context.tidy:
        return skip(
            "it contains credentials" if context.is_store else "it contains credentials: see resolve"
        )  # not to be repeated
    if found := TWO_SLASHES.match(context.tidy):
        path = found["path"].replace("\\", "/")
        raise QuickstartError(
            "uri-two-slashes", uri=_seen(context), where=context.origin.words, **context.correction(f"file:///{path}")
        )
    return _of_server(context) if context.is_called else _of_another_kind(context)


def _of_server(context: Context) -> CheckResult:
    try:
        # One slash is easily lost: http:/host.
        resolved = resolve(re.sub(r"^(https?):/*", r"\1://", context.tidy, flags=re.IGNORECASE))
    except QuickstartError:
        return skip("it is not a valid URL: see resolve")
    facts: dict[str, Any] = {"uri": _seen(context), "where": context.origin.words, **context.correction(resolved.uri)}
    if context.tidy != context.uri.lstrip():
        raise QuickstartError("uri-untidy", **facts)
    if not re.match(r"https?://", context.tidy, re.IGNORECASE):
        raise QuickstartError("uri-no-scheme", **facts)
    if set(context.tidy) & set("#?"):
        raise QuickstartError("uri-for-browser", **facts)
    if context.tidy != context.uri:  # requests drops what is before it, older Pythons do not
        return warn("uri-untidy", **facts)
    return _wildcard(context, resolved)


def _wildcard(context: Context, resolved: Resolved) -> CheckResult:
    if urlsplit(context.tidy).hostname in WILDCARDS:
        return warn("uri-wildcard", uri=_seen(context), where=context.origin.words, **context.correction(resolved.uri))
    return ok(f"valid, from {context.origin.words}")


def _of_another_kind(context: Context) -> CheckResult:
    """Check a database or folder: blanks can be part of its name, and anything in quotes is taken for a folder."""
    if context.tidy == context.uri:
        return ok(f"valid, from {context.origin.words}")
    facts: dict[str, Any] = {"uri": _seen(context), "where": context.origin.words, **context.correction(context.tidy)}
    if context.is_store and context.tidy == context.uri.strip():
        return warn("uri-untidy", **facts)
    raise QuickstartError("uri-untidy", **facts)


def _seen(context: Context) -> str:
    """Return the URI with invisible characters written out."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in context.uri)


def shell(context: Context) -> CheckResult:
    """Check whether this shell, the folder's .env and the connection in use lead to the same place."""
    if context.origin.source == "argument":
        return skip("a URI was given on the command line")
    variable, in_use = context.environment.get(VARIABLE), context.in_use
    if variable and in_use and not same_uri(variable, in_use.tracking_uri):
        other = (
            f"quickstart use {context.saved.name}"
            if context.saved
            else f"quickstart verify {context.origin.shown.strip()}"
        )
        facts: dict[str, Any] = {"variable": context.origin.shown, "name": in_use.name, "uri": in_use.tracking_uri}
        return warn("shell-elsewhere", **facts, line=_line_of(context, in_use), other=other)
    written = dotenv(context.folder).get(VARIABLE)
    if written and not same_uri(written, context.uri):
        line = FORMATS["dotenv"](VARIABLE, context.origin.shown.strip())
        return warn(
            "dotenv-elsewhere",
            path=str(context.folder / ".env"),
            written=quoted(without_secret(written)),
            uri=context.origin.shown,
            where=context.origin.words,
            line=line,
        )
    return ok("no other tracking URI is set in this shell and folder")


def _line_of(context: Context, connection: Connection) -> str:
    with_secrets = False
    with suppress(QuickstartError):
        with_secrets = bool(load_secrets(connection))
    return eval_line(shell_of(context.environment), with_secrets=with_secrets)


def variables(context: Context) -> CheckResult:
    found = {name: context.environment[name] for name in OF_RUNS if context.environment.get(name)}
    if not found:
        return ok("this shell sets no experiment or run")
    if context.saved and found.items() <= context.saved.env.items():
        return ok(f'{", ".join(found)} comes from the connection "{context.saved.name}"')
    told = ", ".join(f"{name}={value[:60]}" for name, value in found.items())
    return warn("runs-decided", names=told, line=unset_line(context.environment, *found))


FILE, FOLDER = 0o600, 0o700


def ours(context: Context) -> CheckResult:
    """Read every file of quickstart's own; raise the error for the first that cannot be read."""
    connections, servers = Connections().all(), records.load_all()
    for connection in connections.values():
        load_secrets(connection)
    journals = [Journal(name).entries() for name in journal.journal_names()]
    read = ", ".join(
        count_of(len(found), what)
        for found, what in ((connections, "connection"), (servers, "server"), (journals, "journal"))
    )
    return ok(f"{read} can be read")


def login(context: Context) -> CheckResult:
    if context.is_store:
        return skip(NO_SERVER)
    doubt = method_for(context.uri, context.saved).actions.login_problem(
        context.origin.shown, context.saved, context.environment
    )
    return CheckResult("warn", error=doubt) if doubt else ok("this shell sets no conflicting credentials")


def open_to_others(context: Context) -> list[tuple[str, str, str]]:
    """Return the files and folders with secrets that others may read: path, its mode and the mode it should have."""
    found = []
    for path in _confidential(context):
        with suppress(OSError):
            seen = path.stat()
            if not (path.is_file() or (path.is_dir() and path.is_relative_to(state_folder()))):
                continue  # such as NETRC=/dev/null, or a folder in its place
            wanted = FOLDER if path.is_dir() else FILE
            # Another user's file is not ours to change.
            if seen.st_mode & 0o077 and seen.st_uid == os.geteuid():
                found.append((str(path), f"{seen.st_mode & 0o7777:o}", f"{wanted:o}"))
    return found


def _confidential(context: Context) -> Iterator[Path]:
    """Yield what may hold secrets, whether it exists or not."""
    with suppress(RuntimeError):  # no home
        netrc = context.environment.get("NETRC")
        yield from (Path(one).expanduser() for one in ([netrc] if netrc else ["~/.netrc", "~/_netrc"]))
        for method in METHODS:
            yield from method.actions.secret_files(context.environment)
    home = state_folder()
    yield home
    for folder in (home / "secrets", home / "journal"):
        yield folder
        with suppress(OSError):
            yield from folder.iterdir()


def modes(context: Context) -> CheckResult:
    if sys.platform == "win32":
        return skip("Windows uses access lists instead of file modes")
    paths = list(dict.fromkeys(open_to_others(context)))
    if not paths:
        return ok("no other user can read files with credentials")
    told = ", ".join(f"{path} ({mode})" for path, mode, _ in paths)
    by_mode = {wanted: [quoted(path) for path, _, one in paths if one == wanted] for _, _, wanted in paths}
    line = " && ".join(f"chmod {wanted} {' '.join(names)}" for wanted, names in by_mode.items())
    return warn("open-to-others", paths=[list(one) for one in paths], files=told, line=line)


CHECKS: tuple[Check, ...] = (
    Check("ours", "settings", "quickstart's own files are readable", ours),
    Check(
        "address",
        "settings",
        "MLflow can use the tracking URI as it is written",
        address,
        symptoms=(12, 21, 27, 28, 30, 42),
    ),
    Check(
        "shell",
        "settings",
        "this shell, the .env file and the connection in use agree",
        shell,
        symptoms=(4, 18, 31, 32),
    ),
    Check("variables", "settings", "no variable in this shell redirects runs", variables, symptoms=(31, 32, 35)),
    *transport.CHECKS,
    Check(
        "login-settings",
        "settings",
        "the credentials in this shell are complete and unambiguous",
        login,
        symptoms=(24,),
    ),
    Check("modes", "settings", "no other user of this machine can read your credentials", modes, symptoms=(19,)),
)
