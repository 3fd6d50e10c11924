"""What diagnosis/checks reports when it fails: one message for each error code."""

from __future__ import annotations

from collections.abc import Mapping

from quickstart.errors import Message

GUIDE = "doctor"

MESSAGES: Mapping[str, Message] = {
    "artifact-driver": Message(
        "Files of runs go to {location}, and {python} has no {package} to write there.",
        "The server lets clients write them themselves. Metrics arrive; log_artifact() and log_model() fail.",
        "{python} -m pip install {needed}",
    ),
    "bad-proxy": Message(
        "{variable} names no proxy that can be used: {proxy}",
        "Of that address {detail}, and MLflow's client stops there before it calls anybody.",
        "{line}",
        "or set it to an address such as http://proxy.example.org:3128",
    ),
    "bad-store-uri": Message(
        'MLflow cannot use "{uri}" as a tracking URI ({where}).',
        "{why}",
        "{line}",
    ),
    "bad-value": Message(
        '{variable} is "{value}" in this shell.',
        "MLflow takes {takes} there, and stops at anything else before it calls a server.",
        "{line}",
    ),
    "check-writes": Message(
        'The check "{id}" logs a run.',
        "Nothing is written unless you say so.",
        "quickstart doctor --only {id} --write",
    ),
    "client-newer": Message(
        "MLflow {client} in {python} is newer than the server's {theirs}, where these will not work: {lost}.",
        "{url} answers 404 to what it does not know yet.",
        '{python} -m pip install "{fits}"',
        "or, beside it: quickstart login server {url} --match-version",
    ),
    "client-older": Message(
        "MLflow {client} in {python} is older than the server's {theirs} by a whole version.",
        "What {url} shows and stores since then, that client does not log; older calls may be gone.",
        '{python} -m pip install "{fits}"',
    ),
    "default-deleted": Message(
        'The experiment "{name}" is deleted at {url}, and no other one is named here.',
        "A program that names no experiment logs to it, and fails: it must be in the 'active' state.",
        "export MLFLOW_EXPERIMENT_NAME=first-steps",
        "or mlflow.set_experiment() in the program",
    ),
    "dotenv-elsewhere": Message(
        "{path} names another place than the one that is examined: {written}",
        "Programs that read that file log there; everything else goes to {uri}, {where}.",
        "quickstart doctor {written}",
        "examines that one; to use one place alone, put this line into the file: {line}",
    ),
    "experiment-contradicted": Message(
        'MLFLOW_EXPERIMENT_ID={number} and MLFLOW_EXPERIMENT_NAME={name} name two experiments: "{name}" is {other}.',
        "MLflow refuses to choose.",
        "unset MLFLOW_EXPERIMENT_ID",
    ),
    "experiment-deleted": Message(
        'The experiment "{name}" is deleted at {url}.',
        "{words} names it. Deleted in the page it keeps its name and its runs, and takes no new ones: MLflow says "
        '"Cannot set a deleted experiment".',
        "python -m mlflow experiments restore --experiment-id {experiment}",
        "with MLFLOW_TRACKING_URI={url}; or use another name",
    ),
    "experiment-elsewhere": Message(
        'Runs go to the experiment "{name}", not to "{looked_at}".',
        "{variable} is set in this shell, and decides where a program names no experiment itself.",
        "unset {variable}",
    ),
    "experiment-missing": Message(
        "There is no experiment with the id {number} at {url}.",
        "MLFLOW_EXPERIMENT_ID is set in this shell. Ids differ from server to server; names do not.",
        "unset MLFLOW_EXPERIMENT_ID",
        "and use MLFLOW_EXPERIMENT_NAME",
    ),
    "experiment-relative": Message(
        'No experiment can be named "{name}" at {url}.',
        "{words} names it. Experiments are named by a path from the workspace's root there.",
        "export MLFLOW_EXPERIMENT_NAME={better}",
    ),
    "file-store": Message(
        "MLflow {version} refuses to keep runs in files: {path} ({where}).",
        "Since MLflow 3.13 the file store is an error. {hint}",
        "{line}",
    ),
    "import-failed": Message(
        "MLflow cannot be imported by {python}: {detail}.",
        "A package that it needs is missing there, or does not fit.",
        "python3 -m venv .venv-mlflow && quickstart --yes --python .venv-mlflow/bin/python",
    ),
    "insecure-tls": Message(
        "MLFLOW_TRACKING_INSECURE_TLS is set in this shell: MLflow takes any certificate.",
        "Whoever stands between could answer in the server's place, and would get your login.",
        "{line}",
        "and, for a certificate of your own authority, set MLFLOW_TRACKING_SERVER_CERT_PATH to its file",
    ),
    "localhost-slow": Message(
        "The name localhost costs {seconds:.1f} s at each call to {url}.",
        "Another address of that name is tried first, where nobody listens; the server is at {address}.",
        "export MLFLOW_TRACKING_URI={better}",
    ),
    "login-beaten": Message(
        'MLflow would not log in as the connection "{name}" does: in this shell {variables} goes before it.',
        "A variable of the shell beats what is kept for a connection. It may be older, or another server's.",
        "{line}",
    ),
    "memory-store": Message(
        "The tracking URI {uri} keeps runs in memory alone ({where}).",
        "They are gone when the program ends, and no other program sees them.",
        "{line}",
    ),
    "mlflow-elsewhere": Message(
        "The command mlflow is that of another environment: MLflow {theirs} in {other}.",
        "Your programs would run MLflow {ours} in {python}: two versions at one database or server get in each "
        "other's way.",
        "{python} -m mlflow",
        "instead of mlflow",
    ),
    "mlflow-nowhere": Message(
        "quickstart knows of no Python that has MLflow.",
        "There is none in {python}. What your programs are run by may have it, and is not examined.",
        "quickstart doctor --python /path/of/your/python",
        "or, to have it installed: quickstart --yes",
    ),
    "mlflow-shadowed": Message(
        "{path} hides MLflow from every program that is started in this folder.",
        "Python imports what is called mlflow here instead of the package of that name.",
        "mv {path} {renamed}",
        "or start your programs in another folder",
    ),
    "netrc-login": Message(
        "MLflow's client logs in to {host} as {user}, whatever else is set: {path} has that login.",
        "The library that it calls servers with puts a netrc entry in the place of every other user, password and "
        "token. What quickstart checks goes without it.",
        "{line}",
        "keeps it out of this shell; or take the entry out of the file",
    ),
    "network-disk": Message(
        "{folder} is on a network disk ({kind}, mounted at {mount}).",
        "SQLite needs locks that such disks do not keep: several programs at once block each other, or damage the "
        "database.",
        "quickstart server backup",
        "and restore it on a disk of this machine: quickstart server restore BACKUP --name here --store "
        "/path/on/this/machine",
    ),
    "no-certificate": Message(
        "There is no file at {path}, which {variable} names.",
        "MLflow's client stops there before it calls the server.",
        "{line}",
        "or set it to a file that is there",
    ),
    "no-driver": Message(
        "{python} cannot talk to a {kind} database: {package} is not in it.",
        "MLflow comes without drivers for databases other than SQLite.",
        "{python} -m pip install {package}{other}",
    ),
    "no-page": Message(
        "MLflow answers at {url}, but has no page to look at: {seen}.",
        "The server runs from mlflow-skinny or from a source checkout, or something before it hides the page. "
        "Logging works.",
        "{python} -m pip install --force-reinstall mlflow",
        "where the server runs, and start it anew",
    ),
    "not-written": Message(
        "Nothing was logged to {uri}.",
        "MLflow opens that itself, and no server is there that could be asked over the network.",
        "quickstart --yes",
        "starts a server of your own",
    ),
    "notebook-data-dies": Message(
        "Runs are kept inside of this notebook's machine: {evidence}.",
        "It is given to somebody else when the notebook ends, and the runs go with it.",
        "quickstart --no-privacy",
        "tracks with a provider; or quickstart server backup, and download the file",
    ),
    "noticed": Message(
        "{detail}",
        "It works all the same.",
        "quickstart verify {url}",
    ),
    "old-mlflow": Message(
        "The MLflow at {url} does not tell its version: it is an old one.",
        "MLflow tells it since 1.27. A newer client calls what an older server does not know, and gets 404.",
        "quickstart login server {url} --match-version",
        "uses a client of its own for it; better, have the server upgraded",
    ),
    "open-to-others": Message(
        "Others on this machine may read what holds secrets: {told}.",
        "Whoever has an account here could log in as you.",
        "{line}",
    ),
    "origin-refused": Message(
        "A browser that shows {page} may not use the MLflow server at {url}.",
        'The page loads, and what it asks is refused: "Cross-origin request blocked". Programs are not touched by '
        "it, and --allowed-hosts is another list.",
        "{fix}",
    ),
    "packages-clash": Message(
        "Packages that MLflow needs do not fit together in {python}: {detail}.",
        "{count} such clashes were found by pip check. What fails by it fails late, and in strange words.",
        '{python} -m pip install --upgrade "mlflow=={version}"',
        "or, in a fresh environment: python3 -m venv .venv-mlflow && quickstart --yes --python .venv-mlflow/bin/python",
    ),
    "plugin-missing": Message(
        "MLflow in {python} does not know {scheme}: addresses.",
        "They are understood by a plugin with an entry point {scheme} in the group {group}, and no package there "
        "has one. Known are: {known}.",
        "{python} -m pip install THE-PLUGIN",
        "whose documentation names that address; or mend the address",
    ),
    "resolves-elsewhere": Message(
        "MLflow in {python} goes to {got} instead of {uri}.",
        "Something sets another address when Python starts or MLflow is imported: sitecustomize, a .pth file, a "
        "plugin. {hint}",
        '{python} -v -c "import mlflow" 2>&1 | grep -i sitecustomize',
        "shows the first of these",
    ),
    "runs-decided": Message(
        "{told} is set in this shell, and decides where runs go.",
        "MLflow heeds it in every script that does not name an experiment or a run of its own.",
        "{line}",
    ),
    "runs-here": Message(
        "{counted} in {path}, but not in {place}.",
        "No MLFLOW_TRACKING_URI is set in this shell, so your scripts log into this folder, and the page of the "
        "server stays empty.",
        "{line}",
        "leads them to the server from now on; to bring in the runs that are here: {bring}",
    ),
    "runs-in-another": Message(
        'There are no runs in "{name}", but in "{other}": the newest is {ago} old.',
        "{words} names the first. A program that sets its experiment late, or in another way, logs elsewhere.",
        "",
        "open {url} and choose the other experiment; or mlflow.set_experiment() before the first run",
    ),
    "server-orphans": Message(
        'The server "{name}" was killed, but processes that it had started still hold port {port}: pid {pids}.',
        "They answer without the one that looks after them, and no other server gets the port.",
        "quickstart server stop --name {name} && quickstart server start --name {name}",
    ),
    "shell-elsewhere": Message(
        'This shell leads to {variable}, and not to the connection in use, "{name}" ({uri}).',
        "MLFLOW_TRACKING_URI is set here, and MLflow goes by that alone.",
        "{line}",
        "leads this shell to {name}; to stay with what is set here: {other}",
    ),
    "store-gone": Message(
        'The database of the server "{name}" is gone: {database}',
        "MLflow {version} worked on it, and somebody moved or deleted it since. What is logged meanwhile is lost, "
        "or goes into a new one.",
        "quickstart server restore BACKUP --name {name}",
        "if you have one; or, to begin anew: quickstart server restart --name {name}",
    ),
    "store-older": Message(
        "{database} was made by {made_by}: the MLflow in {python} opens it only after an upgrade.",
        "An upgrade changes the database for good, so keep a copy.",
        "",
        "cp {database} {database}.before && {python} -m mlflow db upgrade {uri}",
    ),
    "store-unfinished": Message(
        "The making of {database} was broken off; no runs are in it.",
        "MLflow makes its tables in many steps, and cannot always go on where it was ended.",
        "{remove} {database}",
    ),
    "tls-contradiction": Message(
        "MLFLOW_TRACKING_INSECURE_TLS and MLFLOW_TRACKING_SERVER_CERT_PATH are both set.",
        "MLflow refuses that: the one takes any certificate, the other one authority's alone.",
        "{line}",
    ),
    "too-patient": Message(
        "{variable} is {value} s: against a server that does not answer, MLflow says nothing for {hours} hours.",
        "It waits that long for each of eight tries.",
        "{line}",
    ),
    "unknown-check": Message(
        'There is no check named "{name}".',
        "There are: {known}.",
        "quickstart doctor --list",
    ),
    "uri-for-browser": Message(
        "The tracking URI {uri} is an address for the browser ({where}).",
        "MLflow puts its paths behind what follows # or ?, and gets a page or an error instead of an answer.",
        "{line}",
    ),
    "uri-no-scheme": Message(
        'The tracking URI "{uri}" does not begin with http:// ({where}).',
        "MLflow then takes it for a folder, and says that the file store is in maintenance mode, or that the URI "
        "is not supported.",
        "{line}",
    ),
    "uri-two-slashes": Message(
        "The tracking URI {uri} lacks a slash ({where}).",
        "After file:// comes the name of a machine; a file on this one needs three slashes.",
        "{line}",
    ),
    "uri-untidy": Message(
        'The tracking URI "{uri}" has blanks, quotes or signs that cannot be seen at its ends ({where}).',
        'MLflow takes them for a part of it, and says "Invalid url", or takes all of it for a folder.',
        "{line}",
    ),
    "uri-wildcard": Message(
        "The tracking URI {uri} is an address to listen on ({where}).",
        "A server can listen on all addresses at once, but nobody can call them all: Windows refuses it.",
        "{line}",
    ),
    "vanishing-disk": Message(
        "{folder} does not outlast this container ({kind}, mounted at {mount}).",
        "Whatever is recorded there is gone when it is stopped or removed.",
        "quickstart server start --name lasting --store /path/of/a/volume",
    ),
}
