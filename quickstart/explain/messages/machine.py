"""What can be wrong with a machine, its Python, and what a class needs of both. Rows of table.py, data alone."""

from __future__ import annotations

from collections.abc import Mapping

# code: (what happened, why, the command that mends it)
MACHINE: Mapping[str, tuple[str, str, str]] = {
    "clock-behind": (
        "This machine's clock says {now}: it is wrong.",
        "quickstart itself was installed later than that. Certificates and logins are refused by a wrong clock.",
        "timedatectl set-ntp true   on Linux; elsewhere: Date & Time, in the settings",
    ),
    "clock-off": (
        "This machine's clock is {minutes} minutes {way}.",
        "Logins at Databricks, Azure and AWS are refused from five minutes on, certificates from some days on.",
        "timedatectl set-ntp true   on Linux; elsewhere: Date & Time, in the settings",
    ),
    "folder-read-only": (
        "The folder that you are in cannot be written: {detail}.",
        "Scripts and notebooks that are kept here, and MLflow's own database where no server is named, would fail.",
        "cd   to a folder of yours, and then the same again",
    ),
    "import-failed": (
        "MLflow cannot be imported by {python}: {detail}.",
        "A package that it needs is missing there, or does not fit.",
        "python3 -m venv .venv-mlflow && quickstart --yes --python .venv-mlflow/bin/python",
    ),
    "index-broken": (
        "A package could not be downloaded: {detail}.",
        "{installer} says so; its index was asked as for an installation of MLflow.",
        "{command}   shows all of it",
    ),
    "index-empty": (
        "The package index offers no MLflow.",
        "It was reached, so it is a mirror that lacks it, or a Wi-Fi that shows its own login page instead.",
        "open any page in a browser and log in to the Wi-Fi, or ask who runs the mirror, and then: {command}",
    ),
    "index-proxy": (
        "The proxy before the package index does not let it through.",
        "{installer} says: {detail}.",
        "export HTTPS_PROXY=http://your-proxy:port   with the right one, or unset HTTPS_PROXY where none is needed",
    ),
    "index-silent": (
        "The package index did not deliver within {seconds:g} s.",
        "A firewall drops what {installer} sends, or the line is far too slow for MLflow's 850 MB.",
        "try another network, or at home: {command}",
    ),
    "index-slow": (
        "The package index is slow here: {speed} MB/s.",
        "To install MLflow would take {minutes} minutes, and longer where a whole class does so at once.",
        "quickstart --yes   on a faster line, before class",
    ),
    "index-tls": (
        "The certificate of the package index is not accepted.",
        "A program on the way reads along, or the clock is wrong. {installer} says: {detail}.",
        "export PIP_CERT=/path/of/your/company/authorities.pem   if that is the way of your network",
    ),
    "index-unreachable": (
        "The package index cannot be reached: {detail}.",
        "There is no network, a proxy is needed, or a firewall is in the way. MLflow cannot be installed like that.",
        "export HTTPS_PROXY=http://your-proxy:port   if you need one, and then: {command}",
    ),
    "little-memory": (
        "There is little memory for a server: {mb} MB, {limit}.",
        "quickstart's own server takes 300 MB; MLflow's usual one, with four workers, 2 GB, and is ended without a "
        "word.",
        "quickstart server start   runs it in one process; for tracking elsewhere: quickstart --no-privacy",
    ),
    "little-room": (
        "The disk is nearly full: {free_mb} MB are free in {folder}.",
        "{needs}",
        "df -h {folder}   and then make room",
    ),
    "mlflow-elsewhere": (
        "The command mlflow is that of another environment: MLflow {theirs} in {other}.",
        "Your programs would run MLflow {ours} in {python}: two versions at one database or server get in each "
        "other's way.",
        "{python} -m mlflow   instead of mlflow",
    ),
    "mlflow-nowhere": (
        "quickstart knows of no Python that has MLflow.",
        "There is none in {python}. What your programs are run by may have it, and is not examined.",
        "quickstart doctor --python /path/of/your/python   or, to have it installed: quickstart --yes",
    ),
    "mlflow-shadowed": (
        "{path} hides MLflow from every program that is started in this folder.",
        "Python imports what is called mlflow here instead of the package of that name.",
        "mv {path} {renamed}   or start your programs in another folder",
    ),
    "no-browser": (
        "No browser can be opened here: {why}.",
        "MLflow's pages are looked at in one.",
        "{mend}",
    ),
    "no-installer": (
        "{python} has no pip, and there is no uv.",
        "One of the two is needed to install MLflow.",
        "{python} -m ensurepip",
    ),
    "no-memory-left": (
        "There is too little memory for MLflow: {mb} MB, {limit}.",
        "A server takes 300 MB, and a program that logs to it as much again.",
        "ulimit -v unlimited   if it is a limit of this shell; else end other programs, or take another machine",
    ),
    "no-network": (
        "This machine has no network: nothing but itself can be reached.",
        "No interface is up besides loopback.",
        "check the Wi-Fi, or the cable, and then the same command again",
    ),
    "no-port": (
        "No server can listen on this machine: {detail}.",
        "A firewall or security software forbids programs to listen on 127.0.0.1, or to call each other there.",
        "ask whoever looks after this machine to allow Python to listen on 127.0.0.1",
    ),
    "no-room-left": (
        "The disk is full: {free_mb} MB are free in {folder}.",
        "{needs}",
        "df -h {folder}   and then make room",
    ),
    "no-venv": (
        "No Python environment can be made here: Python has no module {module}.",
        "On Debian and Ubuntu it is a package of its own, python3-venv.",
        "sudo apt-get install python3-venv",
    ),
    "notebook-data-dies": (
        "Runs are kept inside of this notebook's machine: {evidence}.",
        "It is given to somebody else when the notebook ends, and the runs go with it.",
        "quickstart --no-privacy   tracks with a provider; or quickstart server backup, and download the file",
    ),
    "packages-clash": (
        "Packages that MLflow needs do not fit together in {python}: {detail}.",
        "{count} such clashes were found by pip check. What fails by it fails late, and in strange words.",
        '{python} -m pip install --upgrade "mlflow=={version}"   or, in a fresh environment: '
        "python3 -m venv .venv-mlflow && quickstart --yes --python .venv-mlflow/bin/python",
    ),
    "plugin-missing": (
        "MLflow in {python} does not know {scheme}: addresses.",
        "They are understood by a plugin with an entry point {scheme} in the group {group}, and no package there has "
        "one. Known are: {known}.",
        "{python} -m pip install THE-PLUGIN   whose documentation names that address; or mend the address",
    ),
    "proof-taken": (
        "{path} is there already, and is no proof of quickstart preflight.",
        "A file of yours is never written over.",
        "quickstart preflight --proof another-name.json",
    ),
    "proxy-before-localhost": (
        "{variable} is set, and sends even what is meant for this machine through the proxy.",
        "MLflow and other programs call a server of your own by it; NO_PROXY has to name this machine.",
        "export NO_PROXY=localhost,127.0.0.1",
    ),
    "proxy-dead": (
        "{variable} names a proxy that does not answer: {detail}.",
        "Whatever goes by it fails.",
        "unset {variable}   or set it to the right one",
    ),
    "resolves-elsewhere": (
        "MLflow in {python} goes to {got} instead of {uri}.",
        "Something sets another address when Python starts or MLflow is imported: sitecustomize, a .pth file, a "
        "plugin. {hint}",
        '{python} -v -c "import mlflow" 2>&1 | grep -i sitecustomize   shows the first of these',
    ),
}
