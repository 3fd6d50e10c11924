"""What each kind of step does, and each inverse: the only place where a plan's data becomes an act."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from quickstart.events import Progress
from quickstart.methods.catalog import METHODS
from quickstart.methods.local.setup import connection_to
from quickstart.models import Connection
from quickstart.runtime import install
from quickstart.runtime.find import find_runtime, managed_folder, python_of
from quickstart.server import manager, records
from quickstart.server.backup import restore
from quickstart.server.migrate import migrate, upgrade
from quickstart.server.store import may_hold_runs, store_files
from quickstart.snippets import write_script
from quickstart.state.connections import Connections, delete_secrets, save_secrets, secrets_file, take_secret
from quickstart.state.files import private_folder, remove_if_empty
from quickstart.state.journal import Handler, Parameters, Result
from quickstart.steps import fixes
from quickstart.system.shell import as_typed_here, count_of


def create_environment(parameters: Parameters, progress: Progress) -> Result:
    folder = Path(parameters["folder"])
    if python_of(folder).exists():
        return "skip", f"the environment {folder} already exists"
    install.create_environment(folder, progress)
    return "ok", f"environment created: {folder}"


def delete_environment(parameters: Parameters, progress: Progress) -> Result:
    folder = Path(parameters["folder"])
    if not folder.exists():
        return "skip", "the environment does not exist"
    classes = [one for one in records.load_all() if one.classroom]
    if busy := next((one.name for one in classes if Path(one.python).is_relative_to(folder)), None):
        return "skip", f"the environment stays: the workshop {busy} uses it"
    others = [one for one in Connections().all().values() if one.name != parameters.get("connection")]
    users = [one.name for one in others if Path(one.python).is_relative_to(folder)]
    if users and folder != managed_folder():
        return "skip", f"the environment stays: the connection {users[0]} uses it"
    progress(f"deleting {folder}")
    shutil.rmtree(folder)
    return "ok", f"{folder} deleted"


def install_package(parameters: Parameters, progress: Progress) -> Result:
    python, requirement = Path(parameters["python"]), parameters["requirement"]
    install.install(python, requirement, progress)
    found = find_runtime(str(python))
    version = f" {found.mlflow or found.client}" if requirement.startswith("mlflow") else ""
    return "ok", f"{requirement}{version} installed"


def create_store(parameters: Parameters, progress: Progress) -> Result:
    """A store that the person brought is theirs."""
    store = Path(parameters["store"])
    there = may_hold_runs(store)
    private_folder(store)
    detail = f"using the runs in {store}" if there else f"runs are stored in {store}"
    return ("ok" if parameters["ours"] else "skip"), detail


def remove_store(parameters: Parameters, progress: Progress) -> Result:
    """Keep the recorded runs; with "delete_data", delete the database and the artifacts, and nothing else."""
    store = Path(parameters["store"])
    delete = parameters.get("delete_data")
    ours = store_files(store) if delete or not may_hold_runs(store) else [store]
    if not ours:
        return "skip", "no runs were recorded"
    if not delete:
        return "skip", f"runs kept in {store}"
    for other in records.load_all():
        if other.name != parameters["name"] and Path(other.store).resolve() == store.resolve():
            return "skip", f'runs kept in {store}: the server "{other.name}" uses them'
    for path in ours:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    if parameters["made"]:
        remove_if_empty(store)
    return "ok", f"runs deleted: {store}"


def restore_store(parameters: Parameters, progress: Progress) -> Result:
    given = {**parameters}
    source, made = Path(given.pop("source")), given.pop("made", False)
    server = manager.settings(options_from(given))
    try:
        if source.is_dir():
            kept = migrate(server, source, Path(given["packages"]), progress)
        else:
            kept = restore(server, source, progress)
    except BaseException:  # Ctrl-C too
        if made:
            remove_if_empty(Path(server.store))
        raise
    records.save(server)
    files = f"their files stay in {source}" if kept.elsewhere else count_of(kept.artifacts, "file")
    return "ok", f"{count_of(kept.runs, 'run')} in {server.store}; {files}"


def upgrade_database(parameters: Parameters, progress: Progress) -> Result:
    folder, packages = Path(parameters["store"]), Path(parameters["packages"])
    backup = upgrade(parameters["name"], folder, parameters["python"], packages, progress)
    if backup is None:
        return "skip", "the database is up to date"
    return "ok", f"database upgraded; copy of the former one: {backup}"


def options_from(parameters: Parameters) -> manager.ServerOptions:
    hosts = parameters["allowed_hosts"]
    return manager.ServerOptions(**{**parameters, "allowed_hosts": None if hosts is None else tuple(hosts)})


def start_server(parameters: Parameters, progress: Progress) -> Result:
    started = manager.start(options_from(parameters), progress)
    server = started.server
    if started.already:
        return "skip", f"the server is already running: {server.url}"
    processes = "one process" if server.launcher == "one-process" else "plain mlflow server"
    detail = f"server running: {server.url} (MLflow {server.mlflow_version}, {processes})"
    if started.stuck:
        detail += "; it had stopped answering and was restarted"
    if started.lost:
        moved = as_typed_here(f"quickstart server restart --name {server.name} --store NEW_FOLDER")
        return "warn", f"{detail}; the runs in {server.store} are missing. If you moved them: {moved}"
    if started.holder is None:
        return ("warn" if started.stuck else "ok"), detail
    detail += f"; port {started.holder.port} is in use by {started.holder}"
    return ("warn" if started.remembered else "ok"), detail


def stop_server(parameters: Parameters, progress: Progress) -> Result:
    """Stop the server and forget its settings."""
    progress(f"stopping the server {parameters['name']}")
    ended = manager.end(parameters["name"])
    return ("ok", "server stopped") if ended else ("skip", "the server was not running")


def save_connection(parameters: Parameters, progress: Progress) -> Result:
    """Save a connection and make it the one in use; that to a server is known only now, when it runs."""
    if "connection" in parameters:
        connection = Connection(**parameters["connection"])
    else:
        server = records.load(parameters["server"])
        assert server is not None  # noqa: S101 - the step before this one started it
        connection = connection_to(server)
    connections = Connections()
    before = connections.all().get(connection.name)
    if before and "server" in parameters:
        proxies = {key: value for key, value in before.env.items() if key in fixes.PROXY_VARIABLES}
        connection = replace(connection, env={**connection.env, **proxies})
    connections.save(connection, use=parameters["use"])
    if before and before.tracking_uri != connection.tracking_uri:
        return "warn", f"the tracking URI was {before.tracking_uri}: update your scripts and shells"
    return ("skip" if before == connection else "ok"), f'connection "{connection.name}" saved'


def forget_connection(parameters: Parameters, progress: Progress) -> Result:
    """The connection that was in use before it is used again."""
    found = Connections().forget(parameters["name"], parameters["previous"])
    return ("ok", f"connection {parameters['name']} removed") if found else ("skip", "the connection was not saved")


def keep_secrets(parameters: Parameters, progress: Progress) -> Result:
    name = parameters["name"]
    variables = {key: take_secret(one).value for key, one in parameters["held"].items()}
    changed = save_secrets(name, parameters["uri"], variables)
    return ("ok" if changed else "skip"), f"credentials saved: {secrets_file(name)}"


def forget_secrets(parameters: Parameters, progress: Progress) -> Result:
    found = delete_secrets(parameters["name"])
    return ("ok", "credentials deleted") if found else ("skip", "no credentials were saved")


def write_example(parameters: Parameters, progress: Progress) -> Result:
    try:
        write_script(Path(parameters["path"]), parameters["text"])
    except FileExistsError:
        return "skip", f"{parameters['path']} already exists and was not changed"
    return "ok", f"example written: {parameters['path']}"


def remove_example(parameters: Parameters, progress: Progress) -> Result:
    path = Path(parameters["path"])
    if not path.exists():
        return "skip", "the example does not exist"
    if hashlib.sha256(path.read_bytes()).hexdigest() != parameters["sha256"]:
        return "skip", f"kept: {path} (changed since)"
    path.unlink()
    return "ok", f"{path} removed"


HANDLERS: Mapping[str, Handler] = {
    **{kind: handler for method in METHODS for kind, handler in method.actions.handlers().items()},
    **fixes.HANDLERS,
    "create-environment": create_environment,
    "delete-environment": delete_environment,
    "install": install_package,
    "create-store": create_store,
    "remove-store": remove_store,
    "restore-store": restore_store,
    "upgrade-database": upgrade_database,
    "start-server": start_server,
    "stop-server": stop_server,
    "save-connection": save_connection,
    "forget-connection": forget_connection,
    "keep-secrets": keep_secrets,
    "forget-secrets": forget_secrets,
    "write-example": write_example,
    "remove-example": remove_example,
}
