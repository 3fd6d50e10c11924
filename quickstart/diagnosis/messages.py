"""What diagnosis reports when it fails: one message for each error code."""

from __future__ import annotations

from collections.abc import Mapping

from quickstart.errors import Message

GUIDE = "doctor"

MESSAGES: Mapping[str, Message] = {
    "check-crashed": Message(
        'The check "{id}" stumbled: {detail}',
        "This is a mistake in quickstart itself, not yours; the other checks are not touched by it.",
        "quickstart doctor --only {id} --verbose",
    ),
    "check-late": Message(
        'The check "{id}" did not end within {seconds:g} s.',
        "Something that it asks does not answer; the other checks did not wait for it.",
        "quickstart doctor --only {id}",
    ),
    "clock-behind": Message(
        "This machine's clock says {now}: it is wrong.",
        "quickstart itself was installed later than that. Certificates and logins are refused by a wrong clock.",
        "",
        "timedatectl set-ntp true   on Linux; elsewhere: Date & Time, in the settings",
    ),
    "clock-off": Message(
        "This machine's clock is {minutes} minutes {way}.",
        "Logins at Databricks, Azure and AWS are refused from five minutes on, certificates from some days on.",
        "",
        "timedatectl set-ntp true   on Linux; elsewhere: Date & Time, in the settings",
    ),
    "folder-gone": Message(
        "The folder that you are in is not there any more.",
        "It was moved or deleted while this terminal was in it.",
        "cd",
        "and then the same command again",
    ),
    "folder-read-only": Message(
        "The folder that you are in cannot be written: {detail}.",
        "Scripts and notebooks that are kept here, and MLflow's own database where no server is named, would fail.",
        "cd",
        "to a folder of yours, and then the same again",
    ),
    "index-broken": Message(
        "A package could not be downloaded: {detail}.",
        "{installer} says so; its index was asked as for an installation of MLflow.",
        "{command}",
        "shows all of it",
    ),
    "index-empty": Message(
        "The package index offers no MLflow.",
        "It was reached, so it is a mirror that lacks it, or a Wi-Fi that shows its own login page instead.",
        "",
        "open any page in a browser and log in to the Wi-Fi, or ask who runs the mirror, and then: {command}",
    ),
    "index-proxy": Message(
        "The proxy before the package index does not let it through.",
        "{installer} says: {detail}.",
        "export HTTPS_PROXY=http://your-proxy:port",
        "with the right one, or unset HTTPS_PROXY where none is needed",
    ),
    "index-silent": Message(
        "The package index did not deliver within {seconds:g} s.",
        "A firewall drops what {installer} sends, or the line is far too slow for MLflow's 850 MB.",
        "",
        "try another network, or at home: {command}",
    ),
    "index-slow": Message(
        "The package index is slow here: {speed} MB/s.",
        "To install MLflow would take {minutes} minutes, and longer where a whole class does so at once.",
        "quickstart --yes",
        "on a faster line, before class",
    ),
    "index-tls": Message(
        "The certificate of the package index is not accepted.",
        "A program on the way reads along, or the clock is wrong. {installer} says: {detail}.",
        "export PIP_CERT=/path/of/your/company/authorities.pem",
        "if that is the way of your network",
    ),
    "index-unreachable": Message(
        "The package index cannot be reached: {detail}.",
        "There is no network, a proxy is needed, or a firewall is in the way. MLflow cannot be installed like that.",
        "export HTTPS_PROXY=http://your-proxy:port",
        "if you need one, and then: {command}",
    ),
    "little-memory": Message(
        "There is little memory for a server: {mb} MB, {limit}.",
        "quickstart's own server takes 300 MB; MLflow's usual one, with four workers, 2 GB, and is ended without a "
        "word.",
        "quickstart server start",
        "runs it in one process; for tracking elsewhere: quickstart --no-privacy",
    ),
    "little-room": Message(
        "The disk is nearly full: {free_mb} MB are free in {folder}.",
        "{needs}",
        "df -h {folder}",
        "and then make room",
    ),
    "no-browser": Message(
        "No browser can be opened here: {why}.",
        "MLflow's pages are looked at in one.",
        "{fix}",
    ),
    "no-installer": Message(
        "{python} has no pip, and there is no uv.",
        "One of the two is needed to install MLflow.",
        "{python} -m ensurepip",
    ),
    "no-memory-left": Message(
        "There is too little memory for MLflow: {mb} MB, {limit}.",
        "A server takes 300 MB, and a program that logs to it as much again.",
        "ulimit -v unlimited",
        "if it is a limit of this shell; else end other programs, or take another machine",
    ),
    "no-port": Message(
        "No server can listen on this machine: {detail}.",
        "A firewall or security software forbids programs to listen on 127.0.0.1, or to call each other there.",
        "",
        "ask whoever looks after this machine to allow Python to listen on 127.0.0.1",
    ),
    "no-room-left": Message(
        "The disk is full: {free_mb} MB are free in {folder}.",
        "{needs}",
        "df -h {folder}",
        "and then make room",
    ),
    "no-venv": Message(
        "No Python environment can be made here: Python has no module {module}.",
        "On Debian and Ubuntu it is a package of its own, python3-venv.",
        "sudo apt-get install python3-venv",
    ),
    "proof-taken": Message(
        "{path} is there already, and is no proof of quickstart preflight.",
        "A file of yours is never written over.",
        "quickstart preflight --proof another-name.json",
    ),
    "proxy-before-localhost": Message(
        "{variable} is set, and sends even what is meant for this machine through the proxy.",
        "MLflow and other programs call a server of your own by it; NO_PROXY has to name this machine.",
        "export NO_PROXY=localhost,127.0.0.1",
    ),
    "proxy-dead": Message(
        "{variable} names a proxy that does not answer: {detail}.",
        "Whatever goes by it fails.",
        "unset {variable}",
        "or set it to the right one",
    ),
    "report-in-json": Message(
        "A report and a JSON document cannot both go to stdout.",
        "--report - writes it there, and --json has that place.",
        "quickstart doctor --json --report report.txt",
    ),
    "report-taken": Message(
        "{path} is there already, and is no report of quickstart doctor.",
        "Only a former report is written over, with --yes as well; a link, a device or another file never is.",
        "quickstart doctor --report another-name.txt",
    ),
}
