"""What may be wrong with where MLflow keeps runs, as the doctor finds it. Rows of table.py, data alone."""

from __future__ import annotations

from collections.abc import Mapping

# code: (what happened, why, the command that mends it)
STORES: Mapping[str, tuple[str, str, str]] = {
    "bad-store-uri": (
        'MLflow cannot use "{uri}" as a tracking URI ({where}).',
        "{why}",
        "{line}",
    ),
    "file-store": (
        "MLflow {version} refuses to keep runs in files: {path} ({where}).",
        "Since MLflow 3.13 the file store is an error. {hint}",
        "{line}",
    ),
    "memory-store": (
        "The tracking URI {uri} keeps runs in memory alone ({where}).",
        "They are gone when the program ends, and no other program sees them.",
        "{line}",
    ),
    "network-disk": (
        "{folder} is on a network disk ({kind}, mounted at {mount}).",
        "SQLite needs locks that such disks do not keep: several programs at once block each other, or damage the "
        "database.",
        "quickstart server backup   and restore it on a disk of this machine: quickstart server restore BACKUP --name "
        "here --store /path/on/this/machine",
    ),
    "no-driver": (
        "{python} cannot talk to a {kind} database: {package} is not in it.",
        "MLflow comes without drivers for databases other than SQLite.",
        "{python} -m pip install {package}{other}",
    ),
    "runs-here": (
        "{counted} in {path}, but not in {place}.",
        "No MLFLOW_TRACKING_URI is set in this shell, so your scripts log into this folder, and the page of the server "
        "stays empty.",
        "{line}   leads them to the server from now on; to bring in the runs that are here: {bring}",
    ),
    "server-orphans": (
        'The server "{name}" was killed, but processes that it had started still hold port {port}: pid {pids}.',
        "They answer without the one that looks after them, and no other server gets the port.",
        "quickstart server stop --name {name} && quickstart server start --name {name}",
    ),
    "store-gone": (
        'The database of the server "{name}" is gone: {database}',
        "MLflow {version} worked on it, and somebody moved or deleted it since. What is logged meanwhile is lost, or "
        "goes into a new one.",
        "quickstart server restore BACKUP --name {name}   if you have one; or, to begin anew: "
        "quickstart server restart --name {name}",
    ),
    "store-older": (
        "{database} was made by {made_by}: the MLflow in {python} opens it only after an upgrade.",
        "An upgrade changes the database for good, so keep a copy.",
        "cp {database} {database}.before && {python} -m mlflow db upgrade {uri}",
    ),
    "store-unfinished": (
        "The making of {database} was broken off; no runs are in it.",
        "MLflow makes its tables in many steps, and cannot always go on where it was ended.",
        "{remove} {database}",
    ),
    "vanishing-disk": (
        "{folder} does not outlast this container ({kind}, mounted at {mount}).",
        "Whatever is recorded there is gone when it is stopped or removed.",
        "quickstart server start --name lasting --store /path/of/a/volume",
    ),
}
