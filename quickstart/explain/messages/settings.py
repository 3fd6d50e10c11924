"""What may be wrong in variables, files and logins that MLflow goes by. Rows of table.py, data alone."""

from __future__ import annotations

from collections.abc import Mapping

# code: (what happened, why, the command that mends it)
SETTINGS: Mapping[str, tuple[str, str, str]] = {
    "check-writes": (
        'The check "{id}" logs a run.',
        "Nothing is written unless you say so.",
        "quickstart doctor --only {id} --write",
    ),
    "not-written": (
        "Nothing was logged to {uri}.",
        "MLflow opens that itself, and no server is there that could be asked over the network.",
        "quickstart --yes   starts a server of your own",
    ),
    "bad-proxy": (
        "{variable} names no proxy that can be used: {proxy}",
        "Of that address {detail}, and MLflow's client stops there before it calls anybody.",
        "{line}   or set it to an address such as http://proxy.example.org:3128",
    ),
    "bad-value": (
        '{variable} is "{value}" in this shell.',
        "MLflow takes {takes} there, and stops at anything else before it calls a server.",
        "{line}",
    ),
    "dotenv-elsewhere": (
        "{path} names another place than the one that is examined: {written}",
        "Programs that read that file log there; everything else goes to {uri}, {where}.",
        "quickstart doctor {written}   examines that one; to use one place alone, put this line into the file: {line}",
    ),
    "insecure-tls": (
        "MLFLOW_TRACKING_INSECURE_TLS is set in this shell: MLflow takes any certificate.",
        "Whoever stands between could answer in the server's place, and would get your login.",
        "{line}   and, for a certificate of your own authority, set MLFLOW_TRACKING_SERVER_CERT_PATH to its file",
    ),
    "login-half": (
        "{has} is set, but not {lacks}.",
        "MLflow needs both; with one alone it logs in without saying so as nobody.",
        "quickstart login server {uri}   asks for both; or, where no login is needed: {line}",
    ),
    "login-of-server": (
        "{told}: set in this shell, but MLflow's client does not heed that.",
        "These belong to the server. A client logs in by MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, and "
        "here it has neither.",
        "quickstart login server {uri}",
    ),
    "login-two": (
        "MLFLOW_TRACKING_TOKEN is set in this shell, and is not used.",
        "A user with a password goes before a token, and MLFLOW_TRACKING_USERNAME ({user}) has one.",
        "{line}   or unset the other two, to log in by the token",
    ),
    "netrc-login": (
        "MLflow's client logs in to {host} as {user}, whatever else is set: {path} has that login.",
        "The library that it calls servers with puts a netrc entry in the place of every other user, password and "
        "token. What quickstart checks goes without it.",
        "{line}   keeps it out of this shell; or take the entry out of the file",
    ),
    "no-certificate": (
        "There is no file at {path}, which {variable} names.",
        "MLflow's client stops there before it calls the server.",
        "{line}   or set it to a file that is there",
    ),
    "open-to-others": (
        "Others on this machine may read what holds secrets: {told}.",
        "Whoever has an account here could log in as you.",
        "{line}",
    ),
    "runs-decided": (
        "{told} is set in this shell, and decides where runs go.",
        "MLflow heeds it in every script that does not name an experiment or a run of its own.",
        "{line}",
    ),
    "shell-elsewhere": (
        'This shell leads to {variable}, and not to the connection in use, "{name}" ({uri}).',
        "MLFLOW_TRACKING_URI is set here, and MLflow goes by that alone.",
        "{line}   leads this shell to {name}; to stay with what is set here: {other}",
    ),
    "tls-contradiction": (
        "MLFLOW_TRACKING_INSECURE_TLS and MLFLOW_TRACKING_SERVER_CERT_PATH are both set.",
        "MLflow refuses that: the one takes any certificate, the other one authority's alone.",
        "{line}",
    ),
    "too-patient": (
        "{variable} is {value} s: against a server that does not answer, MLflow says nothing for {hours} hours.",
        "It waits that long for each of eight tries.",
        "{line}",
    ),
    "uri-for-browser": (
        "The tracking URI {uri} is an address for the browser ({where}).",
        "MLflow puts its paths behind what follows # or ?, and gets a page or an error instead of an answer.",
        "{line}",
    ),
    "uri-no-scheme": (
        'The tracking URI "{uri}" does not begin with http:// ({where}).',
        "MLflow then takes it for a folder, and says that the file store is in maintenance mode, or that the URI is "
        "not supported.",
        "{line}",
    ),
    "uri-two-slashes": (
        "The tracking URI {uri} lacks a slash ({where}).",
        "After file:// comes the name of a machine; a file on this one needs three slashes.",
        "{line}",
    ),
    "uri-untidy": (
        'The tracking URI "{uri}" has blanks, quotes or signs that cannot be seen at its ends ({where}).',
        'MLflow takes them for a part of it, and says "Invalid url", or takes all of it for a folder.',
        "{line}",
    ),
    "uri-wildcard": (
        "The tracking URI {uri} is an address to listen on ({where}).",
        "A server can listen on all addresses at once, but nobody can call them all: Windows refuses it.",
        "{line}",
    ),
}
