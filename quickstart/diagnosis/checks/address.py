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


def address(context: Context) -> CheckResult:
    """Find out whether MLflow can use the address as it stands where it comes from."""
    if context.origin.source == "argument":
        return ok("as you named it; what was pasted around it is dropped")
    if without_secret(context.tidy) != context.tidy:
        return skip("it holds a login" if context.is_store else "it holds a login: see resolve")  # not to be repeated
    if found := TWO_SLASHES.match(context.tidy):
        path = found["path"].replace("\\", "/")
        raise QuickstartError(
            "uri-two-slashes", uri=_seen(context), where=context.origin.words, line=_line(context, f"file:///{path}")
        )
    return _of_server(context) if context.is_called else _of_another_kind(context)


def _of_server(context: Context) -> CheckResult:
    try:
        # One slash is easily lost: http:/host.
        resolved = resolve(re.sub(r"^(https?):/*", r"\1://", context.tidy, flags=re.IGNORECASE))
    except QuickstartError:
        return skip("it is no address: see resolve")
    facts: dict[str, Any] = {"uri": _seen(context), "where": context.origin.words, "line": _line(context, resolved.uri)}
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
        return warn("uri-wildcard", uri=_seen(context), where=context.origin.words, line=_line(context, resolved.uri))
    return ok(f"as MLflow takes it, {context.origin.words}")


def _of_another_kind(context: Context) -> CheckResult:
    """Databases and folders take blanks for a part of their name, and whatever has quotes is taken for a folder."""
    if context.tidy == context.uri:
        return ok(f"as MLflow takes it, {context.origin.words}")
    facts: dict[str, Any] = {"uri": _seen(context), "where": context.origin.words, "line": _line(context, context.tidy)}
    if context.is_store and context.tidy == context.uri.strip():
        return warn("uri-untidy", **facts)
    raise QuickstartError("uri-untidy", **facts)


def _seen(context: Context) -> str:
    """Return the address with what cannot be seen in it written out."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in context.uri)


def _line(context: Context, better: str) -> str:
    """Return the line that mends a wrong address where it comes from."""
    if context.origin.source == "dotenv":
        return f"{FORMATS['dotenv'](VARIABLE, better)}   is the line that {context.folder / '.env'} needs"
    return set_line(context.environment, VARIABLE, better)


def shell(context: Context) -> CheckResult:
    """Find out whether this shell, the folder's .env and the connection in use lead to the same place."""
    if context.origin.source == "argument":
        return skip("you named an address")
    in_use: Connection | None = None
    with suppress(QuickstartError):  # a damaged file of ours has a row of its own
        in_use = Connections().in_use()
    variable = context.environment.get(VARIABLE)
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
    return ok("nothing else in this shell and folder names another place")


def _line_of(context: Context, connection: Connection) -> str:
    with_secrets = False
    with suppress(QuickstartError):
        with_secrets = bool(load_secrets(connection))
    return eval_line(shell_of(context.environment), with_secrets=with_secrets)


def variables(context: Context) -> CheckResult:
    """Find out whether this shell decides into which experiment or run a script logs."""
    found = {name: context.environment[name] for name in OF_RUNS if context.environment.get(name)}
    if not found:
        return ok("no experiment and no run is named in this shell")
    if context.saved and found.items() <= context.saved.env.items():
        return ok(f'{", ".join(found)} is that of the connection "{context.saved.name}"')
    told = ", ".join(f"{name}={value[:60]}" for name, value in found.items())
    return warn("runs-decided", told=told, line=unset_line(context.environment, *found))


ADDRESS = Check(
    "address", "settings", "MLflow can use the address as it stands", address, symptoms=(12, 21, 27, 28, 30, 42)
)
SHELL = Check(
    "shell", "settings", "this shell, a .env file and the connection in use agree", shell, symptoms=(4, 18, 31, 32)
)
VARIABLES = Check(
    "variables", "settings", "nothing in this shell decides where runs go", variables, symptoms=(31, 32, 35)
)
