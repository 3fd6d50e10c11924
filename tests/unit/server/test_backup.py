"""Backups on real files: whole or not there, whatever the archive, the disk or the store is like."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import sqlite3
import subprocess
import tarfile
import tempfile
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from quickstart.errors import QuickstartError
from quickstart.events import Progress
from quickstart.server import database
from quickstart.server.backup import backup, restore
from quickstart.server.records import Server
from quickstart.server.store import staging

STRANGE = ("plain.txt", "with blank.txt", "ümläut/日本.bin", "line\nend", "back\\slash", "-rf", "'\"$`")


def server(store: Path, name: str = "local") -> Server:
    return Server(name, "127.0.0.1", 5000, str(store), "/env/bin/python", served_by="3.17.2")


@pytest.fixture(autouse=True)
def own_state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the locks apart from what a test looks at, and from the developer's."""
    monkeypatch.setenv("QUICKSTART_HOME", str(tmp_path_factory.mktemp("state")))


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with two runs and files of strange names."""
    folder = tmp_path / "runs"
    for number, name in enumerate(STRANGE):
        file = folder / "artifacts" / "0" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{number}" * 1000, encoding="utf-8")
    with closing(sqlite3.connect(folder / "mlflow.db")) as database, database:
        database.execute("CREATE TABLE runs (run_uuid, artifact_uri)")
        database.execute("INSERT INTO runs VALUES (1, 'mlflow-artifacts:/0/1/artifacts'), (2, 'file:///elsewhere')")
    return folder


def contents(store: Path) -> dict[str, bytes]:
    return {path.relative_to(store).as_posix(): path.read_bytes() for path in store.rglob("*") if path.is_file()}


def rewritten(archive: Path, change: Callable[[str, bytes], list[tuple[str, bytes]]]) -> Path:
    """Write an archive anew with each file as `change` returns it."""
    result = archive.with_name("changed.tar.gz")
    with tarfile.open(archive) as old, tarfile.open(result, "w:gz") as new:
        for member in old:
            file = old.extractfile(member)
            assert file is not None
            for name, content in change(member.name, file.read()):
                info = tarfile.TarInfo(name)
                info.size = len(content)
                new.addfile(info, io.BytesIO(content))
    return result


def test_an_archive_among_the_artifacts_does_not_hold_itself(store: Path) -> None:
    kept = backup(server(store), store / "artifacts" / "b.tar.gz")
    assert kept.artifacts == len(STRANGE)


def test_what_cannot_be_written_is_named_as_the_person_named_it(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: object, copy: Path, progress: Progress) -> None:
        raise QuickstartError("unwritable", path=str(copy), detail="database or disk is full")

    monkeypatch.setattr(database, "snapshot", full)
    with pytest.raises(QuickstartError) as refused:
        backup(server(store), tmp_path / "b.tar.gz")
    assert refused.value.facts["path"] == str(tmp_path / "b.tar.gz")


def test_what_is_restored_is_what_was_backed_up(store: Path, tmp_path: Path) -> None:
    kept = backup(server(store), tmp_path / "b.tar.gz")
    assert (kept.runs, kept.artifacts, kept.elsewhere) == (2, len(STRANGE), 1)
    back = restore(server(tmp_path / "back"), tmp_path / "b.tar.gz")
    assert (back.runs, back.artifacts) == (2, len(STRANGE))
    restored, original = contents(tmp_path / "back"), contents(store)
    with closing(sqlite3.connect(tmp_path / "back" / "mlflow.db")) as database:
        assert database.execute("SELECT count(*) FROM runs").fetchone() == (2,)
    assert {**restored, "mlflow.db": b""} == {**original, "mlflow.db": b""}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.tar.gz", "back", "runs"]


def test_files_behind_links_are_backed_up_and_links_that_lead_round_are_not(store: Path, tmp_path: Path) -> None:
    (tmp_path / "large-disk").mkdir()
    (tmp_path / "large-disk" / "model.bin").write_bytes(b"model")
    (store / "artifacts" / "models").symlink_to(tmp_path / "large-disk")
    (store / "artifacts" / "round").symlink_to(store / "artifacts")
    (store / "artifacts" / "dangling").symlink_to(tmp_path / "nowhere")
    assert backup(server(store), tmp_path / "b.tar.gz").artifacts == len(STRANGE) + 1
    restore(server(tmp_path / "back"), tmp_path / "b.tar.gz")
    assert (tmp_path / "back" / "artifacts" / "models" / "model.bin").read_bytes() == b"model"


def test_other_tools_read_a_backup_and_check_it(store: Path, tmp_path: Path) -> None:
    backup(server(store), tmp_path / "b.tar.gz")
    (tmp_path / "out").mkdir()
    subprocess.run(["tar", "xzf", tmp_path / "b.tar.gz", "-C", tmp_path / "out"], check=True)
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=tmp_path / "out", check=True)
    assert (tmp_path / "b.tar.gz").stat().st_mode & 0o777 == 0o600
    about = json.loads((tmp_path / "out" / "about.json").read_text(encoding="utf-8"))
    assert (about["format"], about["mlflow"], about["rows"]) == (1, "3.17.2", {"runs": 2})


def test_a_backup_is_of_one_moment_while_somebody_writes(store: Path, tmp_path: Path) -> None:
    stopped = threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(store / "mlflow.db", timeout=30)) as database:
            while not stopped.is_set():
                with database:  # two rows in one transaction: both are in a copy, or neither
                    database.execute("INSERT INTO runs VALUES (3, ''), (4, '')")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        kept = [backup(server(store), tmp_path / f"{number}.tar.gz") for number in range(5)]
    finally:
        stopped.set()
        writer.join()
    assert [one.runs % 2 for one in kept] == [0] * 5
    assert kept[-1].runs > kept[0].runs


def test_a_file_that_is_there_is_never_written_over(store: Path, tmp_path: Path) -> None:
    (tmp_path / "b.tar.gz").write_text("precious", encoding="utf-8")
    with pytest.raises(QuickstartError, match="file-exists"):
        backup(server(store), tmp_path / "b.tar.gz")
    assert (tmp_path / "b.tar.gz").read_text(encoding="utf-8") == "precious"


def test_a_store_without_a_database_has_nothing_to_back_up(tmp_path: Path) -> None:
    with pytest.raises(QuickstartError, match="nothing-to-back-up"):
        backup(server(tmp_path / "none"), tmp_path / "b.tar.gz")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("there", ["a run", "an artifact", "another file"])
def test_a_full_store_is_refused_and_stays_as_it_is(store: Path, tmp_path: Path, there: str) -> None:
    backup(server(store), tmp_path / "b.tar.gz")
    target = tmp_path / "full"
    file = {"a run": "mlflow.db", "an artifact": "artifacts/0/model.bin", "another file": "thesis.txt"}[there]
    (target / file).parent.mkdir(parents=True)
    (target / file).write_bytes((store / "mlflow.db").read_bytes())
    before = contents(target)
    with pytest.raises(QuickstartError, match="store-not-empty"):
        restore(server(target), tmp_path / "b.tar.gz")
    assert contents(target) == before


def test_a_store_in_which_nothing_was_recorded_is_empty(store: Path, tmp_path: Path) -> None:
    backup(server(store), tmp_path / "b.tar.gz")
    target = tmp_path / "fresh"
    (target / "artifacts").mkdir(parents=True)
    with closing(sqlite3.connect(target / "mlflow.db")) as database, database:
        database.execute("CREATE TABLE experiments (experiment_id)")
        database.execute("INSERT INTO experiments VALUES (0)")
    assert restore(server(target), tmp_path / "b.tar.gz").runs == 2


def lines_without(content: bytes, name: str) -> bytes:
    return b"".join(line for line in content.splitlines(keepends=True) if name.encode() not in line)


OUTSIDE = Path(tempfile.gettempdir()) / "quickstart-test-outside"


def with_another(more: str, name: str, content: bytes) -> list[tuple[str, bytes]]:
    """Add an empty file to an archive, with its right checksum."""
    if name == "SHA256SUMS":
        return [(name, content + f"{hashlib.sha256(b'').hexdigest()}  {more}\n".encode())]
    return [(name, content), (more, b"")] if name == "mlflow.db" else [(name, content)]


DAMAGE: dict[str, Callable[[str, bytes], list[tuple[str, bytes]]]] = {
    "a file was changed": lambda name, content: [
        (name, content[:-1] + b"X" if name.endswith("plain.txt") else content)
    ],
    "a file is missing": lambda name, content: [] if name.endswith("plain.txt") else [(name, content)],
    "a file was added": lambda name, content: [(name, content), ("artifacts/more", b"")][: 1 + (name == "mlflow.db")],
    "a file leads out": lambda name, content: with_another("artifacts/../../../out", name, content),
    "a file is absolute": lambda name, content: with_another(str(OUTSIDE), name, content),
    "a file is none that a backup holds": lambda name, content: with_another("more.db", name, content),
    "the checksums are missing": lambda name, content: [] if name == "SHA256SUMS" else [(name, content)],
    "a checksum is missing": lambda name, content: [
        (name, lines_without(content, "plain") if name == "SHA256SUMS" else content)
    ],
    "what it is, is no JSON": lambda name, content: [(name, b"{" if name == "about.json" else content)],
    "what it is, is a list": lambda name, content: [(name, b"[]" if name == "about.json" else content)],
    "a file is in it twice": lambda name, content: [(name, content)] * (2 if name == "mlflow.db" else 1),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_backup_is_refused_and_nothing_is_restored(store: Path, tmp_path: Path, damage: str) -> None:
    backup(server(store), tmp_path / "b.tar.gz")
    changed = rewritten(tmp_path / "b.tar.gz", DAMAGE[damage])
    with pytest.raises(QuickstartError, match="backup-damaged"):
        restore(server(tmp_path / "back"), changed)
    assert not (tmp_path / "back").exists()
    assert not (tmp_path / "out").exists()
    assert not OUTSIDE.exists()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("part", [0.0, 0.1, 0.5, 0.9])
def test_a_torn_backup_is_refused(store: Path, tmp_path: Path, part: float) -> None:
    backup(server(store), tmp_path / "b.tar.gz")
    whole = (tmp_path / "b.tar.gz").read_bytes()
    (tmp_path / "torn.tar.gz").write_bytes(whole[: int(len(whole) * part)])
    with pytest.raises(QuickstartError, match="backup-damaged"):
        restore(server(tmp_path / "back"), tmp_path / "torn.tar.gz")
    assert not (tmp_path / "back").exists()


@pytest.mark.parametrize(
    "content", [b"", b"words", gzip.compress(b"words", mtime=0), gzip.compress(b"\0" * 10240, mtime=0)]
)
def test_what_is_no_backup_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "b.tar.gz").write_bytes(content)
    with pytest.raises(QuickstartError, match=r"backup-damaged|no-backup"):
        restore(server(tmp_path / "back"), tmp_path / "b.tar.gz")


def test_a_backup_of_a_later_form_is_named_as_such(store: Path, tmp_path: Path) -> None:
    backup(server(store), tmp_path / "b.tar.gz")
    later = rewritten(
        tmp_path / "b.tar.gz",
        lambda name, content: [
            (name, content.replace(b'"format": 1', b'"format": 2') if name == "about.json" else content)
        ],
    )
    with pytest.raises(QuickstartError, match="backup-newer"):
        restore(server(tmp_path / "back"), later)


def test_what_a_kill_left_is_cleared_away_and_what_somebody_works_in_is_not(tmp_path: Path) -> None:
    with staging(tmp_path, "one") as held:
        (held / "content").write_text("mine", encoding="utf-8")
        dead = tmp_path / ".two.quickstart-staging-abc"
        dead.mkdir()
        (dead / "lock").touch()
        with staging(tmp_path, "three"):
            assert not dead.exists()
            assert (held / "content").read_text(encoding="utf-8") == "mine"
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_left_where_a_backup_is_broken_off(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("quickstart.server.backup.archive.Writer.close", full)
    with pytest.raises(QuickstartError, match="unwritable") as refused:
        backup(server(store), tmp_path / "b.tar.gz")
    assert refused.value.facts["detail"] == "No space left on device"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["runs"]


@pytest.mark.parametrize("at", ["copying the database", "copying artifacts", "verifying the backup"])
def test_ctrl_c_leaves_no_part_of_a_backup(store: Path, tmp_path: Path, at: str) -> None:
    with pytest.raises(KeyboardInterrupt):
        backup(server(store), tmp_path / "b.tar.gz", interrupted(at))
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]


@pytest.mark.parametrize("at", ["unpacking", "unpacking artifacts", "checking the database"])
def test_ctrl_c_leaves_no_part_of_a_store(store: Path, tmp_path: Path, at: str) -> None:
    backup(server(store), tmp_path / "b.tar.gz")
    with pytest.raises(KeyboardInterrupt):
        restore(server(tmp_path / "back"), tmp_path / "b.tar.gz", interrupted(at))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.tar.gz", "runs"]


def interrupted(at: str) -> Progress:
    """Return a progress during which Ctrl-C is pressed at one point."""

    def progress(doing: str, detail: str = "") -> None:
        if doing == at:
            raise KeyboardInterrupt

    return progress
