"""Logging in to a server at a real pseudo-terminal: what is pasted, typed unseen, refused and asked again."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.conftest import Home, Shared, new_home
from tests.real.methods.databricks.interpreters import bare_python
from tests.real.methods.server.helpers import TOKEN, kept, secrets_file
from tests.real.person import CTRL_C, DOWN, ENTER, Person
from tests.standins import front

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminal that pexpect can drive")

HOST, PASTE = "What is the server URL?", "Paste a token."


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home whose runtime has no MLflow."""
    made = new_home(tmp_path)
    made.environment["QUICKSTART_PYTHON"] = str(bare_python(tmp_path / "bare"))
    return made


def test_what_is_pasted_takes_the_place_of_what_enter_means(home: Home, server: Shared) -> None:
    with front.front(front.bearer(TOKEN), server.uri) as place:
        person = Person(home, "login", "server", MLFLOW_TRACKING_URI="https://another.invalid/mlflow")
        person.reads(HOST)
        person.sees("Enter for https://another.invalid/mlflow", f"{place.url}/#/experiments/0{ENTER}")
        person.reads("a gateway that requires a token")
        person.sees(PASTE, f"wrong-token{ENTER}")
        person.reads("rejected the token (401)")
        person.sees(PASTE, f"{TOKEN}{ENTER}")
        person.reads("foo=1 bar=2 logged and read back")
        assert person.leaves() == 0
    assert TOKEN not in person.screen
    assert kept(home) == {"MLFLOW_TRACKING_TOKEN": TOKEN}


def test_an_address_without_encryption_is_asked_about_and_leaving_saves_nothing(home: Home) -> None:
    person = Person(home, "login", "server", "http://mlflow.invalid")
    person.sees("Continue anyway?", ENTER)
    person.sees(HOST, f"http://mlflow.invalid{ENTER}")
    person.sees("Continue anyway?", DOWN, ENTER)
    person.reads('Unknown host "mlflow.invalid"')
    person.sees(HOST, CTRL_C)
    assert person.leaves() == 130
    assert "Traceback" not in person.screen
    assert not secrets_file(home).exists()
