"""Messages of opening, managing and closing a workshop."""

from __future__ import annotations

from collections.abc import Mapping

from quickstart.errors import Message

GUIDE = "workshop-instructor"

MESSAGES: Mapping[str, Message] = {
    "bad-class-name": Message(
        'Invalid workshop name "{name}".',
        "Use at most 40 lower-case letters, digits, - and _. Start with a letter or digit.",
        "quickstart workshop open my-workshop",
    ),
    "bad-class-url": Message(
        'Invalid workshop URL "{url}": {detail}.',
        "--url is the URL that participants connect to: https, a host and a port, without a path.",
        "quickstart workshop open {name} --url https://class.example.org:5443",
    ),
    "bad-hours": Message(
        "Invalid number of hours: {hours}.",
        "--expires accepts more than 0 and at most 744 hours (a month).",
        "quickstart workshop open {name} --expires 12",
    ),
    "bad-seats": Message(
        "Invalid number of seats: {seats}.",
        "A workshop has 1 to {most} seats.",
        "quickstart workshop open {name} --seats 40",
    ),
    "bad-title": Message(
        "--{option} {problem}.",
        "The board shows it: one line, at most {most} characters.",
        'quickstart workshop open {name} --{option} "one line"',
    ),
    "certificate-expired": Message(
        "The certificate {certificate} has expired.",
        "Participants' machines would reject it.",
        "quickstart workshop open",
        "Without --cert and --key, it creates a temporary certificate. Or renew yours.",
    ),
    "certificate-key-differ": Message(
        "{certificate} and {key} do not belong together.",
        "The key is for another certificate.",
        "quickstart workshop open --cert fullchain.pem --key privkey.pem",
        "Pass the certificate and its own key.",
    ),
    "certificate-names": Message(
        "The certificate {certificate} is not for {host}, the host that participants connect to.",
        "{detail}",
        "quickstart workshop open --cert {certificate} --key YOUR_KEY --url https://THE_NAME_IN_IT:5443",
    ),
    "certificate-not-made": Message(
        "Cannot create a certificate: {detail}",
        "The package cryptography in {python} creates it. MLflow installs that package.",
        "{python} -m pip install cryptography",
    ),
    "certificate-not-yet": Message(
        "The certificate {certificate} is not valid yet.",
        "Its validity starts later, or this machine's clock is slow.",
        "date",
        "Check the clock. Without --cert and --key, `quickstart workshop open` creates a temporary certificate.",
    ),
    "certificate-unreadable": Message(
        "Cannot use {path} as a certificate: {detail}.",
        "It must be a PEM file whose first -----BEGIN CERTIFICATE----- is the server's own; the certificates of its "
        "authorities may follow.",
        "quickstart workshop open --cert fullchain.pem --key privkey.pem",
    ),
    "class-archive-odd": Message(
        "The archive {path} would expose files of this machine to the workshop: it contains the path {location}.",
        "quickstart does not create such archives; someone changed it. Nothing was restored.",
        "quickstart workshop open",
        "It opens a new workshop.",
    ),
    "class-is-there": Message(
        'A workshop named "{name}" already exists.',
        "Restoring would mix its runs with those of the archive.",
        "quickstart workshop open another --from {file}",
        "To continue the existing workshop, run `quickstart workshop open {name}`.",
    ),
    "class-name-taken": Message(
        'A server named "{name}" already exists.',
        "A workshop and a server cannot have the same name.",
        "quickstart workshop open my-{name}",
    ),
    "class-needs": Message(
        "A workshop needs {requirement} in {python}.",
        "It adds user accounts to the MLflow server. It is not installed, and you declined to install it.",
        "{python} -m pip install {requirement} && quickstart workshop open",
    ),
    "class-port-forbidden": Message(
        "You do not have permission to use port {port}.",
        "On most systems, only administrators can use ports below 1024.",
        "quickstart workshop open {name} --port 5443{options}",
    ),
    "class-port-taken": Message(
        "Port {port} is already in use by {holder}.",
        "A port that you chose, or that participants already have in their join command, is not changed "
        "automatically.{airplay}",
        "quickstart workshop open {name} --port {free}{options}",
        "Or {end}.",
    ),
    "folder-exists": Message(
        "{path} already exists.",
        "An export never overwrites files.",
        "quickstart workshop export {seat} --name {name} --to another-folder",
    ),
    "key-locked": Message(
        "The key {path} has a passphrase.",
        "The server cannot prompt for it when it restarts.",
        "openssl pkey -in {path} -out key-without-passphrase.pem",
        "Then run `quickstart workshop open --cert YOUR_CERTIFICATE --key key-without-passphrase.pem`.",
    ),
    "key-missing": Message(
        "--cert and --key must be used together.",
        "Only one of them was given.",
        "quickstart workshop open {name} --cert fullchain.pem --key privkey.pem",
    ),
    "key-unreadable": Message(
        "Cannot use {path} as a key: {detail}.",
        "It must be the private key of the certificate, as a PEM file that you can read.",
        "quickstart workshop open --cert fullchain.pem --key privkey.pem",
    ),
    "no-class-archive": Message(
        "{path} is the backup of a server, not of a workshop.",
        "It contains runs but no seats. The runs were restored to {store}.",
        "quickstart server restore {path} --name restored",
        "It restores the runs to a server of your own.",
    ),
    "no-such-seat": Message(
        'The workshop "{name}" has no seat {seat}.',
        "Its seats are 1 to {seats}.",
        "quickstart workshop status {name}",
    ),
    "no-workshop": Message(
        "No workshop is open on this machine.",
        "A workshop is managed from the machine and the user account that opened it.",
        "quickstart workshop open --seats 40",
    ),
    "nothing-recorded": Message(
        "Seat {seat} has not logged any runs.",
        "Its own experiments are empty.",
        "quickstart workshop status {name}",
    ),
    "rehearsal-failed": Message(
        "{proven} of {seats} simulated participants completed the verification.",
        'Most of the others failed with "{worst}". Typical causes are a busy disk, few cores, or a low limit of open '
        "files (ulimit -n). Everything that the rehearsal created was deleted.",
        "quickstart workshop rehearse {name} --over 60",
        "It spreads the participants as in a real workshop. `quickstart server logs --name {name}` shows the server's "
        "log.",
    ),
    "rehearsal-full": Message(
        "{asked} simulated participants need more seats than the {free} that are free.",
        "The workshop has {seats} seats, {taken} of them not free. A rehearsal uses free seats only.",
        "quickstart workshop rehearse {name} --seats {free}",
        "For more seats, run `quickstart workshop open {name} --seats MORE`.",
    ),
    "rehearsal-locked": Message(
        "The workshop cannot be rehearsed: it does not accept participants.",
        "It is locked, or its join code has expired.",
        "quickstart workshop unlock {name}",
        "Lock it again after the rehearsal.",
    ),
    "seats-taken": Message(
        "Cannot reduce the workshop to {seats} seats.",
        "A participant has one of the seats that would be removed.",
        "quickstart workshop status {name}",
        "It shows who. `quickstart workshop free SEAT --name {name}` frees a seat.",
    ),
    "unknown-workshop": Message(
        'This machine has no workshop named "{name}".',
        "Known workshops: {known}.",
        "quickstart workshop open {name}",
        "It opens one.",
    ),
    "which-workshop": Message(
        "Several workshops are open: {known}.",
        "The command does not say which one.",
        "quickstart workshop status {first}",
        "Commands about a seat accept --name {first}.",
    ),
    "workshop-closed": Message(
        'The workshop "{name}" is closed.',
        "Its server has stopped, and its runs are archived.",
        "quickstart workshop open {name}",
        "It reopens the workshop.",
    ),
    "workshop-not-running": Message(
        'The server of the workshop "{name}" is not running.',
        "It was stopped, or this machine was restarted. Seats and runs are safe on disk.",
        "quickstart workshop open {name}",
    ),
    "workshop-refused": Message(
        'The server of the workshop "{name}" rejected the request: {detail}',
        "It answered with status {status}.",
        "quickstart server logs --name {name}",
    ),
    "workshop-running": Message(
        'The workshop "{name}" is already open with other settings: {options}.',
        "Only the number of seats and the expiry can change while it runs.",
        "quickstart workshop close {name}",
        "Then open it with the new settings. Runs and seats are kept.",
    ),
}
