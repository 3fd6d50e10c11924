"""Diagnostics on where the address comes from, and on what in this shell would lead a script elsewhere."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from quickstart.diagnosis.context import Context
from quickstart.diagnosis.effective_uri import VARIABLE, dotenv, same_uri
from quickstart.diagnosis.models import Check, CheckResult, ok, skip, warn
from quickstart.errors import QuickstartError
from quickstart.models import Connection
from quickstart.state.connections import Connections
from quickstart.state.secrets import load_secrets
from quickstart.system.shell import FORMATS, eval_line, quoted, set_line, shell_of, unset_line
from quickstart.tracking.uri import WILDCARDS, Resolved, resolve, without_secret

# These decide where a script's runs go, whatever it was last told.
OF_RUNS = ("MLFLOW_EXPERIMENT_ID", "MLFLOW_EXPERIMENT_NAME", "MLFLOW_RUN_ID")
# file://C:/..., file:\C:\...
TWO_SLASHES = re.compile(r"file:(?!///[A-Za-z])[\\/]*(?P<path>[A-Za-z]:[\\/].*)")


def address(case: Context) -> CheckResult:
    """Find out whether MLflow can use the address as it stands where it comes from."""
    if case.origin.source == "argument":
        return ok("as you named it; what was pasted around it is dropped")
    if without_secret(case.tidy) != case.tidy:
        return skip("it holds a login" if case.is_store else "it holds a login: see resolve")  # not to be repeated
    if found := TWO_SLASHES.match(case.tidy):
        path = found["path"].replace("\\", "/")
        raise QuickstartError(
            "uri-two-slashes", uri=_seen(case), where=case.origin.words, line=_line(case, f"file:///{path}")
        )
    return _of_server(case) if case.is_called else _of_another_kind(case)


def _of_server(case: Context) -> CheckResult:
    try:
        # One slash is easily lost: http:/host.
        resolved = resolve(re.sub(r"^(https?):/*", r"\1://", case.tidy, flags=re.IGNORECASE))
    except QuickstartError:
        return skip("it is no address: see resolve")
    facts: dict[str, Any] = {"uri": _seen(case), "where": case.origin.words, "line": _line(case, resolved.uri)}
    if case.tidy != case.uri.lstrip():
        raise QuickstartError("uri-untidy", **facts)
    if not re.match(r"https?://", case.tidy, re.IGNORECASE):
        raise QuickstartError("uri-no-scheme", **facts)
    if set(case.tidy) & set("#?"):
        raise QuickstartError("uri-for-browser", **facts)
    if case.tidy != case.uri:  # requests drops what is before it, older Pythons do not
        return warn("uri-untidy", **facts)
    return _wildcard(case, resolved)


def _wildcard(case: Context, resolved: Resolved) -> CheckResult:
    if urlsplit(case.tidy).hostname in WILDCARDS:
        return warn("uri-wildcard", uri=_seen(case), where=case.origin.words, line=_line(case, resolved.uri))
    return ok(f"as MLflow takes it, {case.origin.words}")


def _of_another_kind(case: Context) -> CheckResult:
    """Databases and folders take blanks for a part of their name, and whatever has quotes is taken for a folder."""
    if case.tidy == case.uri:
        return ok(f"as MLflow takes it, {case.origin.words}")
    facts: dict[str, Any] = {"uri": _seen(case), "where": case.origin.words, "line": _line(case, case.tidy)}
    if case.is_store and case.tidy == case.uri.strip():
        return warn("uri-untidy", **facts)
    raise QuickstartError("uri-untidy", **facts)


def _seen(case: Context) -> str:
    """Return the address with what cannot be seen in it written out."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in case.uri)


def _line(case: Context, better: str) -> str:
    """Return the line that mends a wrong address where it comes from."""
    if case.origin.source == "dotenv":
        return f"{FORMATS['dotenv'](VARIABLE, better)}   is the line that {case.folder / '.env'} needs"
    return set_line(case.environment, VARIABLE, better)


def shell(case: Context) -> CheckResult:
    """Find out whether this shell, the folder's .env and the connection in use lead to the same place."""
    if case.origin.source == "argument":
        return skip("you named an address")
    in_use: Connection | None = None
    with suppress(QuickstartError):  # a damaged file of ours has a row of its own
        in_use = Connections().in_use()
    variable = case.environment.get(VARIABLE)
    if variable and in_use and not same_uri(variable, in_use.tracking_uri):
        other = f"quickstart use {case.saved.name}" if case.saved else f"quickstart verify {case.origin.shown.strip()}"
        facts: dict[str, Any] = {"variable": case.origin.shown, "name": in_use.name, "uri": in_use.tracking_uri}
        return warn("shell-elsewhere", **facts, line=_line_of(case, in_use), other=other)
    written = dotenv(case.folder).get(VARIABLE)
    if written and not same_uri(written, case.uri):
        line = FORMATS["dotenv"](VARIABLE, case.origin.shown.strip())
        return warn(
            "dotenv-elsewhere",
            path=str(case.folder / ".env"),
            written=quoted(without_secret(written)),
            uri=case.origin.shown,
            where=case.origin.words,
            line=line,
        )
    return ok("nothing else in this shell and folder names another place")


def _line_of(case: Context, connection: Connection) -> str:
    with_secrets = False
    with suppress(QuickstartError):
        with_secrets = bool(load_secrets(connection))
    return eval_line(shell_of(case.environment), with_secrets=with_secrets)


def variables(case: Context) -> CheckResult:
    """Find out whether this shell decides into which experiment or run a script logs."""
    found = {name: case.environment[name] for name in OF_RUNS if case.environment.get(name)}
    if not found:
        return ok("no experiment and no run is named in this shell")
    if case.saved and found.items() <= case.saved.env.items():
        return ok(f'{", ".join(found)} is that of the connection "{case.saved.name}"')
    told = ", ".join(f"{name}={value[:60]}" for name, value in found.items())
    return warn("runs-decided", told=told, line=unset_line(case.environment, *found))


ADDRESS = Check(
    "address", "settings", "MLflow can use the address as it stands", address, rows=(12, 21, 27, 28, 30, 42)
)
SHELL = Check(
    "shell", "settings", "this shell, a .env file and the connection in use agree", shell, rows=(4, 18, 31, 32)
)
VARIABLES = Check("variables", "settings", "nothing in this shell decides where runs go", variables, rows=(31, 32, 35))
