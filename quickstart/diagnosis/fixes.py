"""The fixes that quickstart can make, by error code; command.py runs them after confirmation."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlsplit

from quickstart.diagnosis.context import DATABASE_FILE, Context
from quickstart.diagnosis.models import Fix
from quickstart.errors import QuickstartError
from quickstart.methods.local.setup import UPGRADE, server_steps
from quickstart.models import Step
from quickstart.net.tcp import is_loopback, no_proxy
from quickstart.runtime.find import find_runtime
from quickstart.server import processes, records
from quickstart.server.manager import ServerOptions
from quickstart.server.records import Server
from quickstart.state import connections
from quickstart.steps.fixes import PROXY_VARIABLES
from quickstart.steps.servers import complete_options
from quickstart.tracking.uri import resolve, without_secret

LOOPBACK = ("localhost", "127.0.0.1")


def fix_for(context: Context, error: QuickstartError) -> Fix | None:
    """Return the fix for an error; None if quickstart has no safe one."""
    make = FIXES.get(error.code)
    try:
        return make(context, error) if make else None
    except (QuickstartError, OSError):  # a fix that cannot be planned is not offered
        return None


def start_server(context: Context, error: QuickstartError) -> Fix | None:
    """Start a local server; an older database is upgraded first, and processes of a killed one are ended."""
    server = _own(context, error)
    if server is None or (server.served_by and not server.database.exists()):
        return None  # only the person knows where its runs are now
    if error.code == "server-down" and processes.find_root(server):
        return None  # it runs; the URL names another address of this machine
    steps = server_steps(complete_options(ServerOptions(server.name, server.python), None), use=False)
    exists = Path(server.store).is_dir()
    return Fix(tuple(step for step in steps if step.kind != "create-store" or not exists), server.name)


def upgrade_store(context: Context, error: QuickstartError) -> Fix | None:
    """Upgrade a database that MLflow opens without a server; a copy stays beside it."""
    database = Path(error.facts["database"])
    runtime = find_runtime(error.facts["python"] or None)
    if database.name != DATABASE_FILE or runtime.mlflow is None:
        return None
    journal, made_by = _journal(context), str(error.facts["made_by"])
    step = Step(
        id=f"{UPGRADE}:{database}",
        kind=UPGRADE,
        does=f"Copy the database of {made_by}, then upgrade it to MLflow {runtime.mlflow}",
        where=str(database),
        undo="not reversed; the copy is kept",
        parameters={
            "name": journal,
            "store": str(database.parent),
            "python": str(runtime.python),
            "packages": str(runtime.mlflow_in),
            "made_by": made_by,
        },
    )
    return Fix((step,), journal)


def resume_server(context: Context, error: QuickstartError) -> Fix | None:
    server = _own(context, error)
    if server is None:
        return None
    name = server.name
    words = f'resume the server "{name}"'
    step = Step(f"resume-server:{name}", "resume-server", words, server.url, "not reversed", {"name": name})
    return Fix((step,), name)


def allow_host(context: Context, error: QuickstartError) -> Fix | None:
    """Allow another host name for a local server; anyone who can use that name can then reach it."""
    host = str(error.facts["host"])
    server = _own(context, error) or _behind(str(error.facts["url"]))
    if server is None or host in server.allowed_hosts:
        return None
    name, hosts = server.name, (*server.allowed_hosts, host)
    step = Step(
        id=f"allow-hosts:{name}:{host}",
        kind="allow-hosts",
        does=f"Allow the host name {host}, and restart the server",
        where=server.url,
        undo="removes the host name",
        parameters=asdict(complete_options(ServerOptions(name, server.python, allowed_hosts=hosts), None)),
        inverse={
            "kind": "forbid-hosts",
            "parameters": {"name": name, "hosts": hosts, "before": server.allowed_hosts},
        },
    )
    return Fix((step,), name, widens=True)


def correct_address(context: Context, error: QuickstartError) -> Fix | None:
    corrected = resolve(context.tidy).uri
    if corrected == context.uri or context.uri != without_secret(context.uri):
        return None
    return _correct_connection(context, corrected)


def correct_port(context: Context, error: QuickstartError) -> Fix | None:
    """Correct the port of a saved connection, if a local server listens on another one."""
    found = str(error.facts["found"])
    with suppress(ValueError):
        if urlsplit(found).port in {one.port for one in records.load_all()}:
            return _correct_connection(context, found)
    return None


def _correct_connection(context: Context, uri: str) -> Fix | None:
    # A variable of the shell and a .env file belong to the person: the finding shows the line to put there.
    if context.origin.source != "connection" or context.saved is None:
        return None
    name, old, new = context.saved.name, context.uri, uri
    step = Step(
        id=f"correct-connection:{name}:{new}",
        kind="correct-connection",
        does=f'Change the URL of the connection "{name}" to {new}',
        where=str(connections.Connections().path),
        undo="restores the former URL",
        parameters={"name": name, "old": old, "new": new},
        inverse={"kind": "correct-connection", "parameters": {"name": name, "old": new, "new": old}},
    )
    return Fix((step,), name)


def restore_experiment(context: Context, error: QuickstartError) -> Fix | None:
    if context.is_store or context.uri != without_secret(context.uri):
        return None
    experiment, title = str(error.facts["experiment"]), str(error.facts["name"])
    parameters = {
        "uri": context.uri,
        "connection": context.saved.name if context.saved else "",
        "python": context.python,
        "experiment": experiment,
        "title": title,
    }
    step = Step(
        id=f"restore-experiment:{experiment}",
        kind="restore-experiment",
        does=f'Restore the experiment "{title}", with its runs',
        where=context.origin.shown,
        undo="deletes it again, unless runs were logged to it",
        parameters=parameters,
        inverse={"kind": "delete-experiment", "parameters": {**parameters, "since": int(time.time() * 1000)}},
    )
    return Fix((step,), _journal(context))


def bypass_proxy(context: Context, error: QuickstartError) -> Fix | None:
    """Add the server to NO_PROXY in the saved connection, for programs that use it through `quickstart env`."""
    if context.saved is None:
        return None
    name, env = context.saved.name, context.saved.env
    host = urlsplit(context.uri).hostname or ""
    # requests reads the lower-case name first, so that one is needed as well if the shell sets it.
    keys = [key for key in PROXY_VARIABLES if key == PROXY_VARIABLES[0] or context.environment.get(key)]
    changed: dict[str, str | None] = {}
    for key in keys:
        value = str(env.get(key) or context.environment.get(key) or context.environment.get(key.upper()) or "")
        value = no_proxy({"NO_PROXY": value}, *LOOPBACK, *(() if is_loopback(host) else (host,)))
        if value != env.get(key):
            changed[key] = value
    if not changed:
        return None
    step = Step(
        id=f"set-variables:{name}:{','.join(changed)}",
        kind="set-variables",
        does=f'Set in the connection "{name}": ' + ", ".join(f"{key}={value}" for key, value in changed.items()),
        where=str(connections.Connections().path),
        undo="restores the former value",
        parameters={"name": name, "old": {key: env.get(key) for key in changed}, "new": changed},
        inverse={
            "kind": "set-variables",
            "parameters": {"name": name, "old": changed, "new": {key: env.get(key) for key in changed}},
        },
    )
    return Fix((step,), name)


def restrict_mode(context: Context, error: QuickstartError) -> Fix | None:
    """Restrict files that hold, or may hold, credentials to their owner."""
    steps = tuple(_mode_step(*one) for one in error.facts["paths"])
    return Fix(steps, _journal(context)) if steps else None


def _mode_step(path: str, old: str, new: str) -> Step:
    return Step(
        id=f"set-mode:{path}:{new}",
        kind="set-mode",
        does=f"Change its mode from {old} to {new}, so that only you can read it",
        where=path,
        undo=f"restores mode {old}",
        parameters={"path": path, "old": old, "new": new},
        inverse={"kind": "set-mode", "parameters": {"path": path, "old": new, "new": old}},
    )


def _journal(context: Context) -> str:
    return context.saved.name if context.saved else Fix(()).journal


def _own(context: Context, error: QuickstartError) -> Server | None:
    """Return the local server that an error is about."""
    return records.load(str(error.facts["name"])) if "name" in error.facts else context.server


def _behind(url: str) -> Server | None:
    """Return the local server that a host name of this machine leads to."""
    parts = urlsplit(url)
    with suppress(OSError, ValueError):
        found = socket.getaddrinfo(parts.hostname, parts.port, type=socket.SOCK_STREAM)
        if all(is_loopback(str(one[4][0])) for one in found):
            return next((one for one in records.load_all() if one.port == parts.port), None)
    return None


FIXES: Mapping[str, Callable[[Context, QuickstartError], Fix | None]] = {
    "client-proxied": bypass_proxy,
    "database-older": start_server,
    "default-deleted": restore_experiment,
    "experiment-deleted": restore_experiment,
    "host-refused": allow_host,
    "open-to-others": restrict_mode,
    "own-server-down": start_server,
    "own-server-ended": start_server,
    "port-stolen": start_server,
    "server-down": start_server,
    "server-orphans": start_server,
    "server-suspended": resume_server,
    "store-older": upgrade_store,
    "uri-for-browser": correct_address,
    "uri-no-scheme": correct_address,
    "uri-untidy": correct_address,
    "uri-wildcard": correct_address,
    "wrong-port": correct_port,
}
