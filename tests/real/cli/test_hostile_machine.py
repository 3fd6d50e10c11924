"""Hostile machines, which only root or a system package can make: no room, no memory, no access, another clock."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.conftest import Home, Ran, end_servers, ours
from tests.messages import fix_of
from tests.real.helpers import metrics_of, server_of, unbroken

pytestmark = [pytest.mark.matrix, pytest.mark.skipif(sys.platform != "linux", reason="Linux has these tools")]

OURSELVES = "bug in quickstart"


def possible(*command: str) -> bool:
    """Tell whether a command is there and does what it is asked for."""
    if shutil.which(command[0]) is None:
        return False
    return subprocess.run([*command, "true"], capture_output=True, timeout=30, check=False).returncode == 0


def needs(*command: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not possible(*command), reason=f"{shlex.join(command)} is not possible here")


def run(home: Home, *words: str, before: tuple[str, ...] = ()) -> Ran:
    """Run a command of quickstart behind other words."""
    done = subprocess.run(
        [*before, sys.executable, "-m", "quickstart", *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=home.cwd,
        env=home.environment,
        timeout=180,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def after(script: str, *before: str) -> tuple[str, ...]:
    """Return the words that run a command after a script."""
    return (*before, "sh", "-ec", f'{script}\nexec "$@"', "sh")


@needs("unshare", "-m")
@pytest.mark.parametrize(
    ("size", "code", "why"),
    [("4k", "unwritable", "The disk is full."), ("300k", "server-failed", "The disk of ")],
    ids=["for-nothing", "for-no-database"],
)
def test_a_full_disk_is_told_and_leaves_no_server(home: Home, size: str, code: str, why: str) -> None:
    home.quickstart_home.mkdir()
    mount = f"mount -t tmpfs -o size={size} tmpfs {shlex.quote(str(home.quickstart_home))}"
    ran = run(home, "--yes", "--json", before=after(mount, "unshare", "-m"))
    assert ran.status == 1, ran.out + ran.err
    error = ran.json["error"]
    assert error["code"] == code
    assert why in error["why"]
    assert not ours(home.path)


@needs("unshare", "-m")
def test_a_disk_that_becomes_full_lets_the_server_be_stopped_and_taken_back(home: Home) -> None:
    folder = home.quickstart_home
    folder.mkdir()
    command = shlex.join([sys.executable, "-m", "quickstart"])
    script = (
        f"mount -t tmpfs -o size=10m tmpfs {shlex.quote(str(folder))}; {command} --yes >/dev/null || exit 8\n"
        f"dd if=/dev/zero of={shlex.quote(str(folder / 'fill'))} bs=4k 2>/dev/null || true\n"
        f"{command} verify && exit 9; {command} undo --yes --delete-data || {command} undo --yes --delete-data"
    )
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script],
        capture_output=True,
        text=True,
        cwd=home.cwd,
        env=home.environment,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert OURSELVES not in unbroken(done.stdout + done.stderr)
    assert not ours(home.path)


@needs("unshare", "-m")
def test_on_a_full_disk_a_server_is_not_stopped_in_vain_and_all_is_taken_back_at_once(home: Home) -> None:
    folder = home.quickstart_home
    folder.mkdir()
    (home.path / "small").mkdir()
    small = shlex.quote(str(home.path / "small"))
    command = shlex.join([sys.executable, "-m", "quickstart"])
    script = (
        f"mount -t tmpfs -o size=10m tmpfs {shlex.quote(str(folder))}; mount -t tmpfs -o size=100k tmpfs {small}\n"
        f"{command} --yes >/dev/null || exit 8\n"
        f"{command} server backup {small}/mine.tar.gz; echo; echo =====; echo\n"
        f"dd if=/dev/zero of={shlex.quote(str(folder / 'fill'))} bs=4k 2>/dev/null || true\n"
        f"{command} server restart; {command} server status\n echo =====\n"
        f"{command} undo --yes --delete-data || exit 9; ls -A {shlex.quote(str(folder / 'data'))} 2>/dev/null || true"
    )
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", f"exec 2>&1; {script}"],
        capture_output=True,
        text=True,
        cwd=home.cwd,
        env={**home.environment, "COLUMNS": "300"},
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    backup, restart, undo = done.stdout.split("=====")
    assert f"{home.path / 'small' / 'mine.tar.gz'} cannot be written" in unbroken(backup)
    assert "staging" not in backup
    assert "No space left on device" in restart
    assert "local running since" in unbroken(restart), "it was not stopped for nothing"
    assert "runs deleted" in unbroken(undo)
    assert not ours(home.path)


@needs("unshare", "-m")
def test_a_read_only_home_is_told_at_once(home: Home) -> None:
    home.quickstart_home.mkdir()
    mount = f"mount -t tmpfs -o ro tmpfs {shlex.quote(str(home.quickstart_home))}"
    for words in (("--yes",), ("server", "start")):
        ran = run(home, *words, "--json", before=after(mount, "unshare", "-m"))
        assert (ran.status, ran.json["error"]["code"]) == (1, "unwritable"), ran.out + ran.err


@needs("unshare", "-m")
def test_without_shared_memory_and_without_a_writable_tmp_it_works(home: Home) -> None:
    hide = "mount -t tmpfs -o ro,mode=000 tmpfs /dev/shm; mount -t tmpfs -o ro tmpfs /var/tmp"
    ran = run(
        replace(home, environment={**home.environment, "TMPDIR": "/nowhere"}),
        "--yes",
        before=after(hide, "unshare", "-m"),
    )
    assert ran.status == 0, ran.out + ran.err


# Where it strikes decides what it dies of; what it is said to have died of is the same.
@pytest.mark.parametrize("kilobytes", [50_000, 150_000, 250_000, 300_000, 350_000, 400_000, 450_000, 500_000])
def test_too_little_memory_is_told_and_leaves_no_server(home: Home, kilobytes: int) -> None:
    ran = run(home, "server", "start", "--name", "mine", "--json", before=after(f"ulimit -v {kilobytes}"))
    assert ran.status == 1, ran.out + ran.err
    error = ran.json["error"]
    assert f"There is not enough memory: ulimit -v allows {kilobytes * 1024 // 10**6} MB" in error["why"]
    assert "ulimit -v unlimited" in fix_of(error)
    assert "--name mine" in fix_of(error)
    assert not ours(home.path)


@pytest.fixture
def locked(home: Home) -> Iterator[Home]:
    """A home whose state belongs to somebody else, as after `sudo quickstart`."""
    state = home.quickstart_home / "state"
    (state / "servers").mkdir(parents=True)
    (state / "journal").mkdir()
    state.chmod(0)
    yield home
    state.chmod(0o700)


ORDINARY = ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search")


@needs(*ORDINARY)
def test_a_store_that_becomes_read_only_under_its_server_is_told_and_goes_on_when_it_is_not(home: Home) -> None:
    before = ORDINARY if os.geteuid() == 0 else ()
    first = run(home, "--yes", "--json", before=before).json["data"]["verification"]["run"]["id"]
    store = home.quickstart_home / "data" / "local"
    (store / "mlflow.db").chmod(0o400)
    store.chmod(0o500)
    try:
        checked = run(home, "verify", "--json", before=before).json
        assert checked["error"]["code"] == "api-error"
        assert "attempt to write a readonly database" in checked["error"]["what"]
        assert checked["error"]["why"] == f"You own {store / 'mlflow.db'}, but its mode denies you access."
        assert run(home, "server", "backup", "b.tar.gz", before=before).status == 0
        run(home, "server", "stop", before=before)
        refused = run(home, "--yes", "--json", before=before).json["error"]
        assert (refused["code"], refused["what"]) == ("unwritable", f"{store} cannot be written: Permission denied.")
        assert not ours(home.path)
    finally:
        store.chmod(0o700)
        (store / "mlflow.db").chmod(0o600)
    uri = run(home, "--yes", "--json", before=before).json["data"]["connection"]["tracking_uri"]
    assert metrics_of(uri, first) == {"foo": 1.0, "bar": 2.0}


@pytest.fixture
def ordinary() -> tuple[str, ...]:
    """What makes root a user whom modes concern."""
    return ORDINARY if os.geteuid() == 0 else ()


@needs(*ORDINARY)
@pytest.mark.parametrize("above", [False, True], ids=["store", "folder-above"])
def test_a_server_whose_store_cannot_be_entered_is_seen_stopped_and_all_else_says_why(
    home: Home, ordinary: tuple[str, ...], above: bool
) -> None:
    store = home.path / "above" / "runs"
    assert run(home, "server", "start", "--store", str(store), before=ordinary).status == 0
    server = server_of(home)
    closed = store.parent if above else store
    closed.chmod(0)
    try:
        seen = run(home, "server", "status", "--json", before=ordinary)
        assert (seen.status, seen.json["data"]["servers"][0]["pid"]) == (0, server["pid"]), seen.out + seen.err
        for words in (("backup", "b.tar.gz"), ("restart",), ("start", "--name", "other", "--store", str(store))):
            ran = run(home, "server", *words, "--json", before=ordinary)
            assert (ran.status, ran.json["error"]["code"]) == (1, "unwritable"), ran.out + ran.err
            assert fix_of(ran.json["error"]).startswith(f"chmod u+rwx {closed} ")
        assert server_of(home)["pid"] == server["pid"], "what could not start again was not stopped"
        stopped = run(home, "server", "stop", "--json", before=ordinary)
        assert (stopped.status, ours(home.path)) == (0, []), stopped.out + stopped.err
        ran = run(home, "server", "start", "--json", before=ordinary)
        assert fix_of(ran.json["error"]).startswith(f"chmod u+rwx {closed} "), ran.out + ran.err
        kept = run(home, "undo", "--yes", "--json", before=ordinary)
        assert kept.json["data"]["kept"] == [str(store)], kept.out + kept.err
        assert OURSELVES not in unbroken(run(home, "undo", "--yes", before=ordinary).out)
    finally:
        closed.chmod(0o700)


@needs(*ORDINARY)
def test_runs_that_cannot_be_deleted_are_said_to_be_there_still(home: Home, ordinary: tuple[str, ...]) -> None:
    assert run(home, "server", "start", before=ordinary).status == 0
    store = home.quickstart_home / "data" / "local"
    store.chmod(0)
    try:
        ran = run(home, "undo", "--yes", "--delete-data", "--json", before=ordinary)
        assert ran.json["error"]["code"] == "undo-incomplete", ran.out + ran.err
        assert ran.json["data"]["kept"] == [str(store)]
        said = unbroken(run(home, "undo", "--yes", "--delete-data", before=ordinary).out)
        assert f"chmod u+rwx {store}" in said
    finally:
        store.chmod(0o700)
    assert run(home, "undo", "--yes", "--delete-data", before=ordinary).status == 0
    assert not store.exists()


@needs(*ORDINARY)
def test_a_store_in_a_folder_of_somebody_else_is_refused_as_that(home: Home, ordinary: tuple[str, ...]) -> None:
    theirs = home.path / "theirs"
    theirs.mkdir(mode=0o700)
    os.chown(theirs, 65534, 65534)
    ran = run(home, "server", "start", "--store", str(theirs / "x"), "--json", before=ordinary)
    assert (ran.status, ran.json["error"]["code"]) == (1, "unwritable"), ran.out + ran.err
    assert f"{theirs} belongs to another user" in ran.json["error"]["why"]


@needs(*ORDINARY)
def test_a_store_that_may_not_be_written_is_mended_by_what_is_named(home: Home, ordinary: tuple[str, ...]) -> None:
    first = run(home, "--yes", "--json", before=ordinary).json["data"]["verification"]["run"]["id"]
    database = home.quickstart_home / "data" / "local" / "mlflow.db"
    database.chmod(0o400)
    refused = run(home, "server", "restart", "--json", before=ordinary).json["error"]
    assert (refused["code"], refused["what"]) == ("unwritable", f"{database} cannot be written: Permission denied.")
    assert fix_of(refused).startswith(f"chmod u+rw {database} ")
    assert server_of(home)["running"]
    database.chmod(0o600)
    database.parent.chmod(0o500)  # what is open stays open; a journal needs the folder
    fix = run(home, "verify", "--json", before=ordinary).json["error"]["command"]
    assert fix.startswith(f"chmod u+rwx {database.parent} && ")
    fixed = subprocess.run(["sh", "-c", fix], env=home.environment, cwd=home.cwd, capture_output=True, check=False)
    assert fixed.returncode == 0, fixed.stderr
    verified = run(home, "verify", "--json", before=ordinary).json
    assert verified["status"] == "ok"
    assert metrics_of(verified["data"]["tracking_uri"], first) == {"foo": 1.0, "bar": 2.0}


@needs(*ORDINARY)
def test_what_nobody_foresaw_to_be_closed_is_told_as_that_and_as_no_broken_pipe(
    home: Home, ordinary: tuple[str, ...]
) -> None:
    closed = home.path / "closed"
    closed.mkdir(mode=0)
    words = ("server", "start", "--python", str(closed / "bin" / "python"))
    error = run(home, *words, "--json", before=ordinary).json["error"]
    assert error["what"] == f"{closed / 'bin' / 'python'} cannot be used: Permission denied."
    assert fix_of(error).startswith(f"chmod u+rwx {closed} ")
    verbose = run(home, *words, "--verbose", before=ordinary)
    assert verbose.status == 1
    assert "Traceback" in verbose.err
    assert "cannot be used" in verbose.err
    assert "could not be written" not in verbose.err


@needs(*ORDINARY)
def test_a_state_of_ones_own_that_is_locked_is_opened_by_its_owner(locked: Home, ordinary: tuple[str, ...]) -> None:
    error = run(locked, "server", "status", "--json", before=ordinary).json["error"]
    assert error["code"] == "state-locked"
    assert fix_of(error).startswith(f"chmod u+rwX {locked.quickstart_home / 'state'}")
    verbose = run(locked, "server", "stop", "--verbose", before=ordinary)
    assert "could not be written" not in verbose.err


@needs(*ORDINARY)
@pytest.mark.parametrize(
    "words",
    [("--yes",), ("verify",), ("env",), ("server", "status"), ("server", "start"), ("undo", "--yes")],
    ids=" ".join,
)
def test_a_state_that_belongs_to_somebody_else_is_told_as_that(locked: Home, words: tuple[str, ...]) -> None:
    ran = run(locked, *words, "--json", before=ORDINARY if os.geteuid() == 0 else ())
    assert ran.status not in (0, 130), ran.out + ran.err
    error = ran.json["error"]
    assert OURSELVES not in error["why"]
    assert "permission denied" in error["what"]
    assert "was edited" not in error["why"]
    assert not fix_of(error).startswith(("rm ", "del "))


@needs("faketime", "-f", "+1y")
@pytest.mark.parametrize("clock", ["+1y", "-1y"])
def test_a_server_is_known_and_stopped_under_another_clock(home: Home, clock: str) -> None:
    home.run("server", "start")
    pid = server_of(home)["pid"]
    other = ("faketime", "-f", clock)
    assert run(home, "server", "status", "--json", before=other).json["data"]["servers"][0]["pid"] == pid
    assert run(home, "verify", "--json", before=other).status in (0, 1)
    assert run(home, "server", "stop", before=other).status == 0
    assert not ours(home.path)

    assert run(home, "server", "start", before=other).status == 0
    assert server_of(home)["running"]
    end_servers(home)
    assert not ours(home.path)
