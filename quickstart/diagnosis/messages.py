"""What diagnosis reports when it fails: one message for each error code."""

from __future__ import annotations

from collections.abc import Mapping

from quickstart.errors import Message

GUIDE = "doctor"
PROXY = "export HTTPS_PROXY=http://PROXY:PORT"
SET_CLOCK = "On Linux: `timedatectl set-ntp true`. On other systems, use the date and time settings."

MESSAGES: Mapping[str, Message] = {
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
    "no-browser": Message(
        "No browser can be opened here: {why}.",
        "You need one to view MLflow's pages.",
        "{fix}",
        "Run this on the machine that you sit at, and open http://127.0.0.1:{port} there.",
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
}
