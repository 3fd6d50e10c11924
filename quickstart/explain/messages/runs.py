"""What can happen to recorded runs: their store, its database, a backup. Rows of diagnosis/table.py, data alone."""

from __future__ import annotations

from collections.abc import Mapping

# code: (what happened, why, the command that mends it)
RUNS: Mapping[str, tuple[str, str, str]] = {
    "backup-damaged": (
        "{path} is not a whole backup: {detail}.",
        "It was cut off on its way, changed, or the disk lost a part of it. Nothing was restored.",
        "quickstart server restore another-backup.tar.gz",
    ),
    "backup-newer": (
        "{path} was written by a newer quickstart.",
        "Its form is one that this version does not know.",
        "python -m pip install --upgrade mlflow-quickstart",
    ),
    "database-damaged": (
        "{database} is damaged, or no database of MLflow's: {detail}.",
        "A disk that failed or was full, or a copy that was made while somebody wrote, does that. It was not touched.",
        "quickstart server restore BACKUP --name restored   if you have a backup; or, to start without its runs: "
        "quickstart server start --name fresh",
    ),
    "database-locked": (
        "{database} is being written to, for more than {seconds:g} s without a pause.",
        "Another program holds it, or is stuck.",
        "quickstart server status   shows what runs; then the same command again",
    ),
    "database-newer": (
        "{database} was made by {made_by}, which is newer than the MLflow in {python}.",
        "An older MLflow cannot open it, and no upgrade of the database can mend that.",
        '{python} -m pip install "{requirement}"',
    ),
    "database-older": (
        "{database} was made by {made_by}: the MLflow that is installed opens it only after an upgrade.",
        "An upgrade changes the database for good, so it is done only when you say so; a copy of it is kept.",
        "quickstart server start --name {name} --store {store} --python {python} --yes",
    ),
    "database-open": (
        "{holder} is at work on {database}.",
        "A database must not be upgraded under a program that has it open.",
        "end that program, and then: quickstart server start --name {name}",
    ),
    "file-exists": (
        "{path} is there already.",
        "A backup is never written over another file.",
        "quickstart server backup another-name.tar.gz --name {name}",
    ),
    "migration-failed": (
        "The runs in {path} could not be migrated: {detail}",
        "MLflow's own migration in {python} could not read something there. The folder and your store are as before.",
        "python -m mlflow migrate-filestore --source {path} --target sqlite:///trial.db   shows all of it",
    ),
    "no-backup": (
        "There is nothing to restore in {path}: {detail}.",
        "Runs come back from a file that quickstart server backup wrote, or from an mlruns folder.",
        "quickstart server backup   writes one",
    ),
    "no-migration": (
        "The MLflow in {python} cannot migrate {path}.",
        "MLflow brings its migration of mlruns folders since {since}.",
        '{python} -m pip install "mlflow>={since}"   in an environment where you may change MLflow',
    ),
    "no-room": (
        "There is not enough room in {folder}: {free_mb} MB are free where {needed_mb} MB are needed.",
        "The database is copied before it is changed.",
        "df -h {folder}   and then, with more room, the same again",
    ),
    "nothing-to-back-up": (
        'The server "{name}" has no database yet.',
        "There is none in {store}: it was never started, or somebody moved or deleted it.",
        "quickstart server start --name {name}",
    ),
    "server-running": (
        'The server "{name}" runs on {url}.',
        "Its store must not change under it.",
        "quickstart server stop --name {name}",
    ),
    "store-not-empty": (
        "{store} is not empty: there is {found}.",
        "Runs are restored only where nothing can be lost by it.",
        "quickstart server restore BACKUP --name restored",
    ),
    "upgrade-failed": (
        "{database} could not be upgraded: {detail}",
        "It was tried on a copy, by {python}. Your database is as it was before.",
        "quickstart server start --name {name} --store {store} --python {python} --yes   tries it again on a copy; "
        'or {python} -m pip install "{requirement}"   to go on without an upgrade',
    ),
}
