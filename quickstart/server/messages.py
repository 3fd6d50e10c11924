"""What server reports when it fails: one message for each error code."""

from __future__ import annotations

from collections.abc import Mapping

from quickstart.errors import Message

GUIDE = "local"

MESSAGES: Mapping[str, Message] = {
    "already-running": Message(
        'The server "{name}" runs on {url}, but not with {options}.',
        "A server keeps its settings while it runs.",
        "quickstart server restart --name {name} {options}",
    ),
    "backup-damaged": Message(
        "{path} is not a whole backup: {detail}.",
        "It was cut off on its way, changed, or the disk lost a part of it. Nothing was restored.",
        "quickstart server restore another-backup.tar.gz",
    ),
    "backup-newer": Message(
        "{path} was written by a newer quickstart.",
        "Its form is one that this version does not know.",
        "python -m pip install --upgrade mlflow-quickstart",
    ),
    "bad-host": Message(
        '"{host}" is neither an address nor a name that a server can have.',
        "--host takes an address of this machine; --allowed-hosts takes names, separated by commas.",
        "quickstart server start --host 127.0.0.1 --allowed-hosts mlflow.example.org",
    ),
    "bad-store": Message(
        "Runs cannot be kept in {store}",
        "There is no such folder, or its name holds % or ?, which mean something else in MLflow's addresses.",
        "quickstart server start --store another/folder",
    ),
    "database-damaged": Message(
        "{database} is damaged, or no database of MLflow's: {detail}.",
        "A disk that failed or was full, or a copy that was made while somebody wrote, does that. It was not touched.",
        "quickstart server restore BACKUP --name restored",
        "if you have a backup; or, to start without its runs: quickstart server start --name fresh",
    ),
    "database-locked": Message(
        "{database} is being written to, for more than {seconds:g} s without a pause.",
        "Another program holds it, or is stuck.",
        "quickstart server status",
        "shows what runs; then the same command again",
    ),
    "database-newer": Message(
        "{database} was made by {made_by}, which is newer than the MLflow in {python}.",
        "An older MLflow cannot open it, and no upgrade of the database can mend that.",
        '{python} -m pip install "{requirement}"',
    ),
    "database-older": Message(
        "{database} was made by {made_by}: the MLflow that is installed opens it only after an upgrade.",
        "An upgrade changes the database for good, so it is done only when you say so; a copy of it is kept.",
        "quickstart server start --name {name} --store {store} --python {python} --yes",
    ),
    "database-open": Message(
        "{holder} is at work on {database}.",
        "A database must not be upgraded under a program that has it open.",
        "",
        "end that program, and then: quickstart server start --name {name}",
    ),
    "file-exists": Message(
        "{path} is there already.",
        "A backup is never written over another file.",
        "quickstart server backup another-name.tar.gz --name {name}",
    ),
    "is-a-class": Message(
        'The server "{name}" is that of a class.',
        "People may be at work on it; it is opened and closed as a class, and its runs are archived then.",
        "quickstart workshop close {name}",
        "or, to start it again: quickstart workshop open {name}",
    ),
    "migration-failed": Message(
        "The runs in {path} could not be migrated: {detail}",
        "MLflow's own migration in {python} could not read something there. The folder and your store are as before.",
        "python -m mlflow migrate-filestore --source {path} --target sqlite:///trial.db",
        "shows all of it",
    ),
    "no-backup": Message(
        "There is nothing to restore in {path}: {detail}.",
        "Runs come back from a file that quickstart server backup wrote, or from an mlruns folder.",
        "quickstart server backup",
        "writes one",
    ),
    "no-classroom": Message(
        "The MLflow in {python} cannot serve a class.",
        "{detail}.",
        "{python} -m pip install 'mlflow[auth]>=3.17'",
        "and then: quickstart workshop open",
    ),
    "no-migration": Message(
        "The MLflow in {python} cannot migrate {path}.",
        "MLflow brings its migration of mlruns folders since {since}.",
        '{python} -m pip install "mlflow>={since}"',
        "in an environment where you may change MLflow",
    ),
    "no-room": Message(
        "There is not enough room in {folder}: {free_mb} MB are free where {needed_mb} MB are needed.",
        "The database is copied before it is changed.",
        "df -h {folder}",
        "and then, with more room, the same again",
    ),
    "nothing-to-back-up": Message(
        'The server "{name}" has no database yet.',
        "There is none in {store}: it was never started, or somebody moved or deleted it.",
        "quickstart server start --name {name}",
    ),
    "port-forbidden": Message(
        "You may not listen on port {port}.",
        "The operating system keeps the ports below 1024 to administrators.",
        "quickstart server start --name {name} --port {free}",
    ),
    "port-lost": Message(
        "Port {port} was taken by another program just while the server was starting.",
        "It was free a moment ago.",
        "quickstart server start --name {name}",
    ),
    "port-still-held": Message(
        "The server is stopped, but port {port} is not free: {holder} listens there.",
        "Somebody took the port, or a process of the server could not be ended.",
        "quickstart server status --name {name}",
    ),
    "port-taken": Message(
        "Port {port} is taken by {holder}.",
        "Only one program can listen on a port.{airplay}",
        "quickstart server start --name {name} --port {free}",
    ),
    "public-bind": Message(
        "A server on {host} could be read and written by everybody who can reach this machine.",
        "It has no login, so quickstart starts servers for this machine only.",
        "ssh -N -L {port}:127.0.0.1:{port} you@this-machine",
        "on the other machine, to reach it safely",
    ),
    "server-running": Message(
        'The server "{name}" runs on {url}.',
        "Its store must not change under it.",
        "quickstart server stop --name {name}",
    ),
    "server-slow": Message(
        'The server "{name}" was not ready after {seconds:g} s and was ended.',
        "The machine is very busy, or the server hangs; its last words: {last}",
        "quickstart server logs --name {name}",
    ),
    "store-in-use": Message(
        'The server "{other}" on {url} works on {store} already.',
        "Two servers on one SQLite database would block each other.",
        "quickstart server stop --name {other}",
    ),
    "store-not-empty": Message(
        "{store} is not empty: there is {found}.",
        "Runs are restored only where nothing can be lost by it.",
        "quickstart server restore BACKUP --name restored",
    ),
    "unknown-server": Message(
        'There is no server named "{name}".',
        "Known are: {known}.",
        "quickstart server status",
    ),
    "upgrade-failed": Message(
        "{database} could not be upgraded: {detail}",
        "It was tried on a copy, by {python}. Your database is as it was before.",
        "quickstart server start --name {name} --store {store} --python {python} --yes",
        'tries it again on a copy; or {python} -m pip install "{requirement}"   to go on without an upgrade',
    ),
}
