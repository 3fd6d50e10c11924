"""What tracking reports when it fails: one message for each error code."""

from __future__ import annotations

from collections.abc import Mapping

from quickstart.errors import Message

GUIDE = "doctor"

MESSAGES: Mapping[str, Message] = {
    "api-error": Message(
        "{url} answered {status} to an MLflow request: {message}",
        "The server is reached, but it could not do what was asked; its own log tells more.",
        "{logs}",
        elsewhere="ask whoever runs the server what its log says",
    ),
    "artifact-failed": Message(
        "Metrics arrive at {url}, but a file does not come back: {seen}",
        "The server's artifact store refuses it: it is not served through the server, full, or not writable.",
        "{logs}",
        elsewhere="ask whoever runs the server what its log says",
    ),
    "bad-uri": Message(
        'The tracking URI "{uri}" cannot be called: {detail}',
        "MLflow takes the address of a server: scheme, host and port.",
        "{with_address}",
    ),
    "client-elsewhere": Message(
        "MLflow's own client ran without an error, but made no run on {url}.",
        "A setting in {python} sends it elsewhere.",
        "quickstart env",
        "and use what it prints",
    ),
    "client-proxied": Message(
        "MLflow's own client did not get through to {url}, although the server answers.",
        "HTTP_PROXY or HTTPS_PROXY is set, and MLflow sends even what is meant for this machine through it.",
        "export NO_PROXY={no_proxy}",
    ),
    "empty-403": Message(
        "Somebody answers on port {port}, but it is not MLflow: 403 with nothing in it.",
        "On a Mac that is AirPlay Receiver (System Settings, General, AirDrop & Handoff); elsewhere another program.",
        "quickstart server start --port {next_port}",
    ),
    "forbidden": Message(
        "{url} refuses us: 403. {detail}",
        "You are known there, or need not be, but are not allowed to use the API.",
        "",
        "ask whoever runs the server for permission",
    ),
    "host-refused": Message(
        'The MLflow server at {url} refuses to be called "{host}".',
        "Since MLflow 3.5 a server answers only to localhost and private addresses, unless it is told other names.",
        "quickstart server restart --allowed-hosts {host}",
        "on the machine of the server",
    ),
    "host-silent": Message(
        "{host} port {port} does not answer at all: {seconds:g} s of silence.",
        "A firewall drops the connection, the address is wrong, or the machine is off.",
        "",
        "check the address, or your VPN, and then: {again}",
    ),
    "login-needed": Message(
        "The server at {url} asks for a login.",
        "It answers 401 to a request without one.",
        "quickstart login server {url}",
    ),
    "name-unknown": Message(
        'There is no machine named "{host}".',
        "The name is misspelt, or only known inside a network that you are not in ({detail}).",
        "",
        "check the name, or your VPN, and then: {again}",
    ),
    "no-http-uri": Message(
        '"{uri}" is not the address of a server.',
        "A server's address begins with https:// or http://; MLflow calls this in another way, or not at all.",
        "quickstart login",
        "lists the places that it can log in to",
    ),
    "not-mlflow": Message(
        "Somebody answers at {url}, but it is not MLflow: {seen}",
        "Another program holds that port, or the address is that of another service.",
        "quickstart server status",
        "shows where your own servers are",
    ),
    "read-mismatch": Message(
        "What was read back from {url} is not what was logged: {read} instead of {logged}.",
        "Something between us and the database changes or loses data.",
        "{logs}",
        elsewhere="ask whoever runs the server what its log says",
    ),
    "run-elsewhere": Message(
        'The run {run_id} was logged for the experiment "{name}", and is in experiment {other}.',
        "Two programs made the experiment at once, and MLflow fell back to another one without a word.",
        "quickstart verify {url}",
        "again, now that the experiment is there",
    ),
    "secret-in-uri": Message(
        "The address holds a user name or a password.",
        "Addresses end up in logs, histories and scripts.",
        "{with_address}",
        "with the address alone",
    ),
    "server-down": Message(
        "Nobody answers at {url}.",
        "No server runs there: {detail}.",
        "{restart}",
        elsewhere="ask whoever runs the server, and then: {again}",
    ),
}
