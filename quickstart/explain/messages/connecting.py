"""What stands between a script and its server, as `quickstart doctor` finds it. Rows of table.py, data alone."""

from __future__ import annotations

from collections.abc import Mapping

# code: (what happened, why, the command that mends it)
CONNECTING: Mapping[str, tuple[str, str, str]] = {
    "certificate-dates": (
        "The certificate of {url} is not valid today.",
        "It has expired, or is not valid yet, or this machine's clock is wrong.",
        "date   shows the clock; if it is right, ask whoever runs the server for a new certificate",
    ),
    "certificate-name": (
        "The certificate that {url} shows is that of another name.",
        "The address is wrong, or something on the way answers in its place.",
        "check the address, and then: {again}",
    ),
    "check-crashed": (
        'The check "{id}" stumbled: {detail}',
        "This is a mistake in quickstart itself, not yours; the other checks are not touched by it.",
        "quickstart doctor --only {id} --verbose",
    ),
    "check-late": (
        'The check "{id}" did not end within {seconds:g} s.',
        "Something that it asks does not answer; the other checks did not wait for it.",
        "quickstart doctor --only {id}",
    ),
    "compose-name": (
        'There is no machine named "{host}" here.',
        "A short name is known inside of one network alone, as that of a service in a Docker Compose file: other "
        "containers of it can use it, this machine cannot.",
        "{mend}",
    ),
    "container-loopback": (
        "Nobody answers at {url} in this container; MLflow answers at {found}, on the machine around it.",
        "In a container {host} is the container itself.",
        "export MLFLOW_TRACKING_URI={found}   in the container, and then: quickstart verify",
    ),
    "http-to-https": (
        "{url} was called by http, and speaks https.",
        "A server with a certificate breaks off what is not encrypted.",
        "quickstart verify {secure}",
    ),
    "https-to-http": (
        "{url} was called by https, and speaks plain http.",
        "What answers there is no TLS: the server has no certificate, or the port is another one.",
        "quickstart verify {plain}   if that is right",
    ),
    "login-beaten": (
        'MLflow would not log in as the connection "{name}" does: in this shell {variables} goes before it.',
        "A variable of the shell beats what is kept for a connection. It may be older, or another server's.",
        "{line}",
    ),
    "notebook-loopback": (
        "Nobody answers at {url} in this notebook.",
        "{host} is the machine that the notebook runs on, not the one that you sit at ({evidence}). A server on your "
        "own machine cannot be reached from there.",
        "import quickstart; quickstart.setup()   in a cell sets up tracking that works from here",
    ),
    "noticed": (
        "{detail}",
        "It works all the same.",
        "quickstart verify {url}",
    ),
    "own-server-down": (
        'Nobody answers at {url}: your server "{name}" is stopped.',
        "It ran there{until}. Its runs are kept in {store}.",
        "quickstart server start --name {name}",
    ),
    "own-server-ended": (
        'Nobody answers at {url}: your server "{name}" ended without being stopped.',
        "It ran there{until}. {cause}",
        "{mend}",
    ),
    "port-stolen": (
        'Your server "{name}" does not run, and another program answers at {url}: {holder}.',
        "Port {port} was free while the server was stopped, and somebody took it.",
        "quickstart server start --name {name}   takes another port, and says which",
    ),
    "proxy-answers": (
        "A proxy answers in the place of {url}, which is reached without it.",
        "{variable} names {proxy}, and it has a page of its own for that address.",
        "export NO_PROXY={no_proxy}   and then: {again}",
    ),
    "proxy-login": (
        "The proxy before {url} asks for a login: 407.",
        "{variable} names {proxy}, without a user and a password that it takes.",
        "export {variable}=http://user:password@proxy:port   or, where {host} is inside your network: "
        "export NO_PROXY={no_proxy}",
    ),
    "proxy-refuses": (
        "The proxy before {url} refuses to connect to it: {said}.",
        "{variable} names {proxy}, whose rules do not let this address or port through.",
        "export NO_PROXY={no_proxy}   where the server is inside your network; else ask whoever runs the proxy",
    ),
    "proxy-silent": (
        "The proxy before {url} takes the request, and says nothing.",
        "{variable} names {proxy}. It hangs, cannot reach {host}, or is no proxy.",
        "export NO_PROXY={no_proxy}   where the server is inside your network; else another proxy: "
        "export {variable}=http://proxy:port",
    ),
    "report-in-json": (
        "A report and a JSON document cannot both go to stdout.",
        "--report - writes it there, and --json has that place.",
        "quickstart doctor --json --report report.txt",
    ),
    "report-taken": (
        "{path} is there already, and is no report of quickstart doctor.",
        "Only a former report is written over, with --yes as well; a link, a device or another file never is.",
        "quickstart doctor --report another-name.txt",
    ),
    "server-suspended": (
        'Your server "{name}" at {url} stands still.',
        "Its process {pid} was told to, as by Ctrl-Z or kill -STOP: it takes connections, and answers none.",
        "kill -CONT {pid}   or, anew: quickstart server restart --name {name}",
    ),
    "tls-failed": (
        "The certificate of {url} is not accepted.",
        "It is signed by an authority that this machine does not know: your company's own, or that of a program on the "
        "way that reads along.",
        "export REQUESTS_CA_BUNDLE=/path/to/your-authority.pem   and then: {again}",
    ),
    "too-many-requests": (
        "{url} takes no more requests for now: 429. Wait {seconds} s.",
        "Too many came in a short time, yours or those of others. The server itself runs.",
        "sleep {seconds}; {again}",
    ),
    "unknown-check": (
        'There is no check named "{name}".',
        "There are: {known}.",
        "quickstart doctor --list",
    ),
    "wrong-path": (
        "There is no MLflow at {url}, but there is at {found}.",
        "The address has the path {path}, which the server does not have.",
        "export MLFLOW_TRACKING_URI={found}   and then: quickstart verify",
    ),
    "wrong-port": (
        "Nobody answers at {url}, but MLflow does at {found}.",
        "The address names port {port}, where nobody listens.",
        "export MLFLOW_TRACKING_URI={found}   and then: quickstart verify",
    ),
}
