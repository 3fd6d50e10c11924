"""What can stand between an instructor and a class that is open. Rows of diagnosis/table.py, data alone."""

from __future__ import annotations

from collections.abc import Mapping

# code: (what happened, why, the command that mends it)
CLASSROOM: Mapping[str, tuple[str, str, str]] = {
    "bad-class-name": (
        '"{name}" cannot name a class.',
        "A name becomes a file: lower-case letters, digits, - and _, at most 40, a letter or digit first.",
        "quickstart workshop open my-class",
    ),
    "bad-class-url": (
        '"{url}" cannot be the address of a class: {detail}.',
        "--url is what participants' machines call: a host and a port, over https, without a path.",
        "quickstart workshop open {name} --url https://class.example.org:5443",
    ),
    "bad-hours": (
        "A class cannot be joined for {hours} hours.",
        "--expires takes hours, more than 0 and at most 744, which is a month.",
        "quickstart workshop open {name} --expires 12",
    ),
    "bad-seats": (
        "A class cannot have {seats} seats.",
        "It has 1 to {most}.",
        "quickstart workshop open {name} --seats 40",
    ),
    "bad-title": (
        "--{option} {problem}.",
        "It stands on the board: one line, at most {most} characters.",
        'quickstart workshop open {name} --{option} "one line"',
    ),
    "certificate-expired": (
        "The certificate {certificate} has expired.",
        "No participant's machine would accept it.",
        "quickstart workshop open   without --cert and --key makes a throw-away one; or renew yours",
    ),
    "certificate-key-differ": (
        "{certificate} and {key} do not belong together.",
        "The key is that of another certificate.",
        "quickstart workshop open --cert fullchain.pem --key privkey.pem   of the same certificate",
    ),
    "certificate-names": (
        "The certificate {certificate} is not for {host}, which is what the room would call.",
        "{detail}",
        "quickstart workshop open --cert {certificate} --key YOUR_KEY --url https://THE_NAME_IN_IT:5443",
    ),
    "certificate-not-made": (
        "No certificate could be made: {detail}",
        "It is made by the package cryptography in {python}, which MLflow brings with it.",
        "{python} -m pip install cryptography",
    ),
    "certificate-not-yet": (
        "The certificate {certificate} is not valid yet.",
        "It was made for later, or this machine's clock is slow.",
        "date   shows the clock; quickstart workshop open   without --cert and --key makes a throw-away certificate",
    ),
    "certificate-unreadable": (
        "{path} cannot be used as a certificate: {detail}.",
        "It must be a text file (PEM) whose first -----BEGIN CERTIFICATE----- is the server's own; those that signed "
        "it may follow.",
        "quickstart workshop open --cert fullchain.pem --key privkey.pem",
    ),
    "class-is-there": (
        'There is a class "{name}" already.',
        "Its runs would be mixed with those of the archive.",
        "quickstart workshop open another --from {file}   or, to go on with the one that is there: "
        "quickstart workshop open {name}",
    ),
    "class-name-taken": (
        'A server of your own is called "{name}".',
        "A class and a server cannot have the same name.",
        "quickstart workshop open my-{name}",
    ),
    "class-needs": (
        "A class needs {requirement} in {python}.",
        "With it MLflow's server has logins; it is not there, and you did not want it installed.",
        "{python} -m pip install {requirement}   and then: quickstart workshop open",
    ),
    "class-port-forbidden": (
        "Port {port} may not be used by you.",
        "On most systems ports below 1024 are for administrators.",
        "quickstart workshop open {name} --port 5443{options}",
    ),
    "class-port-taken": (
        "Port {port} is taken by {holder}.",
        "A port that you name, or that participants have in their line to join, is not replaced unasked.{airplay}",
        "quickstart workshop open {name} --port {free}{options}   or {end}",
    ),
    "folder-exists": (
        "{path} is there already.",
        "An export never writes over anything.",
        "quickstart workshop export {seat} --name {name} --to another-folder",
    ),
    "is-a-class": (
        'The server "{name}" is that of a class.',
        "People may be at work on it; it is opened and closed as a class, and its runs are archived then.",
        "quickstart workshop close {name}   or, to start it again: quickstart workshop open {name}",
    ),
    "key-locked": (
        "The key {path} has a passphrase.",
        "A server that restarts cannot be asked for one.",
        "quickstart workshop open --cert YOUR_CERTIFICATE --key THE_KEY_WITHOUT   which openssl pkey -in {path} writes",
    ),
    "key-missing": (
        "A certificate needs its key, and a key its certificate.",
        "Only one of --cert and --key was given.",
        "quickstart workshop open {name} --cert fullchain.pem --key privkey.pem",
    ),
    "key-unreadable": (
        "{path} cannot be used as a key: {detail}.",
        "It must be the private key of the certificate, as a text file (PEM) that you may read.",
        "quickstart workshop open --cert fullchain.pem --key privkey.pem",
    ),
    "class-archive-odd": (
        "{path} would show files of this machine to the class: it names {location}.",
        "No class that quickstart archived does that; somebody changed it. Nothing of it was kept.",
        "quickstart workshop open   begins a class of your own",
    ),
    "no-class-archive": (
        "{path} is a backup of a server, and not of a class.",
        "It holds runs, but nothing of seats. They were put into {store}.",
        "quickstart server restore {path} --name restored   brings them into a server of your own",
    ),
    "no-classroom": (
        "The MLflow in {python} cannot serve a class.",
        "{detail}.",
        "{python} -m pip install 'mlflow[auth]>=3.17'   and then: quickstart workshop open",
    ),
    "no-such-seat": (
        'The class "{name}" has no seat {seat}.',
        "Its seats are 1 to {seats}.",
        "quickstart workshop status {name}",
    ),
    "no-workshop": (
        "No class is open on this machine.",
        "Classes are steered from the machine and the account that opened them.",
        "quickstart workshop open --seats 40",
    ),
    "nothing-recorded": (
        "Seat {seat} has recorded nothing.",
        "There is no run in an experiment of its own.",
        "quickstart workshop status {name}",
    ),
    "password-shown": (
        "The instructor's password is not shown.",
        "--with-secrets shows it to a person, and never goes into a document that is kept.",
        "quickstart workshop status {name} --with-secrets   without --json",
    ),
    "rehearsal-failed": (
        "{proven} of {seats} simulated participants were proven.",
        'Most of the others ended with "{worst}". A busy disk, few cores, or a low limit of open files (ulimit -n) do '
        "that; all that was theirs is taken away again.",
        "quickstart workshop rehearse {name} --over 60   spreads them as a class does; quickstart server logs --name "
        "{name}   tells what the server saw",
    ),
    "rehearsal-full": (
        "There are only {free} free seats for {asked} simulated participants.",
        "The class has {seats} seats, {taken} of them not free, and a rehearsal touches nobody's.",
        "quickstart workshop rehearse {name} --seats {free}   or, for more of them: quickstart workshop open {name} "
        "--seats MORE",
    ),
    "rehearsal-locked": (
        "The class takes nobody, so nobody can rehearse.",
        "It is locked, or its code has expired.",
        "quickstart workshop unlock {name}   and lock it again afterwards",
    ),
    "seats-taken": (
        "The class cannot be made as small as {seats} seats.",
        "Somebody holds one of those that would go.",
        "quickstart workshop status {name}   shows who; quickstart workshop free SEAT --name {name}   frees one",
    ),
    "unknown-workshop": (
        'There is no class "{name}" on this machine.',
        "There are: {known}.",
        "quickstart workshop open {name}   opens one",
    ),
    "which-workshop": (
        "Several classes are open: {known}.",
        "Nobody can tell which is meant.",
        "quickstart workshop status {first}   names one; where a seat is meant, --name {first} does",
    ),
    "workshop-closed": (
        'The class "{name}" was closed.',
        "Its server ended, and its runs are archived.",
        "quickstart workshop open {name}   goes on with it",
    ),
    "workshop-not-running": (
        'The server of the class "{name}" does not run.',
        "It was ended, or this machine was restarted. Nothing is lost: seats and runs are on disk.",
        "quickstart workshop open {name}",
    ),
    "workshop-refused": (
        'The server of the class "{name}" refused: {detail}',
        "It answered with status {status}; its log tells more.",
        "quickstart server logs --name {name}",
    ),
    "workshop-running": (
        'The class "{name}" is open, with other settings: {options}.',
        "Seats and the time until which it can be joined are changed while it runs; the rest only when it is opened.",
        "quickstart workshop close {name}   and then open it with them; runs and seats stay",
    ),
}


