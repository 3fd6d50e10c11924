"""Other tools' files on disk: whose they stay, how they are replaced, and that nobody's change is lost."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from quickstart.config_files import ini, section
from quickstart.errors import QuickstartError
from tests.unit.conftest import POSIX_MODES, everything_below, mode

POSIX_ONLY = pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither FIFOs nor owners of this kind")
VALUES = {"host": "https://x", "token": "dapi1"}
GOOD_DEFAULT = b"[DEFAULT]\r\nhost = https://good\r\ntoken = good # no comment\r\n"
# Slow enough that the other one would come in between, were it not kept out.
WRITER = """
import sys, time
from pathlib import Path
from quickstart.config_files import ini, section
for turn in range(15):
    name = f"{sys.argv[2]}-{turn}"
    def change(data):
        time.sleep(0.02)
        return ini.write_section(data, name, {"token": name})
    section.edit(Path(sys.argv[1]), change)
"""


@pytest.fixture
def path(place: Path, tmp_path: Path) -> Path:
    """A file of another tool's, which is not there yet; our own state is elsewhere."""
    (tmp_path / "home").mkdir()
    return tmp_path / "home" / ".databrickscfg"


def with_ours(data: bytes) -> bytes:
    return ini.write_section(data, "ours", VALUES)


def test_a_section_is_put_beside_a_good_default_and_taken_out_again(path: Path) -> None:
    path.write_bytes(GOOD_DEFAULT)
    before, after = section.edit(path, with_ours)
    assert before == GOOD_DEFAULT
    assert after == path.read_bytes() == GOOD_DEFAULT + b"\r\n[ours]\r\nhost = https://x\r\ntoken = dapi1\r\n"
    section.edit(path, lambda data: ini.remove_section(data, "ours", ini.separator(before)))
    assert path.read_bytes() == GOOD_DEFAULT
    assert everything_below(path.parent) == {".databrickscfg"}


def test_a_file_that_was_not_there_is_made_and_removed(path: Path) -> None:
    assert section.load(path) == b""
    assert section.edit(path, with_ours)[0] == b""
    assert section.edit(path, lambda data: ini.remove_section(data, "ours", b""))[1] == b""
    section.remove_file(path, b"")
    assert everything_below(path.parent) == set()
    section.remove_file(path, b"")


def test_a_file_is_not_touched_where_nothing_changes(path: Path) -> None:
    assert section.edit(path, lambda data: data) == (b"", b"")
    assert not path.exists()
    path.write_bytes(with_ours(b""))
    before = path.stat()
    section.edit(path, with_ours)
    assert path.stat() == before


