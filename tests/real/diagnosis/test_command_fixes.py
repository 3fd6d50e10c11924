"""Somebody lets the doctor mend: each mend is shown before it is made, and made only where they agree."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.conftest import Home, Shared, lasting_port, new_home
from tests.real.diagnosis.test_fixes import connection_of, other_name, remember, without_proxies
from tests.real.helpers import server_of
from tests.real.person import CTRL_C, ENTER, Person

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminal that pexpect can drive")

AGREE = "Fix?"
SECOND = "mode from 644 to 600"
WIDENS = "This widens access."


@pytest.fixture
def patient(untouched: Home, server: Shared) -> Home:
    """A home with two problems: a connection without http://, and a file of credentials that others can read."""
    without_proxies(untouched)
    remember(untouched, server.uri.removeprefix("http://"))
    netrc(untouched).touch()
    netrc(untouched).chmod(0o644)
    return untouched


def netrc(home: Home) -> Path:
    return home.path / "home" / ".netrc"


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_each_mend_is_shown_before_with_how_it_is_undone_and_enter_makes_it(patient: Home, server: Shared) -> None:
    person = Person(patient, "doctor", "--fix")
    person.reads(AGREE)
    assert f'Change the URL of the connection "team" to {server.uri}' in person.words
    assert "Undo: restores the former URL" in person.words
    assert connection_of(patient, "team")["tracking_uri"] != server.uri
    person.types(ENTER)
    person.reads(SECOND)
    person.sees(AGREE, ENTER)
    assert "Undo: restores mode 644" in person.words
    assert person.leaves() == 0
    assert "All checks passed." in person.words
    assert re.search(r"Undo .*quickstart undo team", person.words)
    assert connection_of(patient, "team")["tracking_uri"] == server.uri
    assert mode(netrc(patient)) == 0o600


def test_what_is_declined_stays_and_is_not_offered_again(patient: Home) -> None:
    person = Person(patient, "doctor", "--fix")
    person.sees(AGREE, ENTER)
    person.reads(SECOND)
    person.sees(AGREE, "n")
    assert person.leaves() == 0
    assert "not fixed: you declined" in person.words
    assert mode(netrc(patient)) == 0o644
    assert person.screen.count("mode from 644 to 600") == 1


def test_ctrl_c_between_two_mends_keeps_the_first_and_says_so(patient: Home, server: Shared) -> None:
    person = Person(patient, "doctor", "--fix")
    person.sees(AGREE, ENTER)
    person.reads(SECOND)
    person.sees(AGREE, CTRL_C)
    assert person.leaves() == 130
    assert "Completed fixes were kept." in person.words
    assert "quickstart undo team" in person.words
    assert connection_of(patient, "team")["tracking_uri"] == server.uri
    assert mode(netrc(patient)) == 0o644


def test_ctrl_c_at_the_first_changes_nothing_and_says_so(patient: Home) -> None:
    person = Person(patient, "doctor", "--fix")
    person.sees(AGREE, CTRL_C)
    assert person.leaves() == 130
    assert "Cancelled. Nothing was changed." in person.words
    assert mode(netrc(patient)) == 0o644


@pytest.mark.matrix
def test_what_is_behind_a_mended_fault_is_offered_next(home: Home) -> None:
    without_proxies(home)
    port = lasting_port()
    home.run("server", "start", "--port", str(port))
    home.run("server", "stop")
    shutil.copy(remember(new_home(home.path / "other"), f"127.0.0.1:{port}"), home.quickstart_home / "state")
    person = Person(home, "doctor", "--fix")
    person.sees(AGREE, ENTER)
    person.reads("Start a server")
    person.sees(AGREE, ENTER)
    assert person.leaves() == 0
    assert server_of(home)["running"]
    assert "All checks passed." in person.words


@pytest.mark.matrix
def test_what_lets_others_in_is_asked_for_by_itself_and_enter_means_no(home: Home) -> None:
    without_proxies(home)
    port, name = lasting_port(), other_name()
    home.run("server", "start", "--port", str(port))
    address = f"http://{name}:{port}"
    person = Person(home, "doctor", address, "--fix")
    person.sees(WIDENS, ENTER)
    assert person.leaves() == 3
    assert "not fixed" in person.words
    person = Person(home, "doctor", address, "--fix")
    person.sees(WIDENS, "y")
    assert person.leaves() == 0
    home.run("doctor", address)
    assert home.json("doctor", address, "--fix", "--yes")["data"]["mended"] == []
    home.run("undo", "local", "--yes")


def test_on_a_narrow_terminal_every_word_of_a_mend_can_be_read(untouched: Home, server: Shared) -> None:
    without_proxies(untouched)
    remember(untouched, server.uri.removeprefix("http://"))

    class Narrow(Person):
        columns = 40

    person = Narrow(untouched, "doctor", "--fix")
    person.sees(AGREE, ENTER)
    assert person.leaves() == 0
    assert f'Change the URL of the connection "team" to {server.uri}' in person.words
    assert connection_of(untouched, "team")["tracking_uri"] == server.uri
    home = new_home(untouched.path / "other")
    assert Narrow(home, "doctor", "--list").leaves() == 0
