"""What net reports when it fails: one message for each error code."""

from __future__ import annotations

from collections.abc import Mapping

from quickstart.errors import Message

GUIDE = "doctor"

MESSAGES: Mapping[str, Message] = {
    "ca-missing": Message(
        "There is no file of certificates at {path}.",
        "REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE names it, and every program that uses it would fail.",
        "unset REQUESTS_CA_BUNDLE CURL_CA_BUNDLE",
        "or set it to a file that is there; and then: {again}",
    ),
    "no-answer": Message(
        "{url} accepts connections but says nothing: {seconds:g} s of silence.",
        "The server hangs or is overloaded, or it is not a web server.",
        "{restart}",
        elsewhere="ask whoever runs the server, and then: {again}",
    ),
    "plain-http": Message(
        "A login is not sent to {url}: everybody on the way could read it.",
        "Its address begins with http://, which is not encrypted.",
        "quickstart login databricks --host {secure}",
    ),
    "proxy-failed": Message(
        "The proxy before {url} did not let us through.",
        "HTTP_PROXY or HTTPS_PROXY is set, and the proxy refuses or does not answer.",
        "export NO_PROXY={host}",
        "if the server is inside your network, and then: {again}",
    ),
    "tls-failed": Message(
        "The certificate of {url} is not accepted.",
        "It is signed by an authority that this machine does not know: your company's own, or that of a program on "
        "the way that reads along.",
        "export REQUESTS_CA_BUNDLE=/path/to/your-authority.pem",
        "and then: {again}",
    ),
    "unreachable": Message(
        "{url} broke the connection off.",
        "It is not a web server, expects https, or was just ended ({detail}).",
        "quickstart server status",
        elsewhere="check the address, and then: {again}",
    ),
}