@POSIX_MODES
@pytest.mark.parametrize("there", [True, False], ids=["a file that everybody can read", "a new file"])
def test_a_file_is_its_owners_alone_from_the_first_byte(
    path: Path, there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if there:
        path.write_bytes(GOOD_DEFAULT)
        path.chmod(0o644)
    seen = []
    real = os.fsync

    def look(number: int) -> None:
        seen.append(os.fstat(number).st_mode & 0o777)
        real(number)

    monkeypatch.setattr(os, "fsync", look)
    section.edit(path, with_ours)
    assert set(seen) == {0o600}
    assert mode(path) == "600"


@POSIX_MODES
def test_folders_that_are_missing_are_made_private(path: Path) -> None:
    section.edit(path.parent / ".mlflow" / "deep" / "credentials", with_ours)
    assert (mode(path.parent / ".mlflow"), mode(path.parent / ".mlflow" / "deep")) == ("700", "700")


@POSIX_ONLY
@pytest.mark.parametrize("there", [True, False], ids=["a file", "nothing yet"])
def test_a_link_stays_a_link_to_the_file_that_is_changed(path: Path, there: bool) -> None:
    real = path.parent / "dotfiles" / "databrickscfg"
    real.parent.mkdir()
    if there:
        real.write_bytes(GOOD_DEFAULT)
    path.symlink_to(Path("dotfiles") / "databrickscfg")
    before, after = section.edit(path, with_ours)
    assert path.is_symlink()
    assert real.read_bytes() == after == with_ours(GOOD_DEFAULT if there else b"")
    section.edit(path, lambda _: before)
    assert real.read_bytes() == before
    section.remove_file(path, before)
    assert path.is_symlink()
    assert not real.exists()


@POSIX_ONLY
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_root_does_not_take_a_persons_file_away(path: Path) -> None:
    path.write_bytes(GOOD_DEFAULT)
    os.chown(path, 12345, 54321)
    section.edit(path, with_ours)
    assert (path.stat().st_uid, path.stat().st_gid, mode(path)) == (12345, 54321, "600")


@POSIX_ONLY
def test_an_owner_that_may_not_be_kept_does_not_stop_the_work(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: int) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    path.write_bytes(GOOD_DEFAULT)
    monkeypatch.setattr(os, "fchown", refuse)
    section.edit(path, with_ours)
    assert path.read_bytes() == with_ours(GOOD_DEFAULT)


def refused(path: Path) -> tuple[str, dict[str, object]]:
    """Return the code and the facts with which a file is refused, before anything is written."""
    beside = everything_below(path.parent)
    for act in (
        lambda: section.load(path),
        lambda: section.edit(path, with_ours),
        lambda: section.remove_file(path, b""),
    ):
        with pytest.raises(QuickstartError) as fault:
            act()
    assert everything_below(path.parent) == beside
    return fault.value.code, dict(fault.value.facts)


@POSIX_ONLY
def test_what_is_no_regular_file_is_refused_without_waiting(path: Path) -> None:
    os.mkfifo(path)
    fact = {"path": str(path), "detail": "not a regular file"}
    assert refused(path) == ("profiles-unreadable", fact)
    path.unlink()
    path.symlink_to("/dev/zero")
    with pytest.raises(QuickstartError) as device:
        section.load(path)
    assert device.value.facts == fact
    path.unlink()
    path.symlink_to(path)
    assert refused(path) == ("profiles-unreadable", {"path": str(path), "detail": os.strerror(errno.ELOOP)})


def test_a_folder_in_its_place_is_refused(path: Path) -> None:
    path.mkdir()
    assert refused(path)[0] == "profiles-unreadable"
    assert refused(path)[1]["path"] == str(path)


def test_a_file_that_may_not_be_read_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_bytes(GOOD_DEFAULT)
    real = os.open

    def refuse(name: str, flags: int, *rest: int) -> int:
        if Path(name) == path:
            raise PermissionError(errno.EACCES, "Permission denied", name)
        return real(name, flags, *rest)

    monkeypatch.setattr(os, "open", refuse)
    assert refused(path) == ("profiles-unreadable", {"path": str(path), "detail": "Permission denied"})


def test_a_file_that_is_no_file_of_credentials_by_its_size_is_refused(path: Path) -> None:
    path.write_bytes(b"#" * section.LIMIT)
    assert len(section.load(path)) == section.LIMIT
    path.write_bytes(b"#" * (section.LIMIT + 1))
    assert refused(path) == ("profiles-unreadable", {"path": str(path), "detail": "larger than 1 MB"})


def test_a_damaged_file_is_named_and_stays(path: Path) -> None:
    path.write_bytes(b"dapi0123\n")
    with pytest.raises(QuickstartError) as damaged:
        section.edit(path, with_ours)
    assert damaged.value.code == "profiles-damaged"
    assert damaged.value.facts == {"path": str(path), "detail": "missing section header error in line 1"}
    assert path.read_bytes() == b"dapi0123\n"


@pytest.mark.parametrize("begun", [GOOD_DEFAULT, b""], ids=["a file", "nothing yet"])
def test_what_somebody_else_wrote_meanwhile_is_not_overwritten(path: Path, begun: bytes) -> None:
    if begun:
        path.write_bytes(begun)

    def change(data: bytes) -> bytes:
        path.write_bytes(b"[theirs]\n")
        return with_ours(data)

    with pytest.raises(QuickstartError) as changed:
        section.edit(path, change)
    assert (changed.value.code, changed.value.facts) == ("profiles-changed", {"path": str(path)})
    with pytest.raises(QuickstartError) as kept:
        section.remove_file(path, b"")
    assert (kept.value.code, kept.value.facts) == ("profiles-changed", {"path": str(path)})
    assert path.read_bytes() == b"[theirs]\n"
    assert everything_below(path.parent) == {".databrickscfg"}


def test_what_somebody_wrote_at_the_last_moment_is_not_overwritten(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_bytes(GOOD_DEFAULT)
    real = os.fsync

    def slow_disk(number: int) -> None:
        real(number)
        path.write_bytes(b"[theirs]\n")

    monkeypatch.setattr(os, "fsync", slow_disk)
    with pytest.raises(QuickstartError) as changed:
        section.replace(path, GOOD_DEFAULT, with_ours(GOOD_DEFAULT))
    assert changed.value.code == "profiles-changed"
    assert path.read_bytes() == b"[theirs]\n"


def test_a_file_that_cannot_be_replaced_stays_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    path.write_bytes(GOOD_DEFAULT)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(QuickstartError) as unwritable:
        section.edit(path, with_ours)
    facts = {"path": str(path), "detail": "No space left on device"}
    assert (unwritable.value.code, unwritable.value.facts) == ("unwritable", facts)
    assert path.read_bytes() == GOOD_DEFAULT
    assert everything_below(path.parent) == {".databrickscfg"}


def test_two_quickstarts_at_once_lose_nothing(path: Path) -> None:
    path.write_bytes(GOOD_DEFAULT)
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(path), name]) for name in ("one", "two")]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0]
    sections = ini.read(path.read_bytes())
    ours = {f"{name}-{turn}": {"token": f"{name}-{turn}"} for name in ("one", "two") for turn in range(15)}
    assert sections == {**ini.read(GOOD_DEFAULT), **ours}
    assert path.read_bytes().startswith(GOOD_DEFAULT)
    assert everything_below(path.parent) == {".databrickscfg"}
