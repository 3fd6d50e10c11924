"""What mends of the doctor do, and what takes each back: only as long as nobody changed what was mended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil

from quickstart.config_files import dotenv, files
from quickstart.events import Progress
from quickstart.methods.catalog import check_for
from quickstart.models import Status
from quickstart.server import manager, processes, records
from quickstart.server.store import is_owned
from quickstart.state.connections import Connections
from quickstart.state.files import remove_if_empty, replace_file
from quickstart.state.journal import Handler
from quickstart.state.secrets import load_secrets, save_secrets
from quickstart.system.shell import as_typed_here
from quickstart.tracking.rest import Rest

Result = tuple[Status, str]
Parameters = Mapping[str, Any]
BY_A_MEND = ("NO_PROXY", "no_proxy")  # variables of a connection that stay when its server is started anew
TO_THE_API = ("resolve", "connect", "tls", "identify", "host", "auth")


def correct_line(parameters: Parameters, progress: Progress) -> Result:
    """Give a variable of a .env file another value; the line of before is kept in a private file of our own."""
    path, backup = Path(parameters["path"]), Path(parameters["backup"])
    changed = False

    def change(data: bytes) -> bytes:
        nonlocal changed
        line = dotenv.last_line(data, parameters["name"])
        if line is None or dotenv.mark(line, parameters["salt"]) != parameters["mark"]:
            return data
        with replace_file(backup) as file:
            file.write(line)
        changed = True
        new = dotenv.with_value(line, parameters["value"])
        return dotenv.replace_line(data, parameters["mark"], parameters["salt"], new) or data

    files.edit(path, change, keep_mode=True)
    if not changed:
        return "skip", f"{path} was changed meanwhile, and stays as it is"
    return "ok", f"{parameters['name']} is {parameters['value']} in {path}"


def put_back_line(parameters: Parameters, progress: Progress) -> Result:
    """Bring back the line that a .env file had, if ours still is there."""
    path, backup = Path(parameters["path"]), Path(parameters["backup"])
    line, done = files.load(backup), False

    def change(data: bytes) -> bytes:
        nonlocal done
        before = dotenv.replace_line(data, parameters["mark"], parameters["salt"], line) if line else None
        done = before is not None
        return data if before is None else before

    files.edit(path, change, keep_mode=True)
    backup.unlink(missing_ok=True)
    remove_if_empty(backup.parent)
    if not line or (not done and line in files.load(path).splitlines(keepends=True)):
        return "skip", f"{path} was not changed"
    return ("ok", f"the line of before is back in {path}") if done else ("skip", f"kept: {path} (changed since)")


def correct_connection(parameters: Parameters, progress: Progress) -> Result:
    """Give a saved connection another address; its login goes with it, for it is the same place. Its own inverse."""
    connections, name, new = Connections(), parameters["name"], parameters["new"]
    connection, in_use = connections.all().get(name), connections.in_use()
    if connection is None or connection.tracking_uri != parameters["old"]:
        return "skip", f'the connection "{name}" was changed meanwhile, and stays as it is'
    secrets = load_secrets(connection)
    connections.save(replace(connection, tracking_uri=new), use=bool(in_use and in_use.name == name))
    if secrets:
        save_secrets(name, new, secrets)
    return "ok", f'the address of the connection "{name}" is {new}'


def set_variables(parameters: Parameters, progress: Progress) -> Result:
    """Let a saved connection set variables; None takes one away. Its own inverse."""
    connections, name, new = Connections(), parameters["name"], parameters["new"]
    connection, in_use = connections.all().get(name), connections.in_use()
    if connection is None or any(connection.env.get(key) != value for key, value in parameters["old"].items()):
        return "skip", f'the connection "{name}" was changed meanwhile, and stays as it is'
    env = {key: value for key, value in {**connection.env, **new}.items() if value is not None}
    connections.save(replace(connection, env=env), use=bool(in_use and in_use.name == name))
    words = ", ".join(f"{key}={value}" if value is not None else f"no {key}" for key, value in new.items())
    return "ok", f'the connection "{name}" sets {words}; this shell does so by: {as_typed_here("quickstart env")}'


def restore_experiment(parameters: Parameters, progress: Progress) -> Result:
    """Restore an experiment that was deleted, with the login of its own connection."""
    with _Place(parameters) as rest:
        if _is_active(rest, parameters["experiment"]):
            return "skip", f"the experiment {parameters['title']} is there"
        rest.call("POST", "experiments/restore", experiment_id=parameters["experiment"])
    return "ok", f"the experiment {parameters['title']} is restored"


def delete_experiment(parameters: Parameters, progress: Progress) -> Result:
    """Delete an experiment again, in the way that can be restored, unless a run came into it since."""
    experiment, title = parameters["experiment"], parameters["title"]
    with _Place(parameters) as rest:
        if not _is_active(rest, experiment):
            return "skip", f"the experiment {title} was not there"
        since = f"attributes.start_time > {parameters['since']}"
        search: dict[str, Any] = {"experiment_ids": [experiment], "filter": since, "max_results": 1}
        if rest.call("POST", "runs/search", **search).get("runs"):
            return "skip", f"kept: the experiment {title} (runs were logged to it since)"
        rest.call("POST", "experiments/delete", experiment_id=experiment)
    return "ok", f"the experiment {title} is deleted again; it can be restored"


class _Place:
    """A conversation with a server, by the login of its connection, as far as its API.

    Args:
        parameters: of the step; they name the address and the connection, and hold nothing that logs in.
    """

    def __init__(self, parameters: Parameters) -> None:
        saved = Connections().all().get(parameters["connection"])
        self._check = check_for(parameters["uri"], saved, None, parameters["python"])

    def __enter__(self) -> Rest:
        stages = dict(self._check.stages())
        for name in TO_THE_API:
            stages[name]()
        return self._check.rest

    def __exit__(self, *_: object) -> None:
        if self._check.http:
            self._check.http.close()


def _is_active(rest: Rest, experiment: str) -> bool:
    found = rest.call("GET", "experiments/get", experiment_id=experiment)["experiment"]
    return str(found["lifecycle_stage"]) == "active"


def set_mode(parameters: Parameters, progress: Progress) -> Result:
    """Give a file or folder another mode, if it has the one that it had and is this person's. Its own inverse."""
    path, new = Path(parameters["path"]), parameters["new"]
    if not path.exists():
        return "skip", f"{path} is not there any more"
    if not is_owned(path) or f"{path.stat().st_mode & 0o7777:o}" != parameters["old"]:
        return "skip", f"kept: the mode of {path} (changed since)"
    path.chmod(int(new, 8))
    return "ok", f"{path} has the mode {new}"


