"""What can be wrong with a server that is reached: its page, version, experiments and files. Rows of table.py."""

from __future__ import annotations

from collections.abc import Mapping

# code: (what happened, why, the command that mends it)
TRACKING: Mapping[str, tuple[str, str, str]] = {
    "artifact-driver": (
        "Files of runs go to {location}, and {python} has no {package} to write there.",
        "The server lets clients write them themselves. Metrics arrive; log_artifact() and log_model() fail.",
        "{python} -m pip install {needed}",
    ),
    "client-newer": (
        "MLflow {client} in {python} is newer than the server's {theirs}, where these will not work: {lost}.",
        "{url} answers 404 to what it does not know yet.",
        '{python} -m pip install "{fits}"   or, beside it: quickstart login server {url} --match-version',
    ),
    "client-older": (
        "MLflow {client} in {python} is older than the server's {theirs} by a whole version.",
        "What {url} shows and stores since then, that client does not log; older calls may be gone.",
        '{python} -m pip install "{fits}"',
    ),
    "default-deleted": (
        'The experiment "{name}" is deleted at {url}, and no other one is named here.',
        "A program that names no experiment logs to it, and fails: it must be in the 'active' state.",
        "export MLFLOW_EXPERIMENT_NAME=first-steps   or mlflow.set_experiment() in the program",
    ),
    "experiment-contradicted": (
        'MLFLOW_EXPERIMENT_ID={number} and MLFLOW_EXPERIMENT_NAME={name} name two experiments: "{name}" is {other}.',
        "MLflow refuses to choose.",
        "unset MLFLOW_EXPERIMENT_ID",
    ),
    "experiment-deleted": (
        'The experiment "{name}" is deleted at {url}.',
        "{words} names it. Deleted in the page it keeps its name and its runs, and takes no new ones: MLflow says "
        '"Cannot set a deleted experiment".',
        "python -m mlflow experiments restore --experiment-id {experiment}   with MLFLOW_TRACKING_URI={url}; or use "
        "another name",
    ),
    "experiment-elsewhere": (
        'Runs go to the experiment "{name}", not to "{looked_at}".',
        "{variable} is set in this shell, and decides where a program names no experiment itself.",
        "unset {variable}",
    ),
    "experiment-missing": (
        "There is no experiment with the id {number} at {url}.",
        "MLFLOW_EXPERIMENT_ID is set in this shell. Ids differ from server to server; names do not.",
        "unset MLFLOW_EXPERIMENT_ID   and use MLFLOW_EXPERIMENT_NAME",
    ),
    "experiment-relative": (
        'No experiment can be named "{name}" at {url}.',
        "{words} names it. Experiments are named by a path from the workspace's root there.",
        "export MLFLOW_EXPERIMENT_NAME={better}",
    ),
    "localhost-slow": (
        "The name localhost costs {seconds:.1f} s at each call to {url}.",
        "Another address of that name is tried first, where nobody listens; the server is at {address}.",
        "export MLFLOW_TRACKING_URI={better}",
    ),
    "no-page": (
        "MLflow answers at {url}, but has no page to look at: {seen}.",
        "The server runs from mlflow-skinny or from a source checkout, or something before it hides the page. Logging "
        "works.",
        "{python} -m pip install --force-reinstall mlflow   where the server runs, and start it anew",
    ),
    "not-permitted": (
        "You are let in at {url}, but may not do this: 403. {message}",
        "Whoever runs the server gives permissions, for each experiment or for all.",
        "ask whoever runs the server for permission EDIT, and then: {again}",
    ),
    "old-mlflow": (
        "The MLflow at {url} does not tell its version: it is an old one.",
        "MLflow tells it since 1.27. A newer client calls what an older server does not know, and gets 404.",
        "quickstart login server {url} --match-version   uses a client of its own for it; better, have the server "
        "upgraded",
    ),
    "origin-refused": (
        "A browser that shows {page} may not use the MLflow server at {url}.",
        'The page loads, and what it asks is refused: "Cross-origin request blocked". Programs are not touched by it, '
        "and --allowed-hosts is another list.",
        "{mend}",
    ),
    "run-elsewhere": (
        'The run {run_id} was logged for the experiment "{name}", and is in experiment {other}.',
        "Two programs made the experiment at once, and MLflow fell back to another one without a word.",
        "quickstart verify {url}   again, now that the experiment is there",
    ),
    "runs-in-another": (
        'There are no runs in "{name}", but in "{other}": the newest is {ago} old.',
        "{words} names the first. A program that sets its experiment late, or in another way, logs elsewhere.",
        "open {url} and choose the other experiment; or mlflow.set_experiment() before the first run",
    ),
}
