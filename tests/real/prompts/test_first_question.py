"""The first question comes without what it does not need, and nothing to be decided scrolls away before it is."""

from __future__ import annotations

import re
import sys

import pytest

from tests.conftest import Home
from tests.real.person import CTRL_C, ENTER, MENU, QUESTIONS, Person

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminal that pexpect can drive")

LINES = 24


def test_nothing_that_talks_to_servers_is_imported_before_the_first_question(untouched: Home) -> None:
    person = Person(untouched, PYTHONPROFILEIMPORTTIME="1")
    person.reads(QUESTIONS[0])
    imported = set(re.findall(r"import time: .*\| +([\w.]+)", person.screen))
    assert "questionary" in imported, "the imports could not be seen"
    assert imported & {"requests", "urllib3", "http.client", "mlflow", "quickstart.server.manager"} == set()
    person.types(CTRL_C)
    person.leaves()


def test_the_recommendation_the_plan_and_the_menu_are_on_one_screen(untouched: Home) -> None:
    # As on a laptop, whose paths are short: a test's own temporary folders are not.
    home = {"HOME": str(untouched.path / "home"), "QUICKSTART_HOME": ""}
    person = Person(untouched, "--environment", "laptop", **home)
    for question in (QUESTIONS[0], *QUESTIONS[2:]):
        person.sees(question, ENTER)
    person.reads(MENU)
    person.reads("Quit")
    shown = person.screen.replace("\r", "")
    shown = shown[shown.index("Recommended:") : shown.index("Quit") + len("Quit")]
    assert len(shown.splitlines()) <= LINES
    person.types(CTRL_C)
    person.leaves()
