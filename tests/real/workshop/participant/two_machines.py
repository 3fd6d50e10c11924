"""Two machines with a cable between them: `unshare --user --map-root-user --net python -m ... FOLDER`.

This process is the instructor's machine; the participant's is another namespace. What came of each act is printed as
one JSON object.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from quickstart.workshop.participant.join_code import Invitation
from tests.conftest import new_home
from tests.real.workshop.participant.room import Room, opened

INSTRUCTOR, PARTICIPANT, NOBODY, ELSEWHERE = "10.77.0.1", "10.77.0.2", "10.77.0.9", "172.16.5.5"


def shell(*commands: str) -> None:
    """Run commands of a shell."""
    for command in commands:
        subprocess.run(command.split(), check=True)


def main(folder: Path) -> dict[str, object]:
    """Connect both machines, and join from one to the other."""
    shell("ip link set lo up", "ip link add here0 type veth peer name there0")
    shell(f"ip addr add {INSTRUCTOR}/24 dev here0", "ip link set here0 up")
    with subprocess.Popen(["unshare", "--net", "sleep", "300"]) as other:
        try:
            return _between(folder, other.pid)
        finally:
            other.kill()


def _between(folder: Path, pid: int) -> dict[str, object]:
    _apart(pid)
    shell(f"ip link set there0 netns {pid}")
    inside = f"nsenter --net=/proc/{pid}/ns/net"
    shell(f"{inside} ip addr add {PARTICIPANT}/24 dev there0", f"{inside} ip link set there0 up")
    with opened(folder / "room", host=INSTRUCTOR) as room:
        joined = _join(folder, inside, room.invitation.text)
        code = room.invitation.code
        silent = _join(folder, inside, Invitation(NOBODY, room.port, code).text)
        elsewhere = _join(folder, inside, Invitation(ELSEWHERE, room.port, code).text)
        board = _board(room)
    closed = _join(folder, inside, room.invitation.text)
    return {"joined": joined, "silent": silent, "elsewhere": elsewhere, "closed": closed, "board": board}


def _apart(pid: int) -> None:
    """Wait until the other machine has a network of its own."""
    own = Path("/proc/self/ns/net").readlink()
    while Path(f"/proc/{pid}/ns/net").readlink() == own:
        pass


def _join(folder: Path, inside: str, text: str) -> object:
    home = new_home(folder / f"home-{text[:9]}-{len(list(folder.iterdir()))}")
    command = [*inside.split(), sys.executable, "-m", "quickstart", "join", text, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, env=home.environment, cwd=home.cwd, check=False)
    return json.loads(done.stdout)


def _board(room: Room) -> list[str]:
    return [one["state"] for one in room.state()["seats"] if one["state"] != "free"]


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
