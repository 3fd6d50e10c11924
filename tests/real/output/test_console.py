"""What a real terminal is sent: a spinner only where it can be seen, no colour where none is wanted."""

from __future__ import annotations

import sys

import pytest

from tests.conftest import Home, free_port
from tests.real.person import CTRL_C, ENTER, ESCAPE, MENU, Person

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminal that pexpect can drive")

HIDE_CURSOR = "\x1b[?25l"
SHOW_CURSOR = "\x1b[?25h"


def checked(home: Home, *arguments: str, **environment: str) -> str:
    """Check a server that is not there; return all that the terminal was sent."""
    person = Person(home, "verify", f"http://127.0.0.1:{free_port()}", *arguments, **environment)
    assert person.leaves() == 3
    assert "Cannot connect to" in person.screen
    return person.raw


def test_a_terminal_sees_a_spinner_and_has_its_cursor_back_afterwards(untouched: Home) -> None:
    sent = checked(untouched)
    assert HIDE_CURSOR in sent
    assert sent.rindex(SHOW_CURSOR) > sent.rindex(HIDE_CURSOR)


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [((), {"ACCESSIBLE": "1"}), (("--quiet",), {}), (("--json",), {}), ((), {"TERM": "dumb"})],
    ids=["ACCESSIBLE", "--quiet", "--json", "dumb"],
)
def test_there_is_no_spinner_where_it_would_disturb(
    arguments: tuple[str, ...], environment: dict[str, str], untouched: Home
) -> None:
    person = Person(untouched, "verify", f"http://127.0.0.1:{free_port()}", *arguments, **environment)
    assert person.leaves() == 3
    assert HIDE_CURSOR not in person.raw


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [((), {"NO_COLOR": "1"}), (("--color", "never"), {}), ((), {"TERM": "dumb"})],
    ids=["NO_COLOR", "--color never", "dumb"],
)
def test_without_colour_there_is_no_escape_code(
    arguments: tuple[str, ...], environment: dict[str, str], untouched: Home
) -> None:
    person = Person(untouched, "--yes", "--dry-run", *arguments, **environment)
    assert person.leaves() == 0
    assert "This will:" in person.screen
    assert ESCAPE not in person.raw


def test_with_colour_there_are_escape_codes(untouched: Home) -> None:
    person = Person(untouched, "--yes", "--dry-run")
    assert person.leaves() == 0
    assert ESCAPE in person.raw


def test_the_plan_and_the_question_fit_on_one_screen(untouched: Home) -> None:
    person = Person(untouched)
    person.answers(ENTER, ENTER, ENTER, ENTER)
    person.reads(MENU)
    person.sees("Quit", CTRL_C)
    person.leaves()
    shown = person.screen[: person.screen.rindex("Quit")].splitlines()
    plan = shown[next(number for number, line in enumerate(shown) if "This will:" in line) :]
    assert len(plan) < 24


def test_a_guide_is_drawn_and_not_shown_as_markdown(untouched: Home) -> None:
    person = Person(untouched, "guide")
    assert person.leaves() == 0
    assert "```" not in person.screen