# code: (what happened, why, the command that mends it)
WORKSHOP: Mapping[str, tuple[str, str, str]] = {
    "bad-code": (
        "That is no address and code of a class: {detail}.",
        "Both stand on the board, as in 192.168.1.20:5443/K7QF-... and so on; nothing was sent.",
        "quickstart join ADDRESS/CODE   as the board shows it",
    ),
    "bad-join": (
        "The class at {address} could not read what it was asked: {detail}.",
        "Its quickstart and yours do not understand each other.",
        "install the quickstart that the board names, and then: {again}",
    ),
    "class-another": (
        "What answers at {url} is not the class that was joined.",
        "It shows another certificate: another class is held there now, or somebody on the way answers in its place.",
        "quickstart join ADDRESS/CODE   with the code that is on the board now",
    ),
    "class-dates": (
        "The certificate of the class is not valid today.",
        "It is the right one, but this machine's clock is wrong, or the class is long over.",
        "date   shows the clock; if it is right, tell the instructor: quickstart workshop open   makes a new one",
    ),
    "class-full": (
        "The class at {address} is full.",
        "Every seat is taken, and none of them by this machine.",
        "ask the instructor to free a seat: quickstart workshop free SEAT   and then: {again}",
    ),
    "class-name": (
        "The class is at {address}, but its certificate is for other names.",
        "It is the right server, called by an address that it was not opened with; MLflow would refuse it.",
        "quickstart join ADDRESS/CODE   with the address on the board",
    ),
    "class-over": (
        "The class at {url} is over, or cannot be reached from here.",
        "Nobody answers there. A class ends when the instructor closes it, and may only be reached in its own room.",
        "{again}   once you are in the room's network; at home, when the class is over: quickstart undo",
    ),
    "class-reopened": (
        "The class at {address} does not know this code; your seat is kept.",
        "You have a seat there. The class may have been opened anew since, with a new code, or the first two groups "
        "are mistyped.",
        "quickstart join ADDRESS/CODE   as the board shows it now; it is the same seat",
    ),
    "class-untrusted": (
        "The certificate of the class is the right one, but no authority known here vouches for it: {detail}.",
        "It was signed by an authority of its own, which this machine would have to know.",
        "export REQUESTS_CA_BUNDLE=/path/to/that-authority.pem   and then: {again}",
    ),
    "experiment-of-another": (
        'Another seat of the class has an experiment called "{name}".',
        "Such a name is there once for the whole class, and is theirs who took it first. Where no name is said, runs "
        'go to "{seat}", which is yours.',
        '{line}   or in your code: mlflow.set_experiment("{name}-{seat}"); or say no name at all',
    ),
    "join-expired": (
        "The code of the class at {address} has expired.",
        "Joining was open for a limited time.",
        "ask the instructor for a new code: quickstart workshop unlock",
    ),
    "join-locked": (
        "The class at {address} takes nobody new just now.",
        "The instructor locked it. Whoever has a seat already can still join again.",
        "ask the instructor: quickstart workshop unlock   and then: {again}",
    ),
    "not-ready": (
        "The class at {address} is still making its seats.",
        "It was opened a moment ago.",
        "{again}   in a few seconds",
    ),
    "room-broke-off": (
        "The class at {address} broke the connection off.",
        "Its server was just ended or started anew, or something on the way does not let it through ({detail}).",
        "{again}   once more; it is the same seat",
    ),
    "room-closed": (
        "There is a machine at {address}, but no class is open on it.",
        "It refuses the connection: the class was closed or is not open yet, or the port is another one.",
        "compare the address with the board, and then: {again}",
    ),
    "room-elsewhere": (
        "{address} is not in the network that this machine is in.",
        "It does not answer, and is an address of the room; the networks of this machine are another: {mine}.",
        "join the Wi-Fi of the room, leave a VPN, and then: {again}",
    ),
    "room-no-answer": (
        "The class at {address} takes the connection, and says nothing: {seconds:g} s of silence.",
        "Its server is very busy or hangs, or the Wi-Fi loses what is sent.",
        "{again}   once more; it is the same seat",
    ),
    "room-not-tls": (
        "Somebody answers at {address}, but it is no class: {seen}.",
        "A class speaks https; the port is that of another program.",
        "compare the address with the board, and then: {again}",
    ),
    "room-odd-answer": (
        "The class at {address} gives an answer that means nothing to this quickstart: {seen}",
        "Its quickstart and yours are of different versions, or its server is in trouble.",
        "show it to the instructor, and then: {again}",
    ),
    "room-out-of-reach": (
        "{address} cannot be reached from {what}.",
        "This notebook runs in a data centre, and the class is in a room's own network.",
        "{again}   in a terminal of your laptop; or the instructor opens the class for all: "
        "quickstart workshop open --url   with the address of a virtual machine or a tunnel",
    ),
    "room-portal": (
        "The Wi-Fi wants you to log in first: a page of its own answers in the place of {address}.",
        "Until then it lets nothing through.",
        "open any page in a browser, log in to the Wi-Fi, and then: {again}",
    ),
    "room-proxy": (
        "The proxy {proxy} does not get to the class at {address}: {said}.",
        "A variable such as HTTPS_PROXY names it; a room is seldom reached through one.",
        "export NO_PROXY={no_proxy}   and then: {again}",
    ),
    "room-silent": (
        "Nobody answers at {address}: {seconds:g} s of silence.",
        "Where this machine is in the room's network, its Wi-Fi keeps guests apart (client isolation), or a firewall "
        "on the instructor's machine lets nobody in.",
        "tell the instructor: another Wi-Fi, a phone's hotspot, or the port in the firewall; and then: {again}",
    ),
    "seat-gone": (
        "The class at {url} does not know your seat any more.",
        "The instructor freed it, or removed it.",
        "quickstart join ADDRESS/CODE   as the board shows it, for another one",
    ),
    "seat-removed": (
        "Your instructor removed this machine's seat from the class at {address}.",
        "What it recorded is still with the class.",
        "ask your instructor",
    ),
    "too-many-tries": (
        "The class at {address} was asked too often with a wrong code.",
        "So nobody can guess it. Everybody behind the same address waits.",
        "wait {seconds} s, compare the code with the board, and then: {again}",
    ),
    "wrong-certificate": (
        "Nothing was sent: {address} is not the server that the code means.",
        "Its certificate is {seen}, and the code says {wanted}. The code is from another day or mistyped in its last "
        "three groups, or somebody on the way answers in the server's place.",
        "compare with the board: quickstart join ADDRESS/CODE   and where it is the same, tell the instructor",
    ),
    "wrong-code": (
        "The class at {address} does not know this code.",
        "Its first two groups are mistyped, or the instructor has made a new one since.",
        "compare the code with the board, and then: {again}",
    ),
}
