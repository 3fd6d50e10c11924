"""Messages of the errors that this package raises."""

from __future__ import annotations

from collections.abc import Mapping

from quickstart.errors import Message

GUIDE = "local"

MESSAGES: Mapping[str, Message] = {
    "already-running": Message(
        'The server "{name}" is running on {url} with other settings than {options}.',
        "The settings of a server cannot change while it runs.",
        "quickstart server restart --name {name} {options}",
    ),
    "backup-damaged": Message(
        "The backup {path} is damaged: {detail}.",
        "The file was truncated or changed. Nothing was restored.",
        "quickstart server restore ANOTHER_BACKUP",
    ),
    "backup-newer": Message(
        "{path} was written by a newer quickstart.",
        "This version does not know its format.",
        "python -m pip install --upgrade mlflow-quickstart",
    ),
    "bad-host": Message(
        'Invalid host "{host}".',
        "--host accepts an IP address of this machine; --allowed-hosts accepts host names, separated by commas.",
        "quickstart server start --host 127.0.0.1 --allowed-hosts mlflow.example.org",
    ),
    "bad-store": Message(
        "Runs cannot be stored in {store}.",
        "The path is invalid, or contains % or ?, which have another meaning in MLflow's URIs.",
        "quickstart server start --store another/folder",
    ),
    "database-damaged": Message(
        "{database} is damaged or is not an MLflow database: {detail}.",
        "The disk failed or was full, or the file was copied while a program wrote to it. It was not changed.",
        "quickstart server restore BACKUP --name restored",
        "Without a backup, start with an empty database: `quickstart server start --name fresh`.",
    ),
    "database-locked": Message(
        "{database} was locked for more than {seconds:g} s.",
        "Another program is writing to it or hangs.",
        "quickstart server status",
        "It shows which servers run. End the other program, then try again.",
    ),
    "database-newer": Message(
        "{database} was created by {made_by}, which is newer than the MLflow in {python}.",
        "An older MLflow cannot open a newer database.",
        '{python} -m pip install "{requirement}"',
    ),
    "database-older": Message(
        "{database} was created by {made_by}; the installed MLflow must upgrade it before it can open it.",
        "An upgrade cannot be undone, so it needs your consent. A copy of the database is kept.",
        "quickstart server start --name {name} --store {store} --python {python} --yes",
    ),
    "database-open": Message(
        "{holder} has {database} open.",
        "A database cannot be upgraded while a program uses it.",
        "",
        "End that program, then run `quickstart server start --name {name}`.",
    ),
    "file-exists": Message(
        "{path} already exists.",
        "A backup never overwrites a file.",
        "quickstart server backup another-name.tar.gz --name {name}",
    ),
    "is-a-class": Message(
        'The server "{name}" belongs to a workshop.',
        "Participants may be using it. Opening and closing the workshop starts and stops it.",
        "quickstart workshop close {name}",
        "To start it again: `quickstart workshop open {name}`.",
    ),
    "migration-failed": Message(
        "The runs in {path} could not be migrated: {detail}",
        "MLflow's own migration in {python} failed. The folder and your store were not changed.",
        "python -m mlflow migrate-filestore --source {path} --target sqlite:///trial.db",
        "It shows the full output.",
    ),
    "no-backup": Message(
        "{path} cannot be restored: {detail}.",
        "Runs are restored from a file written by `quickstart server backup` or from an mlruns folder.",
        "quickstart server backup",
        "It writes a backup.",
    ),
    "no-classroom": Message(
        "The MLflow in {python} cannot serve a workshop.",
        "{detail}.",
        "{python} -m pip install 'mlflow[auth]>=3.17'",
        "Then run `quickstart workshop open`.",
    ),
    "no-migration": Message(
        "The MLflow in {python} cannot migrate {path}.",
        "The migration of mlruns folders requires MLflow {since} or newer.",
        '{python} -m pip install "mlflow>={since}"',
        "Use another environment if this MLflow must not change.",
    ),
    "no-room": Message(
        "Not enough disk space in {folder}: {free_mb} MB free, {needed_mb} MB required.",
        "The database is copied before it is changed.",
        "df -h {folder}",
        "Free some space, then try again.",
    ),
    "nothing-to-back-up": Message(
        'The server "{name}" has no database yet.',
        "{store} has no database: the server was never started, or the file was moved or deleted.",
        "quickstart server start --name {name}",
    ),
    "port-forbidden": Message(
        "You may not listen on port {port}.",
        "The operating system reserves ports below 1024 for administrators.",
        "quickstart server start --name {name} --port {free}",
    ),
    "port-lost": Message(
        "Another program took port {port} while the server was starting.",
        "The port was free a moment ago.",
        "quickstart server start --name {name}",
    ),
    "port-still-held": Message(
        "The server is stopped, but port {port} is in use by {holder}.",
        "Another program took the port, or a process of the server could not be ended.",
        "quickstart server status --name {name}",
    ),
    "port-taken": Message(
        "Port {port} is already in use by {holder}.",
        "Only one program can listen on a port.{airplay}",
        "quickstart server start --name {name} --port {free}",
    ),
    "public-bind": Message(
        "Refusing to start a server on {host}: everyone who can reach this machine could read and change its runs.",
        "The server has no authentication, so it only listens on this machine.",
        "ssh -N -L {port}:127.0.0.1:{port} you@this-machine",
        "Run this on the other machine to reach the server safely.",
    ),
    "server-running": Message(
        'The server "{name}" is running on {url}.',
        "Its store cannot change while it runs.",
        "quickstart server stop --name {name}",
    ),
    "server-slow": Message(
        'The server "{name}" was not ready after {seconds:g} s and was ended.',
        "The machine is very busy, or the server hangs. Its last output: {last}",
        "quickstart server logs --name {name}",
    ),
    "store-in-use": Message(
        'The server "{other}" on {url} already uses {store}.',
        "Two servers on one SQLite database would block each other.",
        "quickstart server stop --name {other}",
    ),
    "store-not-empty": Message(
        "{store} is not empty: it contains {found}.",
        "Runs are restored into an empty store only, so that nothing is lost.",
        "quickstart server restore BACKUP --name restored",
    ),
    "unknown-server": Message(
        'Unknown server "{name}".',
        "Known servers: {known}.",
        "quickstart server status",
    ),
    "upgrade-failed": Message(
        "{database} could not be upgraded: {detail}",
        "The upgrade was tried on a copy with {python}. Your database was not changed.",
        "quickstart server start --name {name} --store {store} --python {python} --yes",
        'It tries again on a copy. To continue without an upgrade: `{python} -m pip install "{requirement}"`.',
    ),
}
