"""What methods/server reports when it fails: one message for each error code."""

from __future__ import annotations

from collections.abc import Mapping

from quickstart.errors import Message

GUIDE = "server"

MESSAGES: Mapping[str, Message] = {
    "artifact-path": Message(
        "Artifacts cannot reach {url}: it tells clients to write them to {path}.",
        "That path is on the server's disk, not on this machine. The server does not serve artifacts, or did not when "
        "the experiment {experiment} was created; an experiment keeps its artifact location.",
        "{again}",
        "This tries a new experiment. If it fails too, the server must be started with --artifacts-destination.",
    ),
    "bad-ca-file": Message(
        "{path} is not a certificate file: {detail}.",
        "It must be a text file (PEM) that begins with -----BEGIN CERTIFICATE-----.",
        "{again}",
    ),
    "bad-username": Message(
        'Invalid user name "{username}".',
        "It cannot be empty or contain a colon or invisible characters.",
        "{again} --username USER",
    ),
    "behind-down": Message(
        "{url} answered {status}: MLflow is not available.",
        "The answer is from {server} in front of it. MLflow is not running, or the gateway cannot reach it.",
        "{again}",
        "Tell the server's administrator first.",
    ),
    "credentials-file": Message(
        "Cannot use {path}: {detail}.",
        "It is MLflow's own credentials file. It was not changed.",
        "{again}",
        "Without --write-mlflow-credentials, this file is not needed.",
    ),
    "dagshub-address": Message(
        "{url} is a repository page, not its tracking server.",
        "On DagsHub, a tracking server's URL ends with .mlflow.",
        "quickstart login server {better}",
    ),
    "http-not-allowed": Message(
        "Refusing to send credentials to {url} over unencrypted HTTP.",
        "Others on the network could read them.",
        "quickstart login server {secure}",
        "If you trust the network: `{again}`",
    ),
    "http-only": Message(
        "{url} does not support HTTPS.",
        "HTTPS was tried first and failed. Over HTTP, others on the network can read what is sent.",
        "{again}",
        "Use this only if you trust the network. Otherwise ask the server's administrator for an https:// URL.",
    ),
    "jupyterhub": Message(
        "{url} is a JupyterHub, not an MLflow server.",
        "A server inside JupyterHub has its own URL, and programs outside need the hub's login to use it.",
        "{again}",
        "Ask the administrator for the MLflow server's own URL first.",
    ),
    "login-half": Message(
        "{has} is set, but {lacks} is not.",
        "MLflow needs both. With only one, it logs in anonymously without a warning.",
        "quickstart login server {uri}",
        "This asks for both. If the server needs no login: `{line}`",
    ),
    "login-of-server": Message(
        "{names}: set in this shell, but MLflow's client does not use them.",
        "They configure a server. A client logs in with MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, and "
        "neither is set.",
        "quickstart login server {uri}",
    ),
    "login-page": Message(
        "{url} redirects to the login page {where} despite {source}.",
        "The page is for browsers, and the gateway did not accept these credentials from a program.",
        "{again}",
        "Ask the server's administrator how programs log in first.",
    ),
    "login-two": Message(
        "MLFLOW_TRACKING_TOKEN is set in this shell but not used.",
        "A user name with a password takes precedence, and MLFLOW_TRACKING_USERNAME ({user}) has one.",
        "{line}",
        "To use the token, unset the other two instead.",
    ),
    "only-basic": Message(
        "Cannot write a token to MLflow's credentials file.",
        "The file holds a user name and a password. You log in with a token, or without credentials.",
        "{again}",
        "Leave out --write-mlflow-credentials.",
    ),
    "server-login-refused": Message(
        "{url} rejected the {what} ({status}).",
        "It is wrong or has expired. It came from {source}.",
        "{again}",
    ),
    "server-moved": Message(
        "No MLflow server at {url}. It leads to {to}.",
        "The URL is not the tracking server's, or lacks a path.",
        "{again}",
    ),
    "unknown-authority": Message(
        "The certificate of {url} is not trusted.",
        "Its certificate authority is unknown to this machine: your company's own, or that of a proxy that inspects "
        "traffic. The server's administrator has the authority's certificate as a file.",
        "{again}",
    ),
    "web-server-page": Message(
        "{url} is a web server, but not MLflow: {page}.",
        "{server} shows its own page. MLflow may be below a path, such as {url}/mlflow.",
        "quickstart login server",
        "Find MLflow's page in a browser first, and pass its URL.",
    ),
}
