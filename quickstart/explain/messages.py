"""What explain reports when it fails: one message for each error code."""

from __future__ import annotations

from collections.abc import Mapping

from quickstart.errors import Message

GUIDE = "doctor"

MESSAGES: Mapping[str, Message] = {
    "certificate-dates": Message(
        "The certificate of {url} is not valid today.",
        "It has expired, or is not valid yet, or this machine's clock is wrong.",
        "",
        "date   shows the clock; if it is right, ask whoever runs the server for a new certificate",
    ),
    "certificate-name": Message(
        "The certificate that {url} shows is that of another name.",
        "The address is wrong, or something on the way answers in its place.",
        "",
        "check the address, and then: {again}",
    ),
    "class-another": Message(
        "What answers at {url} is not the class that was joined.",
        "It shows another certificate: another class is held there now, or somebody on the way answers in its place.",
        "quickstart join ADDRESS/CODE",
        "with the code that is on the board now",
    ),
    "class-over": Message(
        "The class at {url} is over, or cannot be reached from here.",
        "Nobody answers there. A class ends when the instructor closes it, and may only be reached in its own room.",
        "{again}",
        "once you are in the room's network; at home, when the class is over: quickstart undo",
    ),
    "compose-name": Message(
        'There is no machine named "{host}" here.',
        "A short name is known inside of one network alone, as that of a service in a Docker Compose file: other "
        "containers of it can use it, this machine cannot.",
        "{fix}",
    ),
    "container-loopback": Message(
        "Nobody answers at {url} in this container; MLflow answers at {found}, on the machine around it.",
        "In a container {host} is the container itself.",
        "export MLFLOW_TRACKING_URI={found}",
        "in the container, and then: quickstart verify",
    ),
    "experiment-of-another": Message(
        'Another seat of the class has an experiment called "{name}".',
        "Such a name is there once for the whole class, and is theirs who took it first. Where no name is said, "
        'runs go to "{seat}", which is yours.',
        "{line}",
        'or in your code: mlflow.set_experiment("{name}-{seat}"); or say no name at all',
    ),
    "http-to-https": Message(
        "{url} was called by http, and speaks https.",
        "A server with a certificate breaks off what is not encrypted.",
        "quickstart verify {secure}",
    ),
    "https-to-http": Message(
        "{url} was called by https, and speaks plain http.",
        "What answers there is no TLS: the server has no certificate, or the port is another one.",
        "quickstart verify {plain}",
        "if that is right",
    ),
    "no-network": Message(
        "This machine has no network: nothing but itself can be reached.",
        "No interface is up besides loopback.",
        "",
        "check the Wi-Fi, or the cable, and then the same command again",
    ),
    "not-permitted": Message(
        "You are let in at {url}, but may not do this: 403. {message}",
        "Whoever runs the server gives permissions, for each experiment or for all.",
        "",
        "ask whoever runs the server for permission EDIT, and then: {again}",
    ),
    "notebook-loopback": Message(
        "Nobody answers at {url} in this notebook.",
        "{host} is the machine that the notebook runs on, not the one that you sit at ({evidence}). A server on "
        "your own machine cannot be reached from there.",
        "import quickstart; quickstart.setup()",
        "in a cell sets up tracking that works from here",
    ),
    "own-server-down": Message(
        'Nobody answers at {url}: your server "{name}" is stopped.',
        "It ran there{until}. Its runs are kept in {store}.",
        "quickstart server start --name {name}",
    ),
    "own-server-ended": Message(
        'Nobody answers at {url}: your server "{name}" ended without being stopped.',
        "It ran there{until}. {cause}",
        "{fix}",
    ),
    "port-stolen": Message(
        'Your server "{name}" does not run, and another program answers at {url}: {holder}.',
        "Port {port} was free while the server was stopped, and somebody took it.",
        "quickstart server start --name {name}",
        "takes another port, and says which",
    ),
    "proxy-answers": Message(
        "A proxy answers in the place of {url}, which is reached without it.",
        "{variable} names {proxy}, and it has a page of its own for that address.",
        "export NO_PROXY={no_proxy}",
        "and then: {again}",
    ),
    "proxy-login": Message(
        "The proxy before {url} asks for a login: 407.",
        "{variable} names {proxy}, without a user and a password that it takes.",
        "export {variable}=http://user:password@proxy:port",
        "or, where {host} is inside your network: export NO_PROXY={no_proxy}",
    ),
    "proxy-refuses": Message(
        "The proxy before {url} refuses to connect to it: {said}.",
        "{variable} names {proxy}, whose rules do not let this address or port through.",
        "export NO_PROXY={no_proxy}",
        "where the server is inside your network; else ask whoever runs the proxy",
    ),
    "proxy-silent": Message(
        "The proxy before {url} takes the request, and says nothing.",
        "{variable} names {proxy}. It hangs, cannot reach {host}, or is no proxy.",
        "export NO_PROXY={no_proxy}",
        "where the server is inside your network; else another proxy: export {variable}=http://proxy:port",
    ),
    "seat-gone": Message(
        "The class at {url} does not know your seat any more.",
        "The instructor freed it, or removed it.",
        "quickstart join ADDRESS/CODE",
        "as the board shows it, for another one",
    ),
    "server-suspended": Message(
        'Your server "{name}" at {url} stands still.',
        "Its process {pid} was told to, as by Ctrl-Z or kill -STOP: it takes connections, and answers none.",
        "kill -CONT {pid}",
        "or, anew: quickstart server restart --name {name}",
    ),
    "too-many-requests": Message(
        "{url} takes no more requests for now: 429. Wait {seconds} s.",
        "Too many came in a short time, yours or those of others. The server itself runs.",
        "sleep {seconds}; {again}",
    ),
    "wrong-path": Message(
        "There is no MLflow at {url}, but there is at {found}.",
        "The address has the path {path}, which the server does not have.",
        "export MLFLOW_TRACKING_URI={found}",
        "and then: quickstart verify",
    ),
    "wrong-port": Message(
        "Nobody answers at {url}, but MLflow does at {found}.",
        "The address names port {port}, where nobody listens.",
        "export MLFLOW_TRACKING_URI={found}",
        "and then: quickstart verify",
    ),
}
