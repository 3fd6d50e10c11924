"""A server that had too little memory: the limit is found, and its last words are known."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from quickstart.errors import QuickstartError
from quickstart.server import launcher, records
from quickstart.server.records import Server
from quickstart.system import memory
from tests.conftest import free_port

ASK = "from quickstart.system import memory; print(memory.memory_limit())"
SAYS_AND_STAYS = """#!{python}
import time
print({words!r}, flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="macOS takes no limit of the address space")
@pytest.mark.parametrize(("kilobytes", "found"), [("400000", "409"), ("1400000", "1433"), ("1600000", "None")])
def test_a_tight_limit_of_the_shell_is_found(kilobytes: str, found: str) -> None:
    command = ["sh", "-c", f'ulimit -v {kilobytes}; exec "$@"', "sh", sys.executable, "-c", ASK]
    assert subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip() == found


@pytest.mark.parametrize(
    ("line", "out"),
    [
        ("MemoryError", True),
        ("MemoryError: Unable to allocate 8 MiB", True),
        ("google.protobuf: Couldn't build proto file into descriptor pool: out of memory", True),
        ("NoMemoryErrorHandler installed", False),
        ("INFO: memory profile: off", False),
        ("SystemError: error return without exception set", False),
    ],
)
def test_words_that_mean_memory_are_told_from_others(line: str, out: bool) -> None:
    assert memory.is_out_of_memory(["before", line, "after"]) is out


@pytest.mark.skipif(sys.platform == "win32", reason="a script stands for the interpreter")
@pytest.mark.parametrize(
    ("words", "limit", "code"),
    [
        ("MemoryError", None, "server-failed"),
        ("INFO: waiting", 460, "server-failed"),
        ("INFO: waiting", None, "server-slow"),
    ],
)
def test_a_server_that_lives_on_without_memory_has_failed_and_is_not_slow(
    words: str, limit: int | None, code: str, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "memory_limit", lambda: limit)
    python = tmp_path / "python"
    python.write_text(SAYS_AND_STAYS.format(python=sys.executable, words=words))
    python.chmod(0o700)
    server = Server("local", "127.0.0.1", free_port(), str(tmp_path), str(python))
    with pytest.raises(QuickstartError) as late:
        launcher.launch(server.for_launch(), lambda *_: None, None, deadline=1.0)
    assert late.value.code == code
    assert late.value.facts["tail"] == [words]
    saved = records.load("local")
    assert saved is not None
    assert saved.pid is None
