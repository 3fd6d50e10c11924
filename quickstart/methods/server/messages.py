"""What methods/server reports when it fails: one message for each error code."""

from __future__ import annotations

from collections.abc import Mapping

from quickstart.errors import Message

GUIDE = "server"

MESSAGES: Mapping[str, Message] = {
    "artifact-path": Message(
        "Runs are logged to {url}, but their files would never arrive: it tells clients to write to {path} themselves.",
        "That is a path of the server's own disk, which your machine does not have. The server runs without "
        "serving artifacts, or did so when the experiment {experiment} was made: an experiment keeps its place.",
        "{again}",
        "tries a new experiment; if it says the same, whoever runs the server has to start it with "
        "--artifacts-destination",
    ),
    "bad-ca-file": Message(
        "{path} is no file of certificates: {detail}.",
        "It must be a text file (PEM) that begins with -----BEGIN CERTIFICATE-----.",
        "{again}",
    ),
    "bad-username": Message(
        'No user can be named "{username}".',
        "A colon would end the name, and signs that cannot be seen do not belong in it.",
        "{again} --username you",
    ),
    "behind-down": Message(
        "{url} is up, but what is behind it is not: {status}.",
        "The answer is that of {server} in front; MLflow itself does not run, or cannot be reached from there.",
        "",
        "tell whoever runs the server, and then: {again}",
    ),
    "credentials-file": Message(
        "{path} cannot be used: {detail}.",
        "It is MLflow's own file of credentials. It was not touched.",
        "{again}",
        "without --write-mlflow-credentials needs no such file",
    ),
    "dagshub-address": Message(
        "{url} is a repository's page, not its tracking server.",
        "On DagsHub the tracking server's address ends with .mlflow.",
        "quickstart login server {better}",
    ),
    "http-not-allowed": Message(
        "Nothing is sent to {url}: everybody on the way could read it.",
        "Its address begins with http://, which is not encrypted.",
        "quickstart login server {secure}",
        "or, where you trust everybody on the way: {again}",
    ),
    "http-only": Message(
        "{url} speaks http alone: everybody on the way could read what is sent.",
        "https was tried first, and nobody speaks it there.",
        "",
        "ask whoever runs the server for an https:// address; or, where you trust everybody on the way: {again}",
    ),
    "jupyterhub": Message(
        "{url} is a JupyterHub, not an MLflow server.",
        "What runs inside of a JupyterHub has an address of its own, which a program outside cannot use without "
        "the hub's own login.",
        "",
        "ask for the MLflow server's own address, and then: {again}",
    ),
    "login-half": Message(
        "{has} is set, but not {lacks}.",
        "MLflow needs both; with one alone it logs in without saying so as nobody.",
        "quickstart login server {uri}",
        "asks for both; or, where no login is needed: {line}",
    ),
    "login-of-server": Message(
        "{told}: set in this shell, but MLflow's client does not heed that.",
        "These belong to the server. A client logs in by MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, "
        "and here it has neither.",
        "quickstart login server {uri}",
    ),
    "login-page": Message(
        "{url} still sends one to the login page {where}: {source} did not help.",
        "The page is made for browsers; the gateway takes no such login from a program.",
        "",
        "ask whoever runs the server how programs log in, and then: {again}",
    ),
    "login-two": Message(
        "MLFLOW_TRACKING_TOKEN is set in this shell, and is not used.",
        "A user with a password goes before a token, and MLFLOW_TRACKING_USERNAME ({user}) has one.",
        "{line}",
        "or unset the other two, to log in by the token",
    ),
    "only-basic": Message(
        "MLflow's own file of credentials holds a user and a password, and nothing else.",
        "You log in by a token, or without a login.",
        "{again}",
        "without --write-mlflow-credentials",
    ),
    "server-login-refused": Message(
        "{url} refused the {what}: {status}.",
        "It is wrong, or has expired. It was {source}.",
        "{again}",
    ),
    "server-moved": Message(
        "There is no MLflow at {url}; {to} is where it leads to.",
        "The address is not the one of the tracking server, or lacks a path.",
        "{again}",
    ),
    "unknown-authority": Message(
        "The certificate of {url} is not accepted.",
        "It is signed by an authority that this machine does not know: your company's own, or that of a program on "
        "the way that reads along. Whoever runs the server has the authority's certificate as a file.",
        "{again}",
    ),
    "web-server-page": Message(
        "A web server answers at {url}, but not MLflow: {page}.",
        "{server} shows its own page there; MLflow may be below a path, such as {url}/mlflow.",
        "",
        "open it in a browser, find MLflow's page, and then: quickstart login server   with its address",
    ),
}
