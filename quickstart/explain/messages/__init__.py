"""Every coded fault: what happened, why, and the command that mends it. Data alone; explain.py fills it in."""

from __future__ import annotations

from collections.abc import Mapping

from quickstart.explain.messages.choosing import CHOOSING
from quickstart.explain.messages.connecting import CONNECTING
from quickstart.explain.messages.machine import MACHINE
from quickstart.explain.messages.runs import RUNS
from quickstart.explain.messages.servers import SERVERS
from quickstart.explain.messages.settings import SETTINGS
from quickstart.explain.messages.stores import STORES
from quickstart.explain.messages.tracking import TRACKING
from quickstart.explain.messages.workshop import CLASSROOM, WORKSHOP
from quickstart.methods.azureml.messages import AZURE
from quickstart.methods.databricks.messages import LOGINS
from quickstart.methods.sagemaker.messages import AWS

# code: (what happened, why, the command that mends it), each filled in with the fault's facts.
TABLE: Mapping[str, tuple[str, str, str]] = {
    **AWS,
    **AZURE,
    **CHOOSING,
    **CLASSROOM,
    **CONNECTING,
    **LOGINS,
    **MACHINE,
    **RUNS,
    **SERVERS,
    **SETTINGS,
    **STORES,
    **TRACKING,
    **WORKSHOP,
    "already-running": (
        'The server "{name}" runs on {url}, but not with {options}.',
        "A server keeps its settings while it runs.",
        "quickstart server restart --name {name} {options}",
    ),
    "api-error": (
        "{url} answered {status} to an MLflow request: {message}",
        "The server is reached, but it could not do what was asked; its own log tells more.",
        "{logs}",
    ),
    "artifact-failed": (
        "Metrics arrive at {url}, but a file does not come back: {seen}",
        "The server's artifact store refuses it: it is not served through the server, full, or not writable.",
        "{logs}",
    ),
    "bad-host": (
        '"{host}" is neither an address nor a name that a server can have.',
        "--host takes an address of this machine; --allowed-hosts takes names, separated by commas.",
        "quickstart server start --host 127.0.0.1 --allowed-hosts mlflow.example.org",
    ),
    "bad-name": (
        '"{name}" cannot name a server.',
        "A name becomes a file: lower-case letters, digits, - and _, at most 40, a letter or digit first.",
        "quickstart server start --name my-server",
    ),
    "bad-store": (
        "Runs cannot be kept in {store}",
        "There is no such folder, or its name holds % or ?, which mean something else in MLflow's addresses.",
        "quickstart server start --store another/folder",
    ),
    "bad-uri": (
        'The tracking URI "{uri}" cannot be called: {detail}',
        "MLflow takes the address of a server: scheme, host and port.",
        "{with_address}",
    ),
    "busy": (
        "Another quickstart has been at work on {name} for more than {seconds:g} s.",
        "Two at once would get in each other's way.",
        "quickstart server status   and, when the other one is done, the same command again",
    ),
    "client-elsewhere": (
        "MLflow's own client ran without an error, but made no run on {url}.",
        "A setting in {python} sends it elsewhere.",
        "quickstart env   and use what it prints",
    ),
    "client-proxied": (
        "MLflow's own client did not get through to {url}, although the server answers.",
        "HTTP_PROXY or HTTPS_PROXY is set, and MLflow sends even what is meant for this machine through it.",
        "export NO_PROXY={no_proxy}",
    ),
    "disk-full": (
        "There is not enough room for MLflow: {free_mb} MB are free where {needed_mb} MB are needed.",
        "MLflow and what it needs go into {folder}.",
        "quickstart --yes --python /path/on/a/larger/disk/bin/python",
    ),
    "empty-403": (
        "Somebody answers on port {port}, but it is not MLflow: 403 with nothing in it.",
        "On a Mac that is AirPlay Receiver (System Settings, General, AirDrop & Handoff); elsewhere another program.",
        "quickstart server start --port {next_port}",
    ),
    "externally-managed": (
        "{python} belongs to the operating system, which forbids installing into it.",
        "Its packages are the system's package manager's (PEP 668).",
        "python3 -m venv .venv && quickstart --yes --python .venv/bin/python",
    ),
    "forbidden": (
        "{url} refuses us: 403. {detail}",
        "You are known there, or need not be, but are not allowed to use the API.",
        "ask whoever runs the server for permission",
    ),
    "host-refused": (
        'The MLflow server at {url} refuses to be called "{host}".',
        "Since MLflow 3.5 a server answers only to localhost and private addresses, unless it is told other names.",
        "quickstart server restart --allowed-hosts {host}   on the machine of the server",
    ),
    "host-silent": (
        "{host} port {port} does not answer at all: {seconds:g} s of silence.",
        "A firewall drops the connection, the address is wrong, or the machine is off.",
        "check the address, or your VPN, and then: {again}",
    ),
    "login-needed": (
        "The server at {url} asks for a login.",
        "It answers 401 to a request without one.",
        "quickstart login server {url}",
    ),
    "mlflow-missing": (
        "There is no MLflow in {python}.",
        "It is what runs the server.",
        "quickstart --yes --python {python}",
    ),
    "name-unknown": (
        'There is no machine named "{host}".',
        "The name is misspelt, or only known inside a network that you are not in ({detail}).",
        "check the name, or your VPN, and then: {again}",
    ),
    "no-answer": (
        "{url} accepts connections but says nothing: {seconds:g} s of silence.",
        "The server hangs or is overloaded, or it is not a web server.",
        "{restart}",
    ),
    "no-connection": (
        "There is no connection to check.",
        "None is saved, MLFLOW_TRACKING_URI is not set, and no address was given.",
        "quickstart --yes",
    ),
    "no-connection-saved": (
        "No connection is saved.",
        "Nothing was set up yet, or it was undone.",
        "quickstart --yes",
    ),
    "no-http-uri": (
        '"{uri}" is not the address of a server.',
        "A server's address begins with https:// or http://; MLflow calls this in another way, or not at all.",
        "quickstart login   lists the places that it can log in to",
    ),
    "not-mlflow": (
        "Somebody answers at {url}, but it is not MLflow: {seen}",
        "Another program holds that port, or the address is that of another service.",
        "quickstart server status   shows where your own servers are",
    ),
    "packages-not-writable": (
        "You may not install packages into {python}.",
        "{folder} belongs to somebody else.",
        "python3 -m venv .venv && quickstart --yes --python .venv/bin/python",
    ),
    "port-forbidden": (
        "You may not listen on port {port}.",
        "The operating system keeps the ports below 1024 to administrators.",
        "quickstart server start --name {name} --port {free}",
    ),
    "port-lost": (
        "Port {port} was taken by another program just while the server was starting.",
        "It was free a moment ago.",
        "quickstart server start --name {name}",
    ),
    "port-still-held": (
        "The server is stopped, but port {port} is not free: {holder} listens there.",
        "Somebody took the port, or a process of the server could not be ended.",
        "quickstart server status --name {name}",
    ),
    "port-taken": (
        "Port {port} is taken by {holder}.",
        "Only one program can listen on a port.{airplay}",
        "quickstart server start --name {name} --port {free}",
    ),
    "proxy-failed": (
        "The proxy before {url} did not let us through.",
        "HTTP_PROXY or HTTPS_PROXY is set, and the proxy refuses or does not answer.",
        "export NO_PROXY={host}   if the server is inside your network, and then: {again}",
    ),
    "public-bind": (
        "A server on {host} could be read and written by everybody who can reach this machine.",
        "It has no login, so quickstart starts servers for this machine only.",
        "ssh -N -L {port}:127.0.0.1:{port} you@this-machine   on the other machine, to reach it safely",
    ),
    "python-broken": (
        "{python} does not run: {detail}",
        "The environment was moved, or the Python it was made from is gone.",
        "{forget}python3 -m venv .venv && quickstart --yes --python .venv/bin/python",
    ),
    "python-missing": (
        "There is no {python}.",
        "It was given with --python or QUICKSTART_PYTHON, or an environment is active whose folder is gone.",
        "{forget}quickstart --yes --python $(command -v python3)",
    ),
    "python-too-old": (
        "{python} is Python {version}.",
        "MLflow needs a newer one.",
        "python3.11 -m venv .venv && quickstart --yes --python .venv/bin/python",
    ),
    "read-mismatch": (
        "What was read back from {url} is not what was logged: {read} instead of {logged}.",
        "Something between us and the database changes or loses data.",
        "{logs}",
    ),
    "script-failed": (
        "{script} ended with an error in {python}: {detail}",
        "MLflow cannot be imported there, or a package it needs does not fit.",
        "{python} -m pip install --upgrade --force-reinstall mlflow",
    ),
    "script-silent": (
        "{script} did not end within {seconds:g} s in {python}.",
        "MLflow is very slow there, or its client waits for a server that does not answer.",
        "quickstart verify",
    ),
    "secret-in-uri": (
        "The address holds a user name or a password.",
        "Addresses end up in logs, histories and scripts.",
        "{with_address}   with the address alone",
    ),
    "server-down": (
        "Nobody answers at {url}.",
        "No server runs there: {detail}.",
        "{restart}",
    ),
    "server-slow": (
        'The server "{name}" was not ready after {seconds:g} s and was ended.',
        "The machine is very busy, or the server hangs; its last words: {last}",
        "quickstart server logs --name {name}",
    ),
    "state-damaged": (
        "quickstart's own file {path} cannot be read: {detail}",
        "It was changed by hand, or the disk lost a part of it. Your runs are not in it.",
        "{remove} {path}",
    ),
    "state-locked": (
        "quickstart's own {path} cannot be read: Permission denied.",
        "{folder} is yours, but its mode keeps you out.",
        "chmod u+rwX {folder}",
    ),
    "state-unreadable": (
        "quickstart's own {path} cannot be read: Permission denied.",
        "It belongs to somebody else, as after a quickstart that was run by sudo.",
        'sudo chown -R "$USER" {folder}',
    ),
    "folder-gone": (
        "The folder that you are in is not there any more.",
        "It was moved or deleted while this terminal was in it.",
        "cd   and then the same command again",
    ),
    "store-in-use": (
        'The server "{other}" on {url} works on {store} already.',
        "Two servers on one SQLite database would block each other.",
        "quickstart server stop --name {other}",
    ),
    "undo-incomplete": (
        "Not everything could be taken back: {failed}.",
        "What is above says why. It is still in the journal, and undo tries it again.",
        "quickstart undo {name}",
    ),
    "unknown-connection": (
        'There is no connection named "{name}".',
        "Saved are: {known}.",
        "quickstart list",
    ),
    "unknown-guide": ('There is no guide named "{name}".', "There are: {known}.", "quickstart guide"),
    "unknown-server": (
        'There is no server named "{name}".',
        "Known are: {known}.",
        "quickstart server status",
    ),
    "which-connection": (
        "There are several connections that could be meant: {known}.",
        "None of them is in use.",
        "quickstart undo {first}",
    ),
    "unreachable": (
        "{url} broke the connection off.",
        "It is not a web server, expects https, or was just ended ({detail}).",
        "quickstart server status",
    ),
    "secrets-shown": (
        "The login is not shown.",
        "--with-secrets writes it for a shell or a file to read, never to a screen or into a document that is kept.",
        "{line}",
    ),
    "venv-failed": (
        "A Python environment could not be made in {folder}: {detail}",
        "Python's venv module is incomplete; on Debian and Ubuntu it is the package python3-venv. Log: {log}",
        "sudo apt-get install python3-venv",
    ),
}

UNKNOWN = (
    "quickstart stopped.",
    "This is a mistake in quickstart itself: it has no explanation for what it found.",
    "quickstart --help",
)

# What mends the same fault where the server is on another machine.
ELSEWHERE: Mapping[str, str] = {
    "server-down": "ask whoever runs the server, and then: {again}",
    "no-answer": "ask whoever runs the server, and then: {again}",
    "unreachable": "check the address, and then: {again}",
    "api-error": "ask whoever runs the server what its log says",
    "artifact-failed": "ask whoever runs the server what its log says",
    "read-mismatch": "ask whoever runs the server what its log says",
}
