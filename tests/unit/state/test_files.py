"""What quickstart remembers: whose files they are, how they are replaced, and who may write at a time."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from quickstart.errors import ExitCode, QuickstartError
from quickstart.state import connections, files
from tests.unit.conftest import POSIX_MODES, everything_below, mode

HOLDER = (
    "import sys; from quickstart.state.files import lock\nwith lock(sys.argv[1]): print('held', flush=True); input()"
)


@contextmanager
def held_by_somebody(name: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds a lock until it is killed."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        try:
            assert other.stdout is not None
            assert other.stdout.readline() == "held\n"
            yield other
        finally:
            other.kill()


@POSIX_MODES
def test_a_file_is_its_owners_alone_from_the_first_byte(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    real = os.fsync

    def look(number: int) -> None:
        seen.append(os.fstat(number).st_mode & 0o777)
        real(number)

    monkeypatch.setattr(os, "fsync", look)
    files.write_private(place / "state" / "file", "text")
    assert seen == [0o600]
    assert mode(place / "state" / "file") == "600"


@POSIX_MODES
@pytest.mark.parametrize("umask", [0o022, 0o000], ids=["the usual umask", "no umask"])
def test_every_folder_that_is_made_is_its_owners_alone(place: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        files.private_folder(place / "state" / "logs")
    finally:
        os.umask(before)
    folders = (place, place / "state", place / "state" / "logs")
    assert {str(folder.relative_to(place)): mode(folder) for folder in folders} == {
        ".": "700",
        "state": "700",
        "state/logs": "700",
    }


@POSIX_MODES
def test_a_lock_is_its_owners_alone(place: Path) -> None:
    with files.lock("something"):
        assert mode(place / "state" / "something.lock") == "600"


def test_a_file_that_cannot_be_replaced_stays_as_it_was(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = place / "state" / "connections.json"
    files.write_json(path, {"old": 1})

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(QuickstartError) as refused:
        files.write_json(path, {"new": 2})
    assert refused.value.code == "unwritable"
    assert refused.value.facts == {"path": str(path), "detail": "No space left on device"}
    assert files.read_json(path) == {"old": 1}
    assert everything_below(place) == {"state", str(Path("state/connections.json"))}


def test_a_reader_never_sees_half_a_file(place: Path) -> None:
    path = place / "state" / "big.json"
    files.write_json(path, [0])
    writer = (
        "import sys, pathlib; from quickstart.state.files import write_json\n"
        "for turn in range(60): write_json(pathlib.Path(sys.argv[1]), [turn] * 20000)"
    )
    with subprocess.Popen([sys.executable, "-c", writer, str(path)]) as other:
        while other.poll() is None:
            value = json.loads(path.read_text(encoding="utf-8"))
            assert len(set(value)) == 1
    assert files.read_json(path) == [59] * 20000


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for act in (files.private_folder, lambda path: files.write_private(path, "text")):
        with pytest.raises(QuickstartError) as refused:
            act(tmp_path / "file" / "folder")
        assert refused.value.code == "unwritable"
        assert str(tmp_path / "file") in refused.value.facts["path"]


def test_a_file_that_is_not_there_holds_nothing(place: Path) -> None:
    assert files.read_json(place / "nothing.json") is None


@pytest.mark.parametrize("text", [b"", b"{", b'{"a": ', b"\xff\xfe", b"nonsense"])
def test_a_damaged_file_is_named_and_not_overwritten(place: Path, text: bytes) -> None:
    path = files.private_folder(place / "state") / "connections.json"
    path.write_bytes(text)
    with pytest.raises(QuickstartError) as damaged:
        connections.Connections().all()
    assert damaged.value.code == "state-damaged"
    assert damaged.value.facts["path"] == str(path)
    assert path.read_bytes() == text


def test_a_lock_keeps_another_process_out(place: Path) -> None:
    told = []
    with held_by_somebody("thing"), pytest.raises(QuickstartError) as busy:  # noqa: SIM117 - the lock is what raises
        with files.lock("thing", patience=0.3, waiting=lambda: told.append("waiting")):
            pass
    assert (busy.value.code, busy.value.facts) == ("busy", {"name": "thing", "seconds": 0.3})
    assert told == ["waiting"]


def test_a_lock_is_free_again_when_its_holder_is_killed(place: Path) -> None:
    with held_by_somebody("thing") as other:
        other.kill()
        with files.lock("thing", patience=5):
            pass


def test_a_lock_is_free_again_when_the_work_under_it_failed(place: Path) -> None:
    with pytest.raises(ZeroDivisionError), files.lock("thing"):
        _ = 1 / 0
    with files.lock("thing", patience=0):
        pass


def test_locks_of_different_names_do_not_meet(place: Path) -> None:
    with held_by_somebody("one"), files.lock("another", patience=0):
        pass


def test_quickstart_home_moves_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "me"))
    for value, folder in (("there", tmp_path / "there"), ("~/here", tmp_path / "me" / "here")):
        monkeypatch.setenv("QUICKSTART_HOME", value)
        assert (files.data_folder(), files.state_folder()) == (folder / "data", folder / "state")
    assert everything_below(tmp_path) == set()


@pytest.mark.parametrize("value", [None, ""])
def test_without_quickstart_home_each_kind_has_a_folder_of_ours(
    monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    monkeypatch.delenv("QUICKSTART_HOME", raising=False)
    if value is not None:
        monkeypatch.setenv("QUICKSTART_HOME", value)
    folders = (files.data_folder(), files.state_folder())
    assert folders[0] != folders[1]
    for folder in folders:
        assert folder.is_absolute()
        assert "mlflow-quickstart" in folder.parts


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the XDG folders are a matter of Linux")
def test_runs_are_data_and_the_rest_is_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QUICKSTART_HOME", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert files.data_folder() == tmp_path / "data" / "mlflow-quickstart"
    assert files.state_folder() == tmp_path / "state" / "mlflow-quickstart"


@pytest.mark.parametrize("name", ["local", "a", "9", "my-server_2", "x" * 40])
def test_a_good_name_is_taken(name: str) -> None:
    assert files.validate_name(name) == name


@pytest.mark.parametrize(
    "name",
    ["", "Local", "-x", "_x", ".", "..", "../x", "a/b", "a\\b", "a b", "a.b", "ä", "x" * 41, "a\n", "a\0", "C:"],
)
def test_a_name_that_is_no_file_name_everywhere_is_refused(name: str) -> None:
    with pytest.raises(QuickstartError) as bad:
        files.validate_name(name)
    assert (bad.value.code, bad.value.exit_code, bad.value.facts["name"]) == ("bad-name", ExitCode.USAGE, name)
