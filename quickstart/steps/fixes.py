"""The steps of the doctor's fixes and their inverses, which keep what was changed since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil

from quickstart.events import Progress
from quickstart.methods.catalog import check_for
from quickstart.server import manager, processes, records
from quickstart.server.store import is_owned
from quickstart.state.connections import Connections, load_secrets, save_secrets
from quickstart.state.journal import Handler, Parameters, Result
from quickstart.system.shell import as_typed_here
from quickstart.tracking.rest import Rest

PROXY_VARIABLES = ("NO_PROXY", "no_proxy")  # of a connection; a restart of its server keeps them
TO_THE_API = ("resolve", "connect", "tls", "identify", "host", "auth")


def correct_connection(parameters: Parameters, progress: Progress) -> Result:
    """Keep the credentials: it is the same server. Its own inverse."""
    connections, name, new = Connections(), parameters["name"], parameters["new"]
    connection, in_use = connections.all().get(name), connections.in_use()
    if connection is None or connection.tracking_uri != parameters["old"]:
        return "skip", f'the connection "{name}" was changed in the meantime; kept'
    secrets = load_secrets(connection)
    connections.save(replace(connection, tracking_uri=new), use=bool(in_use and in_use.name == name))
    if secrets:
        save_secrets(name, new, secrets)
    return "ok", f'the connection "{name}" has the URL {new}'


def set_variables(parameters: Parameters, progress: Progress) -> Result:
    """None removes a variable. Its own inverse."""
    connections, name, new = Connections(), parameters["name"], parameters["new"]
    connection, in_use = connections.all().get(name), connections.in_use()
    if connection is None or any(connection.env.get(key) != value for key, value in parameters["old"].items()):
        return "skip", f'the connection "{name}" was changed in the meantime; kept'
    env = {key: value for key, value in {**connection.env, **new}.items() if value is not None}
    connections.save(replace(connection, env=env), use=bool(in_use and in_use.name == name))
    words = ", ".join(f"{key}={value}" if value is not None else f"no {key}" for key, value in new.items())
    return "ok", f'the connection "{name}" sets {words}; to set it in this shell: {as_typed_here("quickstart env")}'


def restore_experiment(parameters: Parameters, progress: Progress) -> Result:
    with _Api(parameters) as rest:
        if _is_active(rest, parameters["experiment"]):
            return "skip", f"the experiment {parameters['title']} is not deleted"
        rest.call("POST", "experiments/restore", experiment_id=parameters["experiment"])
    return "ok", f"the experiment {parameters['title']} is restored"


def delete_experiment(parameters: Parameters, progress: Progress) -> Result:
    """Keep an experiment that runs were logged to since."""
    experiment, title = parameters["experiment"], parameters["title"]
    with _Api(parameters) as rest:
        if not _is_active(rest, experiment):
            return "skip", f"the experiment {title} is already deleted"
        since = f"attributes.start_time > {parameters['since']}"
        search: dict[str, Any] = {"experiment_ids": [experiment], "filter": since, "max_results": 1}
        if rest.call("POST", "runs/search", **search).get("runs"):
            return "skip", f"kept: the experiment {title} (runs were logged to it since)"
        rest.call("POST", "experiments/delete", experiment_id=experiment)
    return "ok", f"the experiment {title} is deleted again; it can be restored"


class _Api:
    """The API of a connection's server, opened with its credentials, which the step itself does not hold."""

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
    """Keep the mode if it was changed since. Its own inverse."""
    path, new = Path(parameters["path"]), parameters["new"]
    if not path.exists():
        return "skip", f"{path} no longer exists"
    if not is_owned(path) or f"{path.stat().st_mode & 0o7777:o}" != parameters["old"]:
        return "skip", f"kept: the mode of {path} (changed since)"
    path.chmod(int(new, 8))
    return "ok", f"{path} has the mode {new}"


def resume_server(parameters: Parameters, progress: Progress) -> Result:
    server = records.load(parameters["name"])
    if server is None or not processes.is_suspended(server):
        return "skip", "the server is not suspended"
    for one in processes.find_members(server):
        if one.status() == psutil.STATUS_STOPPED:
            one.resume()
    return "ok", f"the server on {server.url} is resumed"


def allow_hosts(parameters: Parameters, progress: Progress) -> Result:
    options = manager.ServerOptions(**{**parameters, "allowed_hosts": tuple(parameters["allowed_hosts"])})
    progress(f'restarting the server "{options.name}"')
    manager.stop(options.name)
    server = manager.start(options, progress).server
    return "ok", f"the server on {server.url} accepts {', '.join(server.allowed_hosts)}"


def forbid_hosts(parameters: Parameters, progress: Progress) -> Result:
    known = records.load(parameters["name"])
    if known is None or known.allowed_hosts != tuple(parameters["hosts"]):
        return "skip", "kept: the allowed hosts of the server (changed since)"
    before = tuple(parameters["before"])
    if processes.find_root(known) is None:
        records.save(replace(known, allowed_hosts=before))
    else:
        manager.stop(known.name)
        manager.start(manager.ServerOptions(known.name, known.python, allowed_hosts=before), progress)
    return "ok", f'the server "{known.name}" has its former allowed hosts'


HANDLERS: Mapping[str, Handler] = {
    "correct-connection": correct_connection,
    "set-variables": set_variables,
    "restore-experiment": restore_experiment,
    "delete-experiment": delete_experiment,
    "set-mode": set_mode,
    "resume-server": resume_server,
    "allow-hosts": allow_hosts,
    "forbid-hosts": forbid_hosts,
}
