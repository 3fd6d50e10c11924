"""The messages for the causes that explain/ finds."""

from __future__ import annotations

from collections.abc import Mapping

from quickstart.errors import Message

GUIDE = "doctor"

MESSAGES: Mapping[str, Message] = {
    "certificate-dates": Message(
        "The certificate of {url} is not valid today.",
        "It has expired, or is not valid yet, or this machine's clock is wrong.",
        "date",
        "If the clock is right, ask the server's administrator for a new certificate.",
    ),
    "certificate-name": Message(
        "The certificate of {url} is for another name.",
        "The URL is wrong, or something on the network answers in the server's place.",
        "{again}",
        "First check the URL.",
    ),
    "class-another": Message(
        "The server at {url} is not the workshop that was joined.",
        "It has another certificate: another workshop runs there now, or something on the network answers in its "
        "place.",
        "quickstart join ADDRESS/CODE",
        "Use the join code that is on the board now.",
    ),
    "class-over": Message(
        "The workshop at {url} is over, or unreachable from here.",
        "No server answers there. A workshop ends when the instructor closes it, and may be reachable only from the "
        "network it is held in.",
        "{again}",
        "First connect to the workshop's network. If the workshop is over: `quickstart undo`",
    ),
    "compose-name": Message(
        'There is no machine named "{host}" here.',
        "Such a short name exists only inside one network, like that of a service in a Docker Compose file: other "
        "containers of it can use the name, this machine cannot.",
        "{fix}",
        "{remark}",
    ),
    "container-loopback": Message(
        "Cannot connect to {url} in this container. MLflow runs at {found}, on the host of the container.",
        "In a container, {host} is the container itself.",
        "export MLFLOW_TRACKING_URI={found} && quickstart verify",
        "Run it in the container.",
    ),
    "experiment-of-another": Message(
        'Another seat of the workshop has an experiment named "{name}".',
        "Each name exists once in a workshop and belongs to the seat that used it first. Without a name, runs go to "
        '"{seat}", which is yours.',
        "{line}",
        'Or in your code: `mlflow.set_experiment("{name}-{seat}")`, or no call at all.',
    ),
    "http-to-https": Message(
        "{url} uses http, but the server expects https.",
        "A server with a certificate closes unencrypted connections.",
        "quickstart verify {secure}",
    ),
    "https-to-http": Message(
        "{url} uses https, but the server expects http.",
        "It does not use TLS: the server has no certificate, or the port is that of another program.",
        "quickstart verify {plain}",
        "Use http only if you trust the network.",
    ),
    "no-network": Message(
        "This machine has no network.",
        "No network interface is up, except loopback.",
        note="Check the Wi-Fi or the cable, then retry.",
    ),
    "not-permitted": Message(
        "{url} accepted the credentials but denied this request (403). {message}",
        "The server's administrator grants permissions, for one experiment or for all.",
        "{again}",
        "First ask the administrator for permission EDIT.",
    ),
    "notebook-loopback": Message(
        "Cannot connect to {url} in this notebook.",
        "{host} is the machine that the notebook runs on, not your own ({evidence}). A server on your own machine is "
        "unreachable from there.",
        note="To set up tracking that works in the notebook, run in a cell: `import quickstart; quickstart.setup()`",
    ),
    "own-server-down": Message(
        'Cannot connect to {url}: your server "{name}" is stopped.',
        "It ran there{until}. Its runs are in {store}.",
        "quickstart server start --name {name}",
    ),
    "own-server-ended": Message(
        'Cannot connect to {url}: your server "{name}" exited without being stopped.',
        "It ran there{until}. {cause}",
        "{fix}",
        "{remark}",
    ),
    "port-stolen": Message(
        'Your server "{name}" is not running, and another program answers at {url}: {holder}.',
        "Port {port} was free while the server was stopped, and the program took it.",
        "quickstart server start --name {name}",
        "It uses another port and prints which one.",
    ),
    "proxy-answers": Message(
        "A proxy answers for {url}, which is reachable without it.",
        "{variable} names {proxy}, which returns its own page for that URL.",
        "export NO_PROXY={no_proxy}",
        "Then repeat: `{again}`",
    ),
    "proxy-login": Message(
        "The proxy for {url} requires credentials (407).",
        "{variable} names {proxy} without a user name and password that it accepts.",
        "export {variable}=http://USER:PASSWORD@PROXY:PORT",
        "If {host} is inside your network, bypass the proxy instead: `export NO_PROXY={no_proxy}`",
    ),
    "proxy-refuses": Message(
        "The proxy for {url} denied the connection: {reason}.",
        "{variable} names {proxy}, whose rules block this host or port.",
        "export NO_PROXY={no_proxy}",
        "This helps if the server is inside your network; otherwise ask the proxy's administrator.",
    ),
    "proxy-silent": Message(
        "The proxy for {url} accepted the request and timed out.",
        "{variable} names {proxy}. It hangs, cannot reach {host}, or is not a proxy.",
        "export NO_PROXY={no_proxy}",
        "This helps if the server is inside your network; otherwise use another proxy: "
        "`export {variable}=http://PROXY:PORT`",
    ),
    "seat-gone": Message(
        "The workshop at {url} no longer has your seat.",
        "The instructor freed or removed it.",
        "quickstart join ADDRESS/CODE",
        "Use the join code on the board to get another seat.",
    ),
    "server-suspended": Message(
        'Your server "{name}" at {url} is suspended.',
        "Its process {pid} was stopped by Ctrl-Z or kill -STOP: it accepts connections but does not respond.",
        "kill -CONT {pid}",
        "Or restart it: `quickstart server restart --name {name}`",
    ),
    "too-many-requests": Message(
        "{url} is busy (429). Wait {seconds} s.",
        "It received too many requests in a short time, from you or from others. The server itself is running.",
        "sleep {seconds}; {again}",
    ),
    "wrong-path": Message(
        "MLflow is not at {url}, but at {found}.",
        "The URL has the path {path}, which the server does not have.",
        "export MLFLOW_TRACKING_URI={found} && quickstart verify",
    ),
    "wrong-port": Message(
        "Cannot connect to {url}, but MLflow runs at {found}.",
        "No server listens on port {port}.",
        "export MLFLOW_TRACKING_URI={found} && quickstart verify",
    ),
}
