"""What preflight concludes: from an installer's output, from a clock, and from what limits the memory."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from quickstart.diagnosis.package_index import InstallerOutput, interpret
from quickstart.diagnosis.preflight import NAME, places
from quickstart.diagnosis.preflight_checks import PreflightContext, judge_clock
from quickstart.errors import QuickstartError
from quickstart.system import memory
from quickstart.system.machine import Probe

COMMAND = "/env/bin/python -m pip download mlflow-skinny --no-deps"
NONE = (
    "ERROR: Could not find a version that satisfies the requirement mlflow-skinny (from versions: none)\n"
    "ERROR: No matching distribution found for mlflow-skinny\n"
)
RETRYING = "WARNING: Retrying (Retry(total=0, connect=None)) after connection broken by "
# What pip 23 to 26 and uv 0.5 to 0.13 print.
REFUSALS = [
    (
        f"{RETRYING}'NewConnectionError(\"HTTPSConnection(host='127.0.0.1', port=9): Failed to establish a new "
        f"connection: [Errno 111] Connection refused\")': /simple/mlflow-skinny/\n{NONE}",
        "index-unreachable",
        "Connection refused",
    ),
    (
        f"{RETRYING}'NewConnectionError('<pip._vendor.urllib3.connection.HTTPSConnection object at 0x7f>: Failed to "
        f"establish a new connection: [Errno -2] Name or service not known')': /simple/mlflow-skinny/\n{NONE}",
        "index-unreachable",
        "Name or service not known",
    ),
    (
        f"{RETRYING}'ReadTimeoutError(\"HTTPConnectionPool(host='h', port=80): Read timed out. (read timeout=7.0)\")': "
        f"/simple/mlflow-skinny/\n{NONE}",
        "index-unreachable",
        "timed out",
    ),
    (
        "Could not fetch URL https://mirror.example.org/simple/mlflow-skinny/: 403 Client Error: Forbidden for url: "
        f"https://mirror.example.org/simple/mlflow-skinny/ - skipping\n{NONE}",
        "index-unreachable",
        "403 Client Error: Forbidden for url",
    ),
    (
        "WARNING: The repository located at mirror.example.org is not a trusted or secure host and is being ignored. "
        f"If this repository is available via HTTPS we recommend you use HTTPS instead\n{NONE}",
        "index-unreachable",
        "not a trusted or secure host",
    ),
    (
        f"{RETRYING}'ProxyError('Cannot connect to proxy.', OSError('Tunnel connection failed: 407 Proxy "
        f"Authentication Required'))': /simple/mlflow-skinny/\n{NONE}",
        "index-proxy",
        "Tunnel connection failed: 407 Proxy Authentication Required",
    ),
    (
        "Could not fetch URL https://h/simple/mlflow-skinny/: proxy connection error: ('Unable to connect to proxy', "
        "NewConnectionError(\"HTTPSConnection(host='127.0.0.1', port=9): Failed to establish a new connection: "
        f'[Errno 111] Connection refused")) - skipping\n{NONE}',
        "index-proxy",
        "Connection refused",
    ),
    (
        f"{RETRYING}'SSLError(SSLCertVerificationError(1, \"[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify "
        f"failed: self-signed certificate (_ssl.c:1006)\"))': /simple/mlflow-skinny/\n{NONE}",
        "index-tls",
        "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate",
    ),
    (NONE, "index-empty", "No matching distribution found for mlflow-skinny"),
    (
        "error: Failed to fetch: `https://h/simple/mlflow-skinny/`\n  Caused by: error sending request for url\n"
        "  Caused by: tcp connect error: Connection refused (os error 111)\n",
        "index-unreachable",
        "Connection refused",
    ),
    (
        "error: Failed to fetch: `https://h/simple/mlflow-skinny/`\n  Caused by: error sending request for url\n"
        "  Caused by: invalid peer certificate: UnknownIssuer\n",
        "index-tls",
        "invalid peer certificate: UnknownIssuer",
    ),
    (
        "  x No solution found when resolving dependencies:\n  `-> Because mlflow-skinny was not found in the package "
        "registry and you require mlflow-skinny, we can conclude that your requirements are unsatisfiable.\n",
        "index-empty",
        "",
    ),
    (
        "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n",
        "index-broken",
        "No space",
    ),
    ("Something {odd}\nERROR: http://me:hunter2@h/simple fell over.\n", "index-broken", "http://h/simple fell over"),
    ("", "index-broken", "no output"),
]


@pytest.mark.parametrize(("text", "code", "detail"), REFUSALS, ids=[f"{n}-{one[1]}" for n, one in enumerate(REFUSALS)])
def test_an_installers_output_is_understood(text: str, code: str, detail: str) -> None:
    answer = interpret("pip", InstallerOutput(1, text, 1.0, None), COMMAND)
    assert answer.error is not None
    assert answer.error.code == code
    assert detail in answer.error.facts["detail"]
    assert "hunter2" not in answer.error.facts["detail"]
    assert answer.error.facts["command"] == COMMAND


def test_one_that_was_ended_was_silent() -> None:
    answer = interpret("pip", InstallerOutput(None, "Collecting mlflow-skinny\n", 45.0, None), COMMAND)
    assert answer.error is not None
    assert answer.error.code == "index-silent"


@pytest.mark.parametrize(
    ("line", "seconds", "speed"),
    [
        ("  Downloading mlflow_skinny-3.17.2-py3-none-any.whl (4.1 MB)", 2.0, 2.05),
        ("  Downloading mlflow_skinny-3.17.2-py3-none-any.whl (200 kB)", 2.0, 0.1),
        ("Downloading mlflow-skinny (3.9MiB)", 1.0, 3.9),
        ("Processing /wheels/mlflow_skinny-3.17.2-py3-none-any.whl", None, None),
    ],
)
def test_the_speed_is_that_of_the_download_alone(line: str, seconds: float | None, speed: float | None) -> None:
    text = f"Fetching project page and analyzing links: https://mirror.example.org/simple/mlflow-skinny/\n{line}\n"
    answer = interpret("pip", InstallerOutput(0, text, 5.0, seconds), COMMAND)
    assert answer.error is None
    assert answer.speed == (None if speed is None else pytest.approx(speed))
    assert answer.page == "https://mirror.example.org/simple/mlflow-skinny/"


def test_once_it_is_closed_no_installer_is_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    ground = PreflightContext(sys.executable)
    ground.close()
    assert ground.index.answer().words == "stopped"
    assert list(tmp_path.iterdir()) == []


HOUR = 3600.0
NEWEST = 1_700_000_000.0


@pytest.mark.parametrize(
    ("now", "off", "expected"),
    [
        (NEWEST + HOUR, None, "ok"),
        (NEWEST - 12 * HOUR, None, "ok"),  # files that were packed in another time zone
        (NEWEST - 48 * HOUR, None, "clock-behind"),
        (NEWEST + HOUR, 0, "ok"),
        (NEWEST + HOUR, 299, "ok"),
        (NEWEST + HOUR, -299, "ok"),
        (NEWEST + HOUR, 301, "warn clock-off"),
        (NEWEST + HOUR, -301, "warn clock-off"),
        (NEWEST + HOUR, 25 * 3600, "clock-off"),
        (NEWEST - 48 * HOUR, 0, "ok"),  # the index knows better
    ],
)
def test_a_clock_is_judged(now: float, off: int | None, expected: str) -> None:
    if expected.startswith("clock"):
        with pytest.raises(QuickstartError) as raised:
            judge_clock(now, NEWEST, off)
        assert raised.value.code == expected
        return
    seen = judge_clock(now, NEWEST, off)
    assert " ".join(filter(None, (seen.status, seen.error.code if seen.error else ""))) == expected


class Contained(Probe):
    """A container: what its control groups say.

    Args:
        files: what stands in which.
    """

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files

    def text(self, path: str) -> str:
        """Return what a file holds, or "" where it is not there."""
        return self._files.get(path, "")


GIGABYTE = 10**9
TOTAL = 16 * GIGABYTE
MACHINE = "the memory of this machine"
CONTAINER = "the limit of this container"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, (16_000, MACHINE)),
        ({"/proc/self/cgroup": "0::/", "/sys/fs/cgroup/memory.max": str(GIGABYTE)}, (1_000, CONTAINER)),
        ({"/proc/self/cgroup": "0::/", "/sys/fs/cgroup/memory.max": "max"}, (16_000, MACHINE)),
        (
            {"/proc/self/cgroup": "0::/user.slice/mine", "/sys/fs/cgroup/user.slice/memory.max": str(2 * GIGABYTE)},
            (2_000, CONTAINER),
        ),
        (
            {
                "/proc/self/cgroup": "4:cpu,cpuacct:/\n3:memory:/docker/ab12",
                "/sys/fs/cgroup/memory/memory.limit_in_bytes": str(GIGABYTE),
            },
            (1_000, CONTAINER),
        ),
        (
            {
                "/proc/self/cgroup": "3:memory:/",
                "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712",
            },
            (16_000, MACHINE),
        ),
        (
            {
                "/proc/self/cgroup": "0::/pod/mine",
                "/sys/fs/cgroup/pod/memory.max": str(2 * GIGABYTE),
                "/sys/fs/cgroup/pod/mine/memory.max": str(4 * GIGABYTE),
            },
            (2_000, CONTAINER),
        ),
        ({"/proc/self/cgroup": "0::/", "/sys/fs/cgroup/memory.max": str(64 * GIGABYTE)}, (16_000, MACHINE)),
    ],
    ids=[
        "none",
        "version 2",
        "version 2 without one",
        "a group above",
        "version 1",
        "version 1 without one",
        "two",
        "larger",
    ],
)
def test_the_tightest_limit_of_the_memory_counts(files: Mapping[str, str], expected: tuple[int, str]) -> None:
    found = memory.read_memory(Contained(files), TOTAL)
    assert (found.mb, found.limit) == expected


def test_a_folder_in_the_place_of_the_proof_is_left_alone(place: Path, tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    assert places(None, tmp_path) == [place / "state" / NAME]
    with pytest.raises(QuickstartError) as raised:
        places(Path(NAME), tmp_path)
    assert raised.value.code == "proof-taken"
