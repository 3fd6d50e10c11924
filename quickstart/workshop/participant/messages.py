"""Messages of joining a workshop."""

from __future__ import annotations

from collections.abc import Mapping

from quickstart.errors import Message

GUIDE = "workshop-participant"

MESSAGES: Mapping[str, Message] = {
    "bad-code": Message(
        "Invalid workshop address or join code: {detail}.",
        "The board shows both, for example 192.168.1.20:5443/K7QF-... Nothing was sent.",
        "quickstart join ADDRESS/CODE",
        "Type it exactly as the board shows it.",
    ),
    "bad-join": Message(
        "The workshop at {address} did not understand the request: {detail}.",
        "Its quickstart and yours have incompatible versions.",
        "{again}",
        "First install the quickstart version that the board names.",
    ),
    "class-dates": Message(
        "The workshop's certificate is not valid today.",
        "It is the right certificate, but this machine's clock is wrong or the workshop ended long ago.",
        "date",
        "Check the clock. If it is right, ask the instructor to run `quickstart workshop open`, which makes a new "
        "certificate.",
    ),
    "class-full": Message(
        "The workshop at {address} is full.",
        "Every seat is taken, and this machine has none.",
        "{again}",
        "First ask the instructor to free a seat with `quickstart workshop free SEAT`.",
    ),
    "class-name": Message(
        "The certificate of the workshop is not for this address.",
        "You reached the right server by an address that is not in its certificate, and MLflow would reject it.",
        "quickstart join ADDRESS/CODE",
        "Use the address on the board.",
    ),
    "class-reopened": Message(
        "The workshop at {address} rejected the join code. You still have your seat.",
        "The workshop may have been opened again with a new code, or the first two groups are mistyped.",
        "quickstart join ADDRESS/CODE",
        "Use the code that the board shows now. You get the same seat.",
    ),
    "class-untrusted": Message(
        "The workshop's certificate matches the code, but no authority that this machine knows has signed it: "
        "{detail}.",
        "MLflow needs the certificate of the authority that signed it.",
        "export REQUESTS_CA_BUNDLE=/path/to/that-authority.pem && {again}",
    ),
    "join-expired": Message(
        "The join code of the workshop at {address} has expired.",
        "The workshop could be joined for a limited time.",
        "{again}",
        "First ask the instructor to run `quickstart workshop unlock`.",
    ),
    "join-locked": Message(
        "The workshop at {address} is locked.",
        "The instructor closed it to new participants. If you already have a seat, you can still rejoin.",
        "{again}",
        "First ask the instructor to run `quickstart workshop unlock`.",
    ),
    "not-ready": Message(
        "The workshop at {address} is still creating its seats.",
        "It opened a moment ago.",
        "{again}",
        "Wait a few seconds first.",
    ),
    "room-broke-off": Message(
        "The workshop at {address} closed the connection.",
        "Its server stopped or restarted, or the network blocked the connection ({detail}).",
        "{again}",
        "You get the same seat.",
    ),
    "room-closed": Message(
        "{address} refused the connection.",
        "The machine is up, but no workshop is open on that port: it is closed or not open yet, or the port is wrong.",
        "{again}",
        "First compare the address with the board.",
    ),
    "room-elsewhere": Message(
        "{address} is not in a network of this machine.",
        "The address timed out. It is in the workshop's local network; this machine's addresses are: {mine}.",
        "{again}",
        "First join the workshop's Wi-Fi and disconnect any VPN.",
    ),
    "room-no-answer": Message(
        "The workshop at {address} accepted the connection but timed out after {seconds:g} s.",
        "Its server is busy or hangs, or the Wi-Fi drops packets.",
        "{again}",
        "You get the same seat.",
    ),
    "room-not-tls": Message(
        "The server at {address} is not a workshop: {seen}.",
        "A workshop uses HTTPS; another program uses this port.",
        "{again}",
        "First compare the address with the board.",
    ),
    "room-odd-answer": Message(
        "The workshop at {address} sent an unexpected response: {seen}",
        "Its quickstart and yours have different versions, or its server has a problem.",
        "{again}",
        "First show this to the instructor.",
    ),
    "room-out-of-reach": Message(
        "{address} cannot be reached from {what}.",
        "This notebook runs in a data center; the workshop is in a local network.",
        "{again}",
        "Run this in a terminal on your laptop. Or the instructor opens the workshop to the internet with "
        "`quickstart workshop open --url URL`, where URL is that of a virtual machine or a tunnel.",
    ),
    "room-portal": Message(
        "The Wi-Fi requires you to log in: its login page answered instead of {address}.",
        "It blocks all other connections until you log in.",
        "{again}",
        "First open any page in a browser and log in to the Wi-Fi.",
    ),
    "room-proxy": Message(
        "The proxy {proxy} cannot reach the workshop at {address}: {detail}.",
        "A variable such as HTTPS_PROXY sets this proxy. A workshop in your own network rarely needs one.",
        "export NO_PROXY={no_proxy} && {again}",
    ),
    "room-silent": Message(
        "{address} timed out after {seconds:g} s.",
        "If this machine is in the same network, the Wi-Fi isolates its clients or the instructor's firewall blocks "
        "the port.",
        "{again}",
        "First ask the instructor to use another Wi-Fi or a phone's hotspot, or to open the port in the firewall.",
    ),
    "seat-removed": Message(
        "The instructor removed your seat from the workshop at {address}.",
        "The workshop keeps the runs that you logged.",
        "",
        "Ask the instructor.",
    ),
    "too-many-tries": Message(
        "The workshop at {address} received too many wrong join codes.",
        "It blocks all machines behind the same address for a while, so that the code cannot be guessed.",
        "{again}",
        "Wait {seconds} s and compare the code with the board first.",
    ),
    "wrong-certificate": Message(
        "{address} is not the server that the join code identifies. Nothing was sent.",
        "The fingerprint of its certificate is {seen}; the code expects {wanted}. The last three groups of the code "
        "are mistyped or from another day, or another machine intercepts the connection.",
        "quickstart join ADDRESS/CODE",
        "Compare the code with the board. If it is the same, tell the instructor.",
    ),
    "wrong-code": Message(
        "The workshop at {address} rejected the join code.",
        "The first two groups are mistyped, or the instructor has created a new code.",
        "{again}",
        "First compare the code with the board.",
    ),
}
