"""What quickstart can mend by itself, by the code of the fault: planned here, and made by mending.py once agreed to."""

from __future__ import annotations

import secrets
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlsplit

from quickstart.config_files import dotenv, files
from quickstart.diagnosis.context import Context
from quickstart.diagnosis.effective_uri import DATABASE, VARIABLE
from quickstart.diagnosis.models import Fix
from quickstart.errors import QuickstartError
from quickstart.methods.local.setup import UPGRADE, server_steps
from quickstart.models import Step
from quickstart.net.tcp import is_loopback, no_proxy
from quickstart.runtime.find import find_runtime
from quickstart.server import processes, records
from quickstart.server.manager import ServerOptions
from quickstart.server.records import Server
from quickstart.state import connections, paths
from quickstart.steps.fixes import BY_A_MEND
from quickstart.steps.servers import complete_options
from quickstart.tracking.uri import resolve, without_secret

LOOPBACK = ("localhost", "127.0.0.1")


def fix_for(context: Context, error: QuickstartError) -> Fix | None:
    """Return what mends a fault, where quickstart can do that safely; None where it cannot.

    Args:
        context: what was examined.
        error: what was found.
    """
    make = MENDS.get(error.code)
    try:
        return make(context, error) if make else None
    except (QuickstartError, OSError):  # what cannot be planned now is not offered
        return None


def start_server(context: Context, error: QuickstartError) -> Fix | None:
    """Start a server of one's own; an older database is upgraded before, and what is left of a killed one is ended."""
    server = _own(context, error)
    if server is None or (server.served_by and not server.database.exists()):
        return None  # where its runs were moved to, only the person knows
    if error.code == "server-down" and processes.find_root(server):
        return None  # it runs, and another address of this machine was called
    steps = server_steps(complete_options(ServerOptions(server.name, server.python), None), use=False)
    there = Path(server.store).is_dir()
    return Fix(tuple(step for step in steps if step.kind != "create-store" or not there), server.name)


