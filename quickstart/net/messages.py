"""Messages of HTTP connections."""

from __future__ import annotations

from collections.abc import Mapping

from quickstart.errors import Message

GUIDE = "doctor"

MESSAGES: Mapping[str, Message] = {
    "ca-missing": Message(
        "The certificate file {path} does not exist.",
        "REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE points to it.",
        "unset REQUESTS_CA_BUNDLE CURL_CA_BUNDLE && {again}",
        "Or set the variable to a file that exists.",
    ),
    "no-answer": Message(
        "{url} accepted the connection but timed out after {seconds:g} s.",
        "The server hangs or is overloaded, or it is not a web server.",
        "{restart}",
        elsewhere="Ask the server's administrator, then run `{again}`.",
    ),
    "plain-http": Message(
        "Refusing to send credentials to {url} over unencrypted HTTP.",
        "The URL starts with http://, so others on the network could read them.",
        "quickstart login databricks --host {secure}",
    ),
    "proxy-failed": Message(
        "The proxy rejected the connection to {url} or timed out.",
        "HTTP_PROXY or HTTPS_PROXY sets this proxy.",
        "export NO_PROXY={host} && {again}",
        "This bypasses the proxy; use it if the server is in your own network.",
    ),
    "tls-failed": Message(
        "The certificate of {url} is not trusted.",
        "This machine does not know the authority that signed it: your company's own, or a program that inspects "
        "traffic.",
        "export REQUESTS_CA_BUNDLE=/path/to/your-authority.pem && {again}",
    ),
    "unreachable": Message(
        "{url} closed the connection.",
        "It is not a web server, expects HTTPS, or just stopped ({detail}).",
        "quickstart server status",
        elsewhere="Check the URL, then run `{again}`.",
    ),
}
