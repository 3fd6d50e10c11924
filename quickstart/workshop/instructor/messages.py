"""What workshop/instructor reports when it fails: one message for each error code."""

from __future__ import annotations

from collections.abc import Mapping

from quickstart.errors import Message

GUIDE = "workshop-instructor"

MESSAGES: Mapping[str, Message] = {
    "bad-class-name": Message(
        '"{name}" cannot name a class.',
        "A name becomes a file: lower-case letters, digits, - and _, at most 40, a letter or digit first.",
        "quickstart workshop open my-class",
    ),
    "bad-class-url": Message(
        '"{url}" cannot be the address of a class: {detail}.',
        "--url is what participants' machines call: a host and a port, over https, without a path.",
        "quickstart workshop open {name} --url https://class.example.org:5443",
    ),
    "bad-hours": Message(
        "A class cannot be joined for {hours} hours.",
        "--expires takes hours, more than 0 and at most 744, which is a month.",
        "quickstart workshop open {name} --expires 12",
    ),
    "bad-seats": Message(
        "A class cannot have {seats} seats.",
        "It has 1 to {most}.",
        "quickstart workshop open {name} --seats 40",
    ),
    "bad-title": Message(
        "--{option} {problem}.",
        "It stands on the board: one line, at most {most} characters.",
        'quickstart workshop open {name} --{option} "one line"',
    ),
    "certificate-expired": Message(
        "The certificate {certificate} has expired.",
        "No participant's machine would accept it.",
        "quickstart workshop open",
        "without --cert and --key makes a throw-away one; or renew yours",
    ),
    "certificate-key-differ": Message(
        "{certificate} and {key} do not belong together.",
        "The key is that of another certificate.",
        "quickstart workshop open --cert fullchain.pem --key privkey.pem",
        "of the same certificate",
    ),
    "certificate-names": Message(
        "The certificate {certificate} is not for {host}, which is what the room would call.",
        "{detail}",
        "quickstart workshop open --cert {certificate} --key YOUR_KEY --url https://THE_NAME_IN_IT:5443",
    ),
    "certificate-not-made": Message(
        "No certificate could be made: {detail}",
        "It is made by the package cryptography in {python}, which MLflow brings with it.",
        "{python} -m pip install cryptography",
    ),
    "certificate-not-yet": Message(
        "The certificate {certificate} is not valid yet.",
        "It was made for later, or this machine's clock is slow.",
        "",
        "date   shows the clock; quickstart workshop open   without --cert and --key makes a throw-away certificate",
    ),
    "certificate-unreadable": Message(
        "{path} cannot be used as a certificate: {detail}.",
        "It must be a text file (PEM) whose first -----BEGIN CERTIFICATE----- is the server's own; those that "
        "signed it may follow.",
        "quickstart workshop open --cert fullchain.pem --key privkey.pem",
    ),
    "class-archive-odd": Message(
        "{path} would show files of this machine to the class: it names {location}.",
        "No class that quickstart archived does that; somebody changed it. Nothing of it was kept.",
        "quickstart workshop open",
        "begins a class of your own",
    ),
    "class-is-there": Message(
        'There is a class "{name}" already.',
        "Its runs would be mixed with those of the archive.",
        "quickstart workshop open another --from {file}",
        "or, to go on with the one that is there: quickstart workshop open {name}",
    ),
    "class-name-taken": Message(
        'A server of your own is called "{name}".',
        "A class and a server cannot have the same name.",
        "quickstart workshop open my-{name}",
    ),
    "class-needs": Message(
        "A class needs {requirement} in {python}.",
        "With it MLflow's server has logins; it is not there, and you did not want it installed.",
        "{python} -m pip install {requirement}",
        "and then: quickstart workshop open",
    ),
    "class-port-forbidden": Message(
        "Port {port} may not be used by you.",
        "On most systems ports below 1024 are for administrators.",
        "quickstart workshop open {name} --port 5443{options}",
    ),
    "class-port-taken": Message(
        "Port {port} is taken by {holder}.",
        "A port that you name, or that participants have in their line to join, is not replaced unasked.{airplay}",
        "quickstart workshop open {name} --port {free}{options}",
        "or {end}",
    ),
    "folder-exists": Message(
        "{path} is there already.",
        "An export never writes over anything.",
        "quickstart workshop export {seat} --name {name} --to another-folder",
    ),
    "key-locked": Message(
        "The key {path} has a passphrase.",
        "A server that restarts cannot be asked for one.",
        "quickstart workshop open --cert YOUR_CERTIFICATE --key THE_KEY_WITHOUT",
        "which openssl pkey -in {path} writes",
    ),
    "key-missing": Message(
        "A certificate needs its key, and a key its certificate.",
        "Only one of --cert and --key was given.",
        "quickstart workshop open {name} --cert fullchain.pem --key privkey.pem",
    ),
    "key-unreadable": Message(
        "{path} cannot be used as a key: {detail}.",
        "It must be the private key of the certificate, as a text file (PEM) that you may read.",
        "quickstart workshop open --cert fullchain.pem --key privkey.pem",
    ),
    "no-class-archive": Message(
        "{path} is a backup of a server, and not of a class.",
        "It holds runs, but nothing of seats. They were put into {store}.",
        "quickstart server restore {path} --name restored",
        "brings them into a server of your own",
    ),
    "no-such-seat": Message(
        'The class "{name}" has no seat {seat}.',
        "Its seats are 1 to {seats}.",
        "quickstart workshop status {name}",
    ),
    "no-workshop": Message(
        "No class is open on this machine.",
        "Classes are steered from the machine and the account that opened them.",
        "quickstart workshop open --seats 40",
    ),
    "nothing-recorded": Message(
        "Seat {seat} has recorded nothing.",
        "There is no run in an experiment of its own.",
        "quickstart workshop status {name}",
    ),
    "rehearsal-failed": Message(
        "{proven} of {seats} simulated participants were proven.",
        'Most of the others ended with "{worst}". A busy disk, few cores, or a low limit of open files (ulimit -n) '
        "do that; all that was theirs is taken away again.",
        "quickstart workshop rehearse {name} --over 60",
        "spreads them as a class does; quickstart server logs --name {name}   tells what the server saw",
    ),
    "rehearsal-full": Message(
        "There are only {free} free seats for {asked} simulated participants.",
        "The class has {seats} seats, {taken} of them not free, and a rehearsal touches nobody's.",
        "quickstart workshop rehearse {name} --seats {free}",
        "or, for more of them: quickstart workshop open {name} --seats MORE",
    ),
    "rehearsal-locked": Message(
        "The class takes nobody, so nobody can rehearse.",
        "It is locked, or its code has expired.",
        "quickstart workshop unlock {name}",
        "and lock it again afterwards",
    ),
    "seats-taken": Message(
        "The class cannot be made as small as {seats} seats.",
        "Somebody holds one of those that would go.",
        "quickstart workshop status {name}",
        "shows who; quickstart workshop free SEAT --name {name}   frees one",
    ),
    "unknown-workshop": Message(
        'There is no class "{name}" on this machine.',
        "There are: {known}.",
        "quickstart workshop open {name}",
        "opens one",
    ),
    "which-workshop": Message(
        "Several classes are open: {known}.",
        "Nobody can tell which is meant.",
        "quickstart workshop status {first}",
        "names one; where a seat is meant, --name {first} does",
    ),
    "workshop-closed": Message(
        'The class "{name}" was closed.',
        "Its server ended, and its runs are archived.",
        "quickstart workshop open {name}",
        "goes on with it",
    ),
    "workshop-not-running": Message(
        'The server of the class "{name}" does not run.',
        "It was ended, or this machine was restarted. Nothing is lost: seats and runs are on disk.",
        "quickstart workshop open {name}",
    ),
    "workshop-refused": Message(
        'The server of the class "{name}" refused: {detail}',
        "It answered with status {status}; its log tells more.",
        "quickstart server logs --name {name}",
    ),
    "workshop-running": Message(
        'The class "{name}" is open, with other settings: {options}.',
        "Seats and the time until which it can be joined are changed while it runs; the rest only when it is opened.",
        "quickstart workshop close {name}",
        "and then open it with them; runs and seats stay",
    ),
}