def upgrade_store(context: Context, error: QuickstartError) -> Fix | None:
    """Bring a database that MLflow opens without a server up to date; a copy of it stays beside it."""
    database = Path(error.facts["database"])
    runtime = find_runtime(error.facts["python"] or None)
    if database.name != DATABASE or runtime.mlflow is None:
        return None
    journal, made_by = _journal(context), str(error.facts["made_by"])
    step = Step(
        id=f"{UPGRADE}:{database}",
        kind=UPGRADE,
        does=f"bring the database of {made_by} up to MLflow {runtime.mlflow}, a copy of it first",
        where=str(database),
        undo="it stays, and so does the copy of before",
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
    """Let a server of one's own go on that was told to stand still."""
    server = _own(context, error)
    if server is None:
        return None
    name = server.name
    words = f'let the server "{name}" go on'
    step = Step(f"resume-server:{name}", "resume-server", words, server.url, "it goes on", {"name": name})
    return Fix((step,), name)


def allow_host(context: Context, error: QuickstartError) -> Fix | None:
    """Let a server of one's own be called by a further name; whoever can use that name reaches it then."""
    host = str(error.facts["host"])
    server = _own(context, error) or _behind(str(error.facts["url"]))
    if server is None or host in server.allowed_hosts:
        return None
    name, hosts = server.name, (*server.allowed_hosts, host)
    step = Step(
        id=f"allow-hosts:{name}:{host}",
        kind="allow-hosts",
        does=f"let the server be called {host}, and start it anew",
        where=server.url,
        undo="not called so any more",
        parameters=asdict(complete_options(ServerOptions(name, server.python, allowed_hosts=hosts), None)),
        inverse={
            "kind": "forbid-hosts",
            "parameters": {"name": name, "hosts": hosts, "before": server.allowed_hosts},
        },
    )
    return Fix((step,), name, widens=True)


def correct_address(context: Context, error: QuickstartError) -> Fix | None:
    """Write the tracking URI as it can be called into the place where it stands, if that is a file."""
    corrected = resolve(context.tidy).uri
    if corrected == context.uri or context.uri != without_secret(context.uri):
        return None
    return _written(context, corrected)


def correct_port(context: Context, error: QuickstartError) -> Fix | None:
    """Write another port into the address, where a server of one's own listens on that."""
    found = str(error.facts["found"])
    with suppress(ValueError):
        if urlsplit(found).port in {one.port for one in records.load_all()}:
            return _written(context, found)
    return None


def _written(context: Context, uri: str) -> Fix | None:
    if context.origin.source == "dotenv":
        return _in_dotenv(context, uri)
    # What a variable of the shell says, nobody but the shell can change.
    if context.origin.source == "connection" and context.saved:
        return _in_connection(context.saved.name, context.uri, uri)
    return None


def _in_dotenv(context: Context, uri: str) -> Fix | None:
    path = context.folder / ".env"
    line = dotenv.last_line(files.load(path), VARIABLE)
    if line is None:
        return None
    salt = secrets.token_hex(8)
    marked, new = dotenv.mark(line, salt), dotenv.mark(dotenv.with_value(line, uri), salt)
    backup = str(paths.state_folder() / "replaced" / f"{marked[:16]}.line")
    known = {"path": str(path), "salt": salt, "backup": backup}
    step = Step(
        id=f"correct-line:{path}:{uri}",
        kind="correct-line",
        does=f"set {VARIABLE} to {uri}",
        where=str(path),
        undo="as it was",
        parameters={**known, "name": VARIABLE, "value": uri, "mark": marked},
        inverse={"kind": "put-back-line", "parameters": {**known, "mark": new}},
    )
    return Fix((step,), _journal(context))


def _in_connection(name: str, old: str, new: str) -> Fix | None:
    step = Step(
        id=f"correct-connection:{name}:{new}",
        kind="correct-connection",
        does=f'give the connection "{name}" the address {new}',
        where=str(connections.Connections().path),
        undo="as it was",
        parameters={"name": name, "old": old, "new": new},
        inverse={"kind": "correct-connection", "parameters": {"name": name, "old": new, "new": old}},
    )
    return Fix((step,), name)


def restore_experiment(context: Context, error: QuickstartError) -> Fix | None:
    """Restore an experiment that was deleted."""
    if context.is_store or context.uri != without_secret(context.uri):
        return None
    experiment, title = str(error.facts["experiment"]), str(error.facts["name"])
    known = {
        "uri": context.uri,
        "connection": context.saved.name if context.saved else "",
        "python": context.python,
        "experiment": experiment,
        "title": title,
    }
    step = Step(
        id=f"restore-experiment:{experiment}",
        kind="restore-experiment",
        does=f'restore the experiment "{title}", with its runs',
        where=context.origin.shown,
        undo="deleted again, unless runs come into it",
        parameters=known,
        inverse={"kind": "delete-experiment", "parameters": {**known, "since": int(time.time() * 1000)}},
    )
    return Fix((step,), _journal(context))


def bypass_proxy(context: Context, error: QuickstartError) -> Fix | None:
    """Let the saved connection name its own server in NO_PROXY, for whatever uses it by `quickstart env`."""
    if context.saved is None:
        return None
    name, env = context.saved.name, context.saved.env
    host = urlsplit(context.uri).hostname or ""
    # requests asks for the small letters first: where the shell has those, they must say it, too.
    keys = [key for key in BY_A_MEND if key == BY_A_MEND[0] or context.environment.get(key)]
    wanted: dict[str, str | None] = {}
    for key in keys:
        said = str(env.get(key) or context.environment.get(key) or context.environment.get(key.upper()) or "")
        value = no_proxy({"NO_PROXY": said}, *LOOPBACK, *(() if is_loopback(host) else (host,)))
        if value != env.get(key):
            wanted[key] = value
    if not wanted:
        return None
    step = Step(
        id=f"set-variables:{name}:{','.join(wanted)}",
        kind="set-variables",
        does=f'let the connection "{name}" set ' + ", ".join(f"{key}={value}" for key, value in wanted.items()),
        where=str(connections.Connections().path),
        undo="not set any more",
        parameters={"name": name, "old": {key: env.get(key) for key in wanted}, "new": wanted},
        inverse={
            "kind": "set-variables",
            "parameters": {"name": name, "old": wanted, "new": {key: env.get(key) for key in wanted}},
        },
    )
    return Fix((step,), name)


def restrict_mode(context: Context, error: QuickstartError) -> Fix | None:
    """Take from everybody but the owner what files that hold logins, or may, should not be open to."""
    steps = tuple(_mode_step(*one) for one in error.facts["paths"])
    return Fix(steps, _journal(context)) if steps else None


def _mode_step(path: str, old: str, new: str) -> Step:
    return Step(
        id=f"set-mode:{path}:{new}",
        kind="set-mode",
        does=f"let nobody but you read it: mode {new} instead of {old}",
        where=path,
        undo=f"mode {old} again",
        parameters={"path": path, "old": old, "new": new},
        inverse={"kind": "set-mode", "parameters": {"path": path, "old": new, "new": old}},
    )


def _journal(context: Context) -> str:
    return context.saved.name if context.saved else Fix(()).journal


def _own(context: Context, error: QuickstartError) -> Server | None:
    """Return the server of one's own that a fault is about."""
    return records.load(str(error.facts["name"])) if "name" in error.facts else context.server


def _behind(url: str) -> Server | None:
    """Return the server of one's own that a name of this machine leads to."""
    parts = urlsplit(url)
    with suppress(OSError, ValueError):
        found = socket.getaddrinfo(parts.hostname, parts.port, type=socket.SOCK_STREAM)
        if all(is_loopback(str(one[4][0])) for one in found):
            return next((one for one in records.load_all() if one.port == parts.port), None)
    return None


MENDS: Mapping[str, Callable[[Context, QuickstartError], Fix | None]] = {
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
