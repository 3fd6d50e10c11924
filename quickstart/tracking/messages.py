"""The messages for errors of the tracking API and the foo/bar check."""

from __future__ import annotations

from collections.abc import Mapping

from quickstart.errors import Message

GUIDE = "doctor"
ASK_FOR_LOG = "Ask the server's administrator to read its log."

MESSAGES: Mapping[str, Message] = {
    "api-error": Message(
        "{url} answered an MLflow request with {status}: {message}",
        "The server is reachable but failed to process the request. Its log says more.",
        "{logs}",
        elsewhere=ASK_FOR_LOG,
    ),
    "artifact-failed": Message(
        "{url} stores metrics, but not files: {seen}",
        "The artifact store rejected the file: the server does not proxy artifacts, or the store is full or not "
        "writable.",
        "{logs}",
        elsewhere=ASK_FOR_LOG,
    ),
    "bad-uri": Message(
        'Invalid tracking URI "{uri}": {detail}',
        "MLflow needs the URL of a server: scheme, host and port.",
        "{with_address}",
    ),
    "client-elsewhere": Message(
        "MLflow's client ran without an error, but {url} has no run from it.",
        "A setting in {python} sends its runs elsewhere.",
        "quickstart env",
        "Run the lines that it prints in your shell.",
    ),
    "client-proxied": Message(
        "MLflow's client cannot reach {url}, although the server answers.",
        "HTTP_PROXY or HTTPS_PROXY is set, and MLflow uses it even for this machine.",
        "export NO_PROXY={no_proxy}",
    ),
    "empty-403": Message(
        "The program on port {port} is not MLflow: it answers 403 with an empty body.",
        "On a Mac it is AirPlay Receiver (System Settings, General, AirDrop & Handoff); elsewhere another program.",
        "quickstart server start --port {next_port}",
    ),
    "forbidden": Message(
        "{url} denied access (403). {detail}",
        "You do not have permission to use the tracking API.",
        "",
        "Ask the server's administrator for permission.",
    ),
    "host-refused": Message(
        'The server at {url} rejected the Host header "{host}".',
        "Since MLflow 3.5, a server accepts only localhost and private addresses, unless it is given other names.",
        "quickstart server restart --allowed-hosts {host}",
        "Run it on the server's machine.",
    ),
    "host-silent": Message(
        "{host} port {port} timed out after {seconds:g} s.",
        "A firewall drops the connection, the address is wrong, or the machine is off.",
        "{again}",
        "First check the address and your VPN.",
    ),
    "login-needed": Message(
        "The server at {url} requires credentials.",
        "It answers 401 to a request without them.",
        "quickstart login server {url}",
    ),
    "name-unknown": Message(
        'Unknown host "{host}".',
        "The name is misspelled, or exists only inside a network that you are not in ({detail}).",
        "{again}",
        "First check the name and your VPN.",
    ),
    "no-http-uri": Message(
        '"{uri}" is not the URL of a server.',
        "The URL of a server begins with https:// or http://; MLflow handles this one differently, or not at all.",
        "quickstart login",
        "It lists the places that it can log in to.",
    ),
    "not-mlflow": Message(
        "The server at {url} is not MLflow: {seen}",
        "Another program uses that port, or the URL is that of another service.",
        "quickstart server status",
        "It shows the URLs of your own servers.",
    ),
    "read-mismatch": Message(
        "{url} returned {read}, but {logged} was logged.",
        "Something between this machine and the database changes or loses data.",
        "{logs}",
        elsewhere=ASK_FOR_LOG,
    ),
    "run-elsewhere": Message(
        'The run {run_id} was logged to the experiment "{name}", but is in experiment {other}.',
        "Two programs created the experiment at the same time, and MLflow silently used another one.",
        "quickstart verify {url}",
        "It works now that the experiment exists.",
    ),
    "secret-in-uri": Message(
        "The tracking URI contains a user name or a password.",
        "URLs end up in logs, shell histories and scripts.",
        "{with_address}",
        "Use the URL alone.",
    ),
    "server-down": Message(
        "Cannot connect to {url}: {detail}.",
        "No server is listening on that port.",
        "{restart}",
        elsewhere="Ask the server's administrator, then repeat: `{again}`",
    ),
}