def resume_server(parameters: Parameters, progress: Progress) -> Result:
    """Let a server go on that was told to stand still."""
    server = records.load(parameters["name"])
    if server is None or not processes.is_suspended(server):
        return "skip", "the server does not stand still"
    for one in processes.find_members(server):
        if one.status() == psutil.STATUS_STOPPED:
            one.resume()
    return "ok", f"the server on {server.url} goes on"


def allow_hosts(parameters: Parameters, progress: Progress) -> Result:
    """Start a server anew with further names that it may be called by."""
    wanted = manager.ServerOptions(**{**parameters, "allowed_hosts": tuple(parameters["allowed_hosts"])})
    progress(f'starting the server "{wanted.name}" anew')
    manager.stop(wanted.name)
    server = manager.start(wanted, progress).server
    return "ok", f"the server on {server.url} may be called {', '.join(server.allowed_hosts)}"


def forbid_hosts(parameters: Parameters, progress: Progress) -> Result:
    """Take back by which further names a server may be called; it is started anew where it runs."""
    known = records.load(parameters["name"])
    if known is None or known.allowed_hosts != tuple(parameters["hosts"]):
        return "skip", "kept: the names that the server may be called by (changed since)"
    before = tuple(parameters["before"])
    if processes.find_root(known) is None:
        records.save(replace(known, allowed_hosts=before))
    else:
        manager.stop(known.name)
        manager.start(manager.ServerOptions(known.name, known.python, allowed_hosts=before), progress)
    return "ok", f'the server "{known.name}" may be called as before'


HANDLERS: Mapping[str, Handler] = {
    "correct-line": correct_line,
    "put-back-line": put_back_line,
    "correct-connection": correct_connection,
    "set-variables": set_variables,
    "restore-experiment": restore_experiment,
    "delete-experiment": delete_experiment,
    "set-mode": set_mode,
    "resume-server": resume_server,
    "allow-hosts": allow_hosts,
    "forbid-hosts": forbid_hosts,
}
