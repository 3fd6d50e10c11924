"""What diagnosis reports when it fails: one message for each error code."""

from __future__ import annotations

from collections.abc import Mapping

from quickstart.errors import Message

GUIDE = "doctor"
NEW_ENVIRONMENT = "python3 -m venv .venv-mlflow && quickstart --yes --python .venv-mlflow/bin/python"
PROXY = "export HTTPS_PROXY=http://PROXY:PORT"
SET_CLOCK = "On Linux: `timedatectl set-ntp true`. On other systems, use the date and time settings."

MESSAGES: Mapping[str, Message] = {
    "artifact-driver": Message(
        "Artifacts go to {location}, but {python} has no {package} to write there.",
        "The server lets clients write artifacts directly. Metrics work; log_artifact() and log_model() fail.",
        "{python} -m pip install {needed}",
    ),
    "bad-proxy": Message(
        "{variable} is not a usable proxy: {proxy}",
        "Of that URL {detail}, so MLflow's client fails before it calls the server.",
        "{line}",
        "Or set a URL such as http://proxy.example.org:3128.",
    ),
    "bad-store-uri": Message(
        'MLflow cannot use "{uri}" as a tracking URI ({where}).',
        "{why}",
        "{line}",
        "{note}",
    ),
    "bad-value": Message(
        '{variable} is "{value}" in this shell.',
        "MLflow expects {takes}, and fails on any other value before it calls a server.",
        "{line}",
    ),
    "check-crashed": Message(
        'The check "{id}" failed with an unexpected error: {detail}',
        "This is a bug in quickstart; please report it. The other checks are not affected.",
        "quickstart doctor --only {id} --verbose",
    ),
    "check-late": Message(
        'The check "{id}" timed out after {seconds:g} s.',
        "Something that it calls does not respond. The other checks are not affected.",
        "quickstart doctor --only {id}",
    ),
    "check-writes": Message(
        'The check "{id}" logs a run.',
        "The doctor writes nothing without --write.",
        "quickstart doctor --only {id} --write",
    ),
    "client-newer": Message(
        "MLflow {client} in {python} is newer than the server's {theirs}, which does not support: {lost}.",
        "{url} answers 404 to API calls that it does not know.",
        '{python} -m pip install "{fits}"',
        "Or install a matching client beside it: `quickstart login server {url} --match-version`.",
    ),
    "client-older": Message(
        "MLflow {client} in {python} is a major version older than the server's {theirs}.",
        "It cannot log what {url} added since, and calls that it makes may have been removed.",
        '{python} -m pip install "{fits}"',
    ),
    "clock-behind": Message(
        "The clock of this machine is wrong: it shows {now}.",
        "quickstart was installed after that time. Servers reject certificates and logins if the clock is wrong.",
        note=SET_CLOCK,
    ),
    "clock-off": Message(
        "The clock of this machine is {minutes} minutes {way}.",
        "Databricks, Azure and AWS reject logins from five minutes on; certificates fail from some days on.",
        note=SET_CLOCK,
    ),
    "default-deleted": Message(
        'The experiment "{name}" is deleted at {url}, and no other experiment is set here.',
        "A program that sets no experiment logs to it and fails: it must be in the 'active' state.",
        "export MLFLOW_EXPERIMENT_NAME=first-steps",
        "Or call mlflow.set_experiment() in the program.",
    ),
    "dotenv-elsewhere": Message(
        "{path} sets another tracking URI than the one that was checked: {written}",
        "Programs that read that file log there. Everything else uses {uri} ({where}).",
        "quickstart doctor {written}",
        "The command checks that one. To use only one, put this line into the file: `{line}`.",
    ),
    "experiment-contradicted": Message(
        'MLFLOW_EXPERIMENT_ID={number} and MLFLOW_EXPERIMENT_NAME={name} name two experiments: "{name}" is {other}.',
        "MLflow does not choose between them and fails.",
        "unset MLFLOW_EXPERIMENT_ID",
    ),
    "experiment-deleted": Message(
        'The experiment "{name}" is deleted at {url}.',
        "{words} names it. A deleted experiment keeps its name and runs but accepts no new ones: MLflow reports "
        '"Cannot set a deleted experiment".',
        "MLFLOW_TRACKING_URI={url} python -m mlflow experiments restore --experiment-id {experiment}",
        "Or use another name.",
    ),
    "experiment-elsewhere": Message(
        'Runs go to the experiment "{name}", not to "{looked_at}".',
        "{variable} is set in this shell and applies if a program sets no experiment.",
        "unset {variable}",
    ),
    "experiment-missing": Message(
        "No experiment with the ID {number} exists at {url}.",
        "MLFLOW_EXPERIMENT_ID is set in this shell. IDs differ between servers; names do not.",
        "unset MLFLOW_EXPERIMENT_ID",
        "Use MLFLOW_EXPERIMENT_NAME instead.",
    ),
    "experiment-relative": Message(
        '"{name}" is not a valid experiment name at {url}.',
        "{words} sets it. There, an experiment's name is a path from the workspace root.",
        "export MLFLOW_EXPERIMENT_NAME={better}",
    ),
    "file-store": Message(
        "MLflow {version} does not keep runs in files: {path} ({where}).",
        "Since MLflow 3.13 the file store is an error. {hint}",
        "{line}",
        "{note}",
    ),
    "folder-gone": Message(
        "The current folder no longer exists.",
        "It was moved or deleted while this terminal was in it.",
        "cd",
        "Then run the command again.",
    ),
    "folder-read-only": Message(
        "The current folder is read-only: {detail}.",
        "You cannot save scripts or notebooks here, or MLflow's own database if no server is set.",
        "cd",
        "Change to a folder of yours, then run the command again.",
    ),
    "import-failed": Message(
        "{python} cannot import MLflow: {detail}.",
        "A package that MLflow needs is missing or incompatible.",
        NEW_ENVIRONMENT,
    ),
    "index-broken": Message(
        "A package could not be downloaded: {detail}.",
        "{installer} reported this when asked for the same package index as an installation of MLflow.",
        "{command}",
        "The command shows the full output.",
    ),
    "index-empty": Message(
        "The package index does not offer MLflow.",
        "It is a mirror without MLflow, or a Wi-Fi network that shows its login page instead.",
        "{command}",
        "First open any page in a browser and log in to the Wi-Fi, or ask the administrator of the mirror.",
    ),
    "index-proxy": Message(
        "The proxy blocks the package index.",
        "{installer} reports: {detail}.",
        PROXY,
        "If you need no proxy: `unset HTTPS_PROXY`.",
    ),
    "index-silent": Message(
        "The package index did not deliver within {seconds:g} s.",
        "A firewall blocks {installer}, or the connection is too slow for MLflow's 850 MB.",
        "{command}",
        "Try this on another network.",
    ),
    "index-slow": Message(
        "The package index is slow: {speed} MB/s.",
        "Installing MLflow would take {minutes} minutes, and longer if a whole workshop does it at once.",
        "quickstart --yes",
        "Run this on a faster network before the workshop.",
    ),
    "index-tls": Message(
        "The certificate of the package index was rejected.",
        "A program intercepts TLS, or the clock is wrong. {installer} reports: {detail}.",
        "export PIP_CERT=/PATH/TO/CA.pem",
        "Use the file with your organization's certificate authority.",
    ),
    "index-unreachable": Message(
        "Cannot reach the package index: {detail}.",
        "There is no network, a proxy is missing, or a firewall blocks it. MLflow cannot be installed.",
        "{command}",
        f"If you need a proxy, first: `{PROXY}`.",
    ),
    "insecure-tls": Message(
        "MLFLOW_TRACKING_INSECURE_TLS is set in this shell: MLflow accepts any certificate.",
        "An attacker on the network could impersonate the server and get your credentials.",
        "{line}",
        "For a certificate of your own authority, set MLFLOW_TRACKING_SERVER_CERT_PATH to its file.",
    ),
    "little-memory": Message(
        "Little memory for a server: {mb} MB, {limit}.",
        "quickstart's server needs 300 MB. MLflow's default server needs 2 GB; the system kills it.",
        "quickstart server start",
        "It starts a server with one process. To track elsewhere: `quickstart --no-privacy`.",
    ),
    "little-room": Message(
        "The disk is almost full: {free_mb} MB free in {folder}.",
        "{needs}",
        "df -h {folder}",
        "Then free some space.",
    ),
    "localhost-slow": Message(
        "The name localhost adds {seconds:.1f} s to each call to {url}.",
        "Another address of that name is tried first, but the server listens on {address}.",
        "export MLFLOW_TRACKING_URI={better}",
    ),
    "login-beaten": Message(
        'MLflow would not use the credentials of the connection "{name}": this shell sets {variables}.',
        "Environment variables take precedence over saved credentials. They may be old, or for another server.",
        "{line}",
    ),
    "memory-store": Message(
        "The tracking URI {uri} keeps runs only in memory ({where}).",
        "They are lost when the program ends, and no other program can see them.",
        "{line}",
        "{note}",
    ),
    "mlflow-elsewhere": Message(
        "The mlflow command belongs to another environment: MLflow {theirs} in {other}.",
        "Your programs would run MLflow {ours} in {python}. Two versions that share a database or server cause errors.",
        "{python} -m mlflow",
        "Use this instead of mlflow.",
    ),
    "mlflow-nowhere": Message(
        "No Python environment with MLflow was found.",
        "{python} has none. The Python that runs your programs may have it, but was not checked.",
        "quickstart doctor --python /PATH/TO/PYTHON",
        "To install MLflow: `quickstart --yes`.",
    ),
    "mlflow-shadowed": Message(
        "{path} hides MLflow from programs that start in this folder.",
        "Python imports the mlflow in this folder instead of the package.",
        "mv {path} {renamed}",
        "Or start your programs in another folder.",
    ),
    "netrc-login": Message(
        "MLflow's client logs in to {host} as {user}, from {path}.",
        "The requests library prefers a netrc entry to any other user, password and token. quickstart's own checks "
        "ignore it.",
        "{line}",
        "This ignores the file in this shell. Or remove the entry from the file.",
    ),
    "network-disk": Message(
        "{folder} is on a network disk ({kind}, mounted at {mount}).",
        "SQLite needs locks that network disks do not provide: several programs block each other, or damage the "
        "database.",
        "quickstart server backup && quickstart server restore BACKUP --name here --store /PATH/ON/THIS/MACHINE",
    ),
    "no-browser": Message(
        "No browser can be opened here: {why}.",
        "You need one to view MLflow's pages.",
        "{fix}",
        "Run this on the machine that you sit at, and open http://127.0.0.1:{port} there.",
    ),
    "no-certificate": Message(
        "The file {path} does not exist; {variable} names it.",
        "MLflow's client fails before it calls the server.",
        "{line}",
        "Or set the variable to an existing file.",
    ),
    "no-driver": Message(
        "{python} cannot connect to a {kind} database: {package} is not installed.",
        "MLflow installs no database drivers except for SQLite.",
        "{python} -m pip install {package}",
        "{other}",
    ),
    "no-installer": Message(
        "{python} has no pip, and uv is not installed.",
        "Installing MLflow needs one of them.",
        "{python} -m ensurepip",
    ),
    "no-memory-left": Message(
        "Too little memory for MLflow: {mb} MB, {limit}.",
        "A server needs 300 MB, and a program that logs to it needs about as much.",
        "ulimit -v unlimited",
        "If the shell does not set this limit, close other programs or use another machine.",
    ),
    "no-page": Message(
        "MLflow runs at {url} but serves no page: {seen}.",
        "The server runs from mlflow-skinny or a source checkout, or a proxy hides the page. Logging works.",
        "{python} -m pip install --force-reinstall mlflow",
        "Run this on the server's machine, then restart the server.",
    ),
    "no-port": Message(
        "Servers cannot listen on this machine: {detail}.",
        "A firewall or security software blocks programs from listening on 127.0.0.1.",
        note="Ask the administrator of this machine to allow Python to listen on 127.0.0.1.",
    ),
    "no-room-left": Message(
        "The disk is full: {free_mb} MB free in {folder}.",
        "{needs}",
        "df -h {folder}",
        "Then free some space.",
    ),
    "no-venv": Message(
        "Cannot create a Python environment: Python has no module {module}.",
        "Debian and Ubuntu have it in a separate package, python3-venv.",
        "sudo apt-get install python3-venv",
    ),
    "not-written": Message(
        "Nothing was logged to {uri}.",
        "MLflow opens it directly, without a server, so there is nothing to test over the network.",
        "quickstart --yes",
        "The command starts a server of your own.",
    ),
    "notebook-data-dies": Message(
        "Runs are stored on this notebook's machine: {evidence}.",
        "The machine is deleted when the notebook ends, and the runs with it.",
        "quickstart --no-privacy",
        "It sets up tracking with a provider. Or run `quickstart server backup` and download the file.",
    ),
    "noticed": Message(
        "{detail}",
        "It works nevertheless.",
        "quickstart verify {url}",
    ),
    "old-mlflow": Message(
        "The MLflow at {url} is old: it does not report its version.",
        "MLflow reports its version since 1.27. An older server answers 404 to calls of a newer client.",
        "quickstart login server {url} --match-version",
        "The command uses a matching client. Better: have the server upgraded.",
    ),
    "open-to-others": Message(
        "Other users of this machine can read files with credentials: {files}.",
        "Another user could log in as you.",
        "{line}",
    ),
    "origin-refused": Message(
        "A browser that shows {page} cannot use the MLflow server at {url}.",
        'The page loads, but its requests fail: "Cross-origin request blocked". Programs are not affected. '
        "--allowed-hosts is a different setting.",
        "{fix}",
        "{note}",
    ),
    "packages-clash": Message(
        "Packages that MLflow needs are incompatible in {python}: {detail}.",
        "pip check found {count} conflicts. They cause errors later that do not name the cause.",
        '{python} -m pip install --upgrade "mlflow=={version}"',
        f"Or in a new environment: `{NEW_ENVIRONMENT}`.",
    ),
    "plugin-missing": Message(
        "MLflow in {python} does not support {scheme}: tracking URIs.",
        "They need a plugin with the entry point {scheme} in the group {group}, which is not installed. Supported: "
        "{known}.",
        "{python} -m pip install PLUGIN",
        "The plugin's documentation shows this kind of URI. Or correct the URI.",
    ),
    "proof-taken": Message(
        "{path} already exists and is not a result of quickstart preflight.",
        "Your files are never overwritten.",
        "quickstart preflight --proof another-name.json",
    ),
    "proxy-before-localhost": Message(
        "{variable} is set and also applies to this machine's own address.",
        "MLflow and other programs would call your own server through the proxy. NO_PROXY must list this machine.",
        "export NO_PROXY=localhost,127.0.0.1",
    ),
    "proxy-dead": Message(
        "The proxy in {variable} is unreachable: {detail}.",
        "All requests through it fail.",
        "unset {variable}",
        "If you need a proxy, set the right one instead.",
    ),
    "report-in-json": Message(
        "A report and a JSON document cannot both go to stdout.",
        "--report - writes the report to stdout, and so does --json.",
        "quickstart doctor --json --report report.txt",
    ),
    "report-taken": Message(
        "{path} already exists and is not a report of quickstart doctor.",
        "Only an earlier report is overwritten, even with --yes; a link, a device or another file never is.",
        "quickstart doctor --report another-name.txt",
    ),
    "resolves-elsewhere": Message(
        "MLflow in {python} uses {got} instead of {uri}.",
        "Something sets another tracking URI when Python starts or MLflow is imported: sitecustomize, a .pth file or a "
        "plugin. {hint}",
        '{python} -v -c "import mlflow" 2>&1 | grep -i sitecustomize',
        "The command shows whether it is sitecustomize.",
    ),
    "runs-decided": Message(
        "{names} is set in this shell and decides where runs go.",
        "MLflow uses it in each script that sets no experiment or run itself.",
        "{line}",
    ),
    "runs-here": Message(
        "{counted} in {path}, but not in {place}.",
        "MLFLOW_TRACKING_URI is not set in this shell, so scripts log into this folder and the server's page stays "
        "empty.",
        "{line}",
        "This sends future runs to the server. To import the runs in this folder: `{bring}`.",
    ),
    "runs-in-another": Message(
        '"{name}" has no runs, but "{other}" has: the newest is {ago} old.',
        "{words} names the first. A program that sets its experiment late, or differently, logs elsewhere.",
        note="Open {url} and select the other experiment. Or call mlflow.set_experiment() before the first run.",
    ),
    "server-orphans": Message(
        'The server "{name}" was killed, but processes that it started still hold port {port} (pid {pids}).',
        "They still answer requests, and no other server can use the port.",
        "quickstart server stop --name {name} && quickstart server start --name {name}",
    ),
    "shell-elsewhere": Message(
        'This shell uses {variable}, not the connection in use, "{name}" ({uri}).',
        "MLFLOW_TRACKING_URI is set here and takes precedence.",
        "{line}",
        "This makes the shell use {name}. To keep what is set: `{other}`.",
    ),
    "store-gone": Message(
        'The database of the server "{name}" is missing: {database}',
        "MLflow {version} used it, and it was moved or deleted since. New runs are lost or go into a new database.",
        "quickstart server restore BACKUP --name {name}",
        "If you have no backup, start with an empty database: `quickstart server restart --name {name}`.",
    ),
    "store-older": Message(
        "{database} is from {made_by}. The MLflow in {python} opens it only after an upgrade.",
        "An upgrade cannot be reversed, so keep a copy.",
        "cp {database} {database}.before && {python} -m mlflow db upgrade {uri}",
    ),
    "store-unfinished": Message(
        "{database} is incomplete: its creation was interrupted. It holds no runs.",
        "MLflow creates its tables in many steps and cannot always resume.",
        "{remove} {database}",
    ),
    "tls-contradiction": Message(
        "MLFLOW_TRACKING_INSECURE_TLS and MLFLOW_TRACKING_SERVER_CERT_PATH are both set.",
        "MLflow rejects this: one accepts any certificate, the other only those of one authority.",
        "{line}",
    ),
    "too-patient": Message(
        "{variable} is {value} s: if a server does not respond, MLflow waits {hours} hours without a message.",
        "It waits that long for each of eight attempts.",
        "{line}",
    ),
    "unknown-check": Message(
        'Unknown check "{name}".',
        "The checks are: {known}.",
        "quickstart doctor --list",
    ),
    "uri-for-browser": Message(
        "The tracking URI {uri} is a browser URL ({where}).",
        "MLflow appends its paths after the # or ?, and gets a page or an error as the answer.",
        "{line}",
        "{note}",
    ),
    "uri-no-scheme": Message(
        'The tracking URI "{uri}" does not start with http:// ({where}).',
        "MLflow takes it for a folder, and reports that the file store is in maintenance mode or the URI is not "
        "supported.",
        "{line}",
        "{note}",
    ),
    "uri-two-slashes": Message(
        "The tracking URI {uri} lacks a slash ({where}).",
        "After file:// a host name follows; a file on this machine needs three slashes.",
        "{line}",
        "{note}",
    ),
    "uri-untidy": Message(
        'The tracking URI "{uri}" starts or ends with spaces, quotes or invisible characters ({where}).',
        'MLflow keeps them, and reports "Invalid url" or takes the whole for a folder.',
        "{line}",
        "{note}",
    ),
    "uri-wildcard": Message(
        "The tracking URI {uri} is an address to listen on ({where}).",
        "A server can listen on all addresses, but a client cannot call them; Windows rejects it.",
        "{line}",
        "{note}",
    ),
    "vanishing-disk": Message(
        "{folder} is deleted with this container ({kind}, mounted at {mount}).",
        "Runs stored there are lost when the container is removed.",
        "quickstart server start --name lasting --store /PATH/TO/VOLUME",
    ),
}
