"""The instructor and a participant on machines of their own: two network namespaces with a cable between them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import tests

pytestmark = pytest.mark.matrix
APART = ["unshare", "--user", "--map-root-user", "--net"]
CABLE = "ip link add left0 type veth peer name right0"


def allowed() -> bool:
    """Tell whether this system lets us have networks of our own."""
    if not shutil.which("unshare") or not shutil.which("ip"):
        return False
    return subprocess.run([*APART, *CABLE.split()], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not allowed(), reason="this system does not let us have networks of our own")
def test_a_class_over_a_cable(tmp_path: Path) -> None:
    done = subprocess.run(
        [*APART, sys.executable, "-m", "tests.real.workshop.participant.two_machines", str(tmp_path)],
        cwd=Path(tests.__file__).parents[1],
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["joined"]["status"] == "ok"
    assert told["joined"]["data"]["connection"]["tracking_uri"].startswith("https://10.77.0.1:")
    assert told["board"] == ["proven"]
    assert told["silent"]["error"]["code"] == "room-silent"
    assert told["elsewhere"]["error"]["code"] == "room-elsewhere"
    assert "10.77.0.2" in told["elsewhere"]["error"]["why"]
    assert told["closed"]["error"]["code"] == "room-closed"
