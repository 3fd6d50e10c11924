"""Nobody is at the terminal: nothing is answered by accident, and nothing is done."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import Home
from tests.messages import fix_of
from tests.unit.conftest import everything_below

UNANSWERED = {
    "nothing on stdin": (None, ()),
    "yes on stdin": ("y\n", ()),
    "many yes on stdin": ("y\n" * 50, ()),
    "Enter on stdin": ("\n\n\n", ()),
    "--no-input": (None, ("--no-input",)),
    "--no-input and yes on stdin": ("y\n", ("--no-input",)),
    "--quiet": ("y\n", ("--quiet",)),
}


@pytest.mark.parametrize(("stdin", "arguments"), UNANSWERED.values(), ids=UNANSWERED.keys())
def test_piped_text_does_not_answer(stdin: str | None, arguments: tuple[str, ...], bare: Home) -> None:
    before = everything_below(bare.path)
    ran = bare.run(*arguments, status=4, stdin=stdin)
    said = " ".join(ran.err.split())
    assert "Missing answer: privacy. Cannot prompt" in said
    assert "--privacy or --no-privacy, or set QUICKSTART_PRIVACY" in said
    assert "--yes" in said
    assert ran.out == ""
    assert everything_below(bare.path) == before


def test_a_variable_says_that_nobody_is_there(bare: Home) -> None:
    assert bare.json(status=4, QUICKSTART_NO_INPUT="1")["error"]["code"] == "answer-needed"


@pytest.mark.skipif(sys.platform == "win32", reason="a closed stdin is a POSIX matter")
def test_a_closed_stdin_is_nobody(bare: Home) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f"exec '{sys.executable}' -m quickstart <&-"],
        capture_output=True,
        encoding="utf-8",
        env=bare.environment,
        cwd=bare.cwd,
        timeout=60,
        check=False,
    )
    assert done.returncode == 4
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="a broken pipe is a POSIX matter")
@pytest.mark.parametrize("command", ["list", "--help", "--yes --dry-run --json"])
def test_a_reader_that_goes_away_is_no_crash(command: str, bare: Home) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f"(sleep 0.6; exec '{sys.executable}' -m quickstart {command}) | true"],
        capture_output=True,
        encoding="utf-8",
        env=bare.environment,
        cwd=bare.cwd,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


def test_a_method_can_be_asked_for_without_production(bare: Home) -> None:
    data = bare.json("recommend", "--method", "databricks", "--no-production", "--privacy")["data"]
    assert data["recommendation"]["method"] == "databricks"
    assert data["recommendation"]["reasons"] == ["you chose it"]
    assert data["answers"]["platform"] is None
    assert "stores it with a provider" in data["recommendation"]["warnings"][0]


def test_a_method_whose_place_is_not_known_names_the_login_to_whoever_cannot_be_asked(bare: Home) -> None:
    before = everything_below(bare.path)
    error = bare.json("--yes", "--method", "server", status=4)["error"]
    assert error["code"] == "answer-needed"
    assert fix_of(error).endswith("quickstart login server https://mlflow.example.com")
    assert everything_below(bare.path) == before


def test_what_an_answers_file_says_is_overruled_by_a_flag_and_asked_where_it_is_silent(bare: Home) -> None:
    (bare.cwd / "class.toml").write_text('privacy = true\naudience = "class"\nproduction = false\n')
    answers = bare.json("recommend", "--answers", "class.toml", "--audience", "me")["data"]["answers"]
    assert (answers["privacy"], answers["audience"], answers["production"]) == (True, "me", False)
    (bare.cwd / "class.toml").write_text("privacy = true\n")
    assert bare.json("recommend", "--answers", "class.toml", status=4)["error"]["code"] == "answer-needed"
