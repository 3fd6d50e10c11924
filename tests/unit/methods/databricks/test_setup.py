"""A login is kept and taken back in whatever file of profiles a person has: every other byte is what it was."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quickstart.config_files import ini
from quickstart.events import no_progress
from quickstart.methods.databricks import setup
from quickstart.methods.databricks.setup import HANDLERS, LoginResult
from quickstart.models import Plan, Secret
from quickstart.state.journal import Journal
from tests.unit.config_files.test_ini_any_file import File, files

BOUNDED = settings(max_examples=40, deadline=None, database=None)
HOST = "https://dbc-1.cloud.databricks.com"
TOKENS = st.text("0123456789abcdef", min_size=4, max_size=8).map("dapi".__add__)


@dataclass(frozen=True)
class Machine:
    """A person's file of profiles, and what quickstart does to it."""

    path: Path

    def log_in(self, token: str, profile: str = "p", connection: str = "work") -> None:
        """Keep a login."""
        entered = LoginResult(HOST, "me", "token", connection, profile, {"host": HOST}, "token", Secret(token))
        plan = Plan(connection, "databricks", (setup.profile_step(entered),))
        list(Journal(connection).run(plan, HANDLERS, no_progress))

    def undo(self, connection: str = "work") -> list[str]:
        """Take a connection's logins back; return what is told of it."""
        return [result.detail for result in Journal(connection).undo(HANDLERS, no_progress, {}, str)]

    @property
    def data(self) -> bytes:
        """What the file holds."""
        return self.path.read_bytes()


@contextmanager
def machine(data: bytes | None) -> Iterator[Machine]:
    """Give a machine with a file of profiles, or without one, and see that nothing of ours is left afterwards."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        home, path = Path(folder) / "quickstart", Path(folder) / "databrickscfg"
        patch.setenv("QUICKSTART_HOME", str(home))
        patch.setenv("DATABRICKS_CONFIG_FILE", str(path))
        if data is not None:
            path.write_bytes(data)
        yield Machine(path)
        left = [found for found in home.rglob("*") if found.is_file() and found.suffix != ".lock"]
        assert left == [], "undone, and still there"


@BOUNDED
@given(files(ours=False), st.lists(TOKENS, min_size=1, max_size=3))
def test_logins_one_after_the_other_and_one_undo_leave_every_byte(file: File, tokens: list[str]) -> None:
    with machine(file.data) as place:
        for token in tokens:
            place.log_in(token)
            assert place.data.startswith(file.data)
            assert ini.read(place.data)["p"] == {"host": HOST, "token": token}
        place.undo()
        assert place.data == file.data


@BOUNDED
@given(files(ours=True), TOKENS)
def test_a_login_that_is_replaced_comes_back_and_nothing_around_it_moves(file: File, token: str) -> None:
    before = ini.read(file.data)
    with machine(file.data) as place:
        place.log_in(token)
        now = ini.read(place.data)
        assert (now["p"]["host"], now["p"]["token"]) == (HOST, token)
        assert place.data.startswith(file.above)
        assert place.data.endswith(file.below)
        assert {**now, "p": before["p"]} == before
        place.undo()
        assert ini.read(place.data) == before
        assert place.data.startswith(file.above)
        assert place.data.endswith(file.below)


@BOUNDED
@given(files(ours=True), st.lists(TOKENS, min_size=2, max_size=3, unique=True))
def test_a_login_that_is_replaced_twice_comes_back_where_it_was(file: File, tokens: list[str]) -> None:
    before = ini.read(file.data)
    with machine(file.data) as place:
        for token in tokens:
            place.log_in(token)
        place.undo()
        assert ini.read(place.data) == before
        assert place.data.startswith(file.above)
        assert place.data.endswith(file.below)


@pytest.mark.parametrize("logins", [1, 2])
def test_a_usual_profile_that_is_replaced_comes_back_byte_for_byte(logins: int) -> None:
    usual = b"[DEFAULT]\nhost = https://a\ntoken = dapia\n\n# of the team\n[p]\nhost = https://old\ntoken = dapiold\n"
    usual += b"cluster_id = 1\n\n[z]\nhost = https://z\ntoken = dapiz\n"
    with machine(usual) as place:
        for number in range(logins):
            place.log_in(f"dapi{number}")
            assert b"cluster_id = 1\n" in place.data
        place.undo()
        assert place.data == usual


@BOUNDED
@given(files(ours=False), TOKENS, st.sampled_from(["token", "host", "added"]))
def test_a_profile_that_somebody_changed_since_is_theirs(file: File, token: str, what: str) -> None:
    with machine(file.data) as place:
        place.log_in(token)
        changed = {"host": HOST, "token": token, what: "theirs"}
        theirs = ini.write_section(place.data, "p", changed)
        place.path.write_bytes(theirs)
        assert any("changed since" in told for told in place.undo())
        assert place.data == theirs


@BOUNDED
@given(files(ours=False), TOKENS, st.sampled_from([b"", b"# mine\n", b"[later]\nhost = x\n"]))
def test_what_somebody_wrote_below_since_stays(file: File, token: str, later: bytes) -> None:
    with machine(file.data) as place:
        place.log_in(token)
        place.path.write_bytes(place.data + later)
        place.undo()
        assert place.data.endswith(later)
        assert place.data.startswith(file.data)
        assert place.data[len(file.data) :].strip() == later.strip()


@BOUNDED
@given(files(ours=False), TOKENS, TOKENS, st.permutations(["first", "second"]))
def test_two_connections_are_taken_back_in_any_order(file: File, one: str, two: str, order: list[str]) -> None:
    before = ini.read(file.data)
    with machine(file.data) as place:
        place.log_in(one, "p", "first")
        place.log_in(two, "q q", "second")
        for name in order:
            place.undo(name)
        assert ini.read(place.data) == before
        assert place.data.startswith(file.data)
        assert place.data[len(file.data) :].strip() == b""


def test_a_file_that_was_made_goes_and_one_that_was_there_stays() -> None:
    for data in (None, b"", b"\n", b"# mine\n"):
        with machine(data) as place:
            place.log_in("dapi1")
            place.log_in("dapi2")
            place.undo()
            assert (place.data if place.path.exists() else None) == data


def test_a_file_that_was_made_and_is_used_by_others_since_stays() -> None:
    with machine(None) as place:
        place.log_in("dapi1")
        place.path.write_bytes(place.data + b"# mine\n")
        place.undo()
        assert place.data == b"# mine\n"


def test_a_file_that_was_made_deleted_and_made_anew_by_somebody_else_is_theirs() -> None:
    with machine(None) as place:
        place.log_in("dapi1")
        place.path.write_bytes(b"")
        place.undo()
        assert place.path.exists() is False or place.data == b""


def test_no_secret_is_in_what_is_kept_for_undo_but_that_of_a_replaced_profile_in_a_private_file() -> None:
    with machine(b"[p]\nhost = https://old\ntoken = dapiold\n") as place:
        place.log_in("dapinew")
        ours = [path for path in (place.path.parent / "quickstart").rglob("*") if path.is_file()]
        assert not [path for path in ours if b"dapinew" in path.read_bytes()]
        holding = [path for path in ours if b"dapiold" in path.read_bytes()]
        assert [path.parent.name for path in holding] == ["replaced"]
        assert [f"{path.stat().st_mode & 0o777:o}" for path in holding] == ["600"]
        place.undo()
