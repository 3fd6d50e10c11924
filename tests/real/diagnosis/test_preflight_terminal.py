"""`quickstart preflight` at a terminal: large letters that fit, and plain words for whoever listens."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Home, free_port
from tests.real.methods.databricks.interpreters import bare_python, browser
from tests.real.person import COLOUR, CTRL_C, Person
from tests.standins.index import asked, index

pytestmark = [
    pytest.mark.matrix,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminal that pexpect can drive"),
]

PASS_AT_40 = [
    "  ████    ███    ████   ████",
    "  █   █  █   █  █      █",
    "  ████   █████   ███    ███",
    "  █      █   █      █      █",
    "  █      █   █  ████   ████",
]
UNBREAKABLE = re.compile(r"quickstart|/|export |ssh ")  # in lines that must be copied whole


class Narrow(Person):
    """Somebody at a narrow terminal."""

    columns = 40


@pytest.fixture
def ready(untouched: Home, tmp_path: Path) -> Any:
    """A machine that is ready."""
    with index() as url:
        environment = {**asked(untouched.environment, url), **browser(tmp_path / "browser")}
        yield Home(untouched.path, untouched.cwd, environment)


def seen(home: Home, kind: type[Person] = Person, status: int = 0, **environment: str) -> Person:
    """Return somebody who ran it to its end; a terminal of theirs has a screen."""
    screen = {"DISPLAY": home.environment["DISPLAY"]}
    person = kind(home, "preflight", **{**screen, **environment})
    assert person.leaves() == status, person.screen
    return person


def large_rows(person: Person) -> list[str]:
    """Return the rows that are made of blocks alone."""
    return [line.rstrip() for line in person.screen.splitlines() if re.fullmatch(r" *[█#][█# ]*", line.rstrip())]


def test_the_verdict_can_be_read_from_two_metres(ready: Home) -> None:
    person = seen(ready)
    rows = large_rows(person)
    assert len(rows) == 5
    assert max(map(len, rows)) > 50
    assert COLOUR.search(person.raw)
    assert "Next" in person.screen[person.screen.rindex("█") :]
    drawn = person.screen[person.screen.rindex("folder ") :]
    assert len(drawn.splitlines()) < 24, "it is one screenful"


def test_a_machine_that_is_not_ready_fails_and_says_what_to_do(ready: Home) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}/simple"
    python = bare_python(ready.path / "env")
    person = seen(ready, status=3, PIP_INDEX_URL=nowhere, QUICKSTART_PYTHON=str(python), PATH="/usr/bin:/bin")
    assert len(large_rows(person)) == 5
    assert "Fix" in person.screen[person.screen.rindex("█") :]


def test_on_a_narrow_terminal_the_letters_are_narrow_too(ready: Home) -> None:
    person = seen(ready, Narrow)
    assert large_rows(person) == PASS_AT_40
    assert [one for one in person.screen.splitlines() if len(one.rstrip()) > 40 and not UNBREAKABLE.search(one)] == []


def test_without_unicode_the_letters_are_made_of_ascii(ready: Home) -> None:
    person = seen(ready, Narrow, PYTHONIOENCODING="ascii")
    assert large_rows(person) == [row.replace("█", "#") for row in PASS_AT_40]
    assert person.raw.isascii()


def test_without_colour_the_letters_are_there_all_the_same(ready: Home) -> None:
    person = seen(ready, NO_COLOR="1")
    assert len(large_rows(person)) == 5
    assert not COLOUR.search(person.raw)


def test_a_screen_reader_is_told_one_word(ready: Home) -> None:
    person = seen(ready, ACCESSIBLE="1")
    assert large_rows(person) == []
    assert re.findall(r"^(PASS|FAIL)\r?$", person.screen, re.MULTILINE) == ["PASS"]


def test_into_a_pipe_goes_one_word(ready: Home) -> None:
    out = ready.run("preflight").out
    assert "█" not in out
    assert re.findall(r"^(PASS|FAIL)$", out, re.MULTILINE) == ["PASS"]


def test_one_that_is_cancelled_says_so(ready: Home) -> None:
    with index(speed=1000) as url:
        person = Person(ready, "preflight", PIP_INDEX_URL=url)
        person.reads("checking")
        person.types(CTRL_C)
        assert person.leaves() == 130
    assert "Cancelled." in person.words
    assert list(ready.cwd.iterdir()) == []
