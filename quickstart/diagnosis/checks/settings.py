"""Diagnostics on the settings: quickstart's own files, logins, files of secrets; and all that is in the same layer."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from quickstart.diagnosis.checks.address import ADDRESS, SHELL, VARIABLES
from quickstart.diagnosis.checks.transport import CERTIFICATE_FILES, NETRC, PROXY, VALUES
from quickstart.diagnosis.context import Context
from quickstart.diagnosis.models import Check, CheckResult, ok, skip, warn
from quickstart.methods.catalog import METHODS, method_for
from quickstart.server import records
from quickstart.state import journal
from quickstart.state.connections import Connections
from quickstart.state.journal import Journal
from quickstart.state.paths import state_folder
from quickstart.state.secrets import load_secrets
from quickstart.system.shell import count_of, quoted

FILE, FOLDER = 0o600, 0o700


def ours(context: Context) -> CheckResult:
    """Read every file that quickstart keeps for itself; raise the Fault of the first that cannot be read."""
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
    """Find out whether the login that this shell is set to is a whole one, and one alone."""
    if context.is_store:
        return skip("no server is called")
    doubt = method_for(context.uri, context.saved).actions.login_problem(
        context.origin.shown, context.saved, context.environment
    )
    return CheckResult("warn", error=doubt) if doubt else ok("nothing in this shell contradicts the login")


def open_to_others(context: Context) -> list[tuple[str, str, str]]:
    """Return the files and folders with secrets that others may read: path, its mode and the mode it should have."""
    found = []
    for path in _confidential(context):
        with suppress(OSError):
            seen = path.stat()
            if not (path.is_file() or (path.is_dir() and path.is_relative_to(state_folder()))):
                continue  # such as NETRC=/dev/null, or a folder of somebody's in its place
            wanted = FOLDER if path.is_dir() else FILE
            # What belongs to somebody else is theirs to close.
            if seen.st_mode & 0o077 and seen.st_uid == os.geteuid():
                found.append((str(path), f"{seen.st_mode & 0o7777:o}", f"{wanted:o}"))
    return found


def _confidential(context: Context) -> Iterator[Path]:
    """Yield what may hold secrets, whether it is there or not."""
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
    """Find out whether others on this machine may read what holds secrets."""
    if sys.platform == "win32":
        return skip("Windows has access lists instead of modes")
    paths = list(dict.fromkeys(open_to_others(context)))
    if not paths:
        return ok("nobody else may read what holds secrets")
    told = ", ".join(f"{path} ({mode})" for path, mode, _ in paths)
    by_mode = {wanted: [quoted(path) for path, _, one in paths if one == wanted] for _, _, wanted in paths}
    line = " && ".join(f"chmod {wanted} {' '.join(names)}" for wanted, names in by_mode.items())
    return warn("open-to-others", paths=[list(one) for one in paths], told=told, line=line)


CHECKS: tuple[Check, ...] = (
    Check("ours", "settings", "quickstart's own files can be read", ours),
    ADDRESS,
    SHELL,
    VARIABLES,
    VALUES,
    CERTIFICATE_FILES,
    PROXY,
    NETRC,
    Check("login-settings", "settings", "the login in this shell is whole, and the only one", login, symptoms=(24,)),
    Check("modes", "settings", "nobody else on this machine may read secrets", modes, symptoms=(19,)),
)
