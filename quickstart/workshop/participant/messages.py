"""What workshop/participant reports when it fails: one message for each error code."""

from __future__ import annotations

from collections.abc import Mapping

from quickstart.errors import Message

GUIDE = "workshop-participant"

MESSAGES: Mapping[str, Message] = {
    "bad-join": Message(
        "The class at {address} could not read what it was asked: {detail}.",
        "Its quickstart and yours do not understand each other.",
        "",
        "install the quickstart that the board names, and then: {again}",
    ),
    "class-dates": Message(
        "The certificate of the class is not valid today.",
        "It is the right one, but this machine's clock is wrong, or the class is long over.",
        "",
        "date   shows the clock; if it is right, tell the instructor: quickstart workshop open   makes a new one",
    ),
    "class-full": Message(
        "The class at {address} is full.",
        "Every seat is taken, and none of them by this machine.",
        "",
        "ask the instructor to free a seat: quickstart workshop free SEAT   and then: {again}",
    ),
    "class-name": Message(
        "The class is at {address}, but its certificate is for other names.",
        "It is the right server, called by an address that it was not opened with; MLflow would refuse it.",
        "quickstart join ADDRESS/CODE",
        "with the address on the board",
    ),
    "class-reopened": Message(
        "The class at {address} does not know this code; your seat is kept.",
        "You have a seat there. The class may have been opened anew since, with a new code, or the first two "
        "groups are mistyped.",
        "quickstart join ADDRESS/CODE",
        "as the board shows it now; it is the same seat",
    ),
    "class-untrusted": Message(
        "The certificate of the class is the right one, but no authority known here vouches for it: {detail}.",
        "It was signed by an authority of its own, which this machine would have to know.",
        "export REQUESTS_CA_BUNDLE=/path/to/that-authority.pem",
        "and then: {again}",
    ),
    "join-expired": Message(
        "The code of the class at {address} has expired.",
        "Joining was open for a limited time.",
        "",
        "ask the instructor for a new code: quickstart workshop unlock",
    ),
    "join-locked": Message(
        "The class at {address} takes nobody new just now.",
        "The instructor locked it. Whoever has a seat already can still join again.",
        "",
        "ask the instructor: quickstart workshop unlock   and then: {again}",
    ),
    "not-ready": Message(
        "The class at {address} is still making its seats.",
        "It was opened a moment ago.",
        "{again}",
        "in a few seconds",
    ),
    "room-broke-off": Message(
        "The class at {address} broke the connection off.",
        "Its server was just ended or started anew, or something on the way does not let it through ({detail}).",
        "{again}",
        "once more; it is the same seat",
    ),
    "room-closed": Message(
        "There is a machine at {address}, but no class is open on it.",
        "It refuses the connection: the class was closed or is not open yet, or the port is another one.",
        "",
        "compare the address with the board, and then: {again}",
    ),
    "room-elsewhere": Message(
        "{address} is not in the network that this machine is in.",
        "It does not answer, and is an address of the room; the networks of this machine are another: {mine}.",
        "",
        "join the Wi-Fi of the room, leave a VPN, and then: {again}",
    ),
    "room-no-answer": Message(
        "The class at {address} takes the connection, and says nothing: {seconds:g} s of silence.",
        "Its server is very busy or hangs, or the Wi-Fi loses what is sent.",
        "{again}",
        "once more; it is the same seat",
    ),
    "room-not-tls": Message(
        "Somebody answers at {address}, but it is no class: {seen}.",
        "A class speaks https; the port is that of another program.",
        "",
        "compare the address with the board, and then: {again}",
    ),
    "room-odd-answer": Message(
        "The class at {address} gives an answer that means nothing to this quickstart: {seen}",
        "Its quickstart and yours are of different versions, or its server is in trouble.",
        "",
        "show it to the instructor, and then: {again}",
    ),
    "room-out-of-reach": Message(
        "{address} cannot be reached from {what}.",
        "This notebook runs in a data centre, and the class is in a room's own network.",
        "{again}",
        "in a terminal of your laptop; or the instructor opens the class for all: quickstart workshop open --url   "
        "with the address of a virtual machine or a tunnel",
    ),
    "room-portal": Message(
        "The Wi-Fi wants you to log in first: a page of its own answers in the place of {address}.",
        "Until then it lets nothing through.",
        "",
        "open any page in a browser, log in to the Wi-Fi, and then: {again}",
    ),
    "room-proxy": Message(
        "The proxy {proxy} does not get to the class at {address}: {said}.",
        "A variable such as HTTPS_PROXY names it; a room is seldom reached through one.",
        "export NO_PROXY={no_proxy}",
        "and then: {again}",
    ),
    "room-silent": Message(
        "Nobody answers at {address}: {seconds:g} s of silence.",
        "Where this machine is in the room's network, its Wi-Fi keeps guests apart (client isolation), or a "
        "firewall on the instructor's machine lets nobody in.",
        "",
        "tell the instructor: another Wi-Fi, a phone's hotspot, or the port in the firewall; and then: {again}",
    ),
    "seat-removed": Message(
        "Your instructor removed this machine's seat from the class at {address}.",
        "What it recorded is still with the class.",
        "",
        "ask your instructor",
    ),
    "too-many-tries": Message(
        "The class at {address} was asked too often with a wrong code.",
        "So nobody can guess it. Everybody behind the same address waits.",
        "",
        "wait {seconds} s, compare the code with the board, and then: {again}",
    ),
    "wrong-certificate": Message(
        "Nothing was sent: {address} is not the server that the code means.",
        "Its certificate is {seen}, and the code says {wanted}. The code is from another day or mistyped in its "
        "last three groups, or somebody on the way answers in the server's place.",
        "",
        "compare with the board: quickstart join ADDRESS/CODE   and where it is the same, tell the instructor",
    ),
    "wrong-code": Message(
        "The class at {address} does not know this code.",
        "Its first two groups are mistyped, or the instructor has made a new one since.",
        "",
        "compare the code with the board, and then: {again}",
    ),
}
